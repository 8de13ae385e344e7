import { listWords } from '#contract/filter/list-fields.ts'
import type { Filter } from '#contract/filter/syntax.ts'
import type { ViewedList } from '#contract/views.ts'
import type { OrderAsker } from '#modules/lists/index.ts'
import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { askerOf, readFilter } from '#usecases/lists/read-filter.ts'
import type { ListAsked } from '#views/order-list.ts'
import { viewNamed } from '#views/saved-views.ts'
import { filterProblem } from './filter-problem.ts'
import { pageUsual } from './lists.ts'
import { type Refused, refused } from './problems.ts'
import { referenceOf } from './reference-of.ts'

interface Query {
  filter?: string | undefined
  view?: string | undefined
  sort?: string | undefined
  cursor?: string | undefined
  limit?: number | undefined
}

/** What a list is asked for: what is sent, beside what the view asks for. `own` is what was sent. */
export async function listAsked(
  engine: Engine,
  call: Call,
  list: ViewedList,
  { filter = '', view: name, sort, cursor, limit }: Query,
): Promise<(ListAsked & { own: Filter; asker: OrderAsker }) | Refused> {
  const reference = await referenceOf(engine, call)
  const { fields } = listWords[list]
  const own = await readFilter(engine.pools, call, reference, fields, filter)
  if (!own.ok) return filterProblem(own.errors, call.language)
  const asker = askerOf(call, reference, new Date().toISOString())
  const said = { own: own.filter, asker, cursor: cursor ?? null, limit: limit ?? pageUsual }
  if (name === undefined) return { ...said, filter: own.filter, sort: sort ?? null }
  const view = await viewNamed(engine.pools, call, list, name)
  if (!view) return refused('view.not_found', { view: name })
  const kept = await readFilter(engine.pools, call, reference, fields, view.filter)
  if (!kept.ok) return filterProblem(kept.errors, call.language, '/view')
  return { ...said, filter: { kind: 'every', of: [kept.filter, own.filter], at: 0, length: 0 }, sort: sort ?? view.sort }
}
