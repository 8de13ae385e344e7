/** Numbers that follow from a seed: the same seed, the same choices. */
export interface Random {
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number
  one<T>(of: readonly T[]): T
  /** Another such source, for somebody who chooses beside this one. */
  branch(): Random
}

/** Mulberry32: small, fast, and even enough to choose with. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    whole,
    one: <T>(of: readonly T[]) => {
      const chosen = of[whole(0, of.length - 1)]
      if (chosen === undefined) throw new Error('There is nothing to choose from.')
      return chosen
    },
    branch: () => randomOf(whole(0, 2 ** 31)),
  }
}
