import type { Filter } from '#contract/filter/syntax.ts'
import type { Chosen } from '#modules/bulk/index.ts'
import { conditionOf, orderReach, put, within } from '#modules/lists/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { type Call, sightOf } from '../call.ts'
import type { Engine } from '../engine.ts'
import { askerOf } from '../lists/read-filter.ts'

/** How orders are chosen: by id, all that a filter finds (of those that were there by `asOf`), or all that a job has changed. */
export type Selected = { orderIds: readonly string[] } | { filter: Filter; text: string; asOf: string | null } | { changedBy: string }

/** The orders a selection means, as far as the caller sees; `asked` is how many were named, null where none were. */
export async function choose(engine: Engine, call: Call, selection: Selected): Promise<Answer<{ chosen: Chosen; asked: number | null }>> {
  const sight = sightOf(call)
  if (!sight) return no('permission.denied', { permission: 'orders:read' })
  const seen = (values: unknown[]) => within(sight, orderReach, values)
  if ('orderIds' in selection) {
    const ids = [...new Set(selection.orderIds)]
    return fine({ chosen: (values: unknown[]) => `o.id = any(${put(values, ids, 'uuid[]')}) and ${seen(values)}`, asked: ids.length })
  }
  if ('changedBy' in selection) {
    const { changedBy } = selection
    const changed = (values: unknown[]) =>
      `select i.order_id from bulk_items i where i.workspace_id = $1 and i.job_id = ${put(values, changedBy, 'uuid')} and i.state = 'applied'`
    return fine({ chosen: (values: unknown[]) => `o.id in (${changed(values)}) and ${seen(values)}`, asked: null })
  }
  const reference = await engine.reference.get(call.workspaceId)
  if (!reference) return no('workspace.not_found', { workspace: call.workspaceId })
  const { filter, asOf } = selection
  const asker = askerOf(call, reference, asOf ?? new Date().toISOString())
  const found = (values: unknown[]) => {
    const condition = `(${conditionOf(filter, asker, values)})`
    return asOf === null ? condition : `${condition} and o.recorded_at <= ${put(values, asOf, 'timestamptz')}`
  }
  return fine({ chosen: (values: unknown[]) => `${found(values)} and ${seen(values)}`, asked: null })
}
