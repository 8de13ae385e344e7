import { listWords } from '#contract/filter/list-fields.ts'
import { limits } from '#contract/limits.ts'
import type { CreateView, UpdateView } from '#contract/views.ts'
import { countOwn, lockViews, nextPosition, type SavedView, writeViews } from '#modules/saved-views/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '../call.ts'
import { changeNouns, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayChangeView } from './may-change-view.ts'

export type ViewToSave =
  | { mode: 'create'; view: CreateView }
  | { mode: 'update'; id: string; expectedVersion: number | null; view: UpdateView }
  | { mode: 'duplicate'; id: string; name?: string }

/**
 * Makes and changes views. Their filters have been read by the door; events name what changed, never what stands in it. A copy is the
 * caller's own.
 */
export function saveViews(desk: Desk, call: Call, requests: readonly ViewToSave[]): Promise<Saved<SavedView>[]> {
  return changeNouns(desk.pools, call, async (tx) => {
    const ids = requests.flatMap((request) => (request.mode === 'create' ? (request.view.id ?? []) : request.id))
    const known = new Map((await lockViews(tx, call.workspaceId, ids)).map((view) => [view.id, view]))
    const happened: Happened[] = []
    const changed = new Map<string, SavedView>()
    const value: Saved<SavedView>[] = []
    for (const request of requests) {
      const saved = request.mode === 'update' ? updated(call, request, known) : await made(request)
      value.push(saved)
      if (!saved.ok || saved.already) continue
      const before = known.get(saved.value.id)
      known.set(saved.value.id, saved.value)
      changed.set(saved.value.id, saved.value)
      happened.push(whatHappened(before, saved.value))
    }
    writeViews(tx, call.workspaceId, [...changed.values()])
    return { value, happened }

    async function made(request: Exclude<ViewToSave, { mode: 'update' }>): Promise<Saved<SavedView>> {
      const wanted = request.mode === 'create' ? fine(drafted(call, request.view)) : copied(call, request, known)
      if (!wanted.ok) return wanted
      const view = wanted.value
      const there = known.get(view.id)
      if (there) {
        const isRepeat = there.ownerId === call.actor.id && canonicalText({ ...view, position: there.position }) === canonicalText(there)
        return isRepeat ? { ok: true, value: there, already: true } : no('view.exists', { view: view.id })
      }
      const right = isRight(call, view)
      if (!right.ok) return right
      const views = (await countOwn(tx, call.workspaceId, view.audience, call.actor.id)) + changed.size
      if (views >= limits.viewsAPerson) return no('view.too_many', { views, most: limits.viewsAPerson })
      const position = (await nextPosition(tx, call.workspaceId, view.list)) + changed.size
      return { ok: true, value: { ...view, position }, already: false }
    }
  })
}

function drafted(call: Call, { id, list, name, ...said }: CreateView): SavedView {
  return {
    id: id ?? newId<'View'>(),
    list,
    code: null,
    label: { en: name },
    ownerId: call.actor.id,
    audience: said.audience ?? 'personal',
    locked: said.locked ?? false,
    filter: said.filter ?? '',
    sort: said.sort ?? listWords[list].sort,
    columns: said.columns ?? [],
    layout: said.layout ?? 'table',
    density: said.density ?? 'normal',
    pinned: said.pinned ?? false,
    position: 0,
    roles: said.roles ?? [],
    version: 1,
  }
}

function copied(call: Call, { id, name }: { id: string; name?: string }, known: ReadonlyMap<string, SavedView>): Answer<SavedView> {
  const view = known.get(id)
  if (!view || !maySeeView(call, view)) return no('view.not_found', { view: id })
  return fine({
    ...view,
    id: newId<'View'>(),
    code: null,
    label: name === undefined ? view.label : { en: name },
    audience: 'personal',
    locked: false,
    ownerId: call.actor.id,
    pinned: false,
    roles: [],
    version: 1,
  })
}

const maySeeView = (call: Call, view: SavedView): boolean => view.audience === 'shared' || view.ownerId === call.actor.id

function updated(call: Call, request: Extract<ViewToSave, { mode: 'update' }>, known: ReadonlyMap<string, SavedView>): Saved<SavedView> {
  const before = known.get(request.id)
  if (!before || !maySeeView(call, before)) return no('view.not_found', { view: request.id })
  const may = mayChangeView(call, before)
  if (!may.ok) return may
  const { expectedVersion, view: wanted } = request
  if (expectedVersion !== null && expectedVersion !== before.version)
    return no('view.changed', { name: before.label.en, version: before.version, expected: expectedVersion })
  if (before.locked && wanted.locked !== false) return no('view.locked', { name: before.label.en })
  const after = patched(call, before, wanted)
  const right = isRight(call, after)
  if (!right.ok) return right
  if (canonicalText(after) === canonicalText(before)) return { ok: true, value: before, already: true }
  return { ok: true, value: { ...after, version: before.version + 1 }, already: false }
}

const fields = ['audience', 'locked', 'filter', 'sort', 'columns', 'layout', 'density', 'pinned', 'roles'] as const

function patched(call: Call, before: SavedView, wanted: UpdateView): SavedView {
  const said = Object.fromEntries(fields.filter((field) => wanted[field] !== undefined).map((field) => [field, wanted[field]]))
  const label = wanted.name === undefined ? before.label : { en: wanted.name }
  // What was everybody's becomes that of who takes it.
  const ownerId = wanted.audience === 'personal' ? call.actor.id : before.ownerId
  return { ...before, ...said, label, ownerId }
}

function isRight(call: Call, { audience, roles }: SavedView): Answer<void> {
  if (audience === 'shared' && !call.permissions.has('views:share')) return no('permission.denied', { permission: 'views:share' })
  return audience === 'personal' && roles.length > 0 ? no('view.shared_default', {}) : fine()
}

function whatHappened(before: SavedView | undefined, { id, list, audience, locked, label, ...after }: SavedView): Happened {
  const payload = { list, audience, locked }
  // A view of the blueprint has no event before its first change, so its place in the log is not its version.
  if (!before) return { subject: 'view', subjectId: id, seq: null, type: 'ViewCreated', payload }
  const now = { ...after, audience, locked }
  const changed: string[] = fields.filter((field) => canonicalText(before[field]) !== canonicalText(now[field]))
  if (canonicalText(before.label) !== canonicalText(label)) changed.push('name')
  return { subject: 'view', subjectId: id, seq: null, type: 'ViewChanged', payload: { ...payload, changed } }
}
