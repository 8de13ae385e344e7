import { createHash } from 'node:crypto'
import type { Sorts } from '#contract/filter/fields.ts'
import { put, type Values } from './values.ts'

/** The order a list is asked in: an expression that an index follows, and its type. */
export interface Sorting {
  /** As it is asked for: `-placed`. */
  name: string
  key: string
  type: Sorts[string]['type']
  descending: boolean
}

/** The condition for what comes after a page's end, and the order; `id` settles between equals. */
export function keysetOf(
  { key, type, descending }: Sorting,
  id: string,
  after: PageEnd | null,
  values: Values,
): { after: string; order: string } {
  const direction = descending ? 'desc' : 'asc'
  return {
    after:
      after === null
        ? 'true'
        : `(${key}, ${id}) ${descending ? '<' : '>'} (${put(values, after.key, type)}, ${put(values, after.id, 'uuid')})`,
    order: `${key} ${direction}, ${id} ${direction}`,
  }
}

/** Where a page ended. */
export interface PageEnd {
  key: string | number
  id: string
}

/** A page's end as a cursor of this list and no other: `about` is what the list was asked for. */
export function cursorOf(sort: string, about: string, { key, id }: PageEnd): string {
  return Buffer.from(JSON.stringify([sort, markOf(about), key, id])).toString('base64url')
}

/** What a cursor says; null where it is none, or of a list that was asked for something else. */
export function endOf(cursor: string, { name, type }: Sorting, about: string): PageEnd | null {
  const told = parsed(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (!Array.isArray(told) || told.length !== 4) return null
  const [sort, mark, key, id] = told as unknown[]
  if (sort !== name || mark !== markOf(about) || typeof id !== 'string' || !isUuid(id)) return null
  return isKey(type, key) ? { key: key as string | number, id } : null
}

function isKey(type: Sorting['type'], key: unknown): boolean {
  if (type === 'bigint') return Number.isSafeInteger(key)
  return typeof key === 'string' && shapes[type].test(key) && (type !== 'timestamptz' || key === 'infinity' || isMoment(key))
}

// What was never shown by a clock the database refuses with an error of its own.
function isMoment(text: string): boolean {
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19)
}

const isUuid = (text: string): boolean => shapes.uuid.test(text)

// biome-ignore format: read it by column
const shapes = {
  timestamptz: /^(?:infinity|[1-9]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z)$/,
  uuid:        /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  text:        /^[^\p{Cc}\p{Cs}]{0,300}$/u,
} as const

// What was asked for may name people; a cursor stands in addresses and logs.
const markOf = (about: string): string => createHash('sha256').update(about).digest('base64url').slice(0, 11)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
