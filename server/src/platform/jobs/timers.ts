import type { Logger } from 'pino'
import type { Pools } from '../db.ts'
import { type Repeated, repeat } from './repeat.ts'

/** A timer that is due; it fires only when its row still stands in this generation. */
export interface DueTimer {
  orderId: string
  name: string
  generation: number
}

export type FireTimers = (workspaceId: string, timers: DueTimer[]) => Promise<unknown>
export type ExpireReservations = (workspaceId: string, ids: string[]) => Promise<unknown>

const timersEveryMs = 500
const reservationsEveryMs = 1_000
const rowsAtOnce = 500
// After a downtime there may be more than the commit lane lets wait.
const firingMax = 1_000
// Longer than the commit lane tries; a process that dies while firing delays its timers by no more than this.
const claimMs = 20_000
const restMs = 30_000

/** Hands over what has become due by the clock, workspace by workspace; a slow workspace does not hold up the others. */
export function startTimers(pools: Pools, log: Logger, fireTimers: FireTimers, expireReservations: ExpireReservations): Repeated {
  const underWay = new Set<Promise<unknown>>()
  let firing = 0
  // Reservations in work, and those whose expiry failed, until when they are left alone.
  const resting = new Map<string, number>()
  const rounds = [
    repeat(timersEveryMs, fireDue, (error) => log.warn({ err: error }, 'Due timers could not be read')),
    repeat(reservationsEveryMs, expireDue, (error) => log.warn({ err: error }, 'Due reservations could not be read')),
  ]
  return {
    stop: async () => {
      await Promise.all(rounds.map((round) => round.stop()))
      await Promise.all(underWay)
    },
  }

  async function fireDue(): Promise<void> {
    if (firing >= firingMax) return
    const due = await pools.system((tx) => tx.query<DueTimer & { workspaceId: string }>(claimTimers))
    for (const [workspaceId, timers] of Map.groupBy(due, (timer) => timer.workspaceId)) {
      const bare = timers.map(({ orderId, name, generation }) => ({ orderId, name, generation }))
      firing += bare.length
      const fired = together(
        bare,
        (few) => fireTimers(workspaceId, few),
        (timer, error) => log.error({ err: error, workspaceId, ...timer }, 'A timer could not be fired'),
      )
      watch(fired.finally(() => (firing -= bare.length)))
    }
  }

  async function expireDue(): Promise<void> {
    const now = performance.now()
    for (const [id, until] of resting) if (until <= now) resting.delete(id)
    const due = await pools.system((tx) => tx.query<{ workspaceId: string; id: string }>(dueReservations([...resting.keys()])))
    for (const [workspaceId, reservations] of Map.groupBy(due, (reservation) => reservation.workspaceId)) {
      const ids = reservations.map((reservation) => reservation.id)
      for (const id of ids) resting.set(id, now + restMs)
      watch(
        together(
          ids,
          (few) => expireReservations(workspaceId, few),
          (id, error) => log.error({ err: error, workspaceId, reservation: id }, 'A reservation could not be expired'),
        ),
      )
    }
  }

  function watch(work: Promise<unknown>): void {
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  }
}

/** All at once, and when that fails one by one: what fails alone is reported, and is tried again when its rest is over. */
async function together<T>(rows: T[], work: (few: T[]) => Promise<unknown>, failed: (row: T, error: unknown) => void): Promise<void> {
  try {
    await work(rows)
  } catch (error) {
    const [only] = rows
    if (rows.length === 1 && only !== undefined) return failed(only, error)
    for (const row of rows) await together([row], work, failed)
  }
}

const claimTimers = {
  name: 'claim_timers',
  text: `with due as materialized (
      select workspace_id, order_id, name from timers
      where due_at <= now() and (claimed_until is null or claimed_until <= now() or claimed_generation <> generation)
      order by due_at limit $1 for update skip locked)
    update timers t set fence = t.fence + 1, claimed_generation = t.generation, claimed_until = now() + $2 * interval '1 ms'
    from due where t.workspace_id = due.workspace_id and t.order_id = due.order_id and t.name = due.name
    returning t.workspace_id as "workspaceId", t.order_id as "orderId", t.name, t.generation`,
  values: [rowsAtOnce, claimMs],
}

const dueReservations = (resting: string[]) => ({
  name: 'due_reservations',
  text: `select workspace_id as "workspaceId", id from reservations
    where state = 'open' and expires_at <= now() and id <> all($2::uuid[]) order by expires_at limit $1`,
  values: [rowsAtOnce, resting],
})
