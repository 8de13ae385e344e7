import { microPerMinor } from '#platform/currency.ts'
import { mulDivRound } from '#platform/exact.ts'
import type { HistoryLine, RefusalReason } from './history.ts'

export type LineAmounts = Pick<HistoryLine, 'quantityMilli' | 'priceMicro' | 'totalMinor'>

// What the order core takes at most; beyond it hundreds of lines would no longer add up exactly.
const milliMax = 1e12
export const microMax = 1e15
const minorMax = 1e12

/**
 * What a row says of quantity and price, with its total: price × quantity, rounded once to the nearest minor unit, a half away from
 * zero (half up on the magnitude, the sign kept), so that a reversal is worth exactly what it reverses.
 * The reason where one of them could not be read (null) or is too large to be one.
 */
export function lineAmounts(quantityMilli: number | null, priceMicro: number | null, currency: string): LineAmounts | RefusalReason {
  if (quantityMilli === null || Math.abs(quantityMilli) > milliMax) return 'unreadable_quantity'
  if (priceMicro === null || Math.abs(priceMicro) > microMax) return 'unreadable_price'
  const divisor = 1000 * microPerMinor(currency)
  if (Math.abs(quantityMilli * (priceMicro / divisor)) > minorMax) return 'unreadable_price'
  // A fraction of a cent below zero is zero, not minus zero.
  return { quantityMilli, priceMicro, totalMinor: mulDivRound(priceMicro, quantityMilli, divisor) + 0 }
}

/** The line seen from the other side: what was reversed, as a positive quantity worth what is given back. */
export function reversed(line: HistoryLine): HistoryLine {
  return { ...line, quantityMilli: -line.quantityMilli, totalMinor: 0 - line.totalMinor }
}

/** What the lines are worth together, in minor units. */
export function sumMinor(lines: HistoryLine[]): number {
  return lines.reduce((sum, line) => sum + line.totalMinor, 0)
}
