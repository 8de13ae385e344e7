import { deleteViews, lockViews } from '#modules/saved-views/index.ts'
import { no } from '#platform/answer.ts'
import type { Call } from '../call.ts'
import { changeNouns, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayChangeView } from './may-change-view.ts'

/** Deletes views for good; a locked one must be unlocked before. */
export function removeViews(desk: Desk, call: Call, ids: readonly string[]): Promise<Saved<{ id: string }>[]> {
  return changeNouns(desk.pools, call, async (tx) => {
    const known = new Map((await lockViews(tx, call.workspaceId, ids)).map((view) => [view.id, view]))
    const gone = new Set<string>()
    const value = ids.map((id): Saved<{ id: string }> => {
      const view = known.get(id)
      if (!view || (view.audience === 'personal' && view.ownerId !== call.actor.id)) return no('view.not_found', { view: id })
      const may = mayChangeView(call, view)
      if (!may.ok) return may
      if (view.locked) return no('view.locked', { name: view.label.en })
      const already = gone.has(id)
      gone.add(id)
      return { ok: true, value: { id }, already }
    })
    deleteViews(tx, call.workspaceId, [...gone])
    return {
      value,
      happened: [...gone].map((id): Happened => ({ subject: 'view', subjectId: id, seq: null, type: 'ViewDeleted', payload: {} })),
    }
  })
}
