import type { Reach } from '#contract/permissions.ts'
import { put, type Values } from './values.ts'

/** The columns that say where a thing lies, whose it is and whose order; null where it has no such column: then no bound can hold it in. */
export interface ReachColumns {
  location: string | null
  owner: string | null
  customer: string | null
}

export const orderReach: ReachColumns = { location: 'o.location_id', owner: 'o.owner_id', customer: 'o.customer_id' }

/** SQL for what `isWithin` (contract/src/permissions.ts) says of a thing. */
export function within(reach: Reach, { location, owner, customer }: ReachColumns, values: Values): string {
  const bounds = [bound(reach.locationIds, location, values), bound(reach.ownerIds, owner, values)].filter((one) => one !== 'true')
  if (bounds.length === 0) return 'true'
  const inside = bounds.join(' and ')
  if (reach.customerIds.length === 0 || customer === null) return `(${inside})`
  return `((${inside}) or ${oneOf(reach.customerIds, customer, values)})`
}

/**
 * The same as conditions that never hold together: what lies inside, and what else is of a key account. Each of them follows an index;
 * their `or` would follow none.
 */
export function sidesOf(reach: Reach, columns: ReachColumns, values: Values): string[] {
  const inside = within({ ...reach, customerIds: [] }, columns, values)
  if (inside === 'true' || reach.customerIds.length === 0 || columns.customer === null) return [inside]
  const granted = `${oneOf(reach.customerIds, columns.customer, values)} and ${inside} is not true`
  return inside.includes('false') ? [granted] : [inside, granted]
}

function bound(ids: readonly string[] | null, column: string | null, values: Values): string {
  if (ids === null) return 'true'
  return column === null || ids.length === 0 ? 'false' : oneOf(ids, column, values)
}

// One id is told from a list of one: only then the rows of an index come in its order.
function oneOf(ids: readonly string[], column: string, values: Values): string {
  return ids.length === 1 ? `${column} = ${put(values, ids[0], 'uuid')}` : `${column} = any(${put(values, ids, 'uuid[]')})`
}
