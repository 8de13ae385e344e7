import { canonicalText } from '#platform/canonical.ts'
import type { Db, Tx } from '#platform/db.ts'
import { rowList } from '#platform/row-list.ts'
import { evolve } from './evolve.ts'
import { type LineRow, lineRows, type OrderRow, orderFrom, orderRow } from './rows.ts'
import type { Actor, MoneyEntry, Order, OrderEvent, OrderId, Reservation, Shortfall } from './types.ts'

// ─── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

// biome-ignore format: many columns, few lines
const orderList = rowList<OrderRow>({
  id: 'uuid', number: 'bigint', seq: 'bigint', workflow_code: 'text', workflow_version: 'bigint', phase: 'text', stage: 'text',
  stage_entered_at: 'timestamptz', stage_entered_by: 'uuid', generation: 'bigint', payment: 'text', fulfilment: 'text', holds: 'bigint',
  short: 'boolean', attention: 'text', channel: 'text', source: 'text', location_id: 'uuid', register_id: 'uuid', connection_id: 'uuid',
  external_id: 'text', customer_id: 'uuid', customer_tier: 'text', customer_segment: 'text', owner_id: 'uuid', assignee_id: 'uuid',
  priority: 'bigint', currency: 'text', gross_minor: 'bigint', discount_minor: 'bigint', tax_minor: 'bigint', total_minor: 'bigint',
  captured_minor: 'bigint', refunded_minor: 'bigint', balance_minor: 'bigint', due_at: 'timestamptz', wanted_from: 'timestamptz',
  wanted_to: 'timestamptz', at: 'timestamptz', recorded_at: 'timestamptz', business_date: 'date', captured_at: 'timestamptz', capture_device: 'text',
  quote_ref: 'text', opportunity_ref: 'text', detail: 'canonical',
})

// biome-ignore format: many columns, few lines
const lineList = rowList<LineRow>({
  order_id: 'uuid', id: 'uuid', position: 'bigint', kind: 'text', item_id: 'uuid', variant_id: 'uuid', code: 'text', name: 'text', category: 'text',
  base_unit: 'text', price_micro: 'bigint', per_milli: 'bigint', gross_minor: 'bigint', discount_minor: 'bigint', tax_code: 'text', tax_ppm: 'bigint',
  tax_included: 'boolean', tax_minor: 'bigint', net_minor: 'bigint', recipe_id: 'uuid', reason_code: 'text', ordered_milli: 'bigint',
  cancelled_milli: 'bigint', made_milli: 'bigint', picked_milli: 'bigint', packed_milli: 'bigint', handed_over_milli: 'bigint',
  delivered_milli: 'bigint', returned_milli: 'bigint',
})

/** Orders by id with everything a decision needs; unknown ids are absent. One round trip, four statements. */
export function loadOrders(db: Db, workspaceId: string, ids: readonly string[]): Promise<Map<OrderId, Order>> {
  return load(db, workspaceId, ids, false)
}

