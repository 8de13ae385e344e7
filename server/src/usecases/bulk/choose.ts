import { orderFields } from '#contract/filter/order-fields.ts'
import { type FilterError, parseFilter } from '#contract/filter/parse.ts'
import type { Chosen } from '#modules/bulk/index.ts'
import { conditionOf, orderReach, put, within } from '#modules/lists/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { type Call, sightOf } from '../call.ts'
import type { Engine } from '../engine.ts'

/** How orders are chosen: by id, all that a filter finds, or all that a job has changed. */
export type Selected = { orderIds: readonly string[] } | { filter: string; asOf: string | null } | { changedBy: string }

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
  const found = await filtered(engine, call, selection)
  return found.ok ? fine({ chosen: (values: unknown[]) => `(${found.value(values)}) and ${seen(values)}`, asked: null }) : found
}

async function filtered(engine: Engine, call: Call, { filter, asOf }: { filter: string; asOf: string | null }): Promise<Answer<Chosen>> {
  const reference = await engine.reference.get(call.workspaceId)
  if (!reference) return no('workspace.not_found', { workspace: call.workspaceId })
  const { homeCurrency } = reference.workspace
  const read = parseFilter(filter, { fields: orderFields, hides: call.hides, homeCurrency })
  if (!read.ok) return { ok: false, reason: reasonOf(read.errors) }
  const [place] = call.locationIds ?? []
  const zone = ((place === undefined ? undefined : reference.location(place)) ?? reference.locations[0])?.timeZone ?? 'UTC'
  const asker = {
    now: asOf ?? new Date().toISOString(),
    zone,
    homeCurrency,
    me: call.actor.id,
    team: call.teamIds,
    place: (field: string, code: string) => (field === 'register' ? reference.register(code) : reference.location(code))?.id ?? null,
    seesContact: !call.hides.has('contact'),
  }
  return fine((values: unknown[]) => {
    const condition = conditionOf(read.filter, asker, values)
    return asOf === null ? condition : `(${condition}) and o.recorded_at <= ${put(values, asOf, 'timestamptz')}`
  })
}

function reasonOf([first]: FilterError[]) {
  if (!first) throw new Error('A filter that is wrong says where')
  return { code: first.code, params: { ...first.params, position: first.at } }
}
