import { measured, onFreshShop } from './placements.ts'
import type { Bench, Found } from './row.ts'

/** `POST /orders/batch` with 100 to 500 orders a request over four connections. Percentiles are of whole requests. */
export function placeBatches(bench: Bench): Promise<Found> {
  return onFreshShop(bench, 600, async ({ load, finish }) =>
    finish(await load({ connections: 4, batch: { least: 100, most: 500 }, until: measured })),
  )
}
