/** What a statement's `$1`, `$2` … stand for, in order. */
export type Values = unknown[]

/** Adds a value; answers its place, typed: `$3::uuid`. */
export function put(values: Values, value: unknown, type: string): string {
  values.push(value)
  return `$${values.length}::${type}`
}
