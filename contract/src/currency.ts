// ISO 4217 (amendment 177): currencies whose minor unit is not 1/100. (Intl follows CLDR, which differs: IQD has no decimals there.)
// biome-ignore format: read it by column
const exponents: Record<string, number> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4,
}

/** Decimal places of a currency's minor unit (ISO 4217). */
export function minorDigits(currency: string): number {
  return exponents[currency] ?? 2
}

/** An amount as people write it, without symbol: 4250 EUR → `42.50`. */
export function majorText(minor: number, currency: string): string {
  const digits = minorDigits(currency)
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const major = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
  return minor < 0 ? `-${major}` : major
}
