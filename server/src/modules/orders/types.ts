import type { GuardFacts } from '#contract/facts.ts'
import type { EffectWord, Label, Phase } from '#contract/workflow.ts'
import type { Reason } from '#platform/answer.ts'
import type { Id } from '#platform/ids.ts'

export type OrderId = Id<'Order'>
export type LineId = Id<'Line'>
export type ItemId = Id<'Item'>
export type LocationId = Id<'Location'>
export type LotId = Id<'Lot'>
export type ReservationId = Id<'Reservation'>

/** Who did it: a person, a machine, or the engine itself. */
export interface Actor {
  kind: 'person' | 'api_key' | 'kiosk' | 'rule' | 'timer' | 'integration' | 'import' | 'system'
  id: string | null
}

export const counters = ['cancelled', 'made', 'picked', 'packed', 'handedOver', 'delivered', 'returned'] as const
export type Counter = (typeof counters)[number]

export type LineKind = 'goods' | 'service' | 'charge' | 'discount'

export interface Line {
  id: LineId
  kind: LineKind
  itemId: ItemId | null
  variantId: string | null
  /** What was sold, as it was called then. */
  code: string
  name: string
  category: string
  baseUnit: string
  /** Price in millionths of the major unit for `perMilli` thousandths of the base unit. */
  priceMicro: number
  perMilli: number
  /** round half up (price × quantity), once; negative for a discount. */
  grossMinor: number
  /** Share of the order's discounts; a discount line carries its own negative, so these sum to zero over an order. */
  discountMinor: number
  taxCode: string | null
  taxPpm: number
  taxIncluded: boolean
  taxMinor: number
  /** gross − discount (+ tax where not included): these sum to the order's total. */
  netMinor: number
  recipeId: string | null
  reasonCode: string | null
  orderedMilli: number
  cancelledMilli: number
  madeMilli: number
  pickedMilli: number
  packedMilli: number
  handedOverMilli: number
  deliveredMilli: number
  returnedMilli: number
}

/** Stock held for a line; `milli` thousandths of the stocked item's base unit (a recipe's part, where the line is made from parts). */
export interface Reservation {
  id: ReservationId
  lineId: LineId | null
  itemId: ItemId
  locationId: LocationId
  lotId: LotId
  milli: number
}

export interface Shortfall {
  lineId: LineId
  itemId: ItemId
  locationId: LocationId
  milli: number
}

export interface Hold {
  id: string
  reasonCode: string
  noteId: string | null
  placedBy: string | null
  placedAt: string
  until: string | null
}

export type FieldValue = { kind: 'text'; value: string } | { kind: 'int'; value: number } | { kind: 'time'; value: string }

export interface Cost {
  id: string
  kind: string
  amountMinor: number
}

export const paymentStates = [
  'none',
  'unpaid',
  'authorised',
  'part_paid',
  'paid',
  'overpaid',
  'part_refunded',
  'refunded',
  'written_off',
] as const
export type PaymentState = (typeof paymentStates)[number]
export const fulfilmentStates = ['none', 'unfulfilled', 'part_fulfilled', 'fulfilled', 'part_returned', 'returned', 'cancelled'] as const
export type FulfilmentState = (typeof fulfilmentStates)[number]

/** Why a person is needed: nobody acted in time, stock is missing, or the workflow asks for one; empty where none is. */
export type Attention = '' | 'late' | 'short' | 'workflow'

/** An order as it stands after `seq` events. Moments are ISO 8601 in UTC. */
export interface Order {
  id: OrderId
  number: number
  seq: number
  workflow: { code: string; version: number }
  phase: Phase
  stage: string
  stageEnteredAt: string
  stageEnteredBy: string | null
  /** Rises with every change of stage; a timer of an earlier generation no longer counts. */
  generation: number
  channel: string
  source: string
  locationId: LocationId
  registerId: string | null
  connectionId: string | null
  externalId: string | null
  customerId: string | null
  customerTier: string
  customerSegment: string
  ownerId: string | null
  assigneeId: string | null
  priority: number
  currency: string
  lines: Line[]
  grossMinor: number
  discountMinor: number
  taxMinor: number
  totalMinor: number
  /** What is no longer owed: the value of cancelled and returned quantities. */
  creditedMinor: number
  /** total − credited − what was paid; negative when too much was paid. */
  balanceMinor: number
  money: Money
  payment: PaymentState
  fulfilment: FulfilmentState
  holds: Hold[]
  tags: string[]
  fields: Record<string, FieldValue>
  costs: Cost[]
  attention: Attention
  reservations: Reservation[]
  shortfalls: Shortfall[]
  dueAt: string | null
  wantedFrom: string | null
  wantedTo: string | null
  at: string
  recordedAt: string
  businessDate: string
  capturedAt: string | null
  captureDevice: string | null
  quoteRef: string | null
  opportunityRef: string | null
  /** The reason given when it was cancelled or rejected. */
  endReason: string | null
}

/** Sums of the ledger, in minor units of the order's currency. */
export interface Money {
  authorisedMinor: number
  capturedMinor: number
  refundedMinor: number
  writtenOffMinor: number
  roundingMinor: number
  pointsMinor: number
}

// ─── Events: what happened ───────────────────────────────────────────────────────────────────────────────────────────

export interface Allocation {
  id: ReservationId
  lineId: LineId
  itemId: ItemId
  locationId: LocationId
  lotId: LotId
  milli: number
}

