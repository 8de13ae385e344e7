/** What becomes of personal data when somebody asks to be forgotten, or in the course of things. */
export type Fate =
  /** Overwritten when the customer is forgotten (`POST /customers/:id/erase`). */
  | 'goes with the customer'
  /** Stays until whoever wrote it changes or removes it; it is of no customer in particular. */
  | 'goes with its writer'
  /** Thrown away after a day; whole lists are sealed under a key of the installation until then. */
  | 'goes within a day'
  /** Of those who work here: stays as long as they, their device or their invitation does. */
  | 'goes with the member'

export interface PersonalColumn {
  holds: string
  fate: Fate
}

/**
 * Every column that may hold personal data, by `table.column`: the only places where it may ever stand in clear. Events, owed work, keys,
 * logs and metrics hold references. A test holds this and {@link impersonal} against the schema, so that a new column needs a word here.
 */
// biome-ignore format: read it by column
export const personal: Readonly<Record<string, PersonalColumn>> = {
  'customers.external_id':    { holds: 'What an outside system calls a customer',           fate: 'goes with the customer' },
  'customers.name':           { holds: 'Who buys',                                          fate: 'goes with the customer' },
  'customers.email':          { holds: 'Who buys',                                          fate: 'goes with the customer' },
  'customers.phone':          { holds: 'Who buys',                                          fate: 'goes with the customer' },
  'customers.country':        { holds: 'Who buys',                                          fate: 'goes with the customer' },
  'order_contacts.name':      { holds: 'Whom an order is for',                              fate: 'goes with the customer' },
  'order_contacts.email':     { holds: 'Whom an order is for',                              fate: 'goes with the customer' },
  'order_contacts.phone':     { holds: 'Whom an order is for',                              fate: 'goes with the customer' },
  'order_contacts.address':   { holds: 'Where an order goes',                               fate: 'goes with the customer' },
  'order_contacts.city':      { holds: 'Where an order goes',                               fate: 'goes with the customer' },
  'order_contacts.postcode':  { holds: 'Where an order goes',                               fate: 'goes with the customer' },
  'order_contacts.country':   { holds: 'Where an order goes',                               fate: 'goes with the customer' },
  'notes.text':               { holds: 'What people wrote about an order, return or stock', fate: 'goes with the customer' },
  'reservations.purpose':     { holds: 'What stock is kept for, in somebody’s words',       fate: 'goes with its writer' },
  'saved_views.label':        { holds: 'What somebody called a view',                       fate: 'goes with its writer' },
  'saved_views.filter':       { holds: 'What somebody looks for, names included',           fate: 'goes with its writer' },
  'bulk_jobs.command':        { holds: 'The note that came with an action on many orders',  fate: 'goes with the customer' },
  'bulk_jobs.filter':         { holds: 'How the orders were chosen, names included',        fate: 'goes with the customer' },
  'exports.filters':          { holds: 'What a file was made of, names included',           fate: 'goes within a day' },
  'export_chunks.sealed':     { holds: 'Lists as files, sealed',                            fate: 'goes within a day' },
  'api_keys.name':            { holds: 'Whose key it is, in somebody’s words',              fate: 'goes with its writer' },
  'users.email':              { holds: 'Who works here',                                    fate: 'goes with the member' },
  'users.name':               { holds: 'Who works here',                                    fate: 'goes with the member' },
  'users.image':              { holds: 'Who works here',                                    fate: 'goes with the member' },
  'sessions.ip_address':      { holds: 'Where somebody signed in',                          fate: 'goes with the member' },
  'sessions.user_agent':      { holds: 'What somebody signed in with',                      fate: 'goes with the member' },
  'accounts.account_id':      { holds: 'What a way of signing in calls somebody',           fate: 'goes with the member' },
  'verifications.identifier': { holds: 'Whom a proof is about',                             fate: 'goes with the member' },
  'verifications.value':      { holds: 'What is proved',                                    fate: 'goes with the member' },
  'invitations.email':        { holds: 'Who was asked to work here',                        fate: 'goes with the member' },
}

