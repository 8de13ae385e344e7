import { findWaiting, type StockKey } from '#modules/stock/index.ts'
import { finished, type Handler } from '#platform/jobs/types.ts'
import type { Engine } from '#usecases/engine.ts'
import { wakeOrders } from '#usecases/orders/fire-timers.ts'
import type { Outcome } from '#usecases/orders/order-batch.ts'

const waitingMax = 10_000
const wokenAtOnce = 200

/** Stock came somewhere: whoever waits for it is served, the most urgent first, then the oldest. */
export function wakeOrdersJob(engine: Engine): Handler {
  return {
    lanes: ['live'],
    batchMax: 100,
    deadlineMs: 60_000,
    async handle(workspaceId, claims) {
      const stock = claims.flatMap((claim) => (claim.payload as { stock: StockKey[] }).stock)
      const waiting = await engine.pools.view(workspaceId, (db) => findWaiting(db, workspaceId, stock, waitingMax))
      const outcomes: Outcome[] = []
      for (let at = 0; at < waiting.length; at += wokenAtOnce)
        outcomes.push(...(await wakeOrders(engine, workspaceId, waiting.slice(at, at + wokenAtOnce))))
      // A refusal is an answer; what went wrong on our side is tried again.
      if (outcomes.some((outcome) => !outcome.ok && outcome.reason.code === 'internal'))
        throw new Error('An order that waits for stock could not be woken')
      return claims.map(() => finished)
    },
  }
}
