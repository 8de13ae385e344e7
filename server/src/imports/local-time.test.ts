import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clockOf, instantOfOffsetText } from './local-time.ts'

const paris = clockOf('Europe/Paris')
const london = clockOf('Europe/London')

test('winter and summer times get the offset of their day', () => {
  expect([paris('2021-01-02T08:38'), paris('2021-07-02T08:38:09'), london('2010-12-01T08:26:00'), london('2011-08-16T09:39:00')]).toEqual([
    '2021-01-02T07:38:00Z',
    '2021-07-02T06:38:09Z',
    '2010-12-01T08:26:00Z',
    '2011-08-16T08:39:00Z',
  ])
})

test('on the day clocks go back, hours before and after differ and the hour that came twice is the first', () => {
  expect(['2021-10-31T01:30', '2021-10-31T02:30', '2021-10-31T03:30'].map(paris)).toEqual([
    '2021-10-30T23:30:00Z',
    '2021-10-31T00:30:00Z',
    '2021-10-31T02:30:00Z',
  ])
})

test('on the day clocks go forward, the hour that never was is moved on', () => {
  expect(['2021-03-28T01:30', '2021-03-28T02:30', '2021-03-28T03:30'].map(paris)).toEqual([
    '2021-03-28T00:30:00Z',
    '2021-03-28T01:30:00Z',
    '2021-03-28T01:30:00Z',
  ])
})

test('every minute gets the instant that the calendar library gives it', () => {
  const minute = fc.record({ day: fc.integer({ min: 0, max: 3 * 365 }), minute: fc.integer({ min: 0, max: 1439 }) })
  fc.assert(
    fc.property(minute, ({ day, minute }) => {
      const local = Temporal.PlainDateTime.from('2021-01-01T00:00').add({ days: day, minutes: minute })
      expect(paris(local.toString())).toBe(local.toZonedDateTime('Europe/Paris').toInstant().toString())
    }),
  )
})

test('what is no time is not read', () => {
  const texts = [
    '',
    'T',
    '2021-02-30T08:00',
    '2021-13-01T08:00',
    '2021-01-02T24:00',
    '2021-01-02T08:60',
    '2021-1-2T08:00',
    '2021-01-02 08:00',
    '2021-01-02T08:00Z',
    '0000-00-00T00:00',
  ]
  expect(texts.filter((text) => paris(text) !== null)).toEqual([])
})

test('a time with its offset is an instant', () => {
  expect(['2026-04-05 21:06:21 +0400', '2025-02-03 20:41:10 -05:00', '2010-12-01 08:26:00 UTC'].map(instantOfOffsetText)).toEqual([
    '2026-04-05T17:06:21Z',
    '2025-02-04T01:41:10Z',
    '2010-12-01T08:26:00Z',
  ])
})

test('a time without its offset is not guessed', () => {
  expect(
    ['2026-04-05 21:06:21', '2026-04-31 21:06:21 +0400', 'yesterday', ''].filter((text) => instantOfOffsetText(text) !== null),
  ).toEqual([])
})

test('what lies ahead is no time of history; clocks that are a little fast are forgiven', () => {
  const utc = clockOf('UTC')
  const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 19)
  expect([utc(inMinutes(60)), instantOfOffsetText(`${inMinutes(60)}Z`), london('2999-07-02T08:00')]).toEqual([null, null, null])
  expect([utc(inMinutes(4)), instantOfOffsetText(`${inMinutes(4)}Z`)]).toEqual([`${inMinutes(4)}Z`, `${inMinutes(4)}Z`])
})
