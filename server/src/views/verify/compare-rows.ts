import type { Invariant } from './invariants.ts'
import type { Row } from './snapshot.ts'
import type { Example, Tally } from './tally.ts'

export type Value = string | number | boolean | null

/** How rows of a table are compared: its columns, of which the first `keys` say which row it is. */
export interface Table<Column extends string = string> {
  columns: readonly Column[]
  keys: number
}

/**
 * Names every row that events tell of and the table has not, or has otherwise, and every row of the table that no event tells of.
 * Both lists hold the table's columns in their order; `of` says whose rows these are.
 */
export function compareRows(
  tally: Tally,
  invariant: Invariant,
  of: Example,
  table: Table,
  stored: readonly Row[],
  told: readonly (readonly Value[])[],
): void {
  tally.checked(invariant, told.length)
  if (stored.length === told.length && stored.every((row, i) => firstDifference(table.columns, row, told[i] ?? []) === null)) return
  const keyOf = (row: readonly Value[]) => (table.keys === 1 ? textOf(row[0] ?? null) : row.slice(0, table.keys).map(textOf).join(' '))
  const named = (row: readonly Value[]) => ({
    ...of,
    ...Object.fromEntries(table.columns.slice(0, table.keys).map((column, i) => [column, row[i] ?? null])),
  })
  const left = new Map(stored.map((row) => [keyOf(row), row]))
  const seen = new Set<string | null>()
  for (const row of told) {
    const key = keyOf(row)
    const there = left.get(key)
    if (seen.has(key)) tally.wrong(invariant, { ...named(row), why: 'told twice' })
    else if (!there) tally.wrong(invariant, { ...named(row), why: 'its row is gone' })
    else {
      const difference = firstDifference(table.columns, there, row)
      if (difference) tally.wrong(invariant, { ...named(row), ...difference })
    }
    seen.add(key)
    left.delete(key)
  }
  for (const row of left.values()) tally.wrong(invariant, { ...named(row), why: 'no event tells of it' })
}

export interface Difference {
  column: string
  stored: string | null
  expected: string | null
}

/** The first column in which a stored row is not what it should be. */
export function firstDifference(columns: readonly string[], stored: Row, expected: readonly Value[]): Difference | null {
  for (let i = 0; i < columns.length; i++) {
    const text = textOf(expected[i] ?? null)
    if (stored[i] !== text) return { column: columns[i] ?? '', stored: stored[i] ?? null, expected: text }
  }
  return null
}

/** A value as the database says it. */
function textOf(value: Value): string | null {
  if (value === null || typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : value ? 't' : 'f'
}
