import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seed } from '#server/testing/seed.ts'
import { type Demand, type HandOutMode, Shelf, type StockRow } from './shelf.ts'

function rowOf(itemId: string, lotId: string, onHandMilli: number, more: Partial<StockRow> = {}): StockRow {
  return { itemId, locationId: 'main', lotId, onHandMilli, reservedMilli: 0, unitCostMicro: 5, currency: 'EUR', usable: true, ...more }
}
const demand = (itemId: string, milli: number, lineId = 'line'): Demand => ({ lineId, itemId, locationId: 'main', milli })

describe('handing out', () => {
  test('takes lots in the order in which they come', () => {
    const shelf = new Shelf([rowOf('tea', 'old', 2), rowOf('tea', 'new', 5)])
    expect(shelf.take([demand('tea', 3)], 'all_or_nothing').taken).toMatchObject([
      { lotId: 'old', milli: 2 },
      { lotId: 'new', milli: 1 },
    ])
    expect(shelf.freeMilli('tea', 'main')).toBe(4)
  })

  test('passes by what may not be handed out', () => {
    const shelf = new Shelf([rowOf('tea', 'recalled', 9, { usable: false }), rowOf('tea', 'good', 1)])
    expect(shelf.take([demand('tea', 2)], 'partial')).toMatchObject({
      taken: [{ lotId: 'good', milli: 1 }],
      misses: [{ milli: 2, freeMilli: 1 }],
    })
  })

  test('all_or_nothing: names each item that is short once, with all that was wanted of it', () => {
    const shelf = new Shelf([rowOf('tea', 'a', 3), rowOf('cup', 'a', 9)])
    const wanted = [demand('tea', 2, 'one'), demand('cup', 1), demand('tea', 2, 'two')]
    expect(shelf.take(wanted, 'all_or_nothing')).toEqual({ taken: [], misses: [{ ...demand('tea', 4, 'one'), freeMilli: 3 }] })
    expect(shelf.changes()).toEqual([])
  })

  test('wait_for_all: everything is missing while anything is', () => {
    const shelf = new Shelf([rowOf('tea', 'a', 3)])
    expect(shelf.take([demand('tea', 2), demand('cup', 1)], 'wait_for_all')).toEqual({
      taken: [],
      misses: [
        { ...demand('tea', 2), freeMilli: 0 },
        { ...demand('cup', 1), freeMilli: 0 },
      ],
    })
  })

  test('knows nothing of what was not locked', () => {
    const shelf = new Shelf([])
    expect([shelf.freeMilli('tea', 'main'), shelf.unitCostMicro('tea', 'main', 'a'), shelf.row('tea', 'main', 'a')]).toEqual([
      0,
      null,
      undefined,
    ])
    expect(() => shelf.consume('tea', 'main', 'a', 1, true)).toThrow('was not locked')
    expect(() => shelf.reserve('tea', 'main', 'a', 1)).toThrow('was not locked')
  })
})

describe('rows', () => {
  test('that stand here already are kept as they are when they are locked again', () => {
    const shelf = new Shelf([rowOf('tea', 'a', 3)])
    shelf.take([demand('tea', 1)], 'partial')
    shelf.add([rowOf('tea', 'a', 99), rowOf('tea', 'b', 1)])
    expect(shelf.freeMilli('tea', 'main')).toBe(3)
  })

  test('that come back to a place where they never were are made, once', () => {
    const shelf = new Shelf([])
    expect(shelf.receive('tea', 'main', 'a', 4, 'EUR')).toMatchObject({ onHandMilli: 4, unitCostMicro: null })
    expect(shelf.receive('tea', 'main', 'a', 1, 'EUR')).toBeNull()
    expect(shelf.row('tea', 'main', 'a')).toMatchObject({ onHandMilli: 5 })
  })

  test('that were not read take what happens to them and hand nothing out', () => {
    const shelf = new Shelf([])
    shelf.addUnread('tea', 'main', 'a', 'EUR')
    shelf.addUnread('tea', 'main', 'a', 'EUR')
    shelf.consume('tea', 'main', 'a', 3, false)
    expect(shelf.freeMilli('tea', 'main')).toBe(0)
    expect(shelf.changes()).toMatchObject([{ row: { unlocked: true }, onHandMilli: -3, reservedMilli: 0 }])
  })

  test('keep their price and find it again after a roll-back', () => {
    const shelf = new Shelf([rowOf('tea', 'a', 3)])
    const mark = shelf.mark()
    shelf.receive('tea', 'main', 'a', 1, 'EUR')
    shelf.price('tea', 'main', 'a', 8)
    expect(shelf.unitCostMicro('tea', 'main', 'a')).toBe(8)
    shelf.rollBack(mark)
    expect(shelf.unitCostMicro('tea', 'main', 'a')).toBe(5)
  })
})

// ─── Whatever is asked of it ─────────────────────────────────────────────────────────────────────────────────────────

const items = ['tea', 'cup', 'jam']
const lots = ['a', 'b', 'c']
const stocked = fc
  .array(fc.record({ onHandMilli: fc.nat(20), reserved: fc.nat(20), usable: fc.boolean() }), { minLength: 9, maxLength: 9 })
  .map((rows) =>
    rows.map(({ onHandMilli, reserved, usable }, i) =>
      rowOf(items[i % 3] ?? '', lots[Math.floor(i / 3)] ?? '', onHandMilli, { reservedMilli: Math.min(reserved, onHandMilli), usable }),
    ),
  )
