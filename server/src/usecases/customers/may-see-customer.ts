import { isWithin, type Reach } from '#contract/permissions.ts'
import type { Customer } from '#modules/customers/index.ts'
import type { Call } from '../call.ts'
import { reachOfNowhere } from '../may-touch.ts'

/** Which customers this call may know of: those its permission reaches, and its key accounts; null for none at all. */
export function customersInSight(call: Call): Reach | null {
  const reach = reachOfNowhere(call, 'customers:read')
  return reach && { ...reach, customerIds: call.grantedCustomerIds }
}

/** Whether this call may know of a customer. */
export function maySeeCustomer(call: Call, { id, ownerId }: Pick<Customer, 'id' | 'ownerId'>): boolean {
  const sight = customersInSight(call)
  return sight !== null && isWithin(sight, { locationId: null, ownerId, customerId: id })
}
