import type { FieldGroup } from '#contract/permissions.ts'

/**
 * A reply without what the caller's role is kept from: amounts and prices become null, lists of notes and costs empty, contacts null.
 * Told by the names of fields, wherever in the reply they stand, so that no handler can forget one; what a handler gives under another
 * name it hides itself.
 */
export function hideFields<T>(reply: T, hides: ReadonlySet<FieldGroup>): T {
  return hides.size === 0 ? reply : (without(reply, hides) as T)
}

// What somebody may do is their own business, amounts included.
const theirOwn: ReadonlySet<string> = new Set(['moneyLimits'])

function without(value: unknown, hides: ReadonlySet<FieldGroup>): unknown {
  if (Array.isArray(value)) return value.map((each) => without(each, hides))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const group = groupOf(name)
      if (group !== null && hides.has(group)) return [name, Array.isArray(field) ? [] : null]
      return [name, theirOwn.has(name) ? field : without(field, hides)]
    }),
  )
}

function groupOf(name: string): FieldGroup | null {
  if (/[cC]ost/.test(name)) return 'costs'
  if (/(?:Minor|Micro)$/.test(name)) return 'prices'
  return name === 'contact' || name === 'notes' ? name : null
}
