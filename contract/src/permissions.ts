/** What a role may be allowed, one word a verb of the API; a workflow's moves ask for words of this list, too. */
// biome-ignore format: one resource, one row
export const permissions = [
  'orders:read', 'orders:place', 'orders:move', 'orders:cancel', 'orders:reopen', 'orders:hold', 'orders:note', 'orders:assign', 'orders:tag',
  'orders:price', 'orders:discount', 'orders:import',
  'payments:record', 'payments:refund',
  'returns:record',
  'stock:read', 'stock:adjust', 'stock:reserve',
  'items:read', 'items:write',
  'customers:read', 'customers:write',
  'places:read', 'places:write',
  'workflows:read', 'workflows:publish',
  'keys:write',
  'jobs:read', 'jobs:retry',
] as const
export type Permission = (typeof permissions)[number]

/** How far a permission reaches: one's own orders, those of the people reporting to one, of one's locations, or all. */
export const scopes = ['own', 'team', 'location', 'workspace'] as const
export type Scope = (typeof scopes)[number]

export interface Grant {
  permission: Permission
  scope: Scope
}
