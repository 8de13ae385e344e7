import type { LineToPrice } from './pricing.ts'

/**
 * Prices an order a second time, slowly and in another way: fractions of whole numbers all along, one minor unit handed out at a time.
 * Gross, share of the discounts, tax and net of each line, in minor units.
 */
export function priceSlowly(lines: readonly LineToPrice[], decimals: number): [number, number, number, number][] {
  const books = lines.map((line) => ({
    line,
    gross: nearest(
      fraction(BigInt(line.priceMicro) * BigInt(line.quantityMilli) * 10n ** BigInt(decimals), BigInt(line.perMilli) * 1_000_000n),
    ),
    discount: 0n,
    tax: 0n,
  }))
  const bearing = books.filter(({ line, gross }) => ['goods', 'service'].includes(line.kind) && gross > 0n)
  for (const book of books.filter(({ line }) => line.kind === 'discount')) {
    const left = bearing.reduce((sum, one) => sum + one.gross - one.discount, 0n)
    const shared = -book.gross < left ? -book.gross : left
    if (shared <= 0n) continue
    handOut(
      shared,
      bearing.map((one) => one.gross - one.discount),
    ).forEach((share, i) => {
      const one = bearing[i]
      if (one) one.discount += share
    })
    book.discount = -shared
  }
  for (const group of Map.groupBy(
    books.filter(({ line }) => line.tax !== null && line.tax.ppm > 0),
    ({ line }) => JSON.stringify(line.tax),
  ).values()) {
    const tax = group[0]?.line.tax
    if (!tax) continue
    const base = group.reduce((sum, one) => sum + one.gross - one.discount, 0n)
    const whole = nearest(fraction(base * BigInt(tax.ppm), 1_000_000n + (tax.included ? BigInt(tax.ppm) : 0n)))
    handOut(
      whole,
      group.map((one) => (one.gross - one.discount > 0n ? one.gross - one.discount : 0n)),
    ).forEach((share, i) => {
      const one = group[i]
      if (one) one.tax = share
    })
  }
  return books.map(({ line, gross, discount, tax }) => {
    const net = gross - discount + (line.tax?.included ? 0n : tax)
    return [Number(gross), Number(discount), Number(tax), Number(net)]
  })
}

interface Fraction {
  num: bigint
  den: bigint
}

const fraction = (num: bigint, den: bigint): Fraction => ({ num, den })

/** The nearest whole number; of two as near the one further from zero. */
function nearest({ num, den }: Fraction): bigint {
  const size = num < 0n ? -num : num
  let whole = size / den
  if ((size - whole * den) * 2n >= den) whole++
  return num < 0n ? -whole : whole
}

/** Whole units by weight: at first everyone the exact share rounded down, then one unit each to whoever lacks most, the earlier first. */
function handOut(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n)
  if (sum === 0n) return weights.map((_, i) => (i === 0 ? total : 0n))
  const size = total < 0n ? -total : total
  const shares = weights.map((weight) => (size * weight) / sum)
  const lacks = weights.map((weight, i) => size * weight - (shares[i] ?? 0n) * sum)
  for (let left = size - shares.reduce((all, share) => all + share, 0n); left > 0n; left--) {
    let most = 0
    for (const [i, lack] of lacks.entries()) if (lack > (lacks[most] ?? 0n)) most = i
    lacks[most] = -1n
    shares[most] = (shares[most] ?? 0n) + 1n
  }
  return shares.map((share) => (total < 0n ? -share : share))
}
