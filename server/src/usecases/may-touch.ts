import type { Permission } from '#contract/permissions.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Call } from './call.ts'

/**
 * Whether this call may change what lies at no location: items, customers, reasons, keys. The scope "location" reaches all of them;
 * "own" and "team" reach what the caller looks after, and what is new.
 */
export function mayTouch(call: Call, permission: Permission, ownerId: string | null): Answer<void> {
  const scope = call.permissions.get(permission)
  if (scope === 'workspace' || scope === 'location') return fine()
  return scope !== undefined && ownerId !== null && ownerId === call.actor.id ? fine() : no('permission.denied', { permission })
}