/** Stock that left: out of a reservation, or (history, goods found at hand-over) straight from where it lay. */
export interface Consumption {
  movementId: string
  reservationId: ReservationId | null
  lineId: LineId | null
  itemId: ItemId
  locationId: LocationId
  lotId: LotId
  milli: number
  /** Taken from the lot or the moving average; null where nobody knows. */
  unitCostMicro: number | null
}

/** Goods that came back into stock with a return. */
export interface Restock {
  movementId: string
  lineId: LineId
  itemId: ItemId
  locationId: LocationId
  lotId: LotId
  milli: number
}

type PlacedFields =
  | 'id'
  | 'number'
  | 'workflow'
  | 'phase'
  | 'stage'
  | 'channel'
  | 'source'
  | 'locationId'
  | 'registerId'
  | 'connectionId'
  | 'externalId'
  | 'customerId'
  | 'customerTier'
  | 'customerSegment'
  | 'ownerId'
  | 'priority'
  | 'currency'
  | 'grossMinor'
  | 'discountMinor'
  | 'taxMinor'
  | 'totalMinor'
  | 'tags'
  | 'fields'
  | 'costs'
  | 'dueAt'
  | 'wantedFrom'
  | 'wantedTo'
  | 'at'
  | 'recordedAt'
  | 'businessDate'
  | 'capturedAt'
  | 'captureDevice'
  | 'quoteRef'
  | 'opportunityRef'

export type LinePlaced = Omit<
  Line,
  'cancelledMilli' | 'madeMilli' | 'pickedMilli' | 'packedMilli' | 'handedOverMilli' | 'deliveredMilli' | 'returnedMilli'
>

export type OrderEvent =
  | { type: 'OrderPlaced'; order: Pick<Order, PlacedFields>; lines: LinePlaced[] }
  | {
      type: 'StageChanged'
      from: string
      to: string
      fromPhase: Phase
      toPhase: Phase
      on: string
      at: string
      by: string | null
      dueAt: string | null
      reason: string | null
      noteId: string | null
      fields: Record<string, FieldValue>
      idChecked: boolean
    }
  | {
      type: 'MoveUndone'
      from: string
      to: string
      fromPhase: Phase
      toPhase: Phase
      /** The move that is taken back. */
      undoes: string
      at: string
      /** Who had brought it there before. */
      enteredBy: string | null
      dueAt: string | null
      /** What the move's fields held before it; null where they were not there. */
      fields: Record<string, FieldValue | null>
      endReason: string | null
    }
  | { type: 'StockReserved'; reservations: Allocation[]; shortfalls: Shortfall[] }
  | { type: 'StockReleased'; reservationIds: ReservationId[]; because: string }
  | { type: 'StockConsumed'; consumed: Consumption[]; found: { movementId: string; consumption: Consumption }[] }
  | {
      type: 'LinesCounted'
      counter: Exclude<Counter, 'returned'>
      deltas: { lineId: LineId; milli: number }[]
      creditMinor: number
      because: string
    }
  | { type: 'HoldPlaced'; hold: Hold }
  | { type: 'HoldReleased'; holdId: string; by: string | null }
  | { type: 'NoteAdded'; noteId: string }
  | { type: 'Assigned'; assigneeId: string | null }
  | { type: 'TagsChanged'; added: string[]; removed: string[] }
  | { type: 'MoneyRecorded'; entry: MoneyEntry }
  | { type: 'LinesReturned'; returnId: string; deltas: { lineId: LineId; milli: number }[]; creditMinor: number; restocked: Restock[] }
  | { type: 'AttentionRaised'; code: Exclude<Attention, ''> }
  | { type: 'AttentionCleared' }

export const moneyKinds = ['authorise', 'void', 'capture', 'refund', 'write_off', 'rounding', 'points'] as const
export type MoneyKind = (typeof moneyKinds)[number]

/** One signed entry of the ledger: what came in is positive. */
export interface MoneyEntry {
  id: string
  kind: MoneyKind
  amountMinor: number
  method: string
  provider: string
  reference: string | null
  reasonCode: string | null
  noteId: string | null
  returnId: string | null
  at: string
}

// ─── What the order core asks of a workflow ──────────────────────────────────────────────────────────────────────────

/** A compiled definition, as far as an order needs it. The workflow module makes these; this module never sees a definition. */
export interface Flow {
  code: string
  version: number
  initial: string
  onShort: 'refuse' | 'wait' | 'accept'
  whileWaiting: 'take_free' | 'take_nothing'
  stage(code: string): FlowStage | undefined
  /** Moves that leave a stage, in the order of the definition. */
  movesFrom(stage: string): FlowMove[]
}

export interface FlowStage {
  code: string
  phase: Phase
  label: Label
  lateAfterMs: number | null
  lateOn: string | null
  dueAfterMs: number | null
  entering: EffectWord[]
}

export interface FlowMove {
  on: string
  by: 'action' | 'timer' | 'event' | 'auto'
  to: string
  label: Label | null
  permission: string | null
  requires: string[]
  fourEyes: boolean
  effects: EffectWord[]
  /** True once every guard holds; otherwise the reason of the first that does not (or cannot be read). Never throws. */
  guard(facts: GuardFacts): GuardAnswer
}

export type GuardAnswer = { ok: true } | { ok: false; reason: Reason; because: Label }
