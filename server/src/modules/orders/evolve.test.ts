import { describe, expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import { ada, cancelling, Desk, lineOf, noon, paying, refunding, reopening, returning } from './desk.fixture.ts'
import { evolve } from './evolve.ts'
import { lineRows, orderFrom, orderRow } from './rows.ts'
import { eventFrom, payloadOf, replay } from './store.ts'
import type { LotId, Order, OrderEvent } from './types.ts'

/** An order that has been through everything an event can tell. */
function seasoned(): Desk {
  const desk = new Desk()
  desk.freeMilli = 4_000
  desk.place([lineOf(), lineOf({ kind: 'service' })], {
    tags: ['gift'],
    fields: { shelf: { kind: 'text', value: 'B4' } },
    costs: [{ id: newId(), kind: 'box', amountMinor: 5 }],
  })
  desk.tell({ verb: 'hold', reasonCode: 'wait', noteId: newId(), until: noon })
  desk.tell({ verb: 'release', holdId: null })
  desk.tell({ verb: 'note', noteId: newId() })
  desk.tell({ verb: 'assign', assigneeId: ada })
  desk.tell({ verb: 'tag', add: ['vip'], remove: ['gift'] })
  for (const kind of ['authorise', 'void', 'capture', 'write_off', 'rounding', 'points'] as const) desk.tell(paying(2, { kind }))
  desk.tell(refunding(1))
  desk.tell(cancelling({ reason: 'r' }))
  desk.freeMilli = 4_000
  desk.tell(reopening({ fields: { turn: { kind: 'int', value: 7 }, at: { kind: 'time', value: noon } } }))
  desk.move('start', 'pack', 'hand_over')
  desk.tell(returning([{ lineId: desk.order.lines[0]?.id ?? '', milli: 1_000, lotId: newId() as LotId }]))
  return desk
}

const numbered = (events: readonly OrderEvent[]) => events.map((event, i) => ({ seq: i + 1, event }))

describe('evolve', () => {
  test('an order begins with being placed, as its first event', () => {
    const [first] = new Desk().place().told as [OrderEvent]
    expect(() => evolve(null, { seq: 1, event: { type: 'AttentionCleared' } })).toThrow('cannot begin with AttentionCleared')
    expect(() => evolve(null, { seq: 2, event: first })).toThrow('cannot begin with OrderPlaced as event 2')
  })

  test('an order is placed once', () => {
    const desk = new Desk().place()
    const [first] = desk.told as [OrderEvent]
    expect(() => evolve(desk.order, { seq: desk.order.seq + 1, event: first })).toThrow('is placed already')
  })

  test.each([0, 2])('an event follows the one before it, not %s places away', (distance) => {
    const { order } = new Desk().place()
    expect(() => evolve(order, { seq: order.seq + distance, event: { type: 'AttentionCleared' } })).toThrow('cannot follow')
  })

  test('the order it was given stays as it was', () => {
    const { told } = seasoned()
    let order: Order | null = null
    for (const recorded of numbered(told)) {
      const before: string = JSON.stringify(order)
      const next: Order = evolve(order, recorded)
      expect(JSON.stringify(order)).toBe(before)
      order = next
    }
  })

  test('events replayed give the order they were told of, also through their stored text', () => {
    const { told, order } = seasoned()
    expect(replay(numbered(told))).toEqual(order)
    expect(replay(numbered(told.map((event) => eventFrom(event.type, payloadOf(event)))))).toEqual(order)
    expect(replay([])).toBeNull()
  })
})

test('an order comes back from its rows as it went in', () => {
  const { order } = seasoned()
  const rows = JSON.parse(JSON.stringify({ order: orderRow(order), lines: lineRows(order) }))
  expect(orderFrom(rows.order, rows.lines, order.reservations, order.shortfalls)).toEqual(order)
})
