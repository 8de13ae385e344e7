import { describe, expect, test } from 'vitest'
import { dayMeant, durationMeant, spanOf } from './moments.ts'

const madrid = { now: '2026-11-20T10:30:00.000Z', zone: 'Europe/Madrid' }
const newYork = { now: '2026-11-20T02:30:00.000Z', zone: 'America/New_York' }

const santiago = { ...madrid, zone: 'America/Santiago' }
const cairo = { ...madrid, zone: 'Africa/Cairo' }
const havana = { ...madrid, zone: 'America/Havana' }

describe('a moment, as people type it', () => {
  // biome-ignore format: read it by column
  const table: [string, typeof madrid, string | null][] = [
    ['now',                       madrid,  '2026-11-20T10:30:00.000Z = 2026-11-20T10:30:00.000Z'],
    ['-7d',                       madrid,  '2026-11-13T10:30:00.000Z = 2026-11-13T10:30:00.000Z'],
    ['+90m',                      madrid,  '2026-11-20T12:00:00.000Z = 2026-11-20T12:00:00.000Z'],
    ['today',                     madrid,  '2026-11-19T23:00:00.000Z = 2026-11-20T23:00:00.000Z'],
    ['today',                     newYork, '2026-11-19T05:00:00.000Z = 2026-11-20T05:00:00.000Z'],
    ['yesterday',                 madrid,  '2026-11-18T23:00:00.000Z = 2026-11-19T23:00:00.000Z'],
    ['tomorrow',                  madrid,  '2026-11-20T23:00:00.000Z = 2026-11-21T23:00:00.000Z'],
    // The clocks go back: a day of 25 hours; forward: one of 23.
    ['2026-10-25',                madrid,  '2026-10-24T22:00:00.000Z = 2026-10-25T23:00:00.000Z'],
    ['2026-03-29',                madrid,  '2026-03-28T23:00:00.000Z = 2026-03-29T22:00:00.000Z'],
    // Midnight itself is left out: the day begins an hour later. It comes twice: the day begins with the first.
    ['2026-09-06',                santiago, '2026-09-06T04:00:00.000Z = 2026-09-07T03:00:00.000Z'],
    ['2026-09-05',                santiago, '2026-09-05T04:00:00.000Z = 2026-09-06T04:00:00.000Z'],
    ['2026-04-24',                cairo,   '2026-04-23T22:00:00.000Z = 2026-04-24T21:00:00.000Z'],
    ['2026-11-01',                havana,  '2026-11-01T04:00:00.000Z = 2026-11-02T05:00:00.000Z'],
    ['2026-03-29T02:30',          madrid,  '2026-03-29T01:30:00.000Z = 2026-03-29T01:30:00.000Z'],
    ['2026-07-01T09:00',          madrid,  '2026-07-01T07:00:00.000Z = 2026-07-01T07:00:00.000Z'],
    ['2026-07-01T09:00:30.5Z',    madrid,  '2026-07-01T09:00:30.500Z = 2026-07-01T09:00:30.500Z'],
    ['2026-07-01T09:00-03:00',    madrid,  '2026-07-01T12:00:00.000Z = 2026-07-01T12:00:00.000Z'],
    ['2026-02-29',                madrid,  null],
    ['2026-07-01T25:00',          madrid,  null],
    ['1899-12-31',                madrid,  null],
    ['soon',                      madrid,  null],
    ['7d',                        madrid,  null],
    ['constructor',               madrid,  null],
  ]
  test.each(table)('%s, %o', (text, clock, expected) => {
    const span = spanOf(text, clock)
    expect(span && `${span.from} = ${span.to}`).toBe(expected)
  })
})

test('a day is the one where the workspace is', () => {
  expect([dayMeant('today', madrid), dayMeant('today', newYork), dayMeant('2026-11-31', madrid)]).toEqual([
    '2026-11-20',
    '2026-11-19',
    null,
  ])
})

test('a duration is minutes, hours, days or weeks', () => {
  expect(['30m', '2h', '3d', '1w', '5', '1y', '-1h'].map(durationMeant)).toEqual([
    1_800_000,
    7_200_000,
    259_200_000,
    604_800_000,
    null,
    null,
    null,
  ])
})
