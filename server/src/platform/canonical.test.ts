import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalText } from './canonical.ts'

test('sorts keys, leaves out what is undefined and knows no minus zero', () => {
  expect(canonicalText({ b: [1, -0, null, true], a: { z: 'é"\n', y: undefined } })).toBe('{"a":{"z":"é\\"\\n"},"b":[1,0,null,true]}')
})

test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])('%d cannot stand in it', (value) => {
  expect(() => canonicalText({ value })).toThrow('no safe integer')
})

test.each([[[undefined]], [() => 1], [10n]])('neither can what JSON does not know', (value) => {
  expect(() => canonicalText(value)).toThrow('cannot stand in canonical text')
})

test('is the same for the same value, whatever the order of its keys, and reads back as it', () => {
  const value = fc
    .jsonValue({ depthSize: 'medium' })
    .map((any) => JSON.parse(JSON.stringify(any, (_, one) => (typeof one === 'number' ? Math.trunc(one) % 1e15 || 0 : one))) as unknown)
  fc.assert(
    fc.property(value, (any) => {
      const text = canonicalText(any)
      expect(JSON.parse(text)).toEqual(any)
      expect(canonicalText(shuffled(any))).toBe(text)
    }),
    { numRuns: 1_000 },
  )
})

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = Object.create(null)
  for (const [key, part] of Object.entries(value).reverse()) copy[key] = shuffled(part)
  return copy
}
