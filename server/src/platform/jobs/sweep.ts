import type pg from 'pg'
import type { Tx } from '../db.ts'
import { takeOver } from './claims.ts'
import type { Runner } from './runner.ts'
import type { Desk } from './turn.ts'
import { type Handlers, type Lane, timing } from './types.ts'

const housekeepingMs = 60_000
const rowsAtOnce = 1_000

/** Looks after what no alarm speaks of; one a process. */
export function sweeper(
  desk: Desk,
  handlers: Handlers,
  runner: Runner,
): { sweep(): Promise<void>; failed(error: unknown): void; sweptAt(): number } {
  const kinds = Object.entries(handlers).flatMap(([kind, handler]) => handler.lanes.map((lane) => ({ kind, lane })))
  let sweptAt = 0
  let troubleAt = Number.NEGATIVE_INFINITY
  let keptHouseAt = Number.NEGATIVE_INFINITY
  return { sweep, failed, sweptAt: () => sweptAt }

  async function sweep(): Promise<void> {
    // While the database was away nobody could show that he lives: give all of them the time to do so.
    if (performance.now() - troubleAt > timing.silentMs) {
      const taken = await desk.pools.system((tx) => takeOver(tx, desk.processId, [...desk.inHand.keys()], desk.attemptsMax))
      if (taken > 0) desk.log.warn({ rows: taken }, 'Took over owed work whose worker fell silent')
      await unlockSilent(desk.alarms)
    }
    const unheard = await desk.pools.system((tx) => ringForDue(tx, kinds))
    for (const lane of unheard) if (!runner.running()[lane]) runner.reopen(lane)
    if (performance.now() - keptHouseAt > housekeepingMs) {
      await keepHouse(desk)
      keptHouseAt = performance.now()
    }
    sweptAt = Date.now()
  }

  function failed(error: unknown): void {
    troubleAt = performance.now()
    desk.log.warn({ err: error }, 'A sweep of owed work failed; the next one repeats it')
  }
}

/** Unlocks alarms that a pool of no living process took. The lock of a young one may be of a pool not yet shown. */
async function unlockSilent(pool: pg.Pool): Promise<void> {
  await pool.query({
    name: 'unlock_silent',
    text: `select graphile_worker.force_unlock_workers(array_agg(distinct locked_by)) from graphile_worker.jobs
      where locked_at < now() - $1 * interval '1 ms' and locked_by <> all (
        select unnest(runner_ids) from docket.processes where seen_at > now() - $1 * interval '1 ms')
      having count(*) > 0`,
    values: [timing.silentMs],
  })
}

/**
 * Rings for kinds with rows that have been due for a while: their alarm was lost, or came before they were due. Answers the lanes where
 * rows have been due for so long that earlier sweeps must have rung for them in vain.
 */
async function ringForDue(tx: Tx, kinds: readonly { kind: string; lane: Lane }[]): Promise<Set<Lane>> {
  if (kinds.length === 0) return new Set()
  const overdue = await tx.query<{ lane: Lane; kind: string; unheard: boolean }>({
    name: 'overdue_kinds',
    text: `select k.lane, k.kind, o.due_at < now() - $3 * interval '1 ms' as unheard from json_to_recordset($1::json) as k(lane text, kind text)
      cross join lateral (select due_at from owed where state = 'due' and lane = k.lane and kind = k.kind and due_at < now() - $2 * interval '1 ms'
        order by priority desc, due_at limit 1) o`,
    values: [JSON.stringify(kinds), timing.alarmGraceMs, timing.silentMs],
  })
  for (const { lane, kind } of overdue) {
    tx.send({ name: 'ring_for_due', text: 'select docket.ring($1, $2, now(), $3)', values: [lane, kind, `sweep:${lane}:${kind}`] })
  }
  return new Set(overdue.filter((row) => row.unheard).map((row) => row.lane))
}

/** Throws away what is over: finished rows after a week, idempotency keys after 90 days, processes a day after their last beat. */
async function keepHouse(desk: Desk): Promise<void> {
  for (const { name, text } of housekeeping) {
    for (;;) {
      const gone = await desk.pools.system((tx) => tx.query({ name, text, values: [rowsAtOnce] }))
      if (gone.length < rowsAtOnce) break
    }
  }
}

const housekeeping = [
  {
    name: 'drop_done',
    text: `delete from owed o using (select workspace_id, id from owed where state = 'done' and ended_at < now() - interval '7 days' limit $1) d
      where o.workspace_id = d.workspace_id and o.id = d.id returning 1`,
  },
  {
    name: 'drop_old_keys',
    text: `delete from idempotency_keys k using (
        select workspace_id, principal_id, route, key from idempotency_keys where created_at < now() - interval '90 days' limit $1) d
      where k.workspace_id = d.workspace_id and k.principal_id = d.principal_id and k.route = d.route and k.key = d.key returning 1`,
  },
  {
    name: 'drop_processes',
    text: `delete from processes p using (select id from processes where seen_at < now() - interval '1 day' limit $1) d where p.id = d.id returning 1`,
  },
]
