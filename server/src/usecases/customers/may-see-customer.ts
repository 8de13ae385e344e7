import type { Customer } from '#modules/customers/index.ts'
import type { Call } from '../call.ts'

/** Whether this call may know of a customer. Customers are at no location: that scope reaches all of them. */
export function maySeeCustomer(call: Call, { id, ownerId }: Customer): boolean {
  const scope = call.permissions.get('customers:read')
  if (scope === 'workspace' || scope === 'location') return true
  return scope !== undefined && ((ownerId !== null && ownerId === call.actor.id) || call.grantedCustomerIds.includes(id))
}
