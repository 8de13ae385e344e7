import { describe, expect, test } from 'vitest'
import type { EffectWord, Phase } from '#contract/workflow.ts'
import { mayLeadTo, phases } from '#contract/workflow.ts'
import { no } from '#platform/answer.ts'
import { newId, nilId } from '#platform/ids.ts'
import {
  ada,
  bob,
  cancelling,
  codeOf,
  Desk,
  draftOf,
  flowOf,
  freeLineOf,
  lineOf,
  locationId,
  moving,
  noon,
  paying,
  plainFlow,
  refunding,
  reopening,
  returning,
} from './desk.fixture.ts'
import { guardFacts } from './guard-facts.ts'
import { decide, needs } from './life.ts'
import type { LotId, Order, OrderEvent } from './types.ts'

const types = (events: readonly OrderEvent[]) => events.map((event) => event.type)
const later = (minutes: number) => new Date(Date.parse(noon) + minutes * 60_000).toISOString()
const lineIds = ({ lines }: Order) => lines.map((line) => line.id)

describe('place', () => {
  test('makes an order of the first stage, priced, numbered, dated and its stock taken', () => {
    const desk = new Desk().place([lineOf()], { tags: ['b', 'a', 'b'] })
    expect(types(desk.told)).toEqual(['OrderPlaced', 'StockReserved'])
    expect(desk.order).toMatchObject({
      number: 7,
      seq: 2,
      generation: 1,
      phase: 'open',
      stage: 'waiting',
      totalMinor: 750,
      balanceMinor: 750,
      payment: 'unpaid',
      fulfilment: 'unfulfilled',
      tags: ['a', 'b'],
      ownerId: ada,
      at: noon,
      businessDate: '2026-03-02',
    })
    expect(desk.order.reservations).toMatchObject([{ milli: 3_000 }])
  })

  test('keeps the time it was so beside the time it was heard of, and the trading day of the former', () => {
    const desk = new Desk()
    desk.facts = { place: { name: 'Bar', timeZone: 'Europe/Madrid', dayStartsAt: '05:00' } }
    desk.place([lineOf()], { at: '2026-03-02T02:30:00.000Z' })
    expect(desk.order).toMatchObject({ at: '2026-03-02T02:30:00.000Z', recordedAt: noon, businessDate: '2026-03-01' })
  })

  test('takes tier and segment of the customer as they are today', () => {
    const desk = new Desk()
    desk.facts = { customer: { tier: 'gold', segment: 'hotels' } }
    expect(desk.place().order).toMatchObject({ customerTier: 'gold', customerSegment: 'hotels' })
  })

  test('is nobody’s own when it comes from an import', () => {
    const desk = new Desk()
    desk.facts = { actor: { kind: 'import', id: newId() } }
    expect(desk.place().order.ownerId).toBeNull()
  })

  test('is due when the customer wants it, else when the stage says', () => {
    const flow = flowOf({ waiting: { phase: 'open', dueAfterMs: 60_000 } }, [])
    expect(new Desk(flow).place().order.dueAt).toBe(later(1))
    expect(new Desk(flow).place([lineOf()], { wantedFrom: later(5) }).order.dueAt).toBe(later(5))
    expect(new Desk(flow).place([lineOf()], { wantedFrom: later(5), wantedTo: later(9) }).order.dueAt).toBe(later(9))
    expect(new Desk().place().order.dueAt).toBeNull()
  })

  test('of nothing is refused', () => {
    expect(codeOf(new Desk().run({ verb: 'place', draft: draftOf() }, []))).toBe('order.no_lines')
  })

  test('more than five minutes ahead of the clock is refused, five are not', () => {
    expect(codeOf(new Desk().run({ verb: 'place', draft: draftOf({ at: later(5.001) }) }, [lineOf()]))).toBe('time.in_future')
    expect(new Desk().run({ verb: 'place', draft: draftOf({ at: later(5) }) }, [lineOf()]).ok).toBe(true)
  })

  test('beyond what can be counted is refused', () => {
    const huge = lineOf({ quantityMilli: 1e12, priceMicro: 1e15 })
    expect(codeOf(new Desk().run({ verb: 'place', draft: draftOf() }, [huge]))).toBe('money.too_large')
  })

  test('throws where the workflow has no first stage', () => {
    const flow = flowOf({ waiting: 'open' }, [], { initial: 'nowhere' })
    expect(() => new Desk(flow).place()).toThrow('has no stage nowhere')
  })
})