const demands = fc
  .array(fc.tuple(fc.constantFrom(...items), fc.integer({ min: 1, max: 25 })), { maxLength: 4 })
  .map((all) => all.map(([item, milli], i) => demand(item, milli, `line ${i}`)))
const mode = fc.constantFrom<HandOutMode[]>('all_or_nothing', 'wait_for_all', 'partial')
const turn = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('take' as const), demands, mode }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('give back' as const, 'consume' as const), which: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('receive' as const),
      item: fc.constantFrom(...items),
      lot: fc.constantFrom(...lots),
      milli: fc.nat(9),
    }),
  },
)
const turns = fc.array(turn, { maxLength: 12 })

/** Does what the turns say; `taken` is what is held by now. */
function play(
  shelf: Shelf,
  all: readonly (typeof turn extends fc.Arbitrary<infer T> ? T : never)[],
  taken: ReturnType<Shelf['take']>['taken'],
  check: (before: StockRow[]) => void,
): void {
  for (const one of all) {
    const before = everyRow(shelf)
    if (one.what === 'take') {
      const answer = shelf.take(one.demands, one.mode)
      expectFair(one.demands, one.mode, answer, before)
      taken.push(...answer.taken)
    } else if (one.what === 'receive') shelf.receive(one.item, 'main', one.lot, one.milli, 'EUR')
    else {
      const [held] = taken.splice(one.which % Math.max(1, taken.length), 1)
      if (held && one.what === 'give back') shelf.giveBack([held])
      if (held && one.what === 'consume') shelf.consume(held.itemId, held.locationId, held.lotId, held.milli, true)
    }
    check(before)
  }
}

const everyRow = (shelf: Shelf): StockRow[] =>
  items.flatMap((item) => lots.flatMap((lot) => ({ ...(shelf.row(item, 'main', lot) as StockRow) })))
const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)

/** What was wanted was taken or is missed; nothing came from a lot while an earlier one had some; nothing unusable was touched. */
function expectFair(wanted: Demand[], how: HandOutMode, { taken, misses }: ReturnType<Shelf['take']>, before: StockRow[]): void {
  const free = (item: string) =>
    before.filter((row) => row.itemId === item && row.usable).map((row) => ({ lot: row.lotId, milli: row.onHandMilli - row.reservedMilli }))
  for (const item of items) {
    const all = sum(wanted.filter((one) => one.itemId === item).map((one) => one.milli))
    const got = taken.filter((one) => one.itemId === item)
    const there = free(item)
    const should = how === 'partial' || misses.length === 0 ? Math.min(all, sum(there.map((lot) => lot.milli))) : 0
    expect(sum(got.map((one) => one.milli))).toBe(should)
    let left = should
    for (const { lot, milli } of there) {
      expect(sum(got.filter((one) => one.lotId === lot).map((one) => one.milli))).toBe(Math.min(left, milli))
      left -= Math.min(left, milli)
    }
  }
  if (how === 'partial')
    expect(sum(misses.map((miss) => miss.milli - miss.freeMilli))).toBe(
      sum(wanted.map((one) => one.milli)) - sum(taken.map((one) => one.milli)),
    )
  if (how === 'wait_for_all' && misses.length > 0) expect(misses.map((miss) => miss.milli)).toEqual(wanted.map((one) => one.milli))
}

test(`never hands out what is not there, and forgets nothing (seed ${seed})`, () => {
  fc.assert(
    fc.property(stocked, turns, (rows, all) => {
      const shelf = new Shelf(rows)
      play(shelf, all, [], () => {
        for (const row of everyRow(shelf)) expect([row.reservedMilli >= 0, row.reservedMilli <= row.onHandMilli]).toEqual([true, true])
      })
      for (const row of everyRow(shelf)) {
        const was = rows.find((one) => one.itemId === row.itemId && one.lotId === row.lotId)
        const change = shelf.changes().find((one) => one.row.itemId === row.itemId && one.row.lotId === row.lotId)
        expect([row.onHandMilli, row.reservedMilli]).toEqual([
          (was?.onHandMilli ?? 0) + (change?.onHandMilli ?? 0),
          (was?.reservedMilli ?? 0) + (change?.reservedMilli ?? 0),
        ])
      }
    }),
    { numRuns: 3_000 },
  )
})

test(`a roll-back leaves everything as it was at the mark (seed ${seed})`, () => {
  fc.assert(
    fc.property(stocked, turns, turns, (rows, kept, undone) => {
      const shelf = new Shelf(rows)
      const taken: ReturnType<Shelf['take']>['taken'] = []
      play(shelf, kept, taken, () => {})
      const before = { rows: everyRow(shelf), changes: changesOf(shelf) }
      const mark = shelf.mark()
      play(shelf, undone, taken, () => {})
      shelf.rollBack(mark)
      expect({ rows: everyRow(shelf), changes: changesOf(shelf) }).toEqual(before)
    }),
    { numRuns: 3_000 },
  )
})

/** What would be written. */
const changesOf = (shelf: Shelf) =>
  shelf
    .changes()
    .filter(({ onHandMilli, reservedMilli }) => onHandMilli !== 0 || reservedMilli !== 0)
    .map(({ row, onHandMilli, reservedMilli }) => [row.itemId, row.lotId, onHandMilli, reservedMilli].join(' '))
    .sort()
