import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { minorDigits } from '#contract/currency.ts'
import { seed } from '#server/testing/seed.ts'
import { freeLineOf, lineOf } from './desk.fixture.ts'
import { priceSlowly } from './pricing.slow.fixture.ts'
import { type LineToPrice, type Priced, priceLines } from './pricing.ts'

function priced(lines: LineToPrice[], currency = 'EUR'): Priced {
  const answer = priceLines(lines, currency)
  if (!answer.ok) throw new Error(answer.reason.code)
  return answer.value
}
const grossOf = (quantityMilli: number, priceMicro: number, currency = 'EUR', perMilli = 1_000) =>
  priced([lineOf({ quantityMilli, priceMicro, perMilli })], currency).grossMinor

const vat = { code: 'VAT', ppm: 210_000, included: false }
const vatIncluded = { ...vat, included: true }
const reduced = { code: 'LOW', ppm: 100_000, included: false }

describe('what a line costs', () => {
  test('is price times quantity, rounded half up once', () => {
    expect(grossOf(1_000, 1_004_999)).toBe(100)
    expect(grossOf(1_000, 1_005_000)).toBe(101)
    expect(grossOf(333, 1_000_000)).toBe(33)
    expect(grossOf(3_000, 335_000)).toBe(101)
  })

  test('follows what the price is for', () => {
    expect(grossOf(250_000, 12_900_000, 'EUR', 1_000_000)).toBe(323)
  })

  test('has as many decimals as its currency', () => {
    expect(grossOf(1_000, 99_500_000, 'JPY')).toBe(100)
    expect(grossOf(1_000, 1_234_500, 'BHD')).toBe(1_235)
    expect(grossOf(1_000, 1_234_550, 'CLF')).toBe(12_346)
  })

  test('is rounded away from zero where it is negative, so that a reversal is worth what it reverses', () => {
    const { grossMinor } = priced([lineOf({ kind: 'charge', itemId: null, quantityMilli: 1_000, priceMicro: -1_005_000 })])
    expect(grossMinor).toBe(-101)
  })

  test.each([
    ['one line', [lineOf({ quantityMilli: 1e12, priceMicro: 1e15 })]],
    ['two lines together', [lineOf({ quantityMilli: 1e12, priceMicro: 6e10 }), lineOf({ quantityMilli: 1e12, priceMicro: 6e10 })]],
    [
      'a line and what takes it back',
      [lineOf({ quantityMilli: 1e12, priceMicro: 6e10 }), lineOf({ kind: 'charge', quantityMilli: 1e12, priceMicro: -6e10 })],
    ],
    ['the tax on top', [lineOf({ quantityMilli: 1e12, priceMicro: 89e9, tax: { ...vat, ppm: 1_000_000 } })]],
    ['a price beyond what is counted', [freeLineOf('charge', 1e12)]],
    ['what the price is for', [lineOf({ perMilli: 999_999_999_999 })], 'JPY'],
  ])('is refused where it cannot be counted exactly: %s', (_, lines, currency = 'EUR') => {
    expect(priceLines(lines, currency)).toMatchObject({ ok: false, reason: { code: 'money.too_large' } })
  })
})

describe('discounts', () => {
  test('are shared over goods and services by what they cost, to the last cent', () => {
    const { lines, totalMinor } = priced([
      lineOf({ quantityMilli: 1_000, priceMicro: 1_000_000 }),
      lineOf({ quantityMilli: 1_000, priceMicro: 1_000_000 }),
      lineOf({ kind: 'service', quantityMilli: 1_000, priceMicro: 1_000_000 }),
      freeLineOf('charge', 500),
      freeLineOf('discount', 100),
    ])
    expect(lines.map((line) => line.discountMinor)).toEqual([34, 33, 33, 0, -100])
    expect(lines.map((line) => line.netMinor)).toEqual([66, 67, 67, 500, 0])
    expect(totalMinor).toBe(700)
  })

  test('one after the other: the second on what the first left', () => {
    const { lines, discountMinor, totalMinor } = priced([
      lineOf({ quantityMilli: 1_000, priceMicro: 10_000_000 }),
      lineOf({ quantityMilli: 1_000, priceMicro: 1_000_000 }),
      freeLineOf('discount', 550),
      freeLineOf('discount', 275),
    ])
    expect(lines.map((line) => line.discountMinor)).toEqual([750, 75, -550, -275])
    expect([discountMinor, totalMinor]).toEqual([825, 275])
  })

  test('beyond what the lines are worth stay on their own line', () => {
    const { lines, grossMinor, discountMinor, totalMinor } = priced([
      lineOf({ quantityMilli: 1_000, priceMicro: 1_000_000 }),
      freeLineOf('discount', 130),
      freeLineOf('discount', 20),
    ])
    expect(lines.map((line) => line.netMinor)).toEqual([0, -30, -20])
    expect([grossMinor, discountMinor, totalMinor]).toEqual([100, 150, -50])
  })

  test('with nothing to take them from stay whole', () => {
    expect(priced([freeLineOf('charge', 40), freeLineOf('discount', 10)])).toMatchObject({ totalMinor: 30 })
  })

  test('are shared by no negative line', () => {
    const { lines } = priced([
      lineOf({ quantityMilli: 1_000, priceMicro: 1_000_000 }),
      freeLineOf('service', -50),
      freeLineOf('discount', 10),
    ])
    expect(lines.map((line) => line.discountMinor)).toEqual([10, 0, -10])
  })
})

