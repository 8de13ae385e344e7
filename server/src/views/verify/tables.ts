import type { LineRow, OrderRow } from '#modules/orders/index.ts'
import type { Table } from './compare-rows.ts'

// A column of an order or a line that is missing here does not compile.
const orderColumns = Object.keys({
  id: 1,
  number: 1,
  seq: 1,
  workflow_code: 1,
  workflow_version: 1,
  phase: 1,
  stage: 1,
  stage_entered_at: 1,
  stage_entered_by: 1,
  generation: 1,
  payment: 1,
  fulfilment: 1,
  holds: 1,
  short: 1,
  attention: 1,
  channel: 1,
  source: 1,
  location_id: 1,
  register_id: 1,
  connection_id: 1,
  external_id: 1,
  customer_id: 1,
  customer_tier: 1,
  customer_segment: 1,
  owner_id: 1,
  assignee_id: 1,
  priority: 1,
  currency: 1,
  gross_minor: 1,
  discount_minor: 1,
  tax_minor: 1,
  total_minor: 1,
  captured_minor: 1,
  refunded_minor: 1,
  balance_minor: 1,
  due_at: 1,
  wanted_from: 1,
  wanted_to: 1,
  at: 1,
  recorded_at: 1,
  business_date: 1,
  captured_at: 1,
  capture_device: 1,
  quote_ref: 1,
  opportunity_ref: 1,
  detail: 1,
} satisfies Record<keyof OrderRow, 1>) as (keyof OrderRow)[]

const lineColumns = Object.keys({
  id: 1,
  position: 1,
  kind: 1,
  item_id: 1,
  variant_id: 1,
  code: 1,
  name: 1,
  category: 1,
  base_unit: 1,
  price_micro: 1,
  per_milli: 1,
  gross_minor: 1,
  discount_minor: 1,
  tax_code: 1,
  tax_ppm: 1,
  tax_included: 1,
  tax_minor: 1,
  net_minor: 1,
  recipe_id: 1,
  reason_code: 1,
  ordered_milli: 1,
  cancelled_milli: 1,
  made_milli: 1,
  picked_milli: 1,
  packed_milli: 1,
  handed_over_milli: 1,
  delivered_milli: 1,
  returned_milli: 1,
} satisfies Record<Exclude<keyof LineRow, 'order_id'>, 1>) as Exclude<keyof LineRow, 'order_id'>[]

/** What is compared of each table; what only says when a row was touched stays out. */
// biome-ignore format: read it by column
export const tables = {
  orders:       { keys: 1, columns: orderColumns },
  order_lines:  { keys: 1, columns: lineColumns },
  shortfalls:   { keys: 2, columns: ['line_id', 'item_id', 'location_id', 'milli', 'waiting', 'priority', 'placed_at'] },
  order_tags:   { keys: 1, columns: ['tag'] },
  order_fields: { keys: 1, columns: ['field', 'text_value', 'int_value', 'time_value'] },
  order_holds:  { keys: 1, columns: ['id', 'reason_code', 'note_id', 'placed_by', 'placed_at', 'until', 'released_by', 'released_at'] },
  order_costs:  { keys: 1, columns: ['id', 'kind', 'amount_minor', 'currency'] },
  money_entries: { keys: 1, columns: ['id', 'kind', 'amount_minor', 'currency', 'method', 'provider', 'reference', 'reason_code', 'note_id', 'return_id', 'at', 'commit_id'] },
  reservations: { keys: 1, columns: ['id', 'order_id', 'line_id', 'item_id', 'location_id', 'lot_id', 'milli', 'state', 'commit_id'] },
  movements:    { keys: 1, columns: ['id', 'kind', 'delta_milli', 'item_id', 'location_id', 'lot_id', 'unit_cost_micro', 'order_id', 'line_id', 'reservation_id', 'return_id', 'commit_id'] },
  returns:      { keys: 1, columns: ['id', 'number', 'order_id', 'location_id', 'customer_id', 'connection_id', 'external_id', 'reason_code', 'note_id', 'currency', 'total_minor', 'source', 'at', 'business_date', 'commit_id'] },
  return_lines: { keys: 1, columns: ['id', 'order_id', 'order_line_id', 'kind', 'item_id', 'code', 'name', 'category', 'milli', 'amount_minor', 'restocked'] },
} as const satisfies Record<string, Table>

/** Where a column stands in its row. */
export const orderAt = places(orderColumns)
export const lineAt = places(lineColumns)

function places<Column extends string>(columns: readonly Column[]): Record<Column, number> {
  // Every column of the list is a key of the result.
  return Object.fromEntries(columns.map((column, i) => [column, i])) as Record<Column, number>
}
