import { isWithin, type Permission, type Reach } from '#contract/permissions.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { type Call, reachOf } from './call.ts'

/**
 * Whether this call may change what lies at no location: items, customers, reasons, keys. The scope "location" reaches all of them;
 * "own" and "team" reach what the caller, or somebody below them, looks after, and what is new.
 */
export function mayTouch(call: Call, permission: Permission, ownerId: string | null): Answer<void> {
  const reach = reachOfNowhere(call, permission)
  return reach !== null && isWithin(reach, { locationId: null, ownerId }) ? fine() : no('permission.denied', { permission })
}

/** How far a permission reaches among what lies at no location. */
export function reachOfNowhere(call: Call, permission: Permission): Reach | null {
  const reach = reachOf(call, permission)
  return reach && { ...reach, locationIds: null }
}
