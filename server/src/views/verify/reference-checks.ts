import { mine, type SetCheck } from './set-checks.ts'

/** `table (columns) → target (columns)`: where all columns have a value, such a row is there in the same workspace. */
export interface Reference {
  table: string
  columns: readonly string[]
  target: string
  targetColumns: readonly string[]
}

const to = (table: string, column: string, target: string): Reference => ({ table, columns: [column], target, targetColumns: ['id'] })

// biome-ignore format: read it by column
export const references: readonly Reference[] = [
  to('registers',       'location_id',    'locations'),
  to('api_keys',        'register_id',    'registers'),
  to('customer_grants', 'customer_id',    'customers'),
  to('variants',        'item_id',        'items'),
  to('barcodes',        'variant_id',     'variants'),
  to('recipes',         'item_id',        'items'),
  to('recipe_parts',    'recipe_id',      'recipes'),
  to('recipe_parts',    'item_id',        'items'),
  to('lots',            'item_id',        'items'),
  to('stock',           'item_id',        'items'),
  to('stock',           'location_id',    'locations'),
  to('stock',           'lot_id',         'lots'),
  to('movements',       'item_id',        'items'),
  to('movements',       'location_id',    'locations'),
  to('movements',       'lot_id',         'lots'),
  to('movements',       'order_id',       'orders'),
  to('movements',       'reservation_id', 'reservations'),
  to('movements',       'return_id',      'returns'),
  to('movements',       'note_id',        'notes'),
  to('movements',       'commit_id',      'commits'),
  to('reservations',    'item_id',        'items'),
  to('reservations',    'location_id',    'locations'),
  to('reservations',    'lot_id',         'lots'),
  to('reservations',    'order_id',       'orders'),
  to('reservations',    'commit_id',      'commits'),
  to('shortfalls',      'order_id',       'orders'),
  to('shortfalls',      'item_id',        'items'),
  to('shortfalls',      'location_id',    'locations'),
  to('missed_demand',   'item_id',        'items'),
  to('missed_demand',   'location_id',    'locations'),
  to('orders',          'location_id',    'locations'),
  to('orders',          'register_id',    'registers'),
  to('orders',          'customer_id',    'customers'),
  to('order_lines',     'order_id',       'orders'),
  to('order_lines',     'item_id',        'items'),
  to('order_lines',     'variant_id',     'variants'),
  to('order_lines',     'recipe_id',      'recipes'),
  to('order_contacts',  'order_id',       'orders'),
  to('notes',           'order_id',       'orders'),
  to('order_holds',     'order_id',       'orders'),
  to('order_holds',     'note_id',        'notes'),
  to('order_tags',      'order_id',       'orders'),
  to('order_fields',    'order_id',       'orders'),
  to('order_costs',     'order_id',       'orders'),
  to('returns',         'order_id',       'orders'),
  to('returns',         'location_id',    'locations'),
  to('returns',         'customer_id',    'customers'),
  to('returns',         'note_id',        'notes'),
  to('returns',         'commit_id',      'commits'),
  to('return_lines',    'return_id',      'returns'),
  to('return_lines',    'order_id',       'orders'),
  to('return_lines',    'item_id',        'items'),
  to('money_entries',   'order_id',       'orders'),
  to('money_entries',   'return_id',      'returns'),
  to('money_entries',   'note_id',        'notes'),
  to('money_entries',   'commit_id',      'commits'),
  to('refund_intents',  'order_id',       'orders'),
  to('events',          'location_id',    'locations'),
  to('events',          'register_id',    'registers'),
  to('timers',          'order_id',       'orders'),
  to('bulk_jobs',       'undoes',         'bulk_jobs'),
  to('bulk_items',      'job_id',         'bulk_jobs'),
  to('bulk_items',      'order_id',       'orders'),
  to('bulk_items',      'commit_id',      'commits'),
  to('export_chunks',   'export_id',      'exports'),
  { table: 'movements',    columns: ['order_id', 'line_id'],               target: 'order_lines', targetColumns: ['order_id', 'id'] },
  { table: 'reservations', columns: ['order_id', 'line_id'],               target: 'order_lines', targetColumns: ['order_id', 'id'] },
  { table: 'shortfalls',   columns: ['order_id', 'line_id'],               target: 'order_lines', targetColumns: ['order_id', 'id'] },
  { table: 'return_lines', columns: ['order_id', 'order_line_id'],         target: 'order_lines', targetColumns: ['order_id', 'id'] },
  { table: 'orders',       columns: ['workflow_code', 'workflow_version'], target: 'workflows',   targetColumns: ['code', 'version'] },
  { table: 'items',        columns: ['tax_code'],                          target: 'taxes',       targetColumns: ['code'] },
  { table: 'api_keys',     columns: ['role'],                              target: 'roles',       targetColumns: ['code'] },
  { table: 'memberships',  columns: ['role'],                              target: 'roles',       targetColumns: ['code'] },
  { table: 'memberships',  columns: ['reports_to'],                        target: 'memberships', targetColumns: ['user_id'] },
  { table: 'invitations',  columns: ['role'],                              target: 'roles',       targetColumns: ['code'] },
  { table: 'invitations',  columns: ['reports_to'],                        target: 'memberships', targetColumns: ['user_id'] },
]

