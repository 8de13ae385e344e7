/** How a format writes its numbers. */
export type DecimalMark = '.' | ','

/**
 * A decimal text as a whole number of 10^-digits, exactly and without floats: `-2.10` with 6 digits is −2100000.
 * Null for anything else: no number, another decimal mark, more non-zero decimals than `digits`, or beyond 2^53.
 */
export function scaledOf(text: string, digits: number, mark: DecimalMark = '.'): number | null {
  const match = (mark === '.' ? withPoint : withComma).exec(text)
  if (!match) return null
  const [, sign = '', whole = '', decimals = ''] = match
  if (/[1-9]/.test(decimals.slice(digits))) return null
  const value = Number(whole + decimals.slice(0, digits).padEnd(digits, '0'))
  if (!Number.isSafeInteger(value)) return null
  return sign === '-' && value !== 0 ? -value : value
}

const withPoint = /^([+-]?)(\d+)(?:\.(\d+))?$/
const withComma = /^([+-]?)(\d+)(?:,(\d+))?$/

/** A price as the French till prints it, in millionths: `"1 234,90 €"`, with plain, non-breaking or narrow spaces; null when unreadable. */
export function microOfEuroText(text: string): number | null {
  return scaledOf(text.replace(/[ \u00a0\u202f]|\s*€\s*$/g, ''), 6, ',')
}
