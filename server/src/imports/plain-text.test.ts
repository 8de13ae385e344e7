import { expect, test } from 'vitest'
import { asCode, asNote, asWord, oneLine } from './plain-text.ts'

test('a line has no control characters, no blanks around it, and shows where it was cut', () => {
  expect([oneLine(' Tea\n\tgreen ', 20), oneLine('Earl Grey', 5)]).toEqual(['Tea green', 'Earl…'])
})

test('a character of two halves is never cut in two', () => {
  expect([oneLine('abc🍞d', 5), asCode('🍞'.repeat(8), 12)].map((text) => text.isWellFormed())).toEqual([true, true])
})

test('long texts that differ only at their end are two codes', () => {
  const codes = ['one', 'two'].map((end) => asCode(`${'x'.repeat(80)}${end}`, 64))
  expect(codes.map((code) => code.length)).toEqual([64, 64])
  expect(new Set(codes).size).toBe(2)
})

test('a note keeps its lines', () => {
  expect(asNote('a\r\nb\tc\u0007d')).toBe('a\r\nb\tc d')
})

test('a source is a word', () => {
  expect(['Facebook & Instagram', '5690175', '(POS)', '…'].map(asWord)).toEqual(['facebook-instagram', '5690175', 'pos', ''])
})
