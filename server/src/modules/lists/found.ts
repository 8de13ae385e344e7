import type { Asker } from '#contract/filter/matches.ts'
import { type Filter, type Words, wordGroupsOf } from '#contract/filter/syntax.ts'
import { endOfPhone, numberIn, phoneIn, wordsIn } from '#contract/filter/words.ts'
import type { Db } from '#platform/db.ts'

/**
 * Where a group of words is found: in few orders, all of them known; or in many. Of many, `parts` says where each word is found beside
 * people: in these items, under these names; where there are neither, only a person can have it.
 */
export type Found = { kind: 'few'; ids: string[] } | { kind: 'many'; parts: Part[] }

/** Where a word is found beside people: in orders with these items, and in these orders. */
export interface Part {
  items: string[]
  named: string[]
}

/** Up to so many orders are gone through one by one; beyond, the list is walked until enough have been met. */
const fewMost = 4_000

/**
 * Looks where a filter's words are to be found, so that its statement can be planned by it: words found seldom lead to their orders,
 * others are met soon by whoever walks the list. One flight for a word, two at the most.
 */
export async function findWords(db: Db, filter: Filter, { seesContact }: Pick<Asker, 'seesContact'>): Promise<Map<string, Found>> {
  const groups = wordGroupsOf(filter)
  const found = await Promise.all(groups.map((group) => findGroup(db, group, seesContact)))
  return new Map(groups.map((group, at) => [keyOf(group), found[at] ?? { kind: 'few', ids: [] }]))
}

/** What a group of words is known by in what was found. */
export const keyOf = (group: readonly Words[]): string => group.map(({ text, whole }) => `${whole ? '"' : ' '}${text}`).join('\n')

async function findGroup(db: Db, group: readonly Words[], seesContact: boolean): Promise<Found> {
  const [alone] = group
  if (alone && group.length === 1) {
    const ids = await ordersFound(db, alone, seesContact)
    return ids === null ? { kind: 'many', parts: await Promise.all(group.map((word) => partOf(db, word))) } : { kind: 'few', ids }
  }
  const [parts, people] = await Promise.all([
    Promise.all(group.map((word) => partOf(db, word))),
    seesContact ? peopleFound(db, group) : Promise.resolve([]),
  ])
  const isElsewhere = parts.some(({ items, named }) => items.length > 0 || named.length > 0)
  if (!isElsewhere && people !== null) return { kind: 'few', ids: people }
  return { kind: 'many', parts }
}

/** Null where they are many. */
async function ordersFound(db: Db, word: Words, seesContact: boolean): Promise<string[] | null> {
  const { query, exact, number } = findingOf(word)
  const rows = await db.query<{ id: string | null }>({
    text: 'select orders_found($1::tsquery, $2, $3, $4, $5, $6) as id',
    values: [query, exact, number, word.whole, seesContact, fewMost],
  })
  return known(rows)
}

/** Orders of, or for, one person who has all of these words; null where they are many. */
async function peopleFound(db: Db, group: readonly Words[]): Promise<string[] | null> {
  const rows = await db.query<{ id: string | null }>({
    text: 'select orders_of_people($1::tsquery, $2) as id',
    values: [allOf(group), fewMost],
  })
  return known(rows)
}

function known(rows: readonly { id: string | null }[]): string[] | null {
  const ids = rows.flatMap(({ id }) => id ?? [])
  return ids.length < rows.length ? null : ids
}

async function partOf(db: Db, word: Words): Promise<Part> {
  const { query, exact, number } = findingOf(word)
  const [items, named] = await Promise.all([
    db.query<{ id: string }>({ text: 'select items_found($1::tsquery, $2) as id', values: [query, exact] }),
    db.query<{ id: string }>({ text: 'select orders_named($1, $2, $3) as id', values: [exact, number, word.whole] }),
  ])
  return { items: items.map(({ id }) => id), named: named.map(({ id }) => id) }
}

/** Words as the functions of migration 0006 want them. */
export function findingOf({ text, whole }: Words): { query: string; exact: string; number: number | null } {
  const all = wordsIn(text)
    .map((word) => lexeme(word, !whole))
    .join(' & ')
  const [phone] = endOfPhone(phoneIn(text))
  return { query: phone === undefined ? all : `(${all}) | ${lexeme(phone, true)}`, exact: text, number: whole ? null : numberIn(text) }
}

/** One person who has all of them. */
export const allOf = (group: readonly Words[]): string => group.map((word) => `(${findingOf(word).query})`).join(' & ')

// Words hold neither quotes nor backslashes.
const lexeme = (word: string, isBeginning: boolean): string => `'${word}'${isBeginning ? ':*' : ''}`