describe('every verb needs an order, and each refuses by its rules', () => {
  const done = () => {
    const desk = new Desk().place().move('start', 'pack', 'hand_over')
    return desk
  }

  test('nothing but placing happens to an order that is not there', () => {
    expect(codeOf(new Desk().run(moving('start')))).toBe('order.not_found')
  })

  test('cancel: nothing was handed over', () => {
    expect(codeOf(done().run(cancelling()))).toBe('order.handed_over')
  })

  test('cancel: something is open', () => {
    const desk = new Desk().place()
    desk.tell(cancelling())
    expect(codeOf(desk.run(cancelling()))).toBe('order.nothing_open')
  })

  test.each(['gone', 'stopped'])('hold: it has not ended (%s)', (stage) => {
    const desk = stage === 'gone' ? done() : new Desk().place()
    if (stage === 'stopped') desk.tell(cancelling())
    expect(codeOf(desk.run({ verb: 'hold', reasonCode: 'x', noteId: null, until: null }))).toBe('order.ended')
  })

  test('hold: a rejected order has ended, too', () => {
    const flow = flowOf({ waiting: 'open', refused: 'rejected' }, [{ from: 'waiting', on: 'reject', to: 'refused' }])
    const desk = new Desk(flow).place().move('reject')
    expect(codeOf(desk.run({ verb: 'hold', reasonCode: 'x', noteId: null, until: null }))).toBe('order.ended')
  })

  test('release: the hold is open', () => {
    const desk = new Desk().place()
    expect(codeOf(desk.run({ verb: 'release', holdId: newId() }))).toBe('hold.not_found')
  })

  test('tag: no more than 50', () => {
    const desk = new Desk().place([lineOf()], { tags: Array.from({ length: 49 }, (_, i) => `t${i}`) })
    expect(codeOf(desk.run({ verb: 'tag', add: ['a', 'b'], remove: [] }))).toBe('tag.too_many')
    expect(desk.run({ verb: 'tag', add: ['a', 'b'], remove: ['t0'] }).ok).toBe(true)
    expect(desk.order.tags).toHaveLength(50)
  })

  test.each([
    ['nothing', paying(0)],
    ['half a cent', paying(0.5)],
    ['a capture of less than nothing', paying(-1)],
    ['an authorisation of less than nothing', paying(-1, { kind: 'authorise' })],
    ['a void of less than nothing', paying(-1, { kind: 'void' })],
    ['a void of what was never promised', paying(1, { kind: 'void' })],
    ['a refund that calls itself a payment', paying(-1, { kind: 'refund' })],
    ['more than can be counted', paying(Number.MAX_SAFE_INTEGER + 1)],
  ])('pay: %s is no amount', (_, command) => {
    expect(codeOf(new Desk().place().run(command))).toBe('money.bad_amount')
  })

  test('refund: no more than was paid and not given back yet', () => {
    const desk = new Desk().place()
    desk.tell(paying(500))
    desk.tell(refunding(200))
    expect(desk.run(refunding(301))).toMatchObject({
      ok: false,
      reason: { code: 'money.refund_too_much', params: { refundable: 300, wanted: 301 } },
    })
    desk.tell(refunding(300))
    expect(codeOf(desk.run(refunding(1)))).toBe('money.nothing_to_refund')
  })

  test.each([0, -1, 0.5])('refund: %s is no amount', (amount) => {
    const desk = new Desk().place()
    desk.tell(paying(500))
    expect(codeOf(desk.run(refunding(amount)))).toBe('money.bad_amount')
  })

  test('return: it has lines, of this order, of which that much was handed over', () => {
    const desk = done()
    const [lineId = ''] = lineIds(desk.order)
    expect(codeOf(desk.run(returning([])))).toBe('return.no_lines')
    expect(codeOf(desk.run(returning([{ lineId: newId(), milli: 1 }])))).toBe('line.not_found')
    expect(codeOf(desk.run(returning([{ lineId, milli: 0 }])))).toBe('return.too_many')
    expect(codeOf(desk.run(returning([{ lineId, milli: 3_001 }])))).toBe('return.too_many')
    expect(
      codeOf(
        desk.run(
          returning([
            { lineId, milli: 2_000 },
            { lineId, milli: 1_001 },
          ]),
        ),
      ),
    ).toBe('return.too_many')
    expect(codeOf(new Desk().place().run(returning([{ lineId, milli: 1 }])))).toBe('line.not_found')
  })

  test.each([
    ['pay', paying(1, { at: later(6) })],
    ['refund', refunding(1, { at: later(6) })],
    ['move', moving('reopen', { at: later(6) })],
    ['cancel', cancelling({ at: later(6) })],
  ])('%s: the future is not for sale', (_, command) => {
    const desk = new Desk().place()
    desk.tell(paying(100))
    expect(codeOf(desk.run(command))).toBe('time.in_future')
  })

  test('return: the future is not for sale', () => {
    const desk = done()
    expect(codeOf(desk.run(returning([{ lineId: lineIds(desk.order)[0] ?? '', milli: 1 }], later(6))))).toBe('time.in_future')
  })

  test('moves carry no more custom fields than an order may have', () => {
    const desk = new Desk().place()
    const fields = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${from + i}`, { kind: 'int' as const, value: i }]))
    desk.tell(moving('start', { fields: fields(0, 100) }))
    expect(codeOf(desk.run(moving('put_back', { fields: fields(100, 1) })))).toBe('field.too_many')
    expect(desk.run(moving('put_back', { fields: fields(0, 100) })).ok).toBe(true)
  })
})

describe('what each verb does', () => {
  test('hold opens a hold, release ends one or all', () => {
    const desk = new Desk().place()
    for (const reasonCode of ['a', 'b', 'c']) desk.tell({ verb: 'hold', reasonCode, noteId: null, until: null })
    expect(desk.order.holds).toMatchObject([{ reasonCode: 'a', placedBy: ada, placedAt: noon }, { reasonCode: 'b' }, { reasonCode: 'c' }])
    desk.tell({ verb: 'release', holdId: desk.order.holds[1]?.id ?? '' })
    expect(desk.order.holds.map((hold) => hold.reasonCode)).toEqual(['a', 'c'])
    desk.tell({ verb: 'release', holdId: null })
    expect(desk.order.holds).toEqual([])
  })

  test('a repeat that changes nothing answers already', () => {
    const desk = new Desk().place([lineOf()], { tags: ['a'] })
    const changesNothing: Parameters<Desk['run']>[0][] = [
      { verb: 'release', holdId: null },
      { verb: 'assign', assigneeId: null },
      { verb: 'tag', add: ['a'], remove: ['b'] },
      { verb: 'wake' },
    ]
    for (const command of changesNothing) expect(desk.run(command)).toMatchObject({ ok: true, already: true, events: [] })
  })

  test('note, assign and tag are told once each', () => {
    const desk = new Desk().place()
    const noteId = newId()
    expect(desk.tell({ verb: 'note', noteId })).toEqual([{ type: 'NoteAdded', noteId }])
    expect(desk.tell({ verb: 'assign', assigneeId: bob })).toEqual([{ type: 'Assigned', assigneeId: bob }])
    expect(desk.order.assigneeId).toBe(bob)
    expect(desk.tell({ verb: 'tag', add: ['b', 'a', 'b'], remove: [] })).toEqual([{ type: 'TagsChanged', added: ['a', 'b'], removed: [] }])
    desk.tell({ verb: 'tag', add: ['c'], remove: ['a'] })
    expect(desk.order.tags).toEqual(['b', 'c'])
  })

  test.each([
    ['capture', 'capturedMinor', 300, 450, 'part_paid'],
    ['authorise', 'authorisedMinor', 300, 750, 'authorised'],
    ['write_off', 'writtenOffMinor', 750, 0, 'written_off'],
    ['rounding', 'roundingMinor', -2, 752, 'unpaid'],
    ['points', 'pointsMinor', 750, 0, 'paid'],
  ] as const)('pay by %s is kept as %s', (kind, sum, amountMinor, balanceMinor, payment) => {
    const desk = new Desk().place()
    desk.tell(paying(amountMinor, { kind }))
    expect(desk.order.money).toEqual({ ...noMoney, [sum]: amountMinor })
    expect(desk.order).toMatchObject({ balanceMinor, payment })
  })

  test('a void takes a promise back', () => {
    const desk = new Desk().place()
    desk.tell(paying(750, { kind: 'authorise' }))
    desk.tell(paying(700, { kind: 'void' }))
    expect(desk.order.money.authorisedMinor).toBe(50)
  })

  test('a refund is a negative entry of the ledger', () => {
    const desk = new Desk().place()
    desk.tell(paying(750))
    const returnId = newId()
    expect(desk.tell(refunding(150, { returnId, at: later(-9) }))).toMatchObject([
      { type: 'MoneyRecorded', entry: { kind: 'refund', amountMinor: -150, returnId, at: later(-9) } },
    ])
    expect(desk.order).toMatchObject({ money: { refundedMinor: 150 }, payment: 'part_refunded', balanceMinor: 150 })
  })

  test('a return raises the counter, credits its share and says where goods go', () => {
    const desk = new Desk().place([lineOf({ quantityMilli: 3_000, priceMicro: 3_333_333 })]).move('start', 'pack', 'hand_over')
    const [lineId = ''] = lineIds(desk.order)
    const lotId = newId() as LotId
    const told = desk.tell(
      returning([
        { lineId, milli: 1_000, lotId },
        { lineId, milli: 1_000 },
      ]),
    )
    expect(told).toMatchObject([
      {
        type: 'LinesReturned',
        deltas: [{ lineId, milli: 2_000 }],
        creditMinor: 667,
        restocked: [{ lineId, lotId, locationId, milli: 1_000 }],
      },
    ])
    desk.tell(returning([{ lineId, milli: 1_000 }]))
    expect(desk.order).toMatchObject({ creditedMinor: 1_000, balanceMinor: 0, fulfilment: 'returned', payment: 'none' })
  })

  test('a return may credit something else than the share', () => {
    const desk = new Desk().place().move('start', 'pack', 'hand_over')
    desk.tell(returning([{ lineId: lineIds(desk.order)[0] ?? '', milli: 1_000, creditMinor: 99 }]))
    expect(desk.order.creditedMinor).toBe(99)
  })

  test('cancel takes back what is open, its stock and its price; reopen restores all three', () => {
    const desk = new Desk().place()
    desk.freeMilli = 0
    desk.tell(cancelling({ reason: 'changed_mind' }))
    expect(desk.order).toMatchObject({
      phase: 'cancelled',
      endReason: 'changed_mind',
      reservations: [],
      balanceMinor: 0,
      fulfilment: 'cancelled',
    })
    desk.freeMilli = 3_000
    desk.tell(reopening({ reason: 'came_back' }))
    expect(desk.order).toMatchObject({ phase: 'open', endReason: null, balanceMinor: 750, fulfilment: 'unfulfilled' })
    expect(desk.order.reservations).toMatchObject([{ milli: 3_000 }])
  })

  test('reopen is refused where the stock has gone meanwhile', () => {
    const desk = new Desk().place()
    desk.tell(cancelling())
    desk.freeMilli = 2_999
    const before = desk.order
    expect(codeOf(desk.run(reopening()))).toBe('stock.too_little')
    expect(desk.order).toBe(before)
  })

  test('reopen without restore_lines takes no stock for what stays cancelled', () => {
    const flow = flowOf({ waiting: { phase: 'open', entering: ['reserve_stock'] }, stopped: 'cancelled' }, [
      { from: 'waiting', on: 'cancel', to: 'stopped', effects: ['cancel_open'] },
      { from: 'stopped', on: 'reopen', to: 'waiting' },
    ])
    const desk = new Desk(flow).place()
    desk.tell(cancelling())
    desk.tell(reopening())
    expect(desk.order.reservations).toEqual([])
  })

  test('a recorded move carries who, why, which fields and whether the ID was seen', () => {
    const desk = new Desk().place()
    const noteId = newId()
    const input = { reason: 'r', noteId, fields: { shelf: { kind: 'text' as const, value: 'B4' } }, idChecked: true, at: later(-3) }
    expect(desk.tell(moving('start', input))).toMatchObject([
      { type: 'StageChanged', from: 'waiting', to: 'packing', fromPhase: 'open', toPhase: 'working', on: 'start', by: ada, ...input },
    ])
    expect(desk.order).toMatchObject({ stageEnteredAt: later(-3), stageEnteredBy: ada, generation: 2, fields: input.fields })
  })
})

const noMoney = { authorisedMinor: 0, capturedMinor: 0, refundedMinor: 0, writtenOffMinor: 0, roundingMinor: 0, pointsMinor: 0 }

describe('moves', () => {
  test('one that is not offered from here is refused', () => {
    expect(new Desk().place().run(moving('hand_over'))).toMatchObject({
      ok: false,
      reason: { code: 'move.not_from_here', params: { action: 'hand_over', stage: 'waiting' } },
    })
  })

  test('the first of a name that may be made is made; else the first says why', () => {
    const shut = (because: string) => ({ ok: false as const, reason: no('guard.failed', { because }).reason, because: { en: because } })
    let isOpen = true
    const flow = flowOf({ here: 'open', left: 'working', right: 'working' }, [
      { from: 'here', on: 'go', to: 'left', guard: () => shut('left is shut') },
      { from: 'here', on: 'go', to: 'right', guard: () => (isOpen ? { ok: true } : shut('right is shut')) },
    ])
    expect(new Desk(flow).place().move('go').order.stage).toBe('right')
    isOpen = false
    expect(new Desk(flow).place().run(moving('go'))).toMatchObject({ ok: false, reason: { params: { because: 'left is shut' } } })
  })

  test('a guard hears the facts of the order, the actor, the clock and what came along', () => {
    const heard: unknown[] = []
    const flow = flowOf({ here: 'open', there: 'working' }, [
      {
        from: 'here',
        on: 'go',
        to: 'there',
        guard: (facts) => {
          heard.push(facts)
          return open
        },
      },
    ])
    const desk = new Desk(flow).place()
    const { order } = desk
    desk.tell(moving('go', { idChecked: true }))
    expect(heard).toEqual([guardFacts(order, { kind: 'person', id: ada }, noon, true)])
  })

  test('they need the permission they name, or orders:move', () => {
    const flow = flowOf({ here: 'open', there: 'working' }, [
      { from: 'here', on: 'go', to: 'there' },
      { from: 'here', on: 'jump', to: 'there', permission: 'stock:reserve' },
    ])
    const desk = new Desk(flow).place()
    const asked: string[] = []
    const may = (permission: string) => asked.push(permission) === 0
    expect(codeOf(desk.run(moving('go'), [], { may }))).toBe('permission.denied')
    expect(codeOf(desk.run(moving('jump'), [], { may }))).toBe('permission.denied')
    expect(asked).toEqual(['orders:move', 'stock:reserve'])
  })

  test.each(['timer', 'event'] as const)('a %s asks nobody for permission', (by) => {
    const flow = flowOf({ here: 'open', there: 'working' }, [{ from: 'here', on: 'go', by, to: 'there' }])
    const desk = new Desk(flow).place()
    expect(desk.run(moving('go', { by }), [], { may: () => false }).ok).toBe(true)
  })

  test('an event may make an action’s move, an action none of an event or timer', () => {
    const flow = flowOf({ here: 'open', there: 'working' }, [
      { from: 'here', on: 'by_hand', to: 'there' },
      { from: 'here', on: 'from_outside', by: 'event', to: 'there' },
      { from: 'here', on: 'late', by: 'timer', to: 'there' },
    ])
    expect(new Desk(flow).place().run(moving('by_hand', { by: 'event' })).ok).toBe(true)
    expect(codeOf(new Desk(flow).place().run(moving('from_outside')))).toBe('move.not_from_here')
    expect(codeOf(new Desk(flow).place().run(moving('late')))).toBe('move.not_from_here')
    expect(codeOf(new Desk(flow).place().run(moving('late', { by: 'event' })))).toBe('move.not_from_here')
  })

  test('four eyes: whoever brought it here does not take it further', () => {
    const flow = flowOf({ here: 'open', there: 'working', end: 'done' }, [
      { from: 'here', on: 'go', to: 'there' },
      { from: 'there', on: 'sign', to: 'end', fourEyes: true },
    ])
    const desk = new Desk(flow).place().move('go')
    expect(codeOf(desk.run(moving('sign')))).toBe('move.four_eyes')
    expect(desk.run(moving('sign'), [], { actor: { kind: 'person', id: bob } }).ok).toBe(true)
  })

  test('four eyes: what a timer brought here anyone may take further', () => {
    const flow = flowOf({ here: 'open', there: 'working', end: 'done' }, [
      { from: 'here', on: 'late', by: 'timer', to: 'there' },
      { from: 'there', on: 'sign', to: 'end', fourEyes: true },
    ])
    const desk = new Desk(flow).place()
    desk.tell(moving('late', { by: 'timer' }), [], { actor: { kind: 'timer', id: null } })
    expect(desk.order.stageEnteredBy).toBeNull()
    expect(desk.run(moving('sign')).ok).toBe(true)
  })

  test('a reason that is required must come along', () => {
    const flow = flowOf({ here: 'open', there: 'working' }, [{ from: 'here', on: 'go', to: 'there', requires: ['reason'] }])
    expect(codeOf(new Desk(flow).place().run(moving('go')))).toBe('move.needs_reason')
    expect(new Desk(flow).place().run(moving('go', { reason: 'r' })).ok).toBe(true)
  })

  test('a field that is required comes along or stands on the order', () => {
    const flow = flowOf({ here: 'open', there: 'working' }, [{ from: 'here', on: 'go', to: 'there', requires: ['field.shelf'] }])
    const shelf = { kind: 'text' as const, value: 'B4' }
    expect(new Desk(flow).place().run(moving('go'))).toMatchObject({
      ok: false,
      reason: { code: 'move.needs_field', params: { field: 'shelf' } },
    })
    expect(new Desk(flow).place().run(moving('go', { fields: { shelf } })).ok).toBe(true)
    expect(new Desk(flow).place([lineOf()], { fields: { shelf } }).run(moving('go')).ok).toBe(true)
  })

  test('a stage that is not there is a bug', () => {
    const flow = flowOf({ here: 'open' }, [{ from: 'here', on: 'go', to: 'nowhere' }])
    expect(() => new Desk(flow).place().move('go')).toThrow('has no stage nowhere')
  })

  test('the phase table has the last word, whatever the definition says', () => {
    for (const from of phases) {
      for (const to of phases) {
        const flow = flowOf({ here: from, there: to }, [{ from: 'here', on: 'go', to: 'there' }])
        const answer = new Desk(flow).place().run(moving('go'))
        expect([from, to, answer.ok || answer.reason.code]).toEqual([
          from,
          to,
          from === to || mayLeadTo[from].includes(to) ? true : 'move.forbidden_phase',
        ])
      }
    }
  })

  test('due: a stage that says so sets it anew, another leaves it, and the customer’s wish stands', () => {
    const flow = flowOf({ here: 'open', soon: { phase: 'working', dueAfterMs: 60_000 }, late: 'ready' }, [
      { from: 'here', on: 'go', to: 'soon' },
      { from: 'soon', on: 'on', to: 'late' },
    ])
    const desk = new Desk(flow).place().move('go')
    expect(desk.order.dueAt).toBe(later(1))
    expect(desk.move('on').order.dueAt).toBe(later(1))
    expect(new Desk(flow).place([lineOf()], { wantedTo: later(30) }).move('go').order.dueAt).toBe(later(30))
  })
})

describe('holds', () => {
  const held = (flow = plainFlow()) => {
    const desk = new Desk(flow).place()
    desk.tell({ verb: 'hold', reasonCode: 'wait', noteId: null, until: null })
    return desk
  }

  test('a held order stays where it is, whoever asks', () => {
    expect(held().run(moving('start'))).toMatchObject({ ok: false, reason: { code: 'order.held', params: { reason: 'wait' } } })
  })

  test('a held order may be cancelled or rejected', () => {
    const flow = flowOf({ waiting: 'open', refused: 'rejected' }, [{ from: 'waiting', on: 'reject', to: 'refused' }])
    expect(held(flow).run(moving('reject')).ok).toBe(true)
    expect(held().run(cancelling()).ok).toBe(true)
  })

  test('what happened outside happened, held or not', () => {
    expect(held().run(moving('start', { by: 'event' })).ok).toBe(true)
  })

  test('automatic moves wait for the release and follow it at once', () => {
    const flow = flowOf({ here: 'open', there: 'working' }, [
      { from: 'here', on: 'auto', by: 'auto', to: 'there', guard: (facts) => (facts['order.tags'].includes('go') ? open : shut) },
    ])
    const desk = held(flow)
    desk.tell({ verb: 'tag', add: ['go'], remove: [] })
    expect(desk.order.stage).toBe('here')
    expect(types(desk.tell({ verb: 'release', holdId: null }))).toEqual(['HoldReleased', 'StageChanged'])
  })

  test('a hold with an end asks for a timer, one without does not', () => {
    const desk = new Desk().place()
    const decided = desk.run({ verb: 'hold', reasonCode: 'wait', noteId: null, until: later(30) })
    expect(decided).toMatchObject({ timers: [{ name: `hold ${desk.order.holds[0]?.id}`, dueAt: later(30), generation: 1 }] })
    expect(desk.run({ verb: 'hold', reasonCode: 'wait', noteId: null, until: null })).toMatchObject({ timers: [] })
    expect(desk.run({ verb: 'note', noteId: newId() })).toMatchObject({ timers: [] })
  })
})

const open = { ok: true as const }
const shut = { ok: false as const, reason: no('guard.failed', { because: 'shut' }).reason, because: { en: 'shut' } }

describe('timers', () => {
  const flow = flowOf(
    { here: { phase: 'open', lateAfterMs: 60_000, lateOn: 'late' }, there: { phase: 'working', lateAfterMs: 120_000, lateOn: 'slow' } },
    [
      { from: 'here', on: 'late', by: 'timer', to: 'there' },
      { from: 'here', on: 'go', to: 'there' },
    ],
  )

  test('entering a stage sets the timer of its lateness, from the clock', () => {
    const desk = new Desk(flow)
    const placed = desk.run({ verb: 'place', draft: draftOf({ at: later(-600) }) }, [lineOf()])
    expect(placed).toMatchObject({ timers: [{ name: 'late', dueAt: later(1), generation: 1 }] })
    expect(desk.run(moving('go'))).toMatchObject({ timers: [{ name: 'slow', dueAt: later(2), generation: 2 }] })
  })

  test('what does not change the stage sets none', () => {
    expect(new Desk(flow).place().run({ verb: 'note', noteId: newId() })).toMatchObject({ timers: [] })
  })

  test('a timer of a stage that was left is no news', () => {
    const desk = new Desk(flow).place().move('go')
    expect(desk.run(moving('late', { by: 'timer', generation: 1 }))).toMatchObject({ ok: true, already: true })
  })

  test('a timer of this very stay moves it', () => {
    const desk = new Desk(flow).place()
    desk.tell(moving('late', { by: 'timer', generation: 1 }), [], { actor: { kind: 'timer', id: null } })
    expect(desk.order).toMatchObject({ stage: 'there', stageEnteredBy: null })
  })

  test('where nothing takes the late order further, a person is needed: said once', () => {
    const desk = new Desk(flow).place().move('go')
    expect(desk.tell(moving('slow', { by: 'timer', generation: 2 }))).toEqual([{ type: 'AttentionRaised', code: 'late' }])
    expect(desk.run(moving('slow', { by: 'timer', generation: 2 }))).toMatchObject({ already: true })
  })
})

describe('automatic moves', () => {
  const chain = (length: number) => {
    const stages = Object.fromEntries(Array.from({ length: length + 1 }, (_, i) => [`s${i}`, 'open' as Phase]))
    return flowOf(
      stages,
      Array.from({ length }, (_, i) => ({ from: `s${i}`, on: 'auto', by: 'auto' as const, to: `s${i + 1}` })),
    )
  }

  test('follow one another until nothing fires: 32 of them', () => {
    expect(new Desk(chain(32)).place().order).toMatchObject({ stage: 's32', generation: 33 })
  })

  test('more than 32 in a row are refused', () => {
    expect(new Desk(chain(33)).run({ verb: 'place', draft: draftOf() }, [lineOf()])).toMatchObject({
      ok: false,
      reason: { code: 'move.loop', params: { most: 32 } },
    })
  })

  test('a circle is refused and leaves nothing', () => {
    const flow = flowOf(
      { here: 'open', there: 'open', calm: 'open' },
      [
        { from: 'calm', on: 'wake_up', to: 'here' },
        { from: 'here', on: 'a', by: 'auto', to: 'there' },
        { from: 'there', on: 'b', by: 'auto', to: 'here' },
      ],
      { initial: 'calm' },
    )
    const desk = new Desk(flow).place()
    const before = desk.order
    expect(codeOf(desk.run(moving('wake_up')))).toBe('move.loop')
    expect(desk.order).toBe(before)
  })

  test('one that does not fire says why', () => {
    const flow = flowOf({ here: 'open', there: 'open' }, [{ from: 'here', on: 'a', by: 'auto', to: 'there', guard: () => shut }])
    expect(new Desk(flow).run({ verb: 'place', draft: draftOf() }, [lineOf()])).toMatchObject({ reasons: [{ code: 'guard.failed' }] })
  })

  test('what an automatic move may not do refuses the command that led there', () => {
    const flow = flowOf({ here: 'open', taken: { phase: 'open', entering: ['reserve_stock'] } }, [
      { from: 'here', on: 'a', by: 'auto', to: 'taken' },
    ])
    const desk = new Desk(flow)
    desk.freeMilli = 0
    expect(codeOf(desk.run({ verb: 'place', draft: draftOf() }, [lineOf()]))).toBe('stock.too_little')
  })

  test('history moves no further by itself', () => {
    const desk = new Desk(chain(1))
    desk.facts = { history: true }
    expect(desk.place().order.stage).toBe('s0')
  })
})

describe('effect words', () => {
  /** One order in the stage `here`; the word runs on the way to `there`. */
  const running = (effects: EffectWord[], onShort: 'refuse' | 'wait' | 'accept' = 'accept') =>
    flowOf(
      { here: { phase: 'open', entering: ['reserve_stock'] }, there: 'working', end: 'working' },
      [
        { from: 'here', on: 'go', to: 'there', effects },
        { from: 'there', on: 'on', to: 'end', effects: ['hand_over'] },
      ],
      { onShort },
    )
  const gone = (effects: EffectWord[], freeMilli = 3_000) => {
    const desk = new Desk(running(effects))
    desk.freeMilli = freeMilli
    return desk.place([lineOf(), freeLineOf('charge', 100)]).move('go')
  }
  const counted = (desk: Desk) => desk.order.lines.map(({ madeMilli, pickedMilli, packedMilli }) => [madeMilli, pickedMilli, packedMilli])

  test.each([
    ['count_made', [3_000, 0, 0]],
    ['count_picked', [0, 3_000, 0]],
    ['count_packed', [0, 0, 3_000]],
  ] as const)('%s raises its counter to all that is not cancelled, once', (word, first) => {
    const desk = gone([word, word])
    expect(counted(desk)[0]).toEqual(first)
    expect(desk.told.filter((event) => event.type === 'LinesCounted')).toHaveLength(1)
  })

  test('release_stock gives back everything reserved and forgets what was missing', () => {
    const desk = gone(['release_stock'], 2_000)
    expect(desk.order).toMatchObject({ reservations: [], shortfalls: [] })
    expect(types(gone(['release_stock', 'release_stock']).told).filter((type) => type === 'StockReleased')).toHaveLength(1)
  })

  test('consume_stock takes what is reserved, at its cost, and leaves what is missing missing', () => {
    const desk = gone(['consume_stock'], 2_000)
    expect(desk.told.find((event) => event.type === 'StockConsumed')).toMatchObject({
      consumed: [{ milli: 2_000, unitCostMicro: 1_500_000, lotId: nilId }],
      found: [],
    })
    expect(desk.order).toMatchObject({ reservations: [], shortfalls: [{ milli: 1_000 }] })
  })

  test('hand_over counts, consumes, and books what was found after all', () => {
    const desk = gone(['hand_over'], 2_000)
    expect(desk.told.find((event) => event.type === 'StockConsumed')).toMatchObject({
      consumed: [{ milli: 2_000 }],
      found: [{ consumption: { milli: 1_000, unitCostMicro: null } }],
    })
    expect(desk.order).toMatchObject({ reservations: [], shortfalls: [], fulfilment: 'fulfilled' })
  })

  test('hand_over with nothing left does nothing', () => {
    expect(types(gone(['hand_over', 'hand_over']).told)).toEqual([
      'OrderPlaced',
      'StockReserved',
      'StockConsumed',
      'LinesCounted',
      'StageChanged',
    ])
  })

  test('hand_over of what somebody waits for is refused', () => {
    const desk = new Desk(running(['hand_over'], 'wait'))
    desk.freeMilli = 2_000
    desk.place()
    expect(codeOf(desk.run(moving('go')))).toBe('stock.still_short')
  })

  test('count_delivered counts what was handed over', () => {
    const desk = gone(['hand_over', 'count_delivered'])
    expect(desk.order.lines.map((line) => line.deliveredMilli)).toEqual([3_000, 1_000])
  })

  test('cancel_open cancels, credits and releases what is open', () => {
    const desk = gone(['cancel_open'])
    expect(desk.order).toMatchObject({ reservations: [], creditedMinor: 850, balanceMinor: 0 })
    expect(desk.order.lines.map((line) => line.cancelledMilli)).toEqual([3_000, 1_000])
  })

  test('restore_lines opens what was cancelled, and credits nothing any more', () => {
    const desk = gone(['cancel_open', 'restore_lines'])
    expect(desk.order).toMatchObject({ creditedMinor: 0, balanceMinor: 850 })
    expect(desk.order.lines.map((line) => line.cancelledMilli)).toEqual([0, 0])
  })

  test('raise_attention and clear_attention are told once', () => {
    const raised = gone(['raise_attention', 'raise_attention'])
    expect(raised.order.attention).toBe('workflow')
    const cleared = gone(['raise_attention', 'clear_attention', 'clear_attention'])
    expect(cleared.order.attention).toBe('')
    expect(types(cleared.told).filter((type) => type.startsWith('Attention'))).toEqual(['AttentionRaised', 'AttentionCleared'])
  })

  test('a move that is refused half way leaves nothing of its effects', () => {
    const desk = new Desk(running(['count_made', 'hand_over'], 'wait'))
    desk.freeMilli = 0
    desk.place()
    const before = desk.order
    expect(desk.run(moving('go')).ok).toBe(false)
    expect(desk.order).toBe(before)
  })

  test.each(['done', 'cancelled', 'rejected'] as const)('nothing stays reserved for an order that is %s', (phase) => {
    const flow = flowOf({ here: { phase: 'open', entering: ['reserve_stock'] }, end: phase }, [{ from: 'here', on: 'go', to: 'end' }])
    expect(new Desk(flow).place().move('go').order.reservations).toEqual([])
  })
})

describe('stock that is short', () => {
  const short = (onShort: 'refuse' | 'wait' | 'accept', whileWaiting: 'take_free' | 'take_nothing' = 'take_free') => {
    const desk = new Desk(plainFlow({ onShort, whileWaiting }))
    desk.freeMilli = 2_000
    return desk
  }

  test('refuse: says of which item how much was wanted and how much is free', () => {
    const line = lineOf()
    expect(short('refuse').run({ verb: 'place', draft: draftOf() }, [line])).toMatchObject({
      ok: false,
      reason: {
        code: 'stock.too_little',
        params: { item: 'CUP', location: 'Main', wanted: 3_000, free: 0, itemId: line.itemId, locationId },
      },
    })
  })

  test('wait, take_free: keeps what is there and lacks the rest', () => {
    const { order } = short('wait').place()
    expect(order).toMatchObject({ reservations: [{ milli: 2_000 }], shortfalls: [{ milli: 1_000 }], attention: '' })
  })

  test('wait, take_nothing: lacks all of it until all is there', () => {
    const desk = short('wait', 'take_nothing').place()
    expect(desk.order).toMatchObject({ reservations: [], shortfalls: [{ milli: 3_000 }] })
    expect(desk.run({ verb: 'wake' })).toMatchObject({ already: true })
    desk.freeMilli = 3_000
    desk.tell({ verb: 'wake' })
    expect(desk.order).toMatchObject({ reservations: [{ milli: 3_000 }], shortfalls: [] })
  })

  test('accept: keeps the order and calls a person, until it is there', () => {
    const desk = short('accept').place()
    expect(desk.order).toMatchObject({ reservations: [{ milli: 2_000 }], shortfalls: [{ milli: 1_000 }], attention: 'short' })
    desk.freeMilli = 1_000
    desk.tell({ verb: 'wake' })
    expect(desk.order).toMatchObject({ shortfalls: [], attention: '' })
    expect(desk.order.reservations.map((held) => held.milli)).toEqual([2_000, 1_000])
  })

  test('accept: whatever else a person is needed for stays said', () => {
    const desk = short('accept').place()
    const flow = flowOf({ waiting: { phase: 'open', lateAfterMs: 1, lateOn: 'late', entering: ['reserve_stock'] } }, [], {
      onShort: 'accept',
    })
    const late = new Desk(flow)
    late.freeMilli = 3_000
    late.place()
    late.tell(moving('late', { by: 'timer', generation: 1 }))
    expect(late.order.attention).toBe('late')
    desk.freeMilli = 1_000
    expect(desk.order.attention).toBe('short')
  })

  test('woken for less than is missing, an order takes that and waits on', () => {
    const desk = short('wait').place()
    desk.freeMilli = 400
    desk.tell({ verb: 'wake' })
    expect(desk.order).toMatchObject({ shortfalls: [{ milli: 600 }] })
  })

  test('woken in vain, nothing is told', () => {
    const desk = short('wait').place()
    desk.freeMilli = 0
    expect(desk.run({ verb: 'wake' })).toMatchObject({ ok: true, already: true })
  })
})

describe('history', () => {
  const flow = flowOf({ here: { phase: 'open', entering: ['reserve_stock'] }, end: 'done' }, [
    { from: 'here', on: 'record_history', to: 'end', effects: ['hand_over'] },
  ])
  const line = lineOf()
  const lotId = newId() as LotId
  const stock = {
    allocations: [{ lineId: line.id, itemId: line.itemId ?? (newId() as never), locationId, lotId, milli: 3_000 }],
    misses: [],
  }

  test('takes no reservation when it is placed and its goods from the lot it came with when it ends', () => {
    const desk = new Desk(flow)
    desk.facts = { history: true, stock: { allocations: [], misses: [] } }
    desk.place([line], { at: later(-60 * 24) })
    expect(desk.order.reservations).toEqual([])
    desk.tell(moving('record_history', { at: later(-60) }), [], { stock })
    expect(desk.told.find((event) => event.type === 'StockConsumed')).toMatchObject({
      consumed: [{ lotId, milli: 3_000, reservationId: null }],
    })
    expect(desk.order).toMatchObject({ phase: 'done', fulfilment: 'fulfilled', stageEnteredAt: later(-60) })
  })
})

describe('needs', () => {
  const flow = plainFlow({ onShort: 'wait' })
  const line = lineOf()
  const placed = () => new Desk(flow).place([line]).order

  test('asks for every line of goods when it is placed, and for nothing else', () => {
    const service = lineOf({ kind: 'service' })
    expect(needs(flow, null, { verb: 'place', draft: draftOf() }, [line, service, freeLineOf('discount', 1)])).toEqual({
      mode: 'partial',
      lines: [{ lineId: line.id, itemId: line.itemId, milli: 3_000 }],
    })
  })

  test.each([
    ['refuse', 'take_free', 'all_or_nothing'],
    ['wait', 'take_free', 'partial'],
    ['wait', 'take_nothing', 'wait_for_all'],
    ['accept', 'take_free', 'partial'],
  ] as const)('onShort %s (%s) takes %s', (onShort, whileWaiting, mode) => {
    expect(needs(plainFlow({ onShort, whileWaiting }), null, { verb: 'place', draft: draftOf() }, [line])?.mode).toBe(mode)
  })

  test('asks for nothing where nothing is reserved', () => {
    const idle = flowOf({ here: 'open' }, [])
    expect(needs(idle, null, { verb: 'place', draft: draftOf() }, [line])).toBeNull()
    expect(needs(flow, null, moving('start'), [])).toBeNull()
    expect(needs(flow, placed(), { verb: 'wake' }, [])).toBeNull()
    expect(needs(flow, placed(), moving('start'), [])).toBeNull()
    expect(needs(flow, placed(), { verb: 'note', noteId: newId() }, [])).toBeNull()
  })

  test('looks through automatic moves, circles included', () => {
    const winding = flowOf({ a: 'open', b: 'open', c: 'open' }, [
      { from: 'a', on: 'x', by: 'auto', to: 'b' },
      { from: 'b', on: 'x', by: 'auto', to: 'a' },
      { from: 'b', on: 'y', by: 'auto', to: 'c', effects: ['reserve_stock'] },
    ])
    expect(needs(winding, null, { verb: 'place', draft: draftOf() }, [line])?.lines).toHaveLength(1)
    const round = flowOf({ a: 'open', b: 'open' }, [
      { from: 'a', on: 'x', by: 'auto', to: 'b' },
      { from: 'b', on: 'x', by: 'auto', to: 'a' },
    ])
    expect(needs(round, null, { verb: 'place', draft: draftOf() }, [line])).toBeNull()
  })

  test('asks again only for lines that hold nothing', () => {
    const desk = new Desk(flow).place([line, lineOf({ kind: 'service' })]).move('start')
    expect(needs(flow, desk.order, moving('put_back'), [])).toEqual({ mode: 'partial', lines: [] })
    desk.tell(cancelling())
    expect(needs(flow, desk.order, reopening(), [])?.lines).toEqual([{ lineId: line.id, itemId: line.itemId, milli: 3_000 }])
  })

  test('of a line that lacks a part it asks for the part', () => {
    const desk = new Desk(flow)
    desk.freeMilli = 1_000
    desk.place([line])
    expect(needs(flow, desk.order, { verb: 'wake' }, [])?.lines).toEqual([{ lineId: line.id, itemId: line.itemId, milli: 2_000 }])
  })
})

describe('facts for guards', () => {
  test('say of an order what the registry promises', () => {
    const desk = new Desk(plainFlow({ onShort: 'accept' }))
    desk.freeMilli = 1_000
    desk.place([lineOf(), lineOf({ category: 'kitchen' })], { customerId: newId(), tags: ['gift'] })
    expect(guardFacts(desk.order, { kind: 'kiosk', id: null }, noon, true)).toMatchObject({
      'order.lineCount': 2,
      'order.categories': ['kitchen'],
      'order.tags': ['gift'],
      'order.totalMinor': 1_500,
      'order.needsAttention': true,
      'order.isHeld': false,
      'customer.isKnown': true,
      'customer.tier': null,
      'customer.segment': null,
      'stock.isShort': true,
      'stock.reservedMilli': 1_000,
      'actor.kind': 'kiosk',
      'input.idChecked': true,
      'clock.now': noon,
    })
  })

  test('know tier and segment where the customer has them', () => {
    const desk = new Desk()
    desk.facts = { customer: { tier: 'gold', segment: 'hotels' } }
    expect(guardFacts(desk.place().order, { kind: 'rule', id: null }, noon, false)).toMatchObject({
      'customer.tier': 'gold',
      'customer.segment': 'hotels',
    })
  })
})

test('a return of a line that the rules let through and the order does not have is a bug', () => {
  const desk = new Desk().place().move('start', 'pack', 'hand_over')
  const command = returning([{ lineId: newId(), milli: 1 }])
  expect(decide(desk.order, command, {} as never)).toMatchObject({ ok: false, reason: { code: 'line.not_found' } })
})
