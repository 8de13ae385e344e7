import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Desk, freeLineOf, lineOf, paying, refunding } from './desk.fixture.ts'
import { balanceOf, creditFor, fulfilmentOf, openMilli, paymentOf } from './standing.ts'
import type { FulfilmentState, Line, Money, Order, PaymentState } from './types.ts'

const noMoney: Money = { authorisedMinor: 0, capturedMinor: 0, refundedMinor: 0, writtenOffMinor: 0, roundingMinor: 0, pointsMinor: 0 }
const { order: placed } = new Desk().place()
const withMoney = (money: Partial<Money>, more: Partial<Order> = {}): Order => ({ ...placed, ...more, money: { ...noMoney, ...money } })

describe('payment, of an order over 7.50', () => {
  // biome-ignore format: read it by column
  const table: [string, Partial<Money>, Partial<Order>, number, PaymentState][] = [
    ['nothing happened',                 {},                                              {},                      750,  'unpaid'],
    ['promised',                         { authorisedMinor: 750 },                        {},                      750,  'authorised'],
    ['promised and partly paid',         { authorisedMinor: 750, capturedMinor: 100 },    {},                      650,  'part_paid'],
    ['paid',                             { capturedMinor: 750 },                          {},                      0,    'paid'],
    ['paid and rounded up',              { capturedMinor: 755, roundingMinor: -5 },       {},                      0,    'paid'],
    ['paid too much',                    { capturedMinor: 800 },                          {},                      -50,  'overpaid'],
    ['paid, then part of it cancelled',  { capturedMinor: 750 },                          { creditedMinor: 250 },  -250, 'overpaid'],
    ['partly given back',                { capturedMinor: 750, refundedMinor: 50 },       {},                      50,   'part_refunded'],
    ['all given back',                   { capturedMinor: 750, refundedMinor: 750 },      { creditedMinor: 750 },  0,    'refunded'],
    ['nothing left to pay',              {},                                              { creditedMinor: 750 },  0,    'none'],
    ['costs nothing',                    {},                                              { totalMinor: 0 },       0,    'none'],
    ['given up',                         { writtenOffMinor: 750 },                        {},                      0,    'written_off'],
    ['given up in part',                 { writtenOffMinor: 250 },                        {},                      500,  'unpaid'],
    ['partly paid, the rest given up',   { capturedMinor: 500, writtenOffMinor: 250 },    {},                      0,    'paid'],
    ['paid in points',                   { pointsMinor: 750 },                            {},                      0,    'paid'],
    ['promised, then rounded to nothing', { authorisedMinor: 2, roundingMinor: 750 },     {},                      0,    'paid'],
  ]
  test.each(table)('%s', (_, money, more, balance, payment) => {
    const order = withMoney(money, more)
    expect([balanceOf(order), paymentOf(order)]).toEqual([balance, payment])
  })
})

describe('fulfilment, of lines of ten', () => {
  const lineWith = (kind: Line['kind'], cancelled: number, handedOver: number, returned: number): Line => ({
    ...(placed.lines[0] as Line),
    kind,
    orderedMilli: 10,
    cancelledMilli: cancelled,
    handedOverMilli: handedOver,
    returnedMilli: returned,
  })
  type Counts = [cancelled: number, handedOver: number, returned: number]
  // biome-ignore format: read it by column
  const table: [string, Counts[], FulfilmentState][] = [
    ['nothing but charges',                           [],                            'none'],
    ['nothing happened',                              [[0, 0, 0]],                   'unfulfilled'],
    ['partly cancelled',                              [[4, 0, 0]],                   'unfulfilled'],
    ['all cancelled',                                 [[10, 0, 0], [10, 0, 0]],      'cancelled'],
    ['one of two cancelled',                          [[10, 0, 0], [0, 0, 0]],       'unfulfilled'],
    ['partly handed over',                            [[0, 4, 0]],                   'part_fulfilled'],
    ['one of two handed over',                        [[0, 10, 0], [0, 0, 0]],       'part_fulfilled'],
    ['all handed over',                               [[0, 10, 0], [0, 10, 0]],      'fulfilled'],
    ['what was not cancelled handed over',            [[4, 6, 0], [10, 0, 0]],       'fulfilled'],
    ['partly returned',                               [[0, 10, 4]],                  'part_returned'],
    ['one of two returned',                           [[0, 10, 10], [0, 10, 0]],     'part_returned'],
    ['what was handed over returned, the rest open',  [[0, 10, 10], [0, 0, 0]],      'part_returned'],
    ['all returned',                                  [[0, 10, 10], [4, 6, 6]],      'returned'],
    ['all returned, one cancelled before',            [[0, 10, 10], [10, 0, 0]],     'returned'],
  ]
  test.each(table)('%s', (_, counts, fulfilment) => {
    const lines = [...counts.map((one) => lineWith('goods', ...one)), lineWith('charge', 0, 0, 0), lineWith('discount', 0, 0, 0)]
    expect(fulfilmentOf({ ...placed, lines })).toBe(fulfilment)
  })

  test('counts services like goods', () => {
    expect(fulfilmentOf({ ...placed, lines: [lineWith('service', 0, 10, 0)] })).toBe('fulfilled')
  })

  test('open is what is neither cancelled nor handed over', () => {
    expect(openMilli(lineWith('goods', 2, 5, 1))).toBe(3)
  })
})

test('the parts of a line are credited so that they sum to its net, in whatever steps', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), parts, (netMinor, steps) => {
      const line: Line = { ...(placed.lines[0] as Line), netMinor, orderedMilli: steps.reduce((all, step) => all + step, 0) }
      let credited = 0
      for (const [i, milli] of steps.entries()) {
        credited += creditFor(line, milli)
        if (i % 2 === 0) line.cancelledMilli += milli
        else line.returnedMilli += milli
      }
      expect(credited).toBe(netMinor)
    }),
  )
})

test('what was credited is owed again when it is restored, to the cent', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -9_999, max: 9_999 }),
      fc.integer({ min: 1, max: 999 }),
      fc.integer({ min: 0, max: 999 }),
      (netMinor, milli, returned) => {
        const line: Line = { ...(placed.lines[0] as Line), netMinor, orderedMilli: milli + returned, returnedMilli: returned }
        const credited = creditFor(line, milli)
        expect(credited + creditFor({ ...line, cancelledMilli: milli }, -milli)).toBe(0)
      },
    ),
  )
})

test('the balance of an order follows its ledger through all of it', () => {
  const desk = new Desk().place([lineOf({ quantityMilli: 4_000 }), freeLineOf('discount', 100)])
  desk.tell(paying(900))
  expect(desk.order).toMatchObject({ payment: 'paid', balanceMinor: 0 })
  desk.tell(refunding(400))
  expect(desk.order).toMatchObject({ payment: 'part_refunded', balanceMinor: 400 })
})
