import type { Sorts } from '#contract/filter/fields.ts'
import type { FieldGroup } from '#contract/permissions.ts'
import type { Sorting } from '#modules/lists/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'

/** The order a list is asked in: `total`, or `-total` for the largest first. `list.bad_sort`, `list.hidden_sort`. */
export function sortingOf(sorts: Sorts, asked: string, hides: ReadonlySet<FieldGroup>): Answer<Sorting> {
  const descending = asked.startsWith('-')
  const name = descending ? asked.slice(1) : asked
  const sort = Object.hasOwn(sorts, name) ? sorts[name] : undefined
  if (!sort) return no('list.bad_sort', { sort: name, known: Object.keys(sorts).join(', ') })
  if (sort.group && hides.has(sort.group)) return no('list.hidden_sort', { sort: name, group: sort.group })
  return fine({ name: asked, key: sort.key, type: sort.type, descending })
}