/** Every other column in which a text could stand, and why no person is in it. */
// biome-ignore format: one table, one row
export const impersonal: Readonly<Record<string, readonly string[]>> = {
  'A word of a list that the code, the workspace or its workflows know': [
    'accounts.provider_id',
    'api_keys.role', 'api_keys.permissions', 'api_keys.kind',
    'bulk_items.state', 'bulk_items.reason_code', 'bulk_items.foreseen',
    'bulk_jobs.action', 'bulk_jobs.state', 'bulk_jobs.created_by_kind',
    'customers.tier', 'customers.segment',
    'events.subject', 'events.type', 'events.actor_kind',
    'exports.columns', 'exports.created_by_kind', 'exports.list', 'exports.locale', 'exports.sort', 'exports.state',
    'idempotency_keys.route',
    'invitations.role',
    'items.kind', 'items.base_unit', 'items.stocked', 'items.tax_code', 'items.status',
    'locations.time_zone', 'locations.day_starts_at', 'locations.status',
    'lots.status',
    'memberships.role', 'memberships.status',
    'missed_demand.channel',
    'money_entries.kind', 'money_entries.currency', 'money_entries.method', 'money_entries.provider', 'money_entries.reason_code', 'money_entries.actor_kind',
    'movements.kind', 'movements.currency', 'movements.reason_code', 'movements.actor_kind',
    'order_costs.kind', 'order_costs.currency',
    'order_fields.field',
    'order_holds.reason_code',
    'order_lines.kind', 'order_lines.base_unit', 'order_lines.tax_code', 'order_lines.reason_code',
    'orders.workflow_code', 'orders.phase', 'orders.stage', 'orders.payment', 'orders.fulfilment', 'orders.attention', 'orders.channel', 'orders.source', 'orders.customer_tier', 'orders.customer_segment', 'orders.currency',
    'owed.kind', 'owed.lane', 'owed.state',
    'processes.role',
    'reasons.kind', 'reasons.code',
    'refund_intents.currency', 'refund_intents.state',
    'registers.kind', 'registers.status',
    'reservations.state',
    'return_lines.kind',
    'returns.reason_code', 'returns.currency', 'returns.source',
    'roles.permissions', 'roles.hides', 'roles.money_limits',
    'saved_views.list', 'saved_views.code', 'saved_views.audience', 'saved_views.sort', 'saved_views.columns', 'saved_views.layout', 'saved_views.density', 'saved_views.roles',
    'stock.currency',
    'timers.name',
    'variants.currency', 'variants.status',
    'workspace_counters.name',
    'workspaces.home_currency', 'workspaces.language', 'workspaces.blueprint',
  ],
  'What the shop calls its own things; shown to everybody who works here': [
    'barcodes.barcode',
    'items.code', 'items.name', 'items.category',
    'locations.code', 'locations.name',
    'lots.code',
    'reasons.label',
    'registers.code', 'registers.name',
    'roles.code', 'roles.label',
    'taxes.code', 'taxes.name',
    'variants.code', 'variants.name',
    'workflows.code', 'workflows.definition',
    'workspaces.code', 'workspaces.name',
  ],
  'Part of what was sold: it stands on the bill, and in the log for ever': [
    'order_fields.text_value',
    'order_lines.code', 'order_lines.name', 'order_lines.category',
    'order_tags.tag',
    'orders.detail',
    'return_lines.code', 'return_lines.name', 'return_lines.category',
  ],
  'What an outside system calls an order, a payment, a delivery or a device; never a person': [
    'idempotency_keys.key',
    'money_entries.reference',
    'movements.external_id',
    'orders.external_id', 'orders.capture_device', 'orders.quote_ref', 'orders.opportunity_ref',
    'returns.external_id',
  ],
  'A hash, which says nothing of what went into it': [
    'accounts.password',
    'api_keys.secret_hash',
    'commits.digest', 'commits.hash',
    'idempotency_keys.fingerprint',
    'invitations.token_hash',
    'schema_migrations.checksum',
    'sessions.token_hash',
  ],
  'References, amounts and codes; the canaries of e2e/canaries.test.ts hold it to that': [
    'bulk_items.reason',
    'bulk_jobs.preview',
    'events.payload',
    'exports.problem',
    'owed.payload', 'owed.last_error',
  ],
  'Of the machinery': [
    'processes.host',
    'schema_migrations.name',
  ],
}
