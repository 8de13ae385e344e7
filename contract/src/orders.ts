import * as z from 'zod'
import {
  anyText,
  code,
  currency,
  externalId,
  idempotencyKey,
  label,
  micro,
  milli,
  minor,
  moment,
  note,
  price,
  text,
  uuid,
  version,
  whole,
  word,
} from './fields.ts'
import { limits } from './limits.ts'
import type { Permission } from './permissions.ts'
import { phases } from './workflow.ts'

// ─── What may be asked ───────────────────────────────────────────────────────────────────────────────────────────────

/** Whom an order is for and where it goes: personal data, shown on the order's own page only. */
export const Contact = z.strictObject({
  name: anyText(200).optional(),
  email: anyText(254).optional(),
  phone: anyText(40).optional(),
  address: anyText(500).optional(),
  city: anyText(100).optional(),
  postcode: anyText(20).optional(),
  country: anyText(60).optional(),
})
export type Contact = z.infer<typeof Contact>

/** A custom field carries one typed value. */
export const FieldValue = z.union(
  [z.strictObject({ text: anyText(2_000) }), z.strictObject({ int: z.int() }), z.strictObject({ time: moment })],
  'input.field',
)
export type FieldValue = z.infer<typeof FieldValue>

// `constructor` is a word that every object answers to.
const fieldName = z.string().regex(/^(?!constructor$)[a-z][a-z0-9_]{0,63}$/, 'input.field_name')
export const Fields = z
  .record(fieldName, FieldValue)
  .refine((fields) => Object.keys(fields).length <= limits.fieldsAnOrder, 'input.too_many_fields')
  .meta({
    description: 'Kept in the log for ever: no place for what a person may want forgotten. That belongs into the contact or a note.',
  })

export const tag = z
  .string()
  .max(64)
  .regex(/^[^\s\p{Cc}\p{Cs}](?:[^\p{Cc}\p{Cs}]*[^\s\p{Cc}\p{Cs}])?$/u, 'input.tag')
const tags = z.array(tag).max(limits.tagsAnOrder).meta({ description: 'Kept in the log for ever: no place for names of people.' })

/**
 * A line names something of the catalogue with a quantity: by `itemId` or `item` (its code), with a `variantId` where the usual variant
 * is not meant; by `variant` (a variant's code) or by `barcode`. Or, with a `kind`, it is something that stands in no catalogue, with a
 * name and what it costs.
 */
export const LineToPlace = z
  .strictObject({
    id: uuid.optional(),
    itemId: uuid.optional(),
    item: code.optional(),
    variant: code.optional(),
    barcode: code.optional(),
    variantId: uuid.optional(),
    quantityMilli: milli.optional(),
    /** Instead of the catalogue's price; needs the permission `orders:price`. */
    priceMicro: micro.optional(),
    /** The price is for this much; 1,000 (one base unit) where it is not said. */
    perMilli: milli.optional(),
    kind: z.enum(['service', 'charge', 'discount']).optional(),
    name: text(300).optional(),
    category: text(100).optional(),
    /** What a line without an item costs; a discount is given as what is taken off, above zero. */
    amountMinor: minor.optional(),
    /** Of the workspace's list of reasons; a discount needs one. */
    reasonCode: code.optional(),
  })
  .check(({ value: line, issues }) => {
    const wrong = (field: string, message: string) => issues.push({ code: 'custom', message, path: [field], input: line })
    const named = [line.itemId, line.item, line.variant, line.barcode].filter((name) => name !== undefined).length
    if (line.kind === undefined) {
      if (named !== 1) wrong('item', 'input.one_item')
      if (line.quantityMilli === undefined) wrong('quantityMilli', 'input.missing')
      if (line.variantId !== undefined && line.itemId === undefined && line.item === undefined) wrong('variantId', 'input.variant_alone')
      if (line.perMilli !== undefined && line.priceMicro === undefined) wrong('priceMicro', 'input.missing')
      if (line.name !== undefined) wrong('name', 'input.catalogue')
      if (line.category !== undefined) wrong('category', 'input.catalogue')
      if (line.amountMinor !== undefined) wrong('amountMinor', 'input.catalogue')
      return
    }
    if (line.name === undefined) wrong('name', 'input.missing')
    if (line.amountMinor === undefined) wrong('amountMinor', 'input.missing')
    else if (line.kind !== 'charge' && line.amountMinor <= 0) wrong('amountMinor', 'input.above_zero')
    if (line.kind === 'discount' && line.reasonCode === undefined) wrong('reasonCode', 'input.missing')
    for (const field of ['itemId', 'item', 'barcode', 'variantId', 'variant', 'quantityMilli', 'priceMicro', 'perMilli'] as const) {
      if (line[field] !== undefined) wrong(field, 'input.no_catalogue')
    }
  })
