import {
  movementFields,
  movementSorts,
  reservationFields,
  reservationSorts,
  stockFields,
  stockSorts,
} from '#contract/filter/list-fields.ts'
import type { Asker } from '#contract/filter/matches.ts'
import { isId } from '#contract/filter/parse.ts'
import { printFilter } from '#contract/filter/print.ts'
import type { Test } from '#contract/filter/syntax.ts'
import {
  allOf,
  conditionFor,
  cursorOf,
  endOf,
  findingOf,
  keysetOf,
  type Listed,
  orderReach,
  put,
  quantitySql,
  type Values,
  within,
} from '#modules/lists/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Db, Pools } from '#platform/db.ts'
import { type Call, maySee, reachOf, sightOf } from '#usecases/call.ts'
import { inTime } from './in-time.ts'
import type { ListAsked } from './order-list.ts'
import { sortingOf } from './sorting.ts'

/** A list of stock, as it is asked for; of which item, where and for which order beside the filter, null = of every one. */
export interface StockAsked extends ListAsked {
  itemId: string | null
  locationId: string | null
  orderId?: string | null
}

export type Page<Row> = Answer<{ rows: Row[]; next: string | null }>

export interface Level {
  itemId: string
  locationId: string
  lotId: string
  onHandMilli: number
  reservedMilli: number
  unitCostMicro: number | null
  currency: string
  updatedAt: string
}

/** What lies where, item by item; only where this call may look. */
export function stockLevels(pools: Pools, call: Call, asker: Asker, asked: StockAsked): Promise<Page<Level>> {
  return pageOf(pools, call, asker, asked, {
    listed: listedBy(stockFields, 's', stockSpecial),
    sorts: stockSorts,
    sort: 'item',
    // One item lies at many places, in many lots: they settle between equals, as one id would.
    id: 'md5(s.location_id::text || s.lot_id::text)::uuid',
    table: 'stock',
    columns: `s.item_id as "itemId", s.location_id as "locationId", s.lot_id as "lotId", s.on_hand_milli as "onHandMilli", s.reserved_milli as "reservedMilli",
      s.unit_cost_micro as "unitCostMicro", s.currency, s.updated_at as "updatedAt"`,
    read: (_, rows: Level[]) => Promise.resolve(rows.map((row) => withoutCost(call, row))),
  })
}

export interface ListedMovement {
  id: string
  itemId: string
  locationId: string
  lotId: string
  kind: string
  deltaMilli: number
  unitCostMicro: number | null
  currency: string
  orderId: string | null
  lineId: string | null
  reservationId: string | null
  returnId: string | null
  reasonCode: string | null
  externalId: string | null
  at: string
  businessDate: string
  recordedAt: string
  actorKind: string
  actorId: string | null
}

/** What came and went, the newest first. */
export function stockMovements(pools: Pools, call: Call, asker: Asker, asked: StockAsked): Promise<Page<ListedMovement>> {
  return pageOf(pools, call, asker, asked, {
    listed: listedBy(movementFields, 'm'),
    sorts: movementSorts,
    sort: '-recorded',
    id: 'm.id',
    table: 'movements',
    columns: `m.id, m.item_id as "itemId", m.location_id as "locationId", m.lot_id as "lotId", m.kind, m.delta_milli as "deltaMilli", m.unit_cost_micro as "unitCostMicro", m.currency,
      m.order_id as "orderId", m.line_id as "lineId", m.reservation_id as "reservationId", m.return_id as "returnId", m.reason_code as "reasonCode", m.external_id as "externalId", m.at,
      m.business_date as "businessDate", m.recorded_at as "recordedAt", m.actor_kind as "actorKind", m.actor_id as "actorId"`,
    read: async (db, rows: ListedMovement[]) => {
      const known = await ordersKnown(db, call, rows)
      return rows.map((row) => {
        const seen = row.orderId === null || known.has(row.orderId)
        return withoutCost(call, seen ? row : { ...row, orderId: null, lineId: null, reservationId: null, returnId: null, actorId: null })
      })
    },
  })
}

