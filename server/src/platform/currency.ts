import { minorDigits } from '#contract/currency.ts'

/** Millionths of the major unit in one minor unit of a currency. */
export function microPerMinor(currency: string): number {
  return 10 ** (6 - minorDigits(currency))
}
