import * as z from 'zod'
import { anyText, label, pageOf, price, text, uuid, version, whole } from './fields.ts'
import { limits } from './limits.ts'
import { phases } from './workflow.ts'

const counted = z.coerce.number<string | number>().int().min(1)

/** How a list is asked for: a filter (contract/src/filter), a view to begin with, an order, and where the page before ended. */
export const listQuery = {
  filter: anyText(limits.filterCharacters).optional(),
  /** The id or the code of a saved view: its filter holds beside the one that is sent, its order where none is sent. */
  view: text(64).optional(),
  /** `placed`, or `-placed` for the last first. */
  sort: text(40).optional(),
  /** `next` of the page before. */
  cursor: text(2_000).optional(),
  limit: counted.max(limits.pageRows).optional(),
}

/** An order as a list shows it. */
export const OrderRow = z.strictObject({
  id: uuid,
  number: whole,
  version,
  at: z.string(),
  updatedAt: z.string(),
  dueAt: z.string().nullable(),
  phase: z.enum(phases),
  stage: z.string(),
  /** The stage in the reader's language. */
  stageLabel: z.string(),
  stageEnteredAt: z.string(),
  payment: z.string(),
  fulfilment: z.string(),
  channel: z.string(),
  source: z.string(),
  locationId: uuid,
  externalId: z.string().nullable(),
  customerId: uuid.nullable(),
  /** Of the customer, or of whom the order is for; null where the reader sees no contacts. */
  customerName: z.string().nullable(),
  ownerId: uuid.nullable(),
  assigneeId: uuid.nullable(),
  priority: whole,
  currency: z.string(),
  totalMinor: price,
  balanceMinor: price,
  lineCount: whole,
  /** The first three. */
  lines: z.array(z.strictObject({ code: z.string(), name: z.string(), orderedMilli: whole, baseUnit: z.string() })),
  tags: z.array(z.string()),
  /** How many are open. */
  holds: whole,
  short: z.boolean(),
  attention: z.string(),
})
export type OrderRow = z.infer<typeof OrderRow>

/** The one order whose number, id or id outside is what was typed, on the first page alone. */
export const OrderRows = z.strictObject({ ...pageOf(OrderRow).shape, exact: uuid.nullable() })

/** As many as were counted, 1,000 at the most; `more` where that is not all. Null where it would have taken too long. */
export const Count = z.strictObject({ count: whole, more: z.boolean() })
export type Count = z.infer<typeof Count>

/** How an order stands, and nothing else. */
export const OrderStatus = z.strictObject({
  id: uuid,
  number: whole,
  version,
  phase: z.enum(phases),
  stage: z.string(),
  stageLabel: z.string(),
  payment: z.string(),
  fulfilment: z.string(),
  holds: whole,
  attention: z.string(),
  dueAt: z.string().nullable(),
  updatedAt: z.string(),
})

/** What a list may be filtered by and sorted by, for whoever completes what people type. */
export const FilterWords = z.strictObject({
  fields: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.string(),
      meaning: label,
      /** False where a list has no index for it: narrow such a filter down by something else as well. */
      indexed: z.boolean(),
      optional: z.boolean(),
      values: z.array(z.strictObject({ value: z.string(), label })),
    }),
  ),
  sorts: z.array(z.string()),
})