export interface ListedReservation {
  id: string
  itemId: string
  locationId: string
  lotId: string
  milli: number
  state: 'open' | 'consumed' | 'released' | 'expired'
  orderId: string | null
  lineId: string | null
  purpose: string | null
  expiresAt: string | null
  createdAt: string
  endedAt: string | null
}

const reservationColumns = `r.id, r.item_id as "itemId", r.location_id as "locationId", r.lot_id as "lotId", r.milli, r.state, r.order_id as "orderId", r.line_id as "lineId", r.purpose,
  r.expires_at as "expiresAt", r.created_at as "createdAt", r.ended_at as "endedAt"`

/** What is kept for whom right now, the newest first. An order's are shown to whoever may know of the order. */
export function openReservations(pools: Pools, call: Call, asker: Asker, asked: StockAsked): Promise<Page<ListedReservation>> {
  return pageOf(pools, call, asker, asked, {
    listed: listedBy(reservationFields, 'r', (alias, name, test, values) =>
      name === 'order' ? orderSpecial(call, alias, test, values) : itemSpecial(alias, name, test, values),
    ),
    sorts: reservationSorts,
    sort: '-kept',
    id: 'r.id',
    table: 'reservations',
    where: "r.state = 'open'",
    columns: reservationColumns,
    read: async (db, rows: ListedReservation[]) => {
      const known = await ordersKnown(db, call, rows)
      const isAskedByOrder = asked.orderId !== null && asked.orderId !== undefined
      const ofOrder = isAskedByOrder ? rows.filter((row) => known.has(row.orderId)) : rows
      return ofOrder.map((row) => (row.orderId === null || known.has(row.orderId) ? row : { ...row, orderId: null, lineId: null }))
    },
  })
}

/** Reservations by id, ended ones too. */
export function reservationsById(pools: Pools, call: Call, ids: readonly string[]): Promise<ListedReservation[]> {
  return pools.view(call.workspaceId, (db) =>
    db.query<ListedReservation>({
      name: 'reservations_by_id',
      text: `select ${reservationColumns} from reservations r where r.workspace_id = $1 and r.id = any($2::uuid[]) order by r.id`,
      values: [call.workspaceId, ids],
    }),
  )
}

interface StockList<Row> {
  listed: Listed
  sorts: Parameters<typeof sortingOf>[0]
  sort: string
  /** What settles between equals. */
  id: string
  table: string
  where?: string
  columns: string
  /** The rows as this call may know of them. */
  read(db: Db, rows: Row[]): Promise<Row[]>
}

async function pageOf<Row extends object>(
  pools: Pools,
  call: Call,
  asker: Asker,
  asked: StockAsked,
  list: StockList<Row>,
): Promise<Page<Row>> {
  const sorting = sortingOf(list.sorts, asked.sort ?? list.sort, call.hides)
  if (!sorting.ok) return sorting
  const about = printFilter(asked.filter)
  const end = asked.cursor === null ? null : endOf(asked.cursor, sorting.value, about)
  if (asked.cursor !== null && end === null) return no('list.bad_cursor', {})
  const reach = reachOf(call, 'stock:read')
  if (!reach) return fine({ rows: [], next: null })
  const { alias } = list.listed
  return inTime(pools, call.workspaceId, async (db) => {
    const values: Values = [call.workspaceId, asked.limit]
    const seen = within(reach, { location: `${alias}.location_id`, owner: null, customer: null }, values)
    const wanted = conditionFor(list.listed, asked.filter, asker, values)
    const only = Object.entries({ item_id: asked.itemId, location_id: asked.locationId, order_id: asked.orderId ?? null })
      .flatMap(([column, id]) => (id === null ? [] : [` and ${alias}.${column} = ${put(values, id, 'uuid')}`]))
      .join('')
    const { after, order } = keysetOf(sorting.value, list.id, end, values)
    const page = await db.query<Row & { key: string | number; by: string }>({
      text: `select ${list.columns}, ${sorting.value.key} as key, ${list.id} as by from ${list.table} ${alias}
        where ${alias}.workspace_id = $1 and ${list.where ?? 'true'} and ${seen} and ${wanted}${only} and ${after} order by ${order} limit $2`,
      values,
    })
    const last = page.at(-1)
    const next = last && page.length === asked.limit ? cursorOf(sorting.value.name, about, { key: last.key, id: last.by }) : null
    return { rows: await list.read(db, page), next }
  })
}

