/** What a role may be allowed, one word a verb of the API; a workflow's moves ask for words of this list, too. */
// biome-ignore format: one resource, one row
export const permissions = [
  'orders:read', 'orders:place', 'orders:move', 'orders:cancel', 'orders:reopen', 'orders:hold', 'orders:note', 'orders:assign', 'orders:tag',
  'orders:price', 'orders:discount', 'orders:import', 'orders:export',
  'payments:record', 'payments:refund',
  'returns:record',
  'stock:read', 'stock:adjust', 'stock:reserve',
  'items:read', 'items:write',
  'customers:read', 'customers:write', 'customers:erase',
  'places:read', 'places:write',
  'workflows:read', 'workflows:publish',
  'keys:write',
  'people:read', 'people:write', 'roles:write',
  'views:share',
  'jobs:read', 'jobs:retry',
] as const
export type Permission = (typeof permissions)[number]

/** How far a permission reaches: one's own orders, those of the people reporting to one as well, of one's locations, or all. */
export const scopes = ['own', 'team', 'location', 'workspace'] as const
export type Scope = (typeof scopes)[number]

export interface Grant {
  permission: Permission
  scope: Scope
}

/** Fields that a role may be kept from: a hidden one is neither shown nor searched, filtered, sorted by, exported or written. */
// biome-ignore format: read it by column
export const fieldGroups = {
  contact: 'Names, addresses, e-mail and phone of customers and of whom orders are for',
  notes:   'What people wrote',
  prices:  'Prices, totals and payments',
  costs:   'What goods and orders cost us',
} as const
export type FieldGroup = keyof typeof fieldGroups

/** The most money that one command of a role may give away, in minor units of the order's currency; no limit where it is not said. */
export interface MoneyLimits {
  /** Given back or written off. */
  refundMinor?: number
  /** Taken off when an order is placed, all its discounts together. */
  discountMinor?: number
}

/**
 * How far one permission reaches for one caller, worked out: what is within lies at one of the locations and belongs to one of the
 * owners, or is of one of the customers granted to the caller. Null is no bound.
 */
export interface Reach {
  locationIds: readonly string[] | null
  ownerIds: readonly string[] | null
  customerIds: readonly string[]
}

/** Whether a thing is within reach. What lies nowhere is within no bound of locations, what belongs to nobody within none of owners. */
export function isWithin(reach: Reach, about: { locationId: string | null; ownerId: string | null; customerId?: string | null }): boolean {
  if (about.customerId != null && reach.customerIds.includes(about.customerId)) return true
  if (reach.locationIds !== null && (about.locationId === null || !reach.locationIds.includes(about.locationId))) return false
  return reach.ownerIds === null || (about.ownerId !== null && reach.ownerIds.includes(about.ownerId))
}
