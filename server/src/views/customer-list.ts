import { customerFields, customerSorts } from '#contract/filter/list-fields.ts'
import type { Asker } from '#contract/filter/matches.ts'
import { printFilter } from '#contract/filter/print.ts'
import type { Reach } from '#contract/permissions.ts'
import type { Customer } from '#modules/customers/index.ts'
import { allOf, conditionFor, cursorOf, endOf, keysetOf, type Listed, put, type Values, within } from '#modules/lists/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'
import type { Call } from '#usecases/call.ts'
import { inTime } from './in-time.ts'
import type { ListAsked } from './order-list.ts'
import { sortingOf } from './sorting.ts'

/** A page of the customers within sight that a filter lets through, in the order they were added where nothing is said. */
export async function customerList(
  pools: Pools,
  call: Call,
  sight: Reach | null,
  asker: Asker,
  asked: ListAsked,
): Promise<Answer<{ rows: Customer[]; next: string | null }>> {
  const sorting = sortingOf(customerSorts, asked.sort ?? 'added', call.hides)
  if (!sorting.ok) return sorting
  const about = printFilter(asked.filter)
  const end = asked.cursor === null ? null : endOf(asked.cursor, sorting.value, about)
  if (asked.cursor !== null && end === null) return no('list.bad_cursor', {})
  if (!sight) return fine({ rows: [], next: null })
  return inTime(pools, call.workspaceId, async (db) => {
    const values: Values = [call.workspaceId, asked.limit]
    const seen = within(sight, { location: null, owner: 'c.owner_id', customer: 'c.id' }, values)
    const wanted = conditionFor(listed, asked.filter, asker, values)
    const { after, order } = keysetOf(sorting.value, 'c.id', end, values)
    const page = await db.query<Customer & { key: string | number }>({
      text: `select c.id, c.external_id as "externalId", c.name, c.email, c.phone, c.country, c.tier, c.segment, c.owner_id as "ownerId", c.version, c.erased_at as "erasedAt",
          ${sorting.value.key} as key from customers c
        where c.workspace_id = $1 and ${seen} and ${wanted} and ${after} order by ${order} limit $2`,
      values,
    })
    const last = page.at(-1)
    return {
      rows: page.map(({ key: _, ...customer }) => customer),
      next: last && page.length === asked.limit ? cursorOf(sorting.value.name, about, { key: last.key, id: last.id }) : null,
    }
  })
}

const listed: Listed = {
  fields: customerFields,
  alias: 'c',
  words: (words, asker, values) =>
    asker.seesContact ? `c.id in (select customers_found(${put(values, allOf(words), 'tsquery')}))` : 'false',
}
