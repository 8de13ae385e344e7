import { expect, test } from 'vitest'
import { durationMs } from './duration.ts'

// biome-ignore format: read it by column
test.each([
  ['PT30M',      1_800_000],
  ['PT2H30M',    9_000_000],
  ['PT45S',         45_000],
  ['P3D',      259_200_000],
  ['P1DT12H',  129_600_000],
  ['P2W',    1_209_600_000],
  ['P400D', 34_560_000_000],
])('%s is %i milliseconds', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each(['', 'P', 'PT', 'P1DT', 'PT0M', 'P401D', 'P1Y', 'P1M', 'PT1.5H', '30M', '-PT1H', 'PT1H ', 'pt1h', 'P1W2D'])(
  '%j is no duration',
  (text) => {
    expect(durationMs(text)).toBeNull()
  },
)
