/**
 * JSON with sorted keys and integers only: the same value always gives the same text, so its hash can be trusted.
 * Undefined properties are left out. Throws on fractions, because nothing that is proved may be a float.
 */
export function canonicalText(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no safe integer and cannot stand in canonical text`)
    return String(value + 0)
  }
  if (Array.isArray(value)) {
    let text = '['
    for (let i = 0; i < value.length; i++) text += i === 0 ? canonicalText(value[i]) : `,${canonicalText(value[i])}`
    return `${text}]`
  }
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>
    let text = '{'
    for (const key of Object.keys(record).sort()) {
      const part = record[key]
      if (part === undefined) continue
      text += `${text.length > 1 ? ',' : ''}${JSON.stringify(key)}:${canonicalText(part)}`
    }
    return `${text}}`
  }
  throw new TypeError(`A ${typeof value} cannot stand in canonical text`)
}
