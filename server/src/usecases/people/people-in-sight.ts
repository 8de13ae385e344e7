import { type Call, reachOf } from '../call.ts'

/** Somebody who is a member, or is to become one: the people whose business it is, and where they are, null meaning everywhere. */
export interface Placed {
  of: readonly (string | null)[]
  locationIds: readonly string[] | null
}

/** Which people this call may know of: itself, and as far as `people:read` reaches whoever works at one of its places. */
export function peopleInSight(call: Call): (somebody: Placed) => boolean {
  const reach = reachOf(call, 'people:read')
  if (!reach) return () => false
  const { ownerIds, locationIds: bound } = reach
  return ({ of, locationIds }) => {
    if (of.includes(call.actor.id)) return true
    const isTheirs = ownerIds === null || of.some((id) => id !== null && ownerIds.includes(id))
    return isTheirs && (bound === null || locationIds === null || locationIds.some((id) => bound.includes(id)))
  }
}