export type LineToPlace = z.infer<typeof LineToPlace>

export const PlaceOrder = z
  .strictObject({
    /** UUIDv7 of the caller's own making; ours where it is not given. */
    id: uuid.optional(),
    /** How it is sold: `kiosk`, `web`, `phone`. */
    channel: word,
    /** Where it came from; `api` where it is not said. */
    source: word.optional(),
    /** The place that serves it, by id or by code. */
    locationId: uuid.optional(),
    location: code.optional(),
    registerId: uuid.optional(),
    /** What the outside calls it; one (connection, externalId) is one order. */
    externalId: externalId.optional(),
    connectionId: uuid.optional(),
    customerId: uuid.optional(),
    contact: Contact.optional(),
    currency: currency.optional(),
    lines: z.array(LineToPlace).min(1).max(limits.linesAnOrder),
    priority: z.int().min(-100).max(100).optional(),
    tags: tags.optional(),
    fields: Fields.optional(),
    costs: z
      .array(z.strictObject({ kind: word, amountMinor: minor }))
      .max(limits.costsAnOrder)
      .optional(),
    /** When the customer wants it. */
    wanted: z.strictObject({ from: moment.optional(), to: moment.optional() }).optional(),
    /** When it was so; now where it is not said. Never later than five minutes from now. */
    at: moment.optional(),
    captured: z.strictObject({ at: moment, device: text(100).optional() }).optional(),
    references: z.strictObject({ quote: externalId.optional(), opportunity: externalId.optional() }).optional(),
    note: note.optional(),
    /** The code of a published workflow, where the workspace has several. */
    workflow: code.optional(),
  })
  .check(({ value: order, issues }) => {
    if ((order.locationId === undefined) === (order.location === undefined))
      issues.push({ code: 'custom', message: 'input.one_location', path: ['location'], input: order })
    if (order.wanted?.from !== undefined && order.wanted.to !== undefined && Date.parse(order.wanted.from) > Date.parse(order.wanted.to)) {
      issues.push({ code: 'custom', message: 'input.from_after_to', path: ['wanted', 'to'], input: order })
    }
  })
export type PlaceOrder = z.infer<typeof PlaceOrder>

/** One order of a batch; its `key` is what its Idempotency-Key would be if it came alone. */
export const PlaceOrderInBatch = PlaceOrder.safeExtend({ key: idempotencyKey.optional() })
export const PlaceOrders = z.strictObject({ orders: z.array(PlaceOrderInBatch).min(1).max(limits.ordersABatch) })

// ─── Actions ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const reason = code

const returnedLine = z.strictObject({
  lineId: uuid,
  quantityMilli: milli,
  /** What is credited for it; its share of the line where it is not said. */
  creditMinor: minor.optional(),
  /** Whether it goes back into stock; it does where nothing is said. */
  restock: z.boolean().optional(),
  lot: code.optional(),
})

const move = {
  /** A code of the workspace's list of reasons. */
  reason: reason.optional(),
  note: note.optional(),
  fields: Fields.optional(),
  idChecked: z.boolean().optional(),
  /** When it was so; now where it is not said. */
  at: moment.optional(),
}

/** What a payment may be: money taken, promised, given up, rounded off or paid in points. */
export const paymentKinds = ['capture', 'authorise', 'void', 'write_off', 'rounding', 'points'] as const

const payment = {
  amountMinor: minor,
  method: word,
  /** Who keeps the other book: `manual` where it is not said. One reference of one provider is one entry. */
  provider: word.optional(),
  reference: externalId.optional(),
  reason: reason.optional(),
  at: moment.optional(),
}

/**
 * What comes with each action that every order knows. Every other word is an action of the order's workflow and takes what a
 * move takes.
 */
export const actionInputs = {
  hold: z.strictObject({ reason, note: note.optional(), until: moment.optional() }),
  /** One hold, or all of them. */
  release: z.strictObject({ holdId: uuid.optional() }),
  cancel: z.strictObject(move),
  reopen: z.strictObject(move),
  note: z.strictObject({ note }),
  assign: z.strictObject({ assigneeId: uuid.nullable() }),
  tag: z.strictObject({ add: tags.optional(), remove: tags.optional() }),
  pay: z.strictObject({ kind: z.enum(paymentKinds).optional(), ...payment }),
  refund: z.strictObject({ ...payment, amountMinor: minor.min(1), note: note.optional(), returnId: uuid.optional() }),
  return: z.strictObject({
    /** Id of the return, of the caller's own making. */
    id: uuid.optional(),
    lines: z.array(returnedLine).min(1).max(limits.linesAnOrder),
    reason: reason.optional(),
    note: note.optional(),
    externalId: externalId.optional(),
    connectionId: uuid.optional(),
    at: moment.optional(),
  }),
}
export const MoveInput = z.strictObject(move)

