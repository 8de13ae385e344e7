import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import { seed } from '#server/testing/seed.ts'
import type { Command } from './commands.ts'
import {
  cancelling,
  Desk,
  draftOf,
  freeLineOf,
  lineOf,
  moving,
  paying,
  plainFlow,
  refunding,
  reopening,
  returning,
} from './desk.fixture.ts'
import { lineRows, orderFrom, orderRow } from './rows.ts'
import { creditFor, openMilli } from './standing.ts'
import { replay } from './store.ts'
import type { Line, MoneyEntry, Order, OrderEvent } from './types.ts'
import type { Done } from './undo.ts'

/** One turn of a random life: what is on the shelf by then, and what somebody wants of the order. */
interface Turn {
  restockMilli: number
  /** `done` is what was done so far, the last first. */
  command(order: Order, done: readonly Done[]): Command
}

const onward: Record<string, string> = { waiting: 'start', packing: 'pack', packed: 'hand_over' }

const word = <T extends string>(...words: T[]) => fc.constantFrom(...words)
const command: fc.Arbitrary<Turn['command']> = fc.oneof(
  { weight: 2, arbitrary: word('start', 'put_back', 'pack', 'hand_over', 'take_over').map((action) => () => moving(action)) },
  { weight: 5, arbitrary: fc.constant((order: Order) => moving(onward[order.stage] ?? 'reopen')) },
  { weight: 2, arbitrary: fc.constantFrom(cancelling(), reopening()).map((one) => () => one) },
  { weight: 1, arbitrary: fc.constant(() => ({ verb: 'wake' as const })) },
  { weight: 1, arbitrary: fc.constant(() => ({ verb: 'hold' as const, reasonCode: 'r', noteId: null, until: null })) },
  { weight: 1, arbitrary: fc.nat(3).map((at) => (order: Order) => ({ verb: 'release' as const, holdId: order.holds[at]?.id ?? null })) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.array(word('a', 'b', 'c')), fc.array(word('a', 'b', 'c'))).map(([add, remove]) => () => ({
      verb: 'tag' as const,
      add,
      remove,
    })),
  },
  { weight: 1, arbitrary: fc.constant(() => ({ verb: 'note' as const, noteId: newId() })) },
  {
    weight: 4,
    arbitrary: fc
      .oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) })
      .map((at) => (_: Order, done: readonly Done[]) => {
        const it = done[at] ?? done[0]
        return it ? { verb: 'undo' as const, done: it } : { verb: 'wake' as const }
      }),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(word('capture', 'authorise', 'void', 'write_off', 'rounding', 'points'), fc.integer({ min: -50, max: 2_000 })).map(
      ([kind, amount]) =>
        () =>
          paying(amount, { kind }),
    ),
  },
  { weight: 2, arbitrary: fc.integer({ min: -10, max: 2_000 }).map((amount) => () => refunding(amount)) },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(fc.nat(4), fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 4_000 }))), {
        minLength: 1,
        maxLength: 3,
      })
      .map(
        (parts) =>
          ({ lines }: Order) =>
            returning(parts.map(([at, milli]) => ({ lineId: lines[at % lines.length]?.id ?? '', milli }))),
      ),
  },
)
const turns = fc.array(fc.record({ restockMilli: fc.nat(6_000), command }), { maxLength: 30 })

const goods = fc
  .record({ quantityMilli: fc.integer({ min: 1, max: 4_000 }), priceMicro: fc.integer({ min: 0, max: 9_999_999 }), isTaxed: fc.boolean() })
  .map(({ isTaxed, ...line }) => lineOf({ ...line, tax: isTaxed ? { code: 'VAT', ppm: 210_000, included: false } : null }))
const basket = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: goods },
    {
      weight: 1,
      arbitrary: fc
        .tuple(word('service', 'charge', 'discount'), fc.integer({ min: 1, max: 900 }))
        .map(([kind, amount]) => freeLineOf(kind, amount)),
    },
  ),
  { minLength: 1, maxLength: 5 },
)
const flow = fc
  .constantFrom(
    { onShort: 'refuse' as const, whileWaiting: 'take_free' as const },
    { onShort: 'wait' as const, whileWaiting: 'take_free' as const },
    { onShort: 'wait' as const, whileWaiting: 'take_nothing' as const },
    { onShort: 'accept' as const, whileWaiting: 'take_free' as const },
  )
  .map(plainFlow)

