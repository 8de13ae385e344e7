import type { ViewedList } from '#contract/views.ts'
import { listViews, lockViews, type SavedView, writeViews } from '#modules/saved-views/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Call } from '../call.ts'
import { changeNouns, type Desk, type Happened } from '../change-nouns.ts'
import { mayChangeView } from './may-change-view.ts'

/**
 * Puts views of a list in this order, on the places they have between them; views that are not named keep theirs. One that the caller may
 * not change stays where it is and refuses the whole.
 */
export function orderViews(desk: Desk, call: Call, list: ViewedList, ids: readonly string[]): Promise<Answer<SavedView[]>> {
  return changeNouns<Answer<SavedView[]>>(desk.pools, call, async (tx) => {
    const known = new Map((await lockViews(tx, call.workspaceId, ids)).map((view) => [view.id, view]))
    const wanted: SavedView[] = []
    for (const id of new Set(ids)) {
      const view = known.get(id)
      if (!view || view.list !== list || (view.audience === 'personal' && view.ownerId !== call.actor.id))
        return { value: no('view.not_found', { view: id }), happened: [] }
      const may = mayChangeView(call, view)
      if (!may.ok) return { value: may, happened: [] }
      wanted.push(view)
    }
    const places = wanted.map(({ position }) => position).sort((a, b) => a - b)
    const moved = wanted.flatMap((view, at): SavedView[] => {
      const position = places[at] ?? view.position
      return position === view.position ? [] : [{ ...view, position, version: view.version + 1 }]
    })
    writeViews(tx, call.workspaceId, moved)
    const happened = moved.map(
      ({ id, audience, locked }): Happened => ({
        subject: 'view',
        subjectId: id,
        seq: null,
        type: 'ViewChanged',
        payload: { list, audience, locked, changed: ['position'] },
      }),
    )
    return { value: fine(await listViews(tx, call.workspaceId, call.actor.id, list)), happened }
  })
}
