import fc from 'fast-check'
import { expect, test } from 'vitest'
import { businessDate, isAhead, isTimeZone } from './calendar.ts'

test.each([
  ['2026-03-01T23:30:00.000Z', 'Europe/Madrid', '00:00', '2026-03-02'],
  ['2026-03-01T23:30:00.000Z', 'Europe/Madrid', '05:30', '2026-03-01'],
  ['2026-03-02T04:29:59.999Z', 'Europe/Madrid', '05:30', '2026-03-01'],
  ['2026-03-02T04:30:00.000Z', 'Europe/Madrid', '05:30', '2026-03-02'],
  ['2026-03-01T04:59:00.000Z', 'America/New_York', '00:00', '2026-02-28'],
  ['2026-03-01T18:15:00.000Z', 'Asia/Kathmandu', '00:00', '2026-03-02'],
  ['2026-03-29T00:59:00.000Z', 'Europe/Madrid', '03:00', '2026-03-28'],
  ['2026-03-29T01:00:00.000Z', 'Europe/Madrid', '03:00', '2026-03-29'],
  ['2028-02-29T12:00:00.000Z', 'UTC', '00:00', '2028-02-29'],
])('%s in %s, where a day starts at %s, belongs to %s', (at, zone, starts, day) => {
  expect(businessDate(at, zone, starts)).toBe(day)
})

test('is the local date everywhere where the day starts at midnight', () => {
  const zone = fc.constantFrom(
    'Europe/Madrid',
    'America/St_Johns',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'America/Sao_Paulo',
    'UTC',
    'Pacific/Chatham',
  )
  const at = fc.integer({ min: Date.UTC(1980, 0), max: Date.UTC(2060, 0) })
  fc.assert(
    fc.property(zone, at, (timeZone, ms) => {
      const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(ms)
      expect(businessDate(new Date(ms).toISOString(), timeZone, '00:00')).toBe(local)
    }),
    { numRuns: 6_000 },
  )
})

test('five minutes ahead are forgiven, no more', () => {
  expect(isAhead('2026-03-01T12:05:00.000Z', '2026-03-01T12:00:00.000Z')).toBe(false)
  expect(isAhead('2026-03-01T12:05:00.001Z', '2026-03-01T12:00:00.000Z')).toBe(true)
})

test('a time zone is what the runtime knows', () => {
  expect([isTimeZone('Europe/Madrid'), isTimeZone('Europe/Nowhere')]).toEqual([true, false])
})
