/** Chance that the same seed gives again. */
export interface Chance {
  /** From `least` to less than `most`. */
  number(least: number, most: number): number
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number
  isOne(inHundred: number): boolean
  oneOf<T>(some: readonly T[]): T
  /** One of them, each as often as its weight says. */
  weighted<T>(some: readonly T[], weight: (one: T) => number): T
}

/** Numbers by mulberry32 (Tommy Ettinger, public domain). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const chance: Chance = {
    number: (least, most) => least + next() * (most - least),
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    isOne: (inHundred) => next() * 100 < inHundred,
    oneOf: (some) => chance.weighted(some, () => 1),
    weighted: (some, weight) => {
      let left = next() * some.reduce((sum, one) => sum + weight(one), 0)
      const found = some.find((one) => {
        left -= weight(one)
        return left < 0
      })
      const last = found ?? some.at(-1)
      if (last === undefined) throw new Error('There is nothing to choose from')
      return last
    },
  }
  return chance
}
