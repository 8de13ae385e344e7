import * as z from 'zod'
import { code, day, externalId, idempotencyKey, micro, milli, moment, note, signedMilli, text, uuid, whole } from './fields.ts'
import { limits } from './limits.ts'

const place = { itemId: uuid.optional(), item: code.optional(), locationId: uuid.optional(), location: code.optional() }
type Placed = { itemId?: string | undefined; item?: string | undefined; locationId?: string | undefined; location?: string | undefined }

function isPlaced(value: Placed, wrong: (field: string, message: string) => void): void {
  if ((value.itemId === undefined) === (value.item === undefined)) wrong('item', 'input.one_of_two')
  if ((value.locationId === undefined) === (value.location === undefined)) wrong('location', 'input.one_location')
}

/**
 * One change of what lies somewhere. `receipt` adds what came, at its cost; `count` says what is there; `adjust` and `write_off` name a
 * difference and why; `transfer` takes it to another location.
 */
export const Adjustment = z
  .strictObject({
    kind: z.enum(['receipt', 'count', 'adjust', 'write_off', 'transfer']),
    ...place,
    /** Made where it is not known yet. */
    lot: z.strictObject({ code, expiresOn: day.optional() }).optional(),
    /** The difference; above zero for a receipt and a transfer, below for a write-off. */
    deltaMilli: signedMilli.optional(),
    /** What is there, for a count. */
    countMilli: z.int().min(0).max(1e12).optional(),
    /** Millionths of the major unit for one base unit (1,000 thousandths). */
    unitCostMicro: micro.optional(),
    toLocationId: uuid.optional(),
    toLocation: code.optional(),
    reasonCode: code.optional(),
    note: note.optional(),
    externalId: externalId.optional(),
    at: moment.optional(),
  })
  .check(({ value, issues }) => {
    const wrong = (field: string, message: string) => issues.push({ code: 'custom', message, path: [field], input: value })
    isPlaced(value, wrong)
    const { kind, deltaMilli, countMilli } = value
    if (kind === 'count') {
      if (countMilli === undefined) wrong('countMilli', 'input.missing')
      if (deltaMilli !== undefined) wrong('deltaMilli', 'input.not_here')
      return
    }
    if (countMilli !== undefined) wrong('countMilli', 'input.not_here')
    if (deltaMilli === undefined) wrong('deltaMilli', 'input.missing')
    else if (deltaMilli === 0 || ((kind === 'receipt' || kind === 'transfer') && deltaMilli < 0)) wrong('deltaMilli', 'input.above_zero')
    else if (kind === 'write_off' && deltaMilli > 0) wrong('deltaMilli', 'input.below_zero')
    const toSomewhere = (value.toLocationId === undefined) !== (value.toLocation === undefined)
    if (kind === 'transfer' && !toSomewhere) wrong('toLocation', 'input.one_location')
    if (kind !== 'transfer' && (value.toLocationId !== undefined || value.toLocation !== undefined)) wrong('toLocation', 'input.not_here')
  })
export type Adjustment = z.infer<typeof Adjustment>
/** One entry of a list; its `key` tells a repeat of this very entry. */
export const AdjustmentInList = Adjustment.safeExtend({ key: idempotencyKey.optional() })
export const AdjustStock = z.strictObject({ adjustments: z.array(AdjustmentInList).min(1).max(limits.ordersABatch) })

/** What lies of an item at a location, lot by lot. */
export const StockLevel = z.strictObject({
  itemId: uuid,
  locationId: uuid,
  lotId: uuid.nullable(),
  onHandMilli: whole,
  reservedMilli: whole,
  /** On hand and not reserved. */
  freeMilli: whole,
  /** Millionths of the major unit for one base unit; null where any of it came at an unknown cost. */
  unitCostMicro: whole.nullable(),
  currency: z.string(),
  updatedAt: z.string(),
})
export type StockLevel = z.infer<typeof StockLevel>

export const Movement = z.strictObject({
  id: uuid,
  itemId: uuid,
  locationId: uuid,
  lotId: uuid.nullable(),
  kind: z.string(),
  deltaMilli: whole,
  unitCostMicro: whole.nullable(),
  currency: z.string(),
  orderId: uuid.nullable(),
  lineId: uuid.nullable(),
  reservationId: uuid.nullable(),
  returnId: uuid.nullable(),
  reasonCode: z.string().nullable(),
  externalId: z.string().nullable(),
  at: z.string(),
  businessDate: z.string(),
  recordedAt: z.string(),
  actor: z.strictObject({ kind: z.string(), id: uuid.nullable() }),
})
export type Movement = z.infer<typeof Movement>

/** Stock kept for a purpose that no order has. */
export const CreateReservation = z
  .strictObject({ ...place, quantityMilli: milli, purpose: text(200), expiresAt: moment.optional() })
  .check(({ value, issues }) => isPlaced(value, (field, message) => issues.push({ code: 'custom', message, path: [field], input: value })))
export type CreateReservation = z.infer<typeof CreateReservation>

export const Reservation = z.strictObject({
  id: uuid,
  itemId: uuid,
  locationId: uuid,
  lotId: uuid.nullable(),
  milli: whole,
  state: z.enum(['open', 'consumed', 'released', 'expired']),
  orderId: uuid.nullable(),
  lineId: uuid.nullable(),
  purpose: z.string().nullable(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
})
export type Reservation = z.infer<typeof Reservation>
