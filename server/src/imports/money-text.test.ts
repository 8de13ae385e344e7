import { expect, test } from 'vitest'
import { microOfEuroText, scaledOf } from './money-text.ts'

test('decimal texts are read exactly', () => {
  expect(['2.1', '11062.06', '-11062.06', '0.001', '18.0', '5', '0.000001', '1.2300000'].map((text) => scaledOf(text, 6))).toEqual([
    2_100_000, 11_062_060_000, -11_062_060_000, 1_000, 18_000_000, 5_000_000, 1, 1_230_000,
  ])
})

test('texts that are no exact decimal are not read', () => {
  const texts = ['', ' ', '-', '.5', '5.', '1e3', '1,5', '1,234.50', '0x10', 'NaN', '0.0000001', '99999999999999999', '1 2', '٣']
  expect(texts.filter((text) => scaledOf(text, 6) !== null)).toEqual([])
})

test('a negative zero is zero', () => {
  expect(Object.is(scaledOf('-0.00', 6), 0)).toBe(true)
})

test('prices of the French till are read with plain, non-breaking and narrow spaces', () => {
  expect(['0,90 €', '0,90\u00a0€', '0,90\u202f€', '1 234,50 €', '1\u202f234,50 €', '-5,00 €', '12 €', '12,5'].map(microOfEuroText)).toEqual(
    [900_000, 900_000, 900_000, 1_234_500_000, 1_234_500_000, -5_000_000, 12_000_000, 12_500_000],
  )
})

test('prices with a point or without digits are not read as French', () => {
  expect(['0.90 €', '€', '', '1,2,3 €', '$ 1,00', '€ 1,00'].filter((text) => microOfEuroText(text) !== null)).toEqual([])
})
