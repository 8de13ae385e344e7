import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineAmounts } from './line-amounts.ts'

const totalOf = (quantityMilli: number, priceMicro: number, currency = 'EUR') => {
  const amounts = lineAmounts(quantityMilli, priceMicro, currency)
  return typeof amounts === 'string' ? amounts : amounts.totalMinor
}

test('a half is rounded away from zero on either side', () => {
  expect([totalOf(1_000, 5_000), totalOf(-1_000, 5_000), totalOf(1_000, 4_999), totalOf(-500, 10_000)]).toEqual([1, -1, 0, -1])
})

test('a line total equals the slow exact one for every size, sign and currency', () => {
  const exact = (quantity: number, price: number, digits: number) => {
    const product = BigInt(quantity) * BigInt(price)
    const unit = 10n ** BigInt(9 - digits)
    const magnitude = product < 0n ? -product : product
    const rounded = magnitude / unit + (2n * (magnitude % unit) >= unit ? 1n : 0n)
    return Number(product < 0n ? -rounded : rounded) + 0
  }
  const size = (most: number) => fc.oneof(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: -most, max: most }))
  fc.assert(
    fc.property(
      size(1e9),
      size(9e8),
      fc.constantFrom(['JPY', 0] as const, ['EUR', 2] as const, ['KWD', 3] as const),
      (quantity, price, [currency, digits]) => {
        expect(totalOf(quantity, price, currency)).toBe(exact(quantity, price, digits))
      },
    ),
  )
})

test('quantities, prices and totals that no shop has are not read', () => {
  expect([totalOf(1.1e12, 1), totalOf(1, 1.1e15), totalOf(1e12, 1e15), totalOf(-1e12, 1e15)]).toEqual([
    'unreadable_quantity',
    'unreadable_price',
    'unreadable_price',
    'unreadable_price',
  ])
})