/** Lists of what has an item: it is asked for by code, words look into its code and name. */
function listedBy(fields: Listed['fields'], alias: string, special = itemSpecial): Listed {
  return {
    fields,
    alias,
    special: (name, test, _, values) => special(alias, name, test, values),
    words: (words, _, values) => {
      const exact = words.length === 1 ? (words[0]?.text ?? '') : words.map((word) => findingOf(word).exact).join(' ')
      return `${alias}.item_id in (select items_found(${put(values, allOf(words), 'tsquery')}, ${put(values, exact, 'text')}))`
    },
  }
}

function itemSpecial(alias: string, name: string, test: Test, values: Values): string {
  if (name !== 'item' || test.kind !== 'is') return 'false'
  return `${alias}.item_id = any(array(select i.id from items i where i.workspace_id = $1 and i.code = any(${put(values, test.values, 'text[]')})))`
}

/** Of an order only what this call may know of: what is kept for another is kept for none that can be named. */
function orderSpecial(call: Call, alias: string, test: Test, values: Values): string {
  if (test.kind === 'none' || test.kind === 'any') return `${alias}.order_id is ${test.kind === 'any' ? 'not null' : 'null'}`
  const sight = sightOf(call)
  if (test.kind !== 'is' || !sight) return 'false'
  const named = `${alias}.order_id is not null and ${alias}.order_id = any(${put(values, test.values.filter(isId), 'uuid[]')})`
  const seen = `select from orders o where o.workspace_id = ${alias}.workspace_id and o.id = ${alias}.order_id and ${within(sight, orderReach, values)}`
  return `(${named} and exists (${seen}))`
}

function stockSpecial(alias: string, name: string, test: Test, values: Values): string {
  if (name !== 'lot' && name !== 'free') return itemSpecial(alias, name, test, values)
  if (name === 'free' && test.kind !== 'none' && test.kind !== 'any')
    return quantitySql(`(${alias}.on_hand_milli - ${alias}.reserved_milli)`, test, values)
  const none = `${alias}.lot_id = '00000000-0000-0000-0000-000000000000'`
  if (test.kind === 'none') return none
  if (test.kind !== 'is') return `not ${none}`
  return `${alias}.lot_id = any(array(select l.id from lots l where l.workspace_id = $1 and l.code = any(${put(values, test.values, 'text[]')})))`
}

/** What goods cost is for those who book them. */
function withoutCost<T extends { unitCostMicro: number | null }>(call: Call, row: T): T {
  return call.permissions.has('stock:adjust') ? row : { ...row, unitCostMicro: null }
}

/** Of the orders of these rows, the ones this call may know of: who holds what is shown to nobody else. */
async function ordersKnown(db: Db, call: Call, of: readonly { orderId: string | null }[]): Promise<ReadonlySet<string | null>> {
  const rows = await db.query<{ id: string; locationId: string; ownerId: string | null; customerId: string | null }>({
    name: 'orders_known',
    text: 'select id, location_id as "locationId", owner_id as "ownerId", customer_id as "customerId" from orders where workspace_id = $1 and id = any($2::uuid[])',
    values: [call.workspaceId, of.flatMap(({ orderId }) => orderId ?? [])],
  })
  return new Set(rows.filter((order) => maySee(call, order)).map(({ id }) => id))
}
