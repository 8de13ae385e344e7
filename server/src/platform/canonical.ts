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
    for (const { key, written } of inOrder(Object.keys(record))) {
      const part = record[key]
      if (part === undefined) continue
      text += text.length > 1 ? `,${written}${canonicalText(part)}` : `${written}${canonicalText(part)}`
    }
    return `${text}}`
  }
  throw new TypeError(`A ${typeof value} cannot stand in canonical text`)
}

interface Key {
  key: string
  /** As JSON, with its colon. */
  written: string
}

// Few kinds of objects, each met very often. What callers send (custom fields) has names without end.
const kindsMax = 1_000
const kinds = new Map<string, Key[]>()

/** The keys of an object, sorted. */
function inOrder(keys: string[]): Key[] {
  // A comma in a key would let two kinds of objects pass for one.
  const name = JSON.stringify(keys)
  const known = kinds.get(name)
  if (known) return known
  const sorted = keys.sort().map((key) => ({ key, written: `${JSON.stringify(key)}:` }))
  if (kinds.size < kindsMax) kinds.set(name, sorted)
  return sorted
}
