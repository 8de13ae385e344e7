import type { Fields } from '#contract/filter/fields.ts'
import { type FilterError, parseFilter } from '#contract/filter/parse.ts'
import type { Filter } from '#contract/filter/syntax.ts'
import type { Label, Phase } from '#contract/workflow.ts'
import type { OrderAsker } from '#modules/lists/index.ts'
import type { Pools } from '#platform/db.ts'
import type { Call } from '../call.ts'
import type { Reference } from '../reference.ts'

/** A filter that was read, or all that is wrong with it. */
export type FilterRead = { ok: true; filter: Filter } | { ok: false; errors: FilterError[] }

/** Reads a filter as this caller may ask it: with the workspace's stages and places, without what is hidden. */
export async function readFilter(pools: Pools, call: Call, reference: Reference, fields: Fields, text: string): Promise<FilterRead> {
  const words = {
    stage: [...(await stagesOf(pools, reference)).keys()],
    location: reference.locations.map(({ code }) => code),
    register: reference.registers.map(({ code }) => code),
  }
  return parseFilter(text, { fields, known: words, hides: call.hides, homeCurrency: reference.workspace.homeCurrency })
}

/** Who asks, when and where, for filters: `me` is the caller, midnight is that of the workspace's first location. */
export function askerOf(call: Call, reference: Reference, now: string): OrderAsker {
  return {
    phases: (stage) => known.get(reference)?.get(stage)?.phases ?? [],
    now,
    zone: reference.locations[0]?.timeZone ?? 'UTC',
    homeCurrency: reference.workspace.homeCurrency,
    me: call.actor.id,
    team: call.teamIds,
    place: (field, code) => (field === 'register' ? reference.register(code)?.id : reference.location(code)?.id) ?? null,
    seesContact: !call.hides.has('contact'),
  }
}

/** A stage as any version of any workflow knows it. */
export interface KnownStage {
  label: Label
  phases: Phase[]
}

/** Every stage that an order of the workspace can be in, by code: those of older versions of its workflows, too. */
export function stagesOf(pools: Pools, reference: Reference): Promise<ReadonlyMap<string, KnownStage>> {
  const underWay = loads.get(reference)
  if (underWay) return underWay
  const load = pools.view(reference.workspace.id, async (db) => {
    const rows = await db.query<{ code: string; label: Label; phase: Phase }>({
      name: 'stages_known',
      text: `select s.key as code, s.value -> 'label' as label, s.value ->> 'phase' as phase from workflows w cross join jsonb_each(w.definition -> 'stages') s
        where w.workspace_id = $1 order by w.code, w.version`,
      values: [reference.workspace.id],
    })
    const stages = new Map<string, KnownStage>()
    for (const { code, label, phase } of rows)
      stages.set(code, { label, phases: [...new Set([...(stages.get(code)?.phases ?? []), phase])] })
    known.set(reference, stages)
    return stages
  })
  loads.set(reference, load)
  load.catch(() => loads.delete(reference))
  return load
}

// For as long as the reference data is the newest.
const loads = new WeakMap<Reference, Promise<ReadonlyMap<string, KnownStage>>>()
const known = new WeakMap<Reference, ReadonlyMap<string, KnownStage>>()
