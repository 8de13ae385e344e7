import { fieldNamed } from '#contract/filter/fields.ts'
import { listWords } from '#contract/filter/list-fields.ts'
import { parseFilter } from '#contract/filter/parse.ts'
import { everything, type Filter, leavesOf } from '#contract/filter/syntax.ts'
import type { FieldGroup } from '#contract/permissions.ts'
import type { ViewedList } from '#contract/views.ts'
import { listViews, type SavedView } from '#modules/saved-views/index.ts'
import type { Pools } from '#platform/db.ts'
import type { Call } from '#usecases/call.ts'

/** The views a caller has: everybody's and their own, first to last; of every list where none is named. */
export function viewsOf(pools: Pools, call: Call, list: ViewedList | null): Promise<SavedView[]> {
  return pools.view(call.workspaceId, (db) => listViews(db, call.workspaceId, call.actor.id, list))
}

/** One of them by id or by code; undefined where there is none. */
export async function viewNamed(pools: Pools, call: Call, list: ViewedList, name: string): Promise<SavedView | undefined> {
  const views = await viewsOf(pools, call, list)
  return views.find((view) => view.id === name) ?? views.find((view) => view.code === name)
}

/** What a view asks for, as far as it can be told from its text: which hidden groups, and whether all of it has an index. */
export function readingOf({ list, filter, sort }: SavedView, hides: ReadonlySet<FieldGroup>): { lacks: FieldGroup[]; mayBeSlow: boolean } {
  const { fields, sorts } = listWords[list]
  const asked = leavesOf(filterOf(list, filter)).flatMap((leaf) => (leaf.kind === 'test' ? (fieldNamed(fields, leaf.field) ?? []) : []))
  const by = sorts[sort.replace(/^-/, '')]?.group
  const groups = [...asked.flatMap(({ group }) => group ?? []), ...(by ? [by] : [])]
  return { lacks: [...new Set(groups.filter((group) => hides.has(group)))], mayBeSlow: asked.some(({ indexed }) => !indexed) }
}

/** A kept filter, read by the fields of its list alone; what can no longer be read asks for nothing. */
function filterOf(list: ViewedList, text: string): Filter {
  const read = parseFilter(text, { fields: listWords[list].fields })
  return read.ok ? read.filter : everything
}