test(`whatever happens to an order, its lines, money, stock and rows add up (seed ${seed})`, { timeout: 120_000 }, () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(flow, basket, fc.nat(12_000), turns, (how, lines, freeMilli, life) => {
      const desk = new Desk(how)
      desk.freeMilli = freeMilli
      if (!desk.run({ verb: 'place', draft: draftOf() }, lines).ok) return
      addsUp(desk)
      const done: Done[] = []
      for (const turn of life) {
        desk.freeMilli = turn.restockMilli
        const before = { order: desk.order, told: desk.told.length }
        const one = turn.command(desk.order, done)
        const decided = desk.run(one)
        seen.add(`${one.verb} ${decided.ok ? (decided.already ? 'already' : 'done') : 'refused'}`)
        if (!decided.ok) expect([desk.order === before.order, desk.told.length]).toEqual([true, before.told])
        if (decided.ok && decided.already) expect(desk.order).toBe(before.order)
        if (decided.ok && !decided.already) {
          if (one.verb === 'undo') expect(likeness(desk.order)).toEqual(likeness(one.done.before))
          done.unshift({ before: before.order, events: decided.events })
        }
        addsUp(desk)
      }
    }),
    { numRuns: 3_000 },
  )
  // A generator that never gets anywhere would prove nothing.
  for (const verb of ['move', 'cancel', 'reopen', 'pay', 'refund', 'return', 'hold', 'undo'])
    expect([...seen]).toEqual(expect.arrayContaining([`${verb} done`, `${verb} refused`]))
  expect([...seen]).toEqual(expect.arrayContaining(['wake done', 'wake already', 'tag done', 'release done']))
})

/** An order without what is new after something was taken back: how often it changed, ids of holds and reservations, when and by whom they were made. */
function likeness({ seq: _, generation: __, stageEnteredAt: ___, holds, reservations, ...order }: Order) {
  const held = new Map<string, number>()
  for (const { lineId, itemId, milli } of reservations) held.set(`${lineId} ${itemId}`, (held.get(`${lineId} ${itemId}`) ?? 0) + milli)
  return {
    ...order,
    held: Object.fromEntries(held),
    holds: holds.map(({ reasonCode, noteId, until }) => `${reasonCode} ${noteId} ${until}`).sort(),
  }
}

function addsUp({ order, told }: Desk): void {
  expect(replay(told.map((event, i) => ({ seq: i + 1, event })))).toEqual(order)
  expect(orderFrom(orderRow(order), lineRows(order), order.reservations, order.shortfalls)).toEqual(order)
  for (const line of order.lines) expect(line).toSatisfy(holdsTogether)
  moneyAddsUp(order, told)
  stockAddsUp(order, told)
}

/** The equations of a line's counters. */
function holdsTogether(line: Line): boolean {
  const { orderedMilli, cancelledMilli, madeMilli, pickedMilli, packedMilli, handedOverMilli, deliveredMilli, returnedMilli } = line
  const counts = [cancelledMilli, madeMilli, pickedMilli, packedMilli, handedOverMilli, deliveredMilli, returnedMilli]
  return counts.every((count) => count >= 0) && cancelledMilli + handedOverMilli <= orderedMilli && returnedMilli <= handedOverMilli
}

function moneyAddsUp(order: Order, told: readonly OrderEvent[]): void {
  const ledger = told.flatMap((event) => (event.type === 'MoneyRecorded' ? event.entry : []))
  const sum = (...kinds: MoneyEntry['kind'][]) =>
    ledger.reduce((all, { kind, amountMinor }) => (kinds.includes(kind) ? all + amountMinor : all), 0)
  expect(order.money).toEqual({
    authorisedMinor: sum('authorise') - sum('void'),
    capturedMinor: sum('capture'),
    refundedMinor: 0 - sum('refund'),
    writtenOffMinor: sum('write_off'),
    roundingMinor: sum('rounding'),
    pointsMinor: sum('points'),
  })
  expect(order.money.refundedMinor).toBeLessThanOrEqual(order.money.capturedMinor)
  expect(order.lines.reduce((all, line) => all + line.netMinor, 0)).toBe(order.totalMinor)
  const untouched = (line: Line): Line => ({ ...line, cancelledMilli: 0, returnedMilli: 0 })
  const credited = order.lines.reduce((all, line) => all + creditFor(untouched(line), line.cancelledMilli + line.returnedMilli), 0)
  expect(order.creditedMinor).toBe(credited)
  expect(order.balanceMinor).toBe(order.totalMinor - credited - sum('capture', 'refund', 'write_off', 'rounding', 'points'))
}

/** What was taken was given back, has left, or is held; and of an open line no more is held and missing than is open. */
function stockAddsUp(order: Order, told: readonly OrderEvent[]): void {
  const milli = (all: readonly { milli: number }[]) => all.reduce((sum, one) => sum + one.milli, 0)
  const taken = new Map(
    told.flatMap((event) =>
      event.type === 'StockReserved' ? event.reservations.map((held) => [held.id as string, held.milli] as const) : [],
    ),
  )
  const ended: string[] = told.flatMap((event) =>
    event.type === 'StockReleased'
      ? event.reservationIds
      : event.type === 'StockConsumed'
        ? event.consumed.flatMap((one) => one.reservationId ?? [])
        : [],
  )
  expect(new Set(ended).size).toBe(ended.length)
  for (const id of ended) taken.delete(id)
  expect(Object.fromEntries(taken)).toEqual(Object.fromEntries(order.reservations.map((held) => [held.id, held.milli])))
  for (const line of order.lines) {
    const held =
      milli(order.reservations.filter(({ lineId }) => lineId === line.id)) +
      milli(order.shortfalls.filter(({ lineId }) => lineId === line.id))
    expect(held).toBe(line.kind === 'goods' && order.phase !== 'cancelled' && order.phase !== 'done' ? openMilli(line) : 0)
  }
}