describe('taxes', () => {
  test('on top are rounded once for all lines of a rate and shared out', () => {
    const line = () => lineOf({ quantityMilli: 1_000, priceMicro: 1_010_000, tax: vat })
    const { lines, taxMinor, totalMinor } = priced([line(), line(), line()])
    expect(lines.map((one) => one.taxMinor)).toEqual([22, 21, 21])
    expect([taxMinor, totalMinor]).toEqual([64, 367])
  })

  test('included are told and not added', () => {
    const { lines, taxMinor, totalMinor } = priced([lineOf({ quantityMilli: 1_000, priceMicro: 12_100_000, tax: vatIncluded })])
    expect(lines[0]).toMatchObject({ taxMinor: 210, netMinor: 1_210, taxIncluded: true })
    expect([taxMinor, totalMinor]).toEqual([210, 1_210])
  })

  test('are taken after the discount', () => {
    const { taxMinor } = priced([lineOf({ quantityMilli: 1_000, priceMicro: 10_000_000, tax: vat }), freeLineOf('discount', 500)])
    expect(taxMinor).toBe(105)
  })

  test('of several rates stay apart, and so do the same rate included and on top', () => {
    const of = (tax: LineToPrice['tax']) => lineOf({ quantityMilli: 1_000, priceMicro: 1_000_000, tax })
    const { lines } = priced([of(vat), of(reduced), of(vatIncluded), of({ code: 'NIL', ppm: 0, included: false }), of(null)])
    expect(lines.map((line) => line.taxMinor)).toEqual([21, 10, 17, 0, 0])
    expect(lines.map((line) => line.taxCode)).toEqual(['VAT', 'LOW', 'VAT', 'NIL', null])
  })

  test('of less than nothing are less than nothing', () => {
    const { taxMinor, totalMinor } = priced([lineOf({ kind: 'charge', quantityMilli: 1_000, priceMicro: -1_000_000, tax: vat })])
    expect([taxMinor, totalMinor]).toEqual([-21, -121])
  })
})

describe('20,000 orders priced twice', () => {
  const tax = fc.option(
    fc.record({
      code: fc.constantFrom('A', 'B'),
      ppm: fc.constantFrom(0, 1, 40_000, 100_000, 210_000, 333_333, 1_000_000),
      included: fc.boolean(),
    }),
  )
  const line = fc
    .record({
      kind: fc.constantFrom('goods', 'goods', 'service', 'charge', 'discount') as fc.Arbitrary<LineToPrice['kind']>,
      quantityMilli: fc.oneof(
        fc.integer({ min: 1, max: 9 }).map((pieces) => pieces * 1_000),
        fc.integer({ min: 1, max: 5_000_000 }),
      ),
      priceMicro: fc.oneof(fc.integer({ min: 0, max: 50_000_000 }), fc.integer({ min: 0, max: 1e11 })),
      perMilli: fc.constantFrom(1_000, 1_000, 1, 333, 1_000_000),
      isNegative: fc.boolean(),
      tax,
    })
    .map(({ isNegative, ...one }) =>
      lineOf({ ...one, priceMicro: one.kind === 'discount' || (one.kind === 'charge' && isNegative) ? -one.priceMicro : one.priceMicro }),
    )
  const lines = fc.oneof(
    { weight: 1_000, arbitrary: fc.array(line, { minLength: 1, maxLength: 7 }) },
    { weight: 1, arbitrary: fc.array(line, { minLength: 300, maxLength: 500 }) },
  )
  const currency = fc.constantFrom('EUR', 'JPY', 'BHD', 'CLF')

  test(`give the same to the last minor unit, and every sum adds up (seed ${seed})`, { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(lines, currency, (basket, money) => {
        const slow = priceSlowly(basket, minorDigits(money))
        const answer = priceLines(basket, money)
        if (!answer.ok) {
          expect(2 * slow.reduce((all, [gross]) => all + Math.abs(gross), 0)).toBeGreaterThan(Number.MAX_SAFE_INTEGER)
          return
        }
        const quick = answer.value
        expect(
          quick.lines.map(({ grossMinor, discountMinor, taxMinor, netMinor }) => [grossMinor, discountMinor, taxMinor, netMinor]),
        ).toEqual(slow)
        const sum = (of: (one: Priced['lines'][number]) => number) => quick.lines.reduce((all, one) => all + of(one), 0)
        expect(sum((one) => one.netMinor)).toBe(quick.totalMinor)
        expect(sum((one) => one.discountMinor)).toBe(0)
        expect(sum((one) => one.taxMinor)).toBe(quick.taxMinor)
        expect(quick.grossMinor - quick.discountMinor + sum((one) => (one.taxIncluded ? 0 : one.taxMinor))).toBe(quick.totalMinor)
      }),
      { numRuns: 20_000 },
    )
  })
})
