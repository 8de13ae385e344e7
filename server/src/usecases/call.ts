import { type FieldGroup, isWithin, type MoneyLimits, permissions, type Reach, type Scope } from '#contract/permissions.ts'
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
  /** The caller and everybody below them, as `reportsTo` says: how far "team" reaches. */
  teamIds: readonly string[]
  /** Customers whose orders this principal may read wherever they are. */
  grantedCustomerIds: readonly string[]
  /** Groups of fields the caller's role is kept from. */
  hides: ReadonlySet<FieldGroup>
  moneyLimits: MoneyLimits
  /** The register that a kiosk stands at: what it does names no other. Missing for everybody else. */
  registerId?: string
  language: string
  /** One command has one id: it stands in its events and in the log. */
  commandId: string
}

/** Who stands behind a secret or a session; the door makes a call of it for each request. */
export type Principal = Omit<Call, 'commandId'>

/** How far a permission reaches for this call; null where it is not held. The one place that knows what a scope means. */
export function reachOf(call: Call, permission: string): Reach | null {
  const scope = call.permissions.get(permission)
  if (scope === undefined) return null
  // A caller bound to places stays there, whatever the role may do elsewhere.
  const bound = { locationIds: call.locationIds, customerIds: [] }
  if (scope === 'workspace' || scope === 'location') return { ...bound, ownerIds: null }
  const self = call.actor.id === null ? [] : [call.actor.id]
  return { ...bound, ownerIds: scope === 'own' ? self : [...new Set([...self, ...call.teamIds])] }
}

/** Whose orders this call may know of: as far as it may read, and those of its key accounts. Null where that is none at all. */
export function sightOf(call: Call): Reach | null {
  const reach = reachOf(call, 'orders:read')
  return reach && { ...reach, customerIds: call.grantedCustomerIds }
}

/** Whether this call may do something with a thing at a place, owned by someone. */
export function mayDo(call: Call, permission: string, about: { locationId: string | null; ownerId: string | null }): boolean {
  const reach = reachOf(call, permission)
  return reach !== null && isWithin(reach, about)
}

/** Whether this call may know of an order: by scope, or because its customer is a key account of the caller. */
export function maySee(call: Call, order: { locationId: string; ownerId: string | null; customerId: string | null }): boolean {
  const sight = sightOf(call)
  return sight !== null && isWithin(sight, order)
}

/** The engine itself: timers, woken orders. It may do what a definition or a decision taken before says, everywhere in the workspace. */
export function callOfEngine(workspaceId: string, kind: 'timer' | 'system' | 'import'): Call {
  return {
    workspaceId,
    actor: { kind, id: null },
    permissions: everything,
    locationIds: null,
    teamIds: [],
    grantedCustomerIds: [],
    hides: nothing,
    moneyLimits: {},
    language: 'en',
    commandId: newId(),
  }
}

const nothing: ReadonlySet<FieldGroup> = new Set()
const everything: ReadonlyMap<string, Scope> = new Map(permissions.map((permission) => [permission, 'workspace' as const]))
