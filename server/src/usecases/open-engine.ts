import { randomBytes } from 'node:crypto'
import type { Pools } from '#platform/db.ts'
import { statisticsKeeper } from '#platform/statistics.ts'
import type { Engine } from './engine.ts'
import { missedDemand } from './orders/missed-demand.ts'
import { numberBlocks } from './orders/number-blocks.ts'
import { orderLane } from './orders/order-lane.ts'
import type { ReferenceCache } from './reference.ts'
import { stockLane } from './stock/stock-batch.ts'

/** Puts the parts of one process's engine together. `report` hears of what is nobody's fault but ours; `batchMax` items share a transaction;
 * without an `exportKey` only this engine reads the files it made. */
export function openEngine(
  pools: Pools,
  reference: ReferenceCache,
  report: (error: unknown) => void,
  batchMax: number,
  exportKey: Buffer = randomBytes(32),
): Engine {
  const engine: Engine = {
    pools,
    reference,
    lane: orderLane(() => engine, report, batchMax),
    stock: stockLane(() => engine, report, batchMax),
    numbers: numberBlocks(pools),
    missed: missedDemand(pools),
    statistics: statisticsKeeper(pools),
    exportKey,
  }
  return engine
}
