import type { SavedView } from '#modules/saved-views/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Call } from '../call.ts'

/** Whether this call may change a view it sees: its own, or a shared one where it may share views. */
export function mayChangeView(call: Call, { audience, ownerId, label }: Pick<SavedView, 'audience' | 'ownerId' | 'label'>): Answer<void> {
  if (audience === 'personal') return ownerId === call.actor.id ? fine() : no('view.not_yours', { name: label.en })
  return call.permissions.has('views:share') ? fine() : no('permission.denied', { permission: 'views:share' })
}
