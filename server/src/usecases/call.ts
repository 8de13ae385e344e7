import { permissions, type Scope } from '#contract/permissions.ts'
import type { Actor } from '#modules/orders/index.ts'
import { newId } from '#platform/ids.ts'

/** Who asks, from where, with what rights: made once at the door, trusted inside. */
export interface Call {
  workspaceId: string
  actor: Actor
  /** `resource:verb` → how far; a permission that is not here is denied. */
  permissions: ReadonlyMap<string, Scope>
  /** Where "location" scope is; null = every location. */
  locationIds: readonly string[] | null
  /** Customers whose orders this principal may read wherever they are. */
  grantedCustomerIds: readonly string[]
  language: string
  /** One command has one id: it stands in its events and in the log. */
  commandId: string
}

/** Whether this call may do something with a thing at a place, owned by someone. Team reaches as far as own until teams are known. */
export function mayDo(call: Call, permission: string, about: { locationId: string | null; ownerId: string | null }): boolean {
  const scope = call.permissions.get(permission)
  if (scope === undefined) return false
  // A key bound to places stays there, whatever its role may do elsewhere.
  if (call.locationIds !== null && about.locationId !== null && !call.locationIds.includes(about.locationId)) return false
  if (scope === 'workspace') return true
  if (scope === 'location') return call.locationIds === null || about.locationId !== null
  return about.ownerId !== null && about.ownerId === call.actor.id
}

/** Whether this call may know of an order: by scope, or because its customer is a key account of the caller. */
export function maySee(call: Call, order: { locationId: string; ownerId: string | null; customerId: string | null }): boolean {
  return mayDo(call, 'orders:read', order) || (order.customerId !== null && call.grantedCustomerIds.includes(order.customerId))
}

/** The engine itself: timers, woken orders. It may do what a definition or a decision taken before says, everywhere in the workspace. */
export function callOfEngine(workspaceId: string, kind: 'timer' | 'system' | 'import'): Call {
  return {
    workspaceId,
    actor: { kind, id: null },
    permissions: everything,
    locationIds: null,
    grantedCustomerIds: [],
    language: 'en',
    commandId: newId(),
  }
}

const everything: ReadonlyMap<string, Scope> = new Map(permissions.map((permission) => [permission, 'workspace' as const]))