/** The same, with the orders' rows locked in id order until the transaction ends. */
export function loadOrdersForChange(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<Map<OrderId, Order>> {
  return load(tx, workspaceId, ids, true)
}

async function load(db: Db, workspaceId: string, ids: readonly string[], lock: boolean): Promise<Map<OrderId, Order>> {
  const values = [workspaceId, ids]
  const [orders, lines, reservations, shortfalls] = await Promise.all([
    db.query<OrderRow>({
      name: lock ? 'lock_orders' : 'load_orders',
      text: `select ${orderList.columns} from orders where workspace_id = $1 and id = any($2::uuid[]) order by id ${lock ? 'for update' : ''}`,
      values,
    }),
    db.query<LineRow>({
      name: 'load_lines',
      text: `select ${lineList.columns} from order_lines where workspace_id = $1 and order_id = any($2::uuid[]) order by order_id, position`,
      values,
    }),
    db.query<Reservation & { orderId: string }>({
      name: 'load_reservations',
      text: `select order_id as "orderId", id, line_id as "lineId", item_id as "itemId", location_id as "locationId", lot_id as "lotId", milli
        from reservations where workspace_id = $1 and order_id = any($2::uuid[]) and state = 'open' order by id`,
      values,
    }),
    db.query<Shortfall & { orderId: string }>({
      name: 'load_shortfalls',
      text: `select order_id as "orderId", line_id as "lineId", item_id as "itemId", location_id as "locationId", milli
        from shortfalls where workspace_id = $1 and order_id = any($2::uuid[]) order by line_id, item_id`,
      values,
    }),
  ])
  const linesOf = grouped(lines, (line) => line.order_id)
  const reservationsOf = grouped(reservations, (held) => held.orderId)
  const shortfallsOf = grouped(shortfalls, (short) => short.orderId)
  return new Map(
    orders.map((row) => [
      row.id as OrderId,
      orderFrom(
        row,
        linesOf.get(row.id) ?? [],
        (reservationsOf.get(row.id) ?? []).map(({ orderId: _, ...held }) => held),
        (shortfallsOf.get(row.id) ?? []).map(({ orderId: _, ...short }) => short),
      ),
    ]),
  )
}

function grouped<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group) group.push(row)
    else groups.set(key(row), [row])
  }
  return groups
}

/** Orders that already have one of these ids or external ids (of any connection). */
export async function findTaken(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
  externalIds: readonly string[],
): Promise<{ id: string; connectionId: string | null; externalId: string | null }[]> {
  return db.query({
    name: 'find_taken',
    text: `select id, connection_id as "connectionId", external_id as "externalId" from orders where workspace_id = $1 and id = any($2::uuid[])
      union all
      select id, connection_id, external_id from orders where workspace_id = $1 and external_id = any($3::text[])`,
    values: [workspaceId, ids, externalIds],
  })
}

/** An event of an order as it was recorded. */
export interface StoredEvent {
  seq: number
  event: OrderEvent
  at: string
  recordedAt: string
  actor: Actor
  commandId: string
  commitId: string
}

