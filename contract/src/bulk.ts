import * as z from 'zod'
import { code, moment, pageOf, text, uuid, version, whole } from './fields.ts'
import { limits } from './limits.ts'
import { actionName } from './orders.ts'

/** The orders of a job: named one by one, or all that a filter finds now. */
const Selection = z.union([
  z.strictObject({ orderIds: z.array(uuid).min(1).max(limits.jsonArray) }),
  z.strictObject({
    filter: text(limits.filterCharacters),
    /** Only orders that were there by then. */
    asOf: moment.optional(),
  }),
])
export type Selection = z.infer<typeof Selection>

/** One action on many orders; `input` is what comes with that action on one order. */
export const CreateBulkJob = z.strictObject({
  action: actionName,
  input: z.record(z.string(), z.unknown()).optional(),
  selection: Selection,
  /** `now` for few orders; `preview` says first what would become of each, and changes nothing. */
  run: z.enum(['preview', 'now']),
})
export type CreateBulkJob = z.infer<typeof CreateBulkJob>

/** How many orders it is about, typed by whoever starts it: needed above a hundred, and wherever money moves. */
export const StartBulkJob = z.strictObject({ count: z.int().min(0).optional() })

/** What takes an ended order back is the workflow's `reopen`, and that may ask for a reason. */
export const UndoBulkJob = z.strictObject({ reason: code.optional(), run: z.enum(['preview', 'now']).optional() })

export const bulkStates = ['queued', 'previewing', 'previewed', 'running', 'paused', 'done', 'partly_done', 'failed', 'cancelled'] as const
export type BulkState = (typeof bulkStates)[number]

export const bulkOutcomes = ['waiting', 'applied', 'already', 'skipped', 'failed'] as const
export type BulkOutcome = (typeof bulkOutcomes)[number]

const spoken = z.strictObject({ code: z.string(), text: z.string() })

/** What would become of a job's orders if it were started now. */
const BulkPreview = z.strictObject({
  applied: whole,
  already: whole,
  skipped: z.array(spoken.extend({ count: whole })),
  /** In minor units of each currency; null for whoever does not see prices. */
  money: z.array(z.strictObject({ currency: z.string(), creditedMinor: whole, takenMinor: whole, givenBackMinor: whole })).nullable(),
  stock: z.array(z.strictObject({ itemId: uuid, reservedMilli: whole, releasedMilli: whole, consumedMilli: whole, restockedMilli: whole })),
  /** What could not be taken back afterwards, and of how many orders. */
  final: z.array(spoken.extend({ count: whole })),
})

export const BulkJob = z.strictObject({
  id: uuid,
  version,
  action: z.string(),
  state: z.enum(bulkStates),
  total: whole,
  /** Orders that were named and are not there. */
  missing: whole,
  waiting: whole,
  applied: whole,
  already: whole,
  skipped: whole,
  failed: whole,
  /** Orders a second since it last began, and how long the rest will take; null while it does not run. */
  ratePerSecond: whole.nullable(),
  secondsLeft: whole.nullable(),
  /** For whoever made the job, or sees every order. */
  preview: BulkPreview.nullable(),
  undoes: uuid.nullable(),
  /** Until when it can be taken back; null where it cannot. */
  undoUntil: z.string().nullable(),
  by: z.strictObject({ kind: z.string(), id: z.string().nullable() }),
  /** How the orders were chosen; for whoever made the job. */
  filter: z.string().nullable(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
})
export type BulkJob = z.infer<typeof BulkJob>
export const BulkJobs = pageOf(BulkJob)

/** One order of a job. */
export const BulkItem = z.strictObject({
  orderId: uuid,
  number: whole,
  outcome: z.enum(bulkOutcomes),
  foreseen: z.enum(bulkOutcomes).nullable(),
  reason: spoken.nullable(),
  /** The order's version as the job left it. */
  version: whole.nullable(),
})
export type BulkItem = z.infer<typeof BulkItem>
export const BulkItems = pageOf(BulkItem)
