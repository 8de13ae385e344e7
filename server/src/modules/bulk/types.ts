import type { BulkOutcome, BulkState } from '#contract/bulk.ts'
import type { OrderAction } from '#contract/orders.ts'
import type { Reason } from '#platform/answer.ts'
import type { Id } from '#platform/ids.ts'

export type BulkJobId = Id<'BulkJob'>

/** What a job does with each of its orders. */
export type BulkCommand = Exclude<OrderAction, { verb: 'return' }> | { verb: 'undo'; reason: string | null }

/** How many items of a job stand how. */
export type Counts = Record<BulkOutcome, number>

/** One action on many orders, frozen when it was made. Moments are ISO 8601. */
export interface BulkJob {
  id: BulkJobId
  action: string
  command: BulkCommand
  /** Personal: it may hold a name. */
  filter: string | null
  undoes: string | null
  state: BulkState
  total: number
  missing: number
  /** As it ended; zero until then. */
  counts: Omit<Counts, 'waiting'>
  preview: Foreseen | null
  by: { kind: 'person' | 'api_key'; id: string }
  createdAt: string
  runningSince: string | null
  decidedBefore: number
  endedAt: string | null
  version: number
}

/** What a preview foresees, summed over its orders. */
export interface Foreseen {
  applied: number
  already: number
  skipped: { code: string; params: Reason['params']; count: number }[]
  money: MoneyEffect[]
  stock: StockEffect[]
  final: { code: string; params: Reason['params']; count: number }[]
}

/** Minor units of one currency: what is no longer owed, what came in, what goes back. */
export interface MoneyEffect {
  currency: string
  creditedMinor: number
  takenMinor: number
  givenBackMinor: number
}

/** Thousandths of an item's base unit. */
export interface StockEffect {
  itemId: string
  reservedMilli: number
  releasedMilli: number
  consumedMilli: number
  restockedMilli: number
}

/** What became of one order of a job. */
export interface ItemResult {
  jobId: string
  orderId: string
  state: Exclude<BulkOutcome, 'waiting'>
  seqBefore: number | null
  seqAfter: number | null
  reason: Reason | null
}
