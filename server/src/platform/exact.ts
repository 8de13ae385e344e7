/**
 * value × numerator ÷ denominator, rounded half up on the magnitude (away from zero), exact for all safe integers.
 * Throws when the result is not a safe integer.
 */
export function mulDivRound(value: number, numerator: number, denominator: number): number {
  const product = value * numerator
  if (Number.isSafeInteger(product) && Number.isSafeInteger(product * 2)) {
    const magnitude = Math.abs(product)
    const rest = magnitude % denominator
    const whole = (magnitude - rest) / denominator + (rest * 2 >= denominator ? 1 : 0)
    return product < 0 ? 0 - whole : whole
  }
  const big = BigInt(value) * BigInt(numerator)
  const magnitude = big < 0n ? -big : big
  const rounded = (magnitude * 2n + BigInt(denominator)) / (2n * BigInt(denominator))
  return safe(big < 0n ? -rounded : rounded)
}

function safe(big: bigint): number {
  const number = Number(big)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${big} is beyond what is counted exactly (2^53)`)
  return number
}

/**
 * Splits a total over weights to the last unit: each share is the exact one rounded down, and what is left goes to the largest
 * remainders, earlier first. Weights must be ≥ 0; with no weight at all the first share takes everything.
 */
export function allocate(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  if (weights.length === 0) return []
  if (sum === 0) return weights.map((_, i) => (i === 0 ? total : 0))
  const sign = total < 0 ? -1 : 1
  const size = BigInt(Math.abs(total))
  const exact = weights.map((weight) => size * BigInt(weight))
  const shares = exact.map((product) => Number(product / BigInt(sum)))
  let left = Math.abs(total) - shares.reduce((all, share) => all + share, 0)
  const byRemainder = exact
    .map((product, i) => ({ i, rest: product % BigInt(sum) }))
    .sort((a, b) => (a.rest === b.rest ? a.i - b.i : a.rest > b.rest ? -1 : 1))
  for (const { i } of byRemainder) {
    if (left === 0) break
    shares[i] = (shares[i] ?? 0) + 1
    left--
  }
  return shares.map((share) => sign * share + 0)
}