export type OrderVerb = keyof typeof actionInputs

/** What each verb takes; a move of the workflow names its own permission. */
// biome-ignore format: read it by column
export const verbPermissions = {
  hold:    'orders:hold',
  release: 'orders:hold',
  cancel:  'orders:cancel',
  reopen:  'orders:reopen',
  note:    'orders:note',
  assign:  'orders:assign',
  tag:     'orders:tag',
  pay:     'payments:record',
  refund:  'payments:refund',
  return:  'returns:record',
} as const satisfies Record<OrderVerb, Permission>
export const orderVerbs = Object.keys(actionInputs) as OrderVerb[]
export const isOrderVerb = (action: string): action is OrderVerb => Object.hasOwn(actionInputs, action)

/** One thing to be done with an order: a verb that every order knows, or an action of its workflow. */
export type OrderAction =
  | { [V in OrderVerb]: { verb: V } & z.infer<(typeof actionInputs)[V]> }[OrderVerb]
  | ({ verb: 'move'; action: string } & z.infer<typeof MoveInput>)

/** What comes with an action of this name. */
export const inputOfAction = (action: string): z.ZodType => (isOrderVerb(action) ? actionInputs[action] : MoveInput)

export const actionName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'input.action')

/** Any action with what comes with it; which of the shapes applies is told by the action's name. */
export const ActionInput = z.union([
  MoveInput,
  actionInputs.hold,
  actionInputs.release,
  actionInputs.note,
  actionInputs.assign,
  actionInputs.tag,
  actionInputs.pay,
  actionInputs.refund,
  actionInputs.return,
])

/** An action on one order of a list, with what comes with it beside these. `version`: only if the order still stands there. */
export const ActionInList = z.looseObject({
  orderId: uuid,
  action: actionName,
  version: version.optional(),
  key: idempotencyKey.optional(),
})
export const ActOnOrders = z.strictObject({ actions: z.array(ActionInList).min(1).max(limits.ordersABatch) })

// ─── What comes back ─────────────────────────────────────────────────────────────────────────────────────────────────

export const Line = z.strictObject({
  id: uuid,
  kind: z.enum(['goods', 'service', 'charge', 'discount']),
  itemId: uuid.nullable(),
  variantId: uuid.nullable(),
  /** What was sold, as it was called then. */
  code: z.string(),
  name: z.string(),
  category: z.string(),
  baseUnit: z.string(),
  priceMicro: price,
  perMilli: whole,
  grossMinor: price,
  discountMinor: price,
  taxCode: z.string().nullable(),
  taxPpm: whole,
  taxIncluded: z.boolean(),
  taxMinor: price,
  netMinor: price,
  reasonCode: z.string().nullable(),
  orderedMilli: whole,
  /** Neither cancelled nor handed over yet. */
  openMilli: whole,
  cancelledMilli: whole,
  madeMilli: whole,
  pickedMilli: whole,
  packedMilli: whole,
  handedOverMilli: whole,
  deliveredMilli: whole,
  returnedMilli: whole,
})