/** All events of one order, first to last; empty for an unknown order. */
export async function loadEvents(
  db: Db,
  workspaceId: string,
  orderId: string,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<StoredEvent[]> {
  const rows = await db.query<{
    seq: number
    type: string
    payload: string
    at: string
    recordedAt: string
    actorKind: Actor['kind']
    actorId: string | null
    commandId: string
    commitId: string
  }>({
    name: 'load_events',
    text: `select seq, type, payload, at, recorded_at as "recordedAt", actor_kind as "actorKind", actor_id as "actorId", command_id as "commandId", commit_id as "commitId"
      from events where workspace_id = $1 and subject_id = $2 and subject = 'order' and seq <= $3 order by seq`,
    values: [workspaceId, orderId, upTo],
  })
  return rows.map(({ type, payload, actorKind, actorId, ...kept }) => ({
    ...kept,
    actor: { kind: actorKind, id: actorId },
    event: eventFrom(type, payload),
  }))
}

/** All events of these orders, by order, first to last; unknown ids are absent. */
export async function loadEventsOf(
  db: Db,
  workspaceId: string,
  orderIds: readonly string[],
): Promise<Map<string, { seq: number; event: OrderEvent }[]>> {
  const rows = await db.query<{ orderId: string; seq: number; type: string; payload: string }>({
    name: 'load_events_of',
    text: `select subject_id as "orderId", seq, type, payload from events
      where workspace_id = $1 and subject_id = any($2::uuid[]) and subject = 'order' order by subject_id, seq`,
    values: [workspaceId, orderIds],
  })
  const events = new Map<string, { seq: number; event: OrderEvent }[]>()
  for (const { orderId, seq, type, payload } of rows) {
    const told = { seq, event: eventFrom(type, payload) }
    const of = events.get(orderId)
    if (of) of.push(told)
    else events.set(orderId, [told])
  }
  return events
}

/** An order's event back from its stored form. */
export function eventFrom(type: string, payload: string): OrderEvent {
  return { type, ...(JSON.parse(payload) as object) } as OrderEvent
}

/** An order's event as canonical text, its type aside. */
export function payloadOf({ type: _, ...payload }: OrderEvent): string {
  return canonicalText(payload)
}

/** The order after all these events; null when there are none. Throws where they do not follow each other. */
export function replay(events: readonly { seq: number; event: OrderEvent }[]): Order | null {
  return events.reduce<Order | null>((order, recorded) => evolve(order, recorded), null)
}

// ─── Writing: every statement carries a list ─────────────────────────────────────────────────────────────────────────

/** Writes orders placed in this transaction, with their lines, tags, fields and costs. */
export function insertOrders(tx: Tx, workspaceId: string, orders: readonly Order[], now: string): void {
  if (orders.length === 0) return
  tx.send({
    name: 'insert_orders',
    text: `insert into orders (workspace_id, updated_at, ${orderList.columns}) select $1, $2::timestamptz, ${orderList.columns} from ${orderList.from(3)}`,
    values: [workspaceId, now, ...orderList.values(orders.map(orderRow))],
  })
  tx.send({
    name: 'insert_lines',
    text: `insert into order_lines (workspace_id, ${lineList.columns}) select $1, ${lineList.columns} from ${lineList.from(2)}`,
    values: [workspaceId, ...lineList.values(orders.flatMap(lineRows))],
  })
  insertTags(
    tx,
    workspaceId,
    orders.flatMap((order) => order.tags.map((tag) => ({ orderId: order.id, tag }))),
  )
  upsertFields(tx, workspaceId, orders)
  const costs = orders.flatMap((order) => order.costs.map((cost) => ({ orderId: order.id, currency: order.currency, ...cost })))
  if (costs.length > 0) {
    tx.send({
      name: 'insert_costs',
      text: `insert into order_costs (workspace_id, order_id, id, kind, amount_minor, currency)
        select $1, "orderId", id, kind, "amountMinor", currency from json_to_recordset($2::json) as r("orderId" uuid, id uuid, kind text, "amountMinor" bigint, currency text)`,
      values: [workspaceId, JSON.stringify(costs)],
    })
  }
}

// What never changes after placing stays out of the update.
// biome-ignore format: many columns, few lines
const orderChanges = {
  seq: 'bigint', phase: 'text', stage: 'text', stage_entered_at: 'timestamptz', stage_entered_by: 'uuid', generation: 'bigint', payment: 'text', fulfilment: 'text', holds: 'bigint',
  short: 'boolean', attention: 'text', assignee_id: 'uuid', captured_minor: 'bigint', refunded_minor: 'bigint', balance_minor: 'bigint', due_at: 'timestamptz', detail: 'canonical',
} as const
const changedOrders = rowList<Pick<OrderRow, 'id' | keyof typeof orderChanges>>({ id: 'uuid', ...orderChanges })

// biome-ignore format: many columns, few lines
const lineChanges = {
  cancelled_milli: 'bigint', made_milli: 'bigint', picked_milli: 'bigint', packed_milli: 'bigint', handed_over_milli: 'bigint', delivered_milli: 'bigint', returned_milli: 'bigint',
} as const
const changedLines = rowList<Pick<LineRow, 'order_id' | 'id' | keyof typeof lineChanges>>({ order_id: 'uuid', id: 'uuid', ...lineChanges })

const setAll = (columns: object) =>
  Object.keys(columns)
    .map((column) => `${column} = r.${column}`)
    .join(', ')

/** Writes orders changed in this transaction; `before` is what they were. */
export function updateOrders(tx: Tx, workspaceId: string, changed: readonly { before: Order; after: Order }[], now: string): void {
  if (changed.length === 0) return
  tx.send({
    name: 'update_orders',
    text: `update orders o set ${setAll(orderChanges)}, updated_at = $2::timestamptz from ${changedOrders.from(4)} where o.workspace_id = $1 and o.id = any($3::uuid[]) and o.id = r.id`,
    values: [workspaceId, now, changed.map(({ after }) => after.id), ...changedOrders.values(changed.map(({ after }) => orderRow(after)))],
  })
  const lines = changed.flatMap(({ before, after }) => (before.lines === after.lines ? [] : lineRows(after)))
  if (lines.length > 0) {
    tx.send({
      name: 'update_lines',
      text: `update order_lines l set ${setAll(lineChanges)} from ${changedLines.from(3)}
        where l.workspace_id = $1 and l.order_id = any($2::uuid[]) and l.order_id = r.order_id and l.id = r.id`,
      values: [workspaceId, distinct(lines.map((line) => line.order_id)), ...changedLines.values(lines)],
    })
  }
  insertTags(
    tx,
    workspaceId,
    changed.flatMap(({ before, after }) =>
      after.tags.filter((tag) => !before.tags.includes(tag)).map((tag) => ({ orderId: after.id, tag })),
    ),
  )
  const gone = changed.flatMap(({ before, after }) =>
    before.tags.filter((tag) => !after.tags.includes(tag)).map((tag) => ({ orderId: after.id, tag })),
  )
  if (gone.length > 0) {
    tx.send({
      name: 'delete_tags',
      text: `delete from order_tags t using json_to_recordset($2::json) as r("orderId" uuid, tag text) where t.workspace_id = $1 and t.order_id = any($3::uuid[]) and t.order_id = r."orderId" and t.tag = r.tag`,
      values: [workspaceId, JSON.stringify(gone), distinct(gone.map((tag) => tag.orderId))],
    })
  }
  upsertFields(
    tx,
    workspaceId,
    changed.flatMap(({ before, after }) => (before.fields === after.fields ? [] : [after])),
  )
  const emptied = changed.flatMap(({ before, after }) =>
    before.fields === after.fields
      ? []
      : Object.keys(before.fields).flatMap((field) => (field in after.fields ? [] : [{ orderId: after.id, field }])),
  )
  if (emptied.length > 0) {
    tx.send({
      name: 'delete_fields',
      text: `delete from order_fields f using json_to_recordset($2::json) as r("orderId" uuid, field text) where f.workspace_id = $1 and f.order_id = any($3::uuid[]) and f.order_id = r."orderId" and f.field = r.field`,
      values: [workspaceId, JSON.stringify(emptied), distinct(emptied.map(({ orderId }) => orderId))],
    })
  }
}

function insertTags(tx: Tx, workspaceId: string, tags: readonly { orderId: string; tag: string }[]): void {
  if (tags.length === 0) return
  tx.send({
    name: 'insert_tags',
    text: `insert into order_tags (workspace_id, tag, order_id) select $1, tag, "orderId" from json_to_recordset($2::json) as r("orderId" uuid, tag text)`,
    values: [workspaceId, JSON.stringify(tags)],
  })
}

function upsertFields(tx: Tx, workspaceId: string, orders: readonly Order[]): void {
  const fields = orders.flatMap((order) =>
    Object.entries(order.fields).map(([field, { kind, value }]) => ({ orderId: order.id, field, [kind]: value })),
  )
  if (fields.length === 0) return
  tx.send({
    name: 'upsert_fields',
    text: `insert into order_fields (workspace_id, field, order_id, text_value, int_value, time_value)
      select $1, field, "orderId", text, int, time from json_to_recordset($2::json) as r("orderId" uuid, field text, text text, int bigint, time timestamptz)
      on conflict (workspace_id, field, order_id) do update set text_value = excluded.text_value, int_value = excluded.int_value, time_value = excluded.time_value`,
    values: [workspaceId, JSON.stringify(fields)],
  })
}

/** How to reach who ordered; the one place where it stands in clear. */
export interface Contact {
  orderId: string
  name: string
  email: string
  phone: string
  address: string
  city: string
  postcode: string
  country: string
}

export function insertContacts(tx: Tx, workspaceId: string, contacts: readonly Contact[]): void {
  if (contacts.length === 0) return
  tx.send({
    name: 'insert_contacts',
    text: `insert into order_contacts (workspace_id, order_id, name, email, phone, address, city, postcode, country)
      select $1, "orderId", name, email, phone, address, city, postcode, country
      from json_to_recordset($2::json) as r("orderId" uuid, name text, email text, phone text, address text, city text, postcode text, country text)`,
    values: [workspaceId, JSON.stringify(contacts)],
  })
}

/** Free text that events refer to by id. */
export function insertNotes(tx: Tx, workspaceId: string, notes: readonly { id: string; orderId: string | null; text: string }[]): void {
  if (notes.length === 0) return
  tx.send({
    name: 'insert_notes',
    text: `insert into notes (workspace_id, id, order_id, text) select $1, id, "orderId", text from json_to_recordset($2::json) as r(id uuid, "orderId" uuid, text text)`,
    values: [workspaceId, JSON.stringify(notes)],
  })
}

/** Open and ended holds, beside the order, for whoever asks who held what and when. */
export function writeHolds(
  tx: Tx,
  workspaceId: string,
  placed: readonly {
    orderId: string
    id: string
    reasonCode: string
    noteId: string | null
    placedBy: string | null
    placedAt: string
    until: string | null
  }[],
  released: readonly { orderId: string; holdId: string; by: string | null }[],
  now: string,
): void {
  if (placed.length > 0) {
    tx.send({
      name: 'insert_holds',
      text: `insert into order_holds (workspace_id, order_id, id, reason_code, note_id, placed_by, placed_at, until)
        select $1, "orderId", id, "reasonCode", "noteId", "placedBy", "placedAt", until
        from json_to_recordset($2::json) as r("orderId" uuid, id uuid, "reasonCode" text, "noteId" uuid, "placedBy" uuid, "placedAt" timestamptz, until timestamptz)`,
      values: [workspaceId, JSON.stringify(placed)],
    })
  }
  if (released.length > 0) {
    tx.send({
      name: 'release_holds',
      text: `update order_holds h set released_by = r.by, released_at = $3 from json_to_recordset($2::json) as r("orderId" uuid, "holdId" uuid, by uuid)
        where h.workspace_id = $1 and h.order_id = any($4::uuid[]) and h.order_id = r."orderId" and h.id = r."holdId"`,
      values: [workspaceId, JSON.stringify(released), now, distinct(released.map((hold) => hold.orderId))],
    })
  }
}

/** A ledger entry with what it belongs to. */
export interface LedgerRow extends MoneyEntry {
  orderId: string | null
  currency: string
  businessDate: string
  actor: Actor
}

export function insertMoney(tx: Tx, workspaceId: string, commitId: string, entries: readonly LedgerRow[], now: string): void {
  if (entries.length === 0) return
  tx.send({
    name: 'insert_money',
    text: `insert into money_entries (workspace_id, id, order_id, return_id, kind, amount_minor, currency, method, provider, reference, reason_code, note_id, at, recorded_at, business_date, actor_kind, actor_id, commit_id)
      select $1, id, "orderId", "returnId", kind, "amountMinor", currency, method, provider, reference, "reasonCode", "noteId", at, $3, "businessDate", "actorKind", "actorId", $2
      from ${moneyList.from(4)}`,
    values: [
      workspaceId,
      commitId,
      now,
      ...moneyList.values(entries.map(({ actor, ...entry }) => ({ ...entry, actorKind: actor.kind, actorId: actor.id }))),
    ],
  })
}

// biome-ignore format: many columns, few lines
const moneyList = rowList<Omit<LedgerRow, 'actor'> & { actorKind: string; actorId: string | null }>({
  id: 'uuid', orderId: 'uuid', returnId: 'uuid', kind: 'text', amountMinor: 'bigint', currency: 'text', method: 'text', provider: 'text', reference: 'text', reasonCode: 'text',
  noteId: 'uuid', at: 'timestamptz', businessDate: 'date', actorKind: 'text', actorId: 'uuid',
})

/** Ledger entries that stand already with one of these references (of any of these providers and kinds). */
export function findReferences(
  db: Db,
  workspaceId: string,
  references: readonly { provider: string; kind: string; reference: string }[],
): Promise<{ provider: string; kind: string; reference: string; orderId: string | null }[]> {
  return db.query({
    name: 'find_references',
    text: `select provider, kind, reference, order_id as "orderId" from money_entries
      where workspace_id = $1 and provider = any($2::text[]) and kind = any($3::text[]) and reference = any($4::text[])`,
    values: [
      workspaceId,
      distinct(references.map((one) => one.provider)),
      distinct(references.map((one) => one.kind)),
      references.map((one) => one.reference),
    ],
  })
}

/** Sets the timers a decision asks for, where they do not run already; those of stages that were left are gone. */
export function writeTimers(
  tx: Tx,
  workspaceId: string,
  left: readonly { orderId: string; generation: number }[],
  timers: readonly { orderId: string; name: string; dueAt: string; generation: number }[],
): void {
  if (left.length > 0) {
    tx.send({
      name: 'delete_timers',
      text: `delete from timers t using json_to_recordset($2::json) as r("orderId" uuid, generation bigint)
        where t.workspace_id = $1 and t.order_id = any($3::uuid[]) and t.order_id = r."orderId" and t.generation < r.generation and t.name not like 'hold %'`,
      values: [workspaceId, JSON.stringify(left), left.map((order) => order.orderId)],
    })
  }
  if (timers.length > 0) {
    tx.send({
      name: 'upsert_timers',
      text: `insert into timers (workspace_id, order_id, name, due_at, generation)
        select $1, "orderId", name, "dueAt", generation from ${timerList.from(2)}
        on conflict (workspace_id, order_id, name) do update set due_at = excluded.due_at, generation = excluded.generation where timers.generation < excluded.generation`,
      values: [workspaceId, ...timerList.values(timers)],
    })
  }
}

const timerList = rowList<{ orderId: string; name: string; dueAt: string; generation: number }>({
  orderId: 'uuid',
  name: 'text',
  dueAt: 'timestamptz',
  generation: 'bigint',
})

/** Timers that were answered; one set anew meanwhile, of a later generation, stays. */
export function deleteTimers(tx: Tx, workspaceId: string, fired: readonly { orderId: string; name: string; generation: number }[]): void {
  if (fired.length === 0) return
  tx.send({
    name: 'delete_fired_timers',
    text: `delete from timers t using json_to_recordset($2::json) as r("orderId" uuid, name text, generation bigint)
      where t.workspace_id = $1 and t.order_id = any($3::uuid[]) and t.order_id = r."orderId" and t.name = r.name and t.generation = r.generation`,
    values: [workspaceId, JSON.stringify(fired), distinct(fired.map((timer) => timer.orderId))],
  })
}

/** Takes the next `count` human numbers of a kind, in a short statement of its own transaction; gaps are allowed. */
export async function takeNumbers(tx: Tx, workspaceId: string, name: 'order' | 'return', count: number): Promise<number> {
  const [row] = await tx.query<{ first: number }>({
    name: 'take_numbers',
    text: `insert into workspace_counters (workspace_id, name, next) values ($1, $2, 1 + $3) on conflict (workspace_id, name) do update set next = workspace_counters.next + $3 returning next - $3 as first`,
    values: [workspaceId, name, count],
  })
  return row?.first ?? 1
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)]
}