/** Columns of ids that point to no row of ours: who did it, what is only an outside's name, the commit of a key whose command changed nothing. */
export const elsewhere: readonly string[] = [
  // Proved with the commit.
  'events.commit_id',
  'actor_id',
  'assignee_id',
  'command_id',
  'connection_id',
  'owner_id',
  'principal_id',
  'subject_id',
  // People are in no workspace; the database itself keeps their rows together.
  'user_id',
  'idempotency_keys.commit_id',
]

// biome-ignore format: read it by column
const keysOf: Record<string, readonly string[]> = {
  barcodes:       ['barcode'],
  bulk_items:     ['job_id', 'order_id'],
  customer_grants: ['principal_id', 'customer_id'],
  events:         ['subject_id', 'seq'],
  export_chunks:  ['export_id', 'position'],
  memberships:    ['user_id'],
  missed_demand:  ['item_id', 'location_id', 'channel', 'hour'],
  order_contacts: ['order_id'],
  order_fields:   ['order_id', 'field'],
  order_tags:     ['order_id', 'tag'],
  recipe_parts:   ['recipe_id', 'item_id'],
  shortfalls:     ['order_id', 'line_id', 'item_id'],
  stock:          ['item_id', 'location_id', 'lot_id'],
  timers:         ['order_id', 'name'],
}

const single: readonly SetCheck[] = references.map(({ table, columns, target, targetColumns }) => ({
  invariant: 'workspaces.references',
  counts: table,
  violations: `
    select t.workspace_id, '${table}.${columns.join('+')}' as "reference", concat_ws(' ', ${columns.map((column) => `t.${column}`).join(', ')}) as "to", ${identity(table)} as "row"
    from ${table} t where ${columns.map((column) => `t.${column} is not null`).join(' and ')} ${target === 'lots' ? `and t.lot_id <> '00000000-0000-0000-0000-000000000000'` : ''}
      and not exists (select from ${target} x where x.workspace_id = t.workspace_id and ${columns.map((column, i) => `x.${targetColumns[i]} = t.${column}`).join(' and ')}) and ${mine('t')}`,
}))

/** Which row it is, workspace aside. */
function identity(table: string): string {
  return `concat_ws(' ', ${(keysOf[table] ?? ['id']).map((column) => `t.${column}`).join(', ')})`
}

/** The places that somebody is bound to. */
const places: readonly SetCheck[] = ['memberships', 'invitations', 'api_keys'].map((table) => ({
  invariant: 'workspaces.references',
  counts: table,
  violations: `
    select t.workspace_id, '${table}.location_ids' as "reference", place.id as "to", ${identity(table)} as "row"
    from ${table} t, unnest(t.location_ids) as place(id)
    where not exists (select from locations x where x.workspace_id = t.workspace_id and x.id = place.id) and ${mine('t')}`,
}))

export const referenceChecks: readonly SetCheck[] = [...single, ...places]
