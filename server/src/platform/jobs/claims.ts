import type { Tx } from '../db.ts'
import { type Claim, type Lane, TakenOver, timing, type Verdict } from './types.ts'

/**
 * Claims the most urgent due rows of a lane and kind, over all workspaces; rows that somebody else is claiming are passed by.
 * When there may be more of them, rings again, so that another slot or process takes its share meanwhile.
 */
export async function claimDue(tx: Tx, processId: string, lane: Lane, kind: string, rowsMax: number): Promise<Claim[]> {
  const claims = await tx.query<Claim>({
    name: 'claim_owed',
    text: `with due as materialized (
        select workspace_id, id from owed where state = 'due' and lane = $2 and kind = $3 and due_at <= now()
        order by priority desc, due_at limit $4 for update skip locked)
      update owed o set state = 'claimed', fence = o.fence + 1, attempts = o.attempts + 1, claimed_by = $1, claimed_at = now()
      from due where o.workspace_id = due.workspace_id and o.id = due.id
      returning o.workspace_id as "workspaceId", o.id, o.kind, o.lane, o.payload, o.fence, o.attempts`,
    values: [processId, lane, kind, rowsMax],
  })
  if (claims.length === rowsMax) ringFor(tx, lane, kind)
  return claims
}

/** Rings for a lane and kind now, whatever is due there. */
export function ringFor(tx: Tx, lane: Lane, kind: string): void {
  tx.send({ name: 'ring', text: 'select docket.ring($1, $2, now())', values: [lane, kind] })
}

/**
 * Makes sure, inside the transaction that is about to write, that these rows of one workspace are still ours, and keeps them ours until
 * it ends. Throws {@link TakenOver} otherwise.
 */
export async function assertFence(tx: Tx, claims: readonly Claim[]): Promise<void> {
  const held = await tx.query<{ id: string }>({
    name: 'assert_fence',
    text: `select o.id from json_to_recordset($1::json) as r("workspaceId" uuid, id uuid, fence bigint)
      join owed o on o.workspace_id = r."workspaceId" and o.id = r.id and o.fence = r.fence and o.state = 'claimed'
      order by o.id for update of o`,
    values: [fencesOf(claims)],
  })
  refuseLost(claims, held.length)
}

/** Ends the work in the transaction that did it. Throws {@link TakenOver} when a row is somebody else's by now. */
export async function finish(tx: Tx, claims: readonly Claim[]): Promise<void> {
  const held = await tx.query({
    name: 'finish_owed',
    text: `update owed o set state = 'done', ended_at = now(), last_error = null, claimed_by = null, claimed_at = null
      from json_to_recordset($1::json) as r("workspaceId" uuid, id uuid, fence bigint)
      where o.workspace_id = r."workspaceId" and o.id = r.id and o.fence = r.fence and o.state = 'claimed' returning o.id`,
    values: [fencesOf(claims)],
  })
  refuseLost(claims, held.length)
}

function fencesOf(claims: readonly Claim[]): string {
  return JSON.stringify(claims.map(({ workspaceId, id, fence }) => ({ workspaceId, id, fence })))
}

function refuseLost(claims: readonly Claim[], held: number): void {
  if (held < claims.length) throw new TakenOver(`${claims.length - held} of ${claims.length} claims of ${claims[0]?.kind} were taken over`)
}

const stateAfter = { finished: 'done', later: 'due', parked: 'parked' } as const

/** Writes what became of claims; one that was taken over meanwhile is passed by. Rings for what shall be tried again. */
export function settle(tx: Tx, claims: readonly Claim[], verdicts: readonly Verdict[]): void {
  const rows = claims.map(({ workspaceId, id, fence }, i) => {
    const verdict = verdicts[i] ?? { kind: 'parked', error: 'The handler gave no verdict on this row' }
    return {
      workspaceId,
      id,
      fence,
      state: stateAfter[verdict.kind],
      ...('afterMs' in verdict && { afterMs: verdict.afterMs }),
      ...('error' in verdict && { error: verdict.error }),
    }
  })
  tx.send({
    name: 'settle_owed',
    text: `with settled as (
        update owed o set state = r.state, claimed_by = null, claimed_at = null, last_error = left(r.error, 1000),
          due_at = case r.state when 'due' then now() + r."afterMs" * interval '1 ms' else o.due_at end,
          ended_at = case when r.state <> 'due' then now() end
        from json_to_recordset($1::json) as r("workspaceId" uuid, id uuid, fence bigint, state text, "afterMs" bigint, error text)
        where o.workspace_id = r."workspaceId" and o.id = r.id and o.fence = r.fence and o.state = 'claimed'
        returning o.lane, o.kind, o.state, o.due_at)
      select docket.ring(lane, kind, min(due_at)) from settled where state = 'due' group by lane, kind`,
    values: [JSON.stringify(rows)],
  })
}

/** Gives claims back untried, for a process that stops; whatever it still writes about them is refused. */
export function giveBack(tx: Tx, claims: readonly Claim[]): void {
  tx.send({
    name: 'give_back_owed',
    text: `with back as (
        update owed o set state = 'due', fence = o.fence + 1, attempts = o.attempts - 1, claimed_by = null, claimed_at = null
        from json_to_recordset($1::json) as r("workspaceId" uuid, id uuid, fence bigint)
        where o.workspace_id = r."workspaceId" and o.id = r.id and o.fence = r.fence and o.state = 'claimed'
        returning o.lane, o.kind)
      select docket.ring(lane, kind, now()) from back group by lane, kind`,
    values: [fencesOf(claims)],
  })
}

/**
 * Takes over what silent processes had claimed, and what this one claimed but does not hold in its hands (the answer of its claim, or of
 * what became of it, was lost). Rows that used up their attempts are parked: one of them may be what killed the process.
 * Answers how many rows.
 */
export async function takeOver(tx: Tx, processId: string, inHand: readonly string[], attemptsMax: number): Promise<number> {
  const taken = await tx.query<{ lane: Lane; kind: string; state: 'due' | 'parked' }>({
    name: 'take_over_owed',
    text: `with lost as materialized (
        select workspace_id, id from owed o where state = 'claimed' and case
          when claimed_by = $1 then claimed_at < now() - $4 * interval '1 ms' and id <> all($2::uuid[])
          else not exists (select from processes p where p.id = o.claimed_by and p.seen_at > now() - $4 * interval '1 ms') end
        for update skip locked)
      update owed o set fence = o.fence + 1, claimed_by = null, claimed_at = null, due_at = now(),
        state = case when o.attempts >= $3 then 'parked' else 'due' end, ended_at = case when o.attempts >= $3 then now() end,
        last_error = 'Whoever worked on it fell silent'
      from lost where o.workspace_id = lost.workspace_id and o.id = lost.id
      returning o.lane, o.kind, o.state`,
    values: [processId, inHand, attemptsMax, timing.silentMs],
  })
  ringForEach(
    tx,
    taken.filter((row) => row.state === 'due'),
  )
  return taken.length
}

/** Rings now, once for each lane and kind among the rows. */
export function ringForEach(tx: Tx, rows: readonly { lane: Lane; kind: string }[]): void {
  for (const [lane, kind] of new Map(rows.map((row) => [`${row.lane}:${row.kind}`, [row.lane, row.kind] as const])).values())
    ringFor(tx, lane, kind)
}
