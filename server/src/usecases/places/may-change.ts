import { type Call, mayDo } from '../call.ts'

/** Whether this call may change a place, and what is at it; what it may not even see is not there for it. A new place is at none: null. */
export function mayChange(call: Call, locationId: string | null): 'may' | 'denied' | 'unseen' {
  const about = { locationId, ownerId: null }
  if (mayDo(call, 'places:write', about)) return 'may'
  return locationId === null || mayDo(call, 'places:read', about) ? 'denied' : 'unseen'
}
