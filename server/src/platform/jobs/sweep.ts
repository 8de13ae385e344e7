import type { Tx } from '../db.ts'
import { takeOver } from './claims.ts'
import type { Desk } from './turn.ts'
import { type Handlers, type Lane, timing } from './types.ts'

const housekeepingMs = 60_000
const rowsAtOnce = 1_000

/** Looks after what no alarm speaks of; one a process. */
export function sweeper(desk: Desk, handlers: Handlers): { sweep(): Promise<void>; failed(error: unknown): void; sweptAt(): number } {
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
    }
    await desk.pools.system((tx) => ringForDue(tx, kinds))
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

/** Rings for kinds with rows that have been due for a while: their alarm was lost, or came before they were due. */
async function ringForDue(tx: Tx, kinds: readonly { kind: string; lane: Lane }[]): Promise<void> {
  tx.send({
    name: 'ring_for_due',
    text: `select docket.ring(k.lane, k.kind, now(), 'sweep:' || k.lane || ':' || k.kind) from json_to_recordset($1::json) as k(lane text, kind text)
      where exists (select from owed o where o.state = 'due' and o.lane = k.lane and o.kind = k.kind and o.due_at < now() - $2 * interval '1 ms')`,
    values: [JSON.stringify(kinds), timing.alarmGraceMs],
  })
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
