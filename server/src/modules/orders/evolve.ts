import { balanceOf, fulfilmentOf, paymentOf } from './standing.ts'
import type { Counter, FieldValue, Line, LineId, Money, MoneyEntry, Order, OrderEvent } from './types.ts'

/** What was decided, when it was recorded, and as which event of the order. */
export interface Recorded {
  seq: number
  event: OrderEvent
}

/**
 * The order after one more event; null is an order not placed yet. Pure: the order given is not changed.
 * Throws on an event that cannot follow (a bug or a damaged log, never a refusal).
 */
export function evolve(order: Order | null, { seq, event }: Recorded): Order {
  if (order === null) {
    if (event.type !== 'OrderPlaced' || seq !== 1) throw new Error(`An order cannot begin with ${event.type} as event ${seq}`)
    return standing(placed(event))
  }
  if (seq !== order.seq + 1) throw new Error(`Event ${seq} cannot follow event ${order.seq} of order ${order.id}`)
  return standing({ ...after(order, event), seq })
}

/** Derived values are stored too, and this is their one writer. */
function standing(order: Order): Order {
  order.balanceMinor = balanceOf(order)
  order.payment = paymentOf(order)
  order.fulfilment = fulfilmentOf(order)
  return order
}

const noMoney: Money = { authorisedMinor: 0, capturedMinor: 0, refundedMinor: 0, writtenOffMinor: 0, roundingMinor: 0, pointsMinor: 0 }

function placed({ order, lines }: Extract<OrderEvent, { type: 'OrderPlaced' }>): Order {
  return {
    ...order,
    seq: 1,
    stageEnteredAt: order.recordedAt,
    stageEnteredBy: order.ownerId,
    generation: 1,
    assigneeId: null,
    lines: lines.map((line) => ({
      ...line,
      cancelledMilli: 0,
      madeMilli: 0,
      pickedMilli: 0,
      packedMilli: 0,
      handedOverMilli: 0,
      deliveredMilli: 0,
      returnedMilli: 0,
    })),
    creditedMinor: 0,
    balanceMinor: 0,
    money: noMoney,
    payment: 'none',
    fulfilment: 'none',
    holds: [],
    attention: '',
    reservations: [],
    shortfalls: [],
    endReason: null,
  }
}

function after(order: Order, event: OrderEvent): Order {
  switch (event.type) {
    case 'OrderPlaced':
      throw new Error(`Order ${order.id} is placed already`)
    case 'StageChanged':
      return {
        ...order,
        phase: event.toPhase,
        stage: event.to,
        stageEnteredAt: event.at,
        stageEnteredBy: event.by,
        generation: order.generation + 1,
        dueAt: event.dueAt,
        fields: Object.keys(event.fields).length === 0 ? order.fields : { ...order.fields, ...event.fields },
        endReason: event.toPhase === 'cancelled' || event.toPhase === 'rejected' ? event.reason : null,
      }
    case 'MoveUndone':
      return {
        ...order,
        phase: event.toPhase,
        stage: event.to,
        stageEnteredAt: event.at,
        stageEnteredBy: event.enteredBy,
        generation: order.generation + 1,
        dueAt: event.dueAt,
        fields: Object.keys(event.fields).length === 0 ? order.fields : fieldsAgain(order.fields, event.fields),
        endReason: event.endReason,
      }
    case 'StockReserved':
      return { ...order, reservations: [...order.reservations, ...event.reservations], shortfalls: event.shortfalls }
    case 'StockReleased': {
      const gone = new Set(event.reservationIds)
      return { ...order, reservations: order.reservations.filter((kept) => !gone.has(kept.id)), shortfalls: [] }
    }
    case 'StockConsumed': {
      const gone = new Set(event.consumed.map((consumed) => consumed.reservationId))
      return {
        ...order,
        reservations: order.reservations.filter((kept) => !gone.has(kept.id)),
        shortfalls: event.found.length > 0 ? [] : order.shortfalls,
      }
    }
    case 'LinesCounted':
      return { ...order, lines: counted(order.lines, event.counter, event.deltas), creditedMinor: order.creditedMinor + event.creditMinor }
    case 'LinesReturned':
      return { ...order, lines: counted(order.lines, 'returned', event.deltas), creditedMinor: order.creditedMinor + event.creditMinor }
    case 'HoldPlaced':
      return { ...order, holds: [...order.holds, event.hold] }
    case 'HoldReleased':
      return { ...order, holds: order.holds.filter((hold) => hold.id !== event.holdId) }
    case 'NoteAdded':
      return { ...order }
    case 'Assigned':
      return { ...order, assigneeId: event.assigneeId }
    case 'TagsChanged':
      return { ...order, tags: [...order.tags.filter((tag) => !event.removed.includes(tag)), ...event.added].sort() }
    case 'MoneyRecorded':
      return { ...order, money: moneyAfter(order.money, event.entry) }
    case 'AttentionRaised':
      return { ...order, attention: event.code }
    case 'AttentionCleared':
      return { ...order, attention: '' }
  }
}

function fieldsAgain(fields: Order['fields'], before: Record<string, FieldValue | null>): Order['fields'] {
  const again: Record<string, FieldValue | null> = { ...fields, ...before }
  return Object.fromEntries(Object.entries(again).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
}

const columnOf = {
  cancelled: 'cancelledMilli',
  made: 'madeMilli',
  picked: 'pickedMilli',
  packed: 'packedMilli',
  handedOver: 'handedOverMilli',
  delivered: 'deliveredMilli',
  returned: 'returnedMilli',
} as const satisfies Record<Counter, keyof Line>

function counted(lines: readonly Line[], counter: Counter, deltas: readonly { lineId: LineId; milli: number }[]): Line[] {
  const byLine = new Map(deltas.map((delta) => [delta.lineId, delta.milli]))
  const column = columnOf[counter]
  return lines.map((line) => {
    const delta = byLine.get(line.id)
    return delta === undefined ? line : { ...line, [column]: line[column] + delta }
  })
}

function moneyAfter(money: Money, entry: MoneyEntry): Money {
  switch (entry.kind) {
    case 'authorise':
      return { ...money, authorisedMinor: money.authorisedMinor + entry.amountMinor }
    case 'void':
      return { ...money, authorisedMinor: money.authorisedMinor - entry.amountMinor }
    case 'capture':
      return { ...money, capturedMinor: money.capturedMinor + entry.amountMinor }
    case 'refund':
      return { ...money, refundedMinor: money.refundedMinor - entry.amountMinor }
    case 'write_off':
      return { ...money, writtenOffMinor: money.writtenOffMinor + entry.amountMinor }
    case 'rounding':
      return { ...money, roundingMinor: money.roundingMinor + entry.amountMinor }
    case 'points':
      return { ...money, pointsMinor: money.pointsMinor + entry.amountMinor }
  }
}
