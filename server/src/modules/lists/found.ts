import type { Asker } from '#contract/filter/matches.ts'
import { type Filter, leavesOf } from '#contract/filter/syntax.ts'
import { endOfPhone, numberIn, phoneIn, wordsIn } from '#contract/filter/words.ts'
import type { Db } from '#platform/db.ts'
import type { Words } from './condition.ts'

/** Where words are found: in few orders, all of them known, or in many, which contain one of these items or answer by name. */
export type Found = { kind: 'few'; ids: string[] } | { kind: 'many'; items: string[] }

/** Up to so many orders are gone through one by one; beyond, the list is walked until enough have been met. */
const fewMost = 4_000

/**
 * Looks where a filter's words are to be found, so that its statement can be planned by it: words found seldom lead to their orders,
 * others are met soon by whoever walks the list. One flight, or two.
 */
export async function findWords(db: Db, filter: Filter, { seesContact }: Pick<Asker, 'seesContact'>): Promise<Map<string, Found>> {
  const words = leavesOf(filter).filter((leaf) => leaf.kind === 'words')
  const known = new Map<string, Found>()
  const looked = await Promise.all(
    words.map((one) => {
      const { query, exact, number } = findingOf(one)
      return db.query<{ id: string }>({
        text: 'select orders_found($1::tsquery, $2, $3, $4, $5, $6) as id',
        values: [query, exact, number, one.whole, seesContact, fewMost + 1],
      })
    }),
  )
  const many = words.filter((one, at) => {
    const ids = (looked[at] ?? []).map(({ id }) => id)
    if (ids.length > fewMost) return true
    known.set(found(one), { kind: 'few', ids })
    return false
  })
  const items = await Promise.all(
    many.map((one) => {
      const { query, exact } = findingOf(one)
      return db.query<{ id: string }>({ text: 'select items_found($1::tsquery, $2) as id', values: [query, exact] })
    }),
  )
  many.forEach((one, at) => {
    known.set(found(one), { kind: 'many', items: (items[at] ?? []).map(({ id }) => id) })
  })
  return known
}

/** What words are known by in what was found. */
export const found = ({ text, whole }: Words): string => `${whole ? '"' : ''}${text}`

/** Words as the functions of migration 0006 want them. */
export function findingOf({ text, whole }: Words): { query: string; exact: string; number: number | null } {
  const all = wordsIn(text)
    .map((word) => lexeme(word, !whole))
    .join(' & ')
  const [phone] = endOfPhone(phoneIn(text))
  return { query: phone === undefined ? all : `(${all}) | ${lexeme(phone, true)}`, exact: text, number: whole ? null : numberIn(text) }
}

// Words hold neither quotes nor backslashes.
const lexeme = (word: string, isBeginning: boolean): string => `'${word}'${isBeginning ? ':*' : ''}`
