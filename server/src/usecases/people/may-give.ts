import type { Permission } from '#contract/permissions.ts'
import { firstBeyond, firstUnkept, type Role, rightsOf } from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Call } from '../call.ts'

type Held = Pick<Call, 'permissions' | 'hides' | 'moneyLimits'>

/** Whether this call may let somebody hold a role, narrowed to some of its permissions: nobody gives what they do not have. */
export function mayGiveRole(
  call: Held,
  role: Pick<Role, 'permissions' | 'hides' | 'moneyLimits'>,
  narrowedTo: readonly Permission[] | null = null,
): Answer<void> {
  const permission = firstBeyond(rightsOf(role.permissions, narrowedTo), call.permissions)
  if (permission !== undefined) return no('permission.denied', { permission })
  const unkept = firstUnkept({ hides: new Set(role.hides), moneyLimits: role.moneyLimits }, call)
  return unkept === undefined ? fine() : no('role.beyond', { what: unkept })
}

/** Whether what acts at these places, null meaning everywhere, acts nowhere that this call may not. */
export const isWithinPlaces = ({ locationIds: own }: Pick<Call, 'locationIds'>, locationIds: readonly string[] | null): boolean =>
  own === null || (locationIds?.every((id) => own.includes(id)) ?? false)

/** Whether this call may let somebody act at these places, null meaning everywhere; `known` are the places there are. */
export function mayGivePlaces(
  call: Pick<Call, 'locationIds'>,
  locationIds: readonly string[] | null,
  known: ReadonlySet<string>,
  needsSome: 'api_key.needs_locations' | 'member.needs_locations',
): Answer<void> {
  const own = call.locationIds
  if (locationIds === null) return own === null ? fine() : no(needsSome)
  const unknown = locationIds.find((id) => !known.has(id) || (own !== null && !own.includes(id)))
  return unknown === undefined ? fine() : no('location.not_found', { location: unknown })
}