const order = {
  id: uuid,
  /** What people call it. */
  number: whole,
  /** Rises by one with every event; send it as If-Match to change only what you have seen. */
  version,
  workflow: z.strictObject({ code: z.string(), version: whole }),
  phase: z.enum(phases),
  stage: z.string(),
  stageEnteredAt: z.string(),
  channel: z.string(),
  source: z.string(),
  locationId: uuid,
  registerId: uuid.nullable(),
  connectionId: uuid.nullable(),
  externalId: z.string().nullable(),
  customerId: uuid.nullable(),
  customerTier: z.string(),
  customerSegment: z.string(),
  ownerId: uuid.nullable(),
  assigneeId: uuid.nullable(),
  priority: whole,
  currency: z.string(),
  lines: z.array(Line),
  grossMinor: price,
  discountMinor: price,
  taxMinor: price,
  totalMinor: price,
  /** What is no longer owed: the value of what was cancelled or returned. */
  creditedMinor: price,
  /** What is still to be paid; negative when too much was. */
  balanceMinor: price,
  money: z.strictObject({
    authorisedMinor: price,
    capturedMinor: price,
    refundedMinor: price,
    writtenOffMinor: price,
    roundingMinor: price,
    pointsMinor: price,
  }),
  payment: z.string(),
  fulfilment: z.string(),
  holds: z.array(
    z.strictObject({
      id: uuid,
      reason: z.string(),
      noteId: uuid.nullable(),
      placedBy: uuid.nullable(),
      placedAt: z.string(),
      until: z.string().nullable(),
    }),
  ),
  tags: z.array(z.string()),
  fields: z.record(
    z.string(),
    z.union([z.strictObject({ text: z.string() }), z.strictObject({ int: whole }), z.strictObject({ time: z.string() })]),
  ),
  costs: z.array(z.strictObject({ id: uuid, kind: z.string(), amountMinor: price })),
  /** Why a person is needed; empty where none is. */
  attention: z.string(),
  reservations: z.array(
    z.strictObject({ id: uuid, lineId: uuid.nullable(), itemId: uuid, locationId: uuid, lotId: uuid.nullable(), milli: whole }),
  ),
  shortfalls: z.array(z.strictObject({ lineId: uuid, itemId: uuid, locationId: uuid, milli: whole })),
  dueAt: z.string().nullable(),
  wanted: z.strictObject({ from: z.string().nullable(), to: z.string().nullable() }),
  /** When it was so. */
  at: z.string(),
  /** When we learned of it. */
  recordedAt: z.string(),
  businessDate: z.string(),
  captured: z.strictObject({ at: z.string().nullable(), device: z.string().nullable() }),
  references: z.strictObject({ quote: z.string().nullable(), opportunity: z.string().nullable() }),
  endReason: z.string().nullable(),
}

/** An order as it stands at its version. */
export const Order = z.strictObject(order)
export type Order = z.infer<typeof Order>

/** The order after a change; `already` when it was so before and nothing was done. */
export const OrderChanged = z.strictObject({ ...order, already: z.boolean() })

/** Whom an order is for and where it goes, as it is kept. */
export const ContactShown = z.strictObject({
  name: z.string(),
  email: z.string(),
  phone: z.string(),
  address: z.string(),
  city: z.string(),
  postcode: z.string(),
  country: z.string(),
})

/** Everything one order's page shows, personal data included. */
export const OrderPage = z.strictObject({
  ...order,
  contact: ContactShown.nullable(),
  notes: z.array(z.strictObject({ id: uuid, text: z.string(), createdAt: z.string() })),
  returns: z.array(z.strictObject({ id: uuid, number: whole, totalMinor: price, at: z.string() })),
})
export type OrderPage = z.infer<typeof OrderPage>

export const OrderEvents = z.strictObject({
  events: z.array(
    z.strictObject({
      seq: whole,
      type: z.string(),
      at: z.string(),
      recordedAt: z.string(),
      actor: z.strictObject({ kind: z.string(), id: uuid.nullable() }),
      locationId: uuid.nullable(),
      registerId: uuid.nullable(),
      commandId: uuid,
      /** Its place in the workspace's proof; null for the moment until it is sealed. */
      position: whole.nullable(),
      /** What happened, by the event's type; references only. */
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  next: z.string().nullable(),
})
export type OrderEvents = z.infer<typeof OrderEvents>

/** Why something is refused: a stable code with its parameters, and the sentence in the reader's language. */
export const Because = z.strictObject({
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  text: z.string(),
})

/** What may be done now and by whom; what may not, and why. */
export const OrderActions = z.strictObject({
  version,
  phase: z.enum(phases),
  stage: z.string(),
  label,
  /** Why a person is needed; null where none is. */
  attention: Because.nullable(),
  actions: z.array(
    z.strictObject({
      action: z.string(),
      label,
      /** The stage a move leads to; null for what leaves the stage as it is. */
      to: z.string().nullable(),
      allowed: z.boolean(),
      reason: Because.nullable(),
      /** What must come with it: `reason`, or `field.<name>`. */
      requires: z.array(z.string()),
      permission: z.string(),
      /** The roles that have this permission. */
      who: z.array(z.string()),
    }),
  ),
})
export type OrderActions = z.infer<typeof OrderActions>

export const Payment = z.strictObject({
  id: uuid,
  orderId: uuid.nullable(),
  returnId: uuid.nullable(),
  kind: z.string(),
  /** What came in is positive. */
  amountMinor: price,
  currency: z.string(),
  method: z.string(),
  provider: z.string(),
  reference: z.string().nullable(),
  reasonCode: z.string().nullable(),
  at: z.string(),
  recordedAt: z.string(),
  businessDate: z.string(),
})
export type Payment = z.infer<typeof Payment>
