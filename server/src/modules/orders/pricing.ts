import { type Answer, fine, no } from '#platform/answer.ts'
import { microPerMinor } from '#platform/currency.ts'
import { allocate, mulDivRound } from '#platform/exact.ts'
import type { ItemId, LineId, LineKind, LinePlaced } from './types.ts'

/** A line before discounts and taxes are shared out. Prices are millionths of the major unit for `perMilli` thousandths of the base unit. */
export interface LineToPrice {
  id: LineId
  kind: LineKind
  itemId: ItemId | null
  variantId: string | null
  code: string
  name: string
  category: string
  baseUnit: string
  quantityMilli: number
  priceMicro: number
  perMilli: number
  recipeId: string | null
  reasonCode: string | null
  tax: { code: string; ppm: number; included: boolean } | null
}

export interface Priced {
  lines: LinePlaced[]
  grossMinor: number
  discountMinor: number
  taxMinor: number
  totalMinor: number
}

/**
 * Prices the lines of one order. A line's gross is round half up (price × quantity), once. Discounts are shared over goods and services
 * by their gross, taxes over the lines of a rate by their discounted amount, both to the last minor unit, so that the lines' nets sum to
 * the order's total. A discount beyond what the lines are worth stays on its own line.
 */
export function priceLines(lines: readonly LineToPrice[], currency: string): Answer<Priced> {
  const perMinor = microPerMinor(currency)
  const priced: LinePlaced[] = []
  for (const line of lines) {
    const grossMinor = lineTotal(line.priceMicro, line.quantityMilli, line.perMilli, perMinor)
    if (!Number.isSafeInteger(grossMinor) || !Number.isSafeInteger(line.priceMicro)) return no('money.too_large')
    const { quantityMilli, tax, ...kept } = line
    priced.push({
      ...kept,
      grossMinor,
      discountMinor: 0,
      taxCode: tax?.code ?? null,
      taxPpm: tax?.ppm ?? 0,
      taxIncluded: tax?.included ?? false,
      taxMinor: 0,
      netMinor: 0,
      orderedMilli: quantityMilli,
    })
  }
  // Whatever is added up below lies between the sum of all sizes and its double; beyond it nothing would be exact.
  if (!Number.isSafeInteger(2 * priced.reduce((all, line) => all + Math.abs(line.grossMinor), 0))) return no('money.too_large')
  shareDiscounts(priced)
  shareTaxes(priced)
  for (const line of priced) line.netMinor = line.grossMinor - line.discountMinor + (line.taxIncluded ? 0 : line.taxMinor)
  const sum = (of: (line: LinePlaced) => number) => priced.reduce((all, line) => all + of(line), 0)
  const discountMinor = 0 - sum((line) => (line.kind === 'discount' ? line.grossMinor : 0))
  return fine({
    lines: priced,
    grossMinor: sum((line) => line.grossMinor) + discountMinor,
    discountMinor,
    taxMinor: sum((line) => line.taxMinor),
    totalMinor: sum((line) => line.netMinor),
  })
}

/** Not a number where it cannot be counted exactly. */
function lineTotal(priceMicro: number, quantityMilli: number, perMilli: number, perMinor: number): number {
  if (!Number.isSafeInteger(perMilli * perMinor)) return Number.NaN
  try {
    return mulDivRound(priceMicro, quantityMilli, perMilli * perMinor)
  } catch {
    return Number.NaN
  }
}

function shareDiscounts(lines: LinePlaced[]): void {
  const bearing = lines.filter((line) => (line.kind === 'goods' || line.kind === 'service') && line.grossMinor > 0)
  let left = bearing.reduce((all, line) => all + line.grossMinor, 0)
  for (const discount of lines) {
    if (discount.kind !== 'discount') continue
    const shared = Math.min(-discount.grossMinor, left)
    if (shared <= 0) continue
    left -= shared
    const shares = allocate(
      shared,
      bearing.map((line) => line.grossMinor - line.discountMinor),
    )
    bearing.forEach((line, i) => {
      line.discountMinor += shares[i] ?? 0
    })
    discount.discountMinor = -shared
  }
}

function shareTaxes(lines: LinePlaced[]): void {
  const rates = new Map<string, LinePlaced[]>()
  for (const line of lines) {
    if (line.taxCode === null || line.taxPpm === 0) continue
    const key = `${line.taxCode} ${line.taxPpm} ${line.taxIncluded}`
    const group = rates.get(key)
    if (group) group.push(line)
    else rates.set(key, [line])
  }
  for (const group of rates.values()) {
    const [{ taxIncluded, taxPpm } = { taxIncluded: false, taxPpm: 0 }] = group
    const bases = group.map((line) => line.grossMinor - line.discountMinor)
    const base = bases.reduce((all, amount) => all + amount, 0)
    const tax = mulDivRound(base, taxPpm, 1_000_000 + (taxIncluded ? taxPpm : 0))
    const shares = allocate(
      tax,
      bases.map((amount) => Math.max(0, amount)),
    )
    group.forEach((line, i) => {
      line.taxMinor = shares[i] ?? 0
    })
  }
}
