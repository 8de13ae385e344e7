import type { Reason } from '#platform/answer.ts'
import type { LineToPrice } from './pricing.ts'
import type {
  Actor,
  Allocation,
  Cost,
  FieldValue,
  Flow,
  ItemId,
  LineId,
  LocationId,
  LotId,
  MoneyKind,
  Order,
  OrderEvent,
  OrderId,
} from './types.ts'
import type { Done } from './undo.ts'

export const verbs = [
  'place',
  'move',
  'hold',
  'release',
  'cancel',
  'reopen',
  'note',
  'assign',
  'tag',
  'pay',
  'refund',
  'return',
  'wake',
  'undo',
] as const
export type Verb = (typeof verbs)[number]

export type Command =
  | { verb: 'place'; draft: Draft }
  | ({ verb: 'move'; action: string; by: 'action' | 'timer' | 'event'; generation: number | null } & MoveInput)
  | ({ verb: 'cancel' } & MoveInput)
  | ({ verb: 'reopen' } & MoveInput)
  | { verb: 'hold'; reasonCode: string; noteId: string | null; until: string | null }
  | { verb: 'release'; holdId: string | null }
  | { verb: 'note'; noteId: string }
  | { verb: 'assign'; assigneeId: string | null }
  | { verb: 'tag'; add: string[]; remove: string[] }
  | {
      verb: 'pay'
      kind: MoneyKind
      amountMinor: number
      method: string
      provider: string
      reference: string | null
      reasonCode: string | null
      at: string | null
    }
  | {
      verb: 'refund'
      amountMinor: number
      method: string
      provider: string
      reference: string | null
      reasonCode: string | null
      noteId: string | null
      returnId: string | null
      at: string | null
    }
  | { verb: 'return'; returnId: string; lines: ReturnedLine[]; at: string | null }
  | { verb: 'wake' }
  | { verb: 'undo'; done: Done }

export interface MoveInput {
  reason: string | null
  noteId: string | null
  fields: Record<string, FieldValue>
  idChecked: boolean
  /** When it was so; null = now. Imports and offline devices set it. */
  at: string | null
}

export interface ReturnedLine {
  lineId: LineId
  milli: number
  /** What is credited for it; null = its share of the line's net. */
  creditMinor: number | null
  /** Into which stock it goes back; null where it does not. */
  restock: { itemId: ItemId; lotId: LotId; movementId: string } | null
}

/** An order to be placed; its lines come resolved against the catalogue in {@link Facts.lines}. */
export interface Draft {
  id: OrderId
  channel: string
  source: string
  locationId: LocationId
  registerId: string | null
  connectionId: string | null
  externalId: string | null
  customerId: string | null
  priority: number
  currency: string
  tags: string[]
  fields: Record<string, FieldValue>
  costs: Cost[]
  wantedFrom: string | null
  wantedTo: string | null
  /** When it was so; null = now. */
  at: string | null
  capturedAt: string | null
  captureDevice: string | null
  quoteRef: string | null
  opportunityRef: string | null
  /** Code of the workflow; null = the workspace's own. */
  workflow: string | null
}

/** What must be known before a decision, and is recorded with it. */
export interface Facts {
  /** The database's clock. */
  now: string
  actor: Actor
  flow: Flow
  newId(): string
  may(permission: string): boolean
  place: { name: string; timeZone: string; dayStartsAt: string }
  /** For placing. */
  number: number
  lines: LineToPrice[]
  customer: { tier: string; segment: string } | null
  /** What could be taken of what {@link needs} asked for. */
  stock: StockAnswer
  /** History takes no reservation and moves no further by itself: what is handed over leaves the opening stock it came with. */
  history: boolean
  unitCostMicro(itemId: ItemId, locationId: LocationId, lotId: LotId): number | null
}

export interface StockAnswer {
  allocations: Omit<Allocation, 'id'>[]
  misses: StockMiss[]
}

/** Stock that was not there: `freeMilli` of `wantedMilli`, thousandths of the item's base unit. */
export interface StockMiss {
  lineId: LineId
  itemId: ItemId
  locationId: LocationId
  itemName: string
  wantedMilli: number
  freeMilli: number
}

/** What a decision asks of the stock, line by line; `partial` = take what is there. */
export interface StockNeed {
  mode: 'all_or_nothing' | 'wait_for_all' | 'partial'
  lines: { lineId: LineId; itemId: ItemId; milli: number }[]
}

export interface Decided {
  ok: true
  events: OrderEvent[]
  order: Order
  /** Why each step was taken or could not be, for the record. */
  reasons: Reason[]
  timers: { name: string; dueAt: string; generation: number }[]
  /** True when asking again changed nothing. */
  already: boolean
}
