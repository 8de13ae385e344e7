import { type Asker, endedPhases, livePhases } from '#contract/filter/matches.ts'
import { type OrderFlag, orderFields } from '#contract/filter/order-fields.ts'
import type { Filter, Test, Words } from '#contract/filter/syntax.ts'
import type { Phase } from '#contract/workflow.ts'
import { compareCustom, conditionFor } from './condition.ts'
import { allOf, type Found, findingOf, keyOf, type Part } from './found.ts'
import { put, type Values } from './values.ts'

/** Who asks a list of orders; `found` is what {@link findWords} found of its words, where somebody looked beforehand. */
export interface OrderAsker extends Asker {
  /** The phases of a stage, in any version of any workflow: what is live is told from its phase, which indexes know. */
  phases?(stage: string): readonly Phase[]
  found?: ReadonlyMap<string, Found>
}

/**
 * SQL over `orders o` for what `matches` (contract/src/filter) says of an order; `values` are the statement's so far, and more after it.
 * It bounds nothing to what the asker may see: {@link within} does, beside it.
 */
export function conditionOf(filter: Filter, asker: OrderAsker, values: Values): string {
  const words = (looked: readonly Words[]) => wordsSql(looked, asker, values)
  const implied = (name: string, test: Test) => (name === 'stage' && test.kind === 'is' ? phasesOf(test.values, asker) : null)
  return conditionFor({ fields: orderFields, alias: 'o', special, words, implied }, filter, asker, values)
}

/** What a test of stages says of the phase; null where nothing is known of one of them. */
function phasesOf(stages: readonly string[], asker: OrderAsker): string | null {
  const phases = stages.map((stage) => asker.phases?.(stage) ?? [])
  if (phases.some((of) => of.length === 0)) return null
  return `o.phase in ${quotedList([...new Set(phases.flat())])}`
}

const quotedList = (words: readonly string[]): string => `(${words.map((word) => `'${word}'`).join(', ')})`
const isLive = `o.phase in ${quotedList(livePhases)}`

function special(name: string, test: Test, asker: Asker, values: Values): string {
  if (name === 'is') return test.kind === 'is' ? `(${test.values.map((flag) => flagSql(flag, asker, values)).join(' or ')})` : 'false'
  if (name === 'tag') return ofOrder('order_tags', test.kind === 'is' ? `x.tag = any(${put(values, test.values, 'text[]')})` : 'true', test)
  if (name === 'item')
    return ofOrder('order_lines', test.kind === 'is' ? `x.code = any(${put(values, test.values, 'text[]')})` : 'true', test)
  const field = `x.field = ${put(values, name.slice('field.'.length), 'text')}`
  if (test.kind === 'none' || test.kind === 'any') return ofOrder('order_fields', field, test)
  return ofOrder('order_fields', `${field} and ${compareCustom('x', test, asker, values)}`, test)
}

function ofOrder(table: string, condition: string, test: Test): string {
  const exists = `exists (select from ${table} x where x.workspace_id = o.workspace_id and x.order_id = o.id and ${condition})`
  return test.kind === 'none' ? `not ${exists}` : exists
}

function flagSql(flag: string, asker: Asker, values: Values): string {
  return flags[flag as OrderFlag](asker, values)
}

// biome-ignore format: read it by column
const flags: Record<OrderFlag, (asker: Asker, values: Values) => string> = {
  live:    () => isLive,
  ended:   () => `o.phase in ${quotedList(endedPhases)}`,
  late:    () => `o.attention = 'late'`,
  overdue: ({ now }, values) => `(${isLive} and coalesce(o.due_at, 'infinity') < ${put(values, now, 'timestamptz')})`,
  problem: () => `o.attention <> ''`,
  held:    () => 'o.holds > 0',
  short:   () => 'o.short',
}

function wordsSql(group: readonly Words[], asker: OrderAsker, values: Values): string {
  const known = asker.found?.get(keyOf(group))
  const [alone] = group
  if (!known && alone && group.length === 1) return foundSql(alone, asker, values)
  if (known?.kind === 'few') return known.ids.length === 0 ? 'false' : `o.id = any(${put(values, known.ids, 'uuid[]')})`
  // Words that nothing but a person can have, in one query of the person; the others where they are, or with the same person.
  const only = group.filter((_, at) => known?.parts[at] && isNowhere(known.parts[at]))
  if (only.length > 0 && !asker.seesContact) return 'false'
  const loose = group.flatMap((word, at) => (only.includes(word) ? [] : [{ word, elsewhere: elsewhereOf(word, known?.parts[at], values) }]))
  const sides = only.length === 0 ? [loose.map(({ elsewhere }) => elsewhere)] : []
  if (asker.seesContact) {
    for (const holds of [customerHolds, contactHolds]) {
      const all = only.length === 0 ? [] : [holds(put(values, allOf(only), 'tsquery'))]
      sides.push([
        ...all,
        ...loose.map(({ word, elsewhere }) => `(${elsewhere} or ${holds(put(values, findingOf(word).query, 'tsquery'))})`),
      ])
    }
  }
  const together = `(${sides.map((side) => `(${side.join(' and ')})`).join(' or ')})`
  // Nobody looked beforehand: each word leads to its orders, and only those with all of them are looked into.
  return known ? together : `(${group.map((word) => foundSql(word, asker, values)).join(' and ')} and ${together})`
}

function foundSql(word: Words, { seesContact }: OrderAsker, values: Values): string {
  const { query, exact, number } = findingOf(word)
  const contact = put(values, seesContact, 'boolean')
  return `o.id in (select orders_found(${put(values, query, 'tsquery')}, ${put(values, exact, 'text')}, ${put(values, number, 'bigint')}, ${put(values, word.whole, 'boolean')}, ${contact}, null))`
}

// Looked into order by order: as `exists` they would be read whole beforehand, and a list ends as soon as it has its rows.
const customerHolds = (query: string) => `(o.customer_id is not null and o.customer_id in (select customers_found(${query})))`
const contactHolds = (query: string) =>
  `coalesce((select contact_words(k.name, k.email, k.phone) @@ ${query} from order_contacts k where k.workspace_id = o.workspace_id and k.order_id = o.id), false)`

const isNowhere = ({ items, named }: Part): boolean => items.length === 0 && named.length === 0

/** Where a word is found beside people; what was found beforehand need not be looked for. */
function elsewhereOf(word: Words, known: Part | undefined, values: Values): string {
  const places: string[] = []
  const inItems = (items: string) =>
    `coalesce((select true from order_lines l where l.workspace_id = o.workspace_id and l.order_id = o.id and l.item_id = any(${items}) limit 1), false)`
  if (known) {
    if (known.named.length > 0) places.push(`o.id = any(${put(values, known.named, 'uuid[]')})`)
    if (known.items.length > 0) places.push(inItems(put(values, known.items, 'uuid[]')))
  } else {
    const { query, exact, number } = findingOf(word)
    const text = put(values, exact, 'text')
    places.push(`o.id in (select orders_named(${text}, ${put(values, number, 'bigint')}, ${put(values, word.whole, 'boolean')}))`)
    places.push(inItems(`array(select items_found(${put(values, query, 'tsquery')}, ${text}))`))
  }
  return `(${places.join(' or ')})`
}
