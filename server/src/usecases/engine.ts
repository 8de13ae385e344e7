import type { CommitLane } from '#platform/commit-lane.ts'
import type { Pools } from '#platform/db.ts'
import type { statisticsKeeper } from '#platform/statistics.ts'
import type { MissedDemand } from './orders/missed-demand.ts'
import type { NumberBlocks } from './orders/number-blocks.ts'
import type { Outcome, Work } from './orders/order-batch.ts'
import type { ReferenceCache } from './reference.ts'
import type { StockOutcome, StockWork } from './stock/stock-batch.ts'

/** What the use cases of one process share. */
export interface Engine {
  pools: Pools
  reference: ReferenceCache
  /** The road of every change of an order. */
  lane: CommitLane<Work, Outcome>
  /** The road of every change of stock that no order makes. */
  stock: CommitLane<StockWork, StockOutcome>
  numbers: NumberBlocks
  missed: MissedDemand
  statistics: ReturnType<typeof statisticsKeeper>
  /** Seals files made of lists. */
  exportKey: Buffer
}
