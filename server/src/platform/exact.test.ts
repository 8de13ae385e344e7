import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate, mulDivRound } from './exact.ts'

const anyInteger = fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.maxSafeInteger())
const positive = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))

describe('mulDivRound', () => {
  test.each([
    [5, 1, 2, 3],
    [-5, 1, 2, -3],
    [4, 1, 3, 1],
    [-4, 1, 3, -1],
    [-1, 1, 3, 0],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('%d × %d ÷ %d is %d', (value, numerator, denominator, result) => {
    expect(mulDivRound(value, numerator, denominator)).toBe(result)
  })

  test('is the nearest whole number, of two the one further from zero, for all that can be counted', () => {
    fc.assert(
      fc.property(anyInteger, anyInteger, positive, (value, numerator, denominator) => {
        const [a, b] = [BigInt(value) * BigInt(numerator), BigInt(denominator)]
        const size = a < 0n ? -a : a
        const whole = size / b + (2n * (size % b) >= b ? 1n : 0n)
        const exact = a < 0n ? -whole : whole
        if (exact > Number.MAX_SAFE_INTEGER || exact < Number.MIN_SAFE_INTEGER)
          expect(() => mulDivRound(value, numerator, denominator)).toThrow(RangeError)
        else expect(mulDivRound(value, numerator, denominator)).toBe(Number(exact))
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('allocate', () => {
  test.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [5, [0, 0], [5, 0]],
    [7, [], []],
    [0, [3, 4], [0, 0]],
    [2, [1, 2, 1], [1, 1, 0]],
  ])('%d over %j is %j', (total, weights, shares) => {
    expect(allocate(total, weights)).toEqual(shares)
  })

  test('gives everything away, to nobody a whole unit more or less than his share', () => {
    const weights = fc.array(fc.nat(1e12), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), weights, (total, all) => {
        const shares = allocate(total, all)
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total)
        const sum = all.reduce((one, other) => one + other, 0)
        if (sum === 0) return
        for (const [i, share] of shares.entries()) {
          const apart = BigInt(share) * BigInt(sum) - BigInt(total) * BigInt(all[i] ?? 0)
          expect((apart < 0n ? -apart : apart) < BigInt(sum)).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
