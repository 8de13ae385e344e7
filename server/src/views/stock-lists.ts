import type { Db, Pools } from '#platform/db.ts'
import { nilId } from '#platform/ids.ts'
import { type Call, maySee } from '#usecases/call.ts'

/** Of which item and where; null = of every one, everywhere. */
export interface StockFilter {
  itemId: string | null
  locationId: string | null
}

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

/** The key of a level, as a page's end names it. */
export const keyOfLevel = ({ itemId, locationId, lotId }: Pick<Level, 'itemId' | 'locationId' | 'lotId'>): string =>
  `${itemId}.${locationId}.${lotId}`

/** What lies where, by item, location and lot, after the key of the last one seen; only where this call may look. */
export function stockLevels(
  pools: Pools,
  call: Call,
  filter: StockFilter,
  page: { after: string | null; limit: number },
): Promise<Level[]> {
  const [itemId = nilId, locationId = nilId, lotId = nilId] = page.after?.split('.') ?? []
  return pools.view(call.workspaceId, async (db) => {
    const levels = await db.query<Level>({
      name: 'stock_levels',
      text: `select item_id as "itemId", location_id as "locationId", lot_id as "lotId", on_hand_milli as "onHandMilli", reserved_milli as "reservedMilli",
          unit_cost_micro as "unitCostMicro", currency, updated_at as "updatedAt"
        from stock where workspace_id = $1 and ($2::uuid is null or item_id = $2) and ($3::uuid is null or location_id = $3) and ($4::uuid[] is null or location_id = any($4))
          and (item_id, location_id, lot_id) > ($5::uuid, $6::uuid, $7::uuid)
        order by item_id, location_id, lot_id limit $8`,
      values: [call.workspaceId, filter.itemId, filter.locationId, placesOf(call), itemId, locationId, lotId, page.limit],
    })
    return levels.map((level) => withoutCost(call, level))
  })
}

/** What goods cost is for those who book them. */
function withoutCost<T extends { unitCostMicro: number | null }>(call: Call, row: T): T {
  return call.permissions.has('stock:adjust') ? row : { ...row, unitCostMicro: null }
}

/** Of these orders, the ones this call may know of: who holds what is shown to nobody else. */
async function ordersKnown(db: Db, call: Call, ids: readonly (string | null)[]): Promise<ReadonlySet<string | null>> {
  const rows = await db.query<{ id: string; locationId: string; ownerId: string | null; customerId: string | null }>({
    name: 'orders_known',
    text: 'select id, location_id as "locationId", owner_id as "ownerId", customer_id as "customerId" from orders where workspace_id = $1 and id = any($2::uuid[])',
    values: [call.workspaceId, ids.filter((id) => id !== null)],
  })
  return new Set(rows.filter((order) => maySee(call, order)).map(({ id }) => id))
}

/** Where a call may look at stock; null = everywhere. */
function placesOf(call: Call): readonly string[] | null {
  return call.locationIds
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

/** What came and went, the newest first, older than the one named. */
export function stockMovements(
  pools: Pools,
  call: Call,
  filter: StockFilter,
  page: { after: string | null; limit: number },
): Promise<ListedMovement[]> {
  return pools.view(call.workspaceId, async (db) => {
    const rows = await db.query<ListedMovement>({
      name: 'stock_movements',
      text: `select id, item_id as "itemId", location_id as "locationId", lot_id as "lotId", kind, delta_milli as "deltaMilli", unit_cost_micro as "unitCostMicro", currency,
          order_id as "orderId", line_id as "lineId", reservation_id as "reservationId", return_id as "returnId", reason_code as "reasonCode", external_id as "externalId", at,
          business_date as "businessDate", recorded_at as "recordedAt", actor_kind as "actorKind", actor_id as "actorId"
        from movements where workspace_id = $1 and ($2::uuid is null or item_id = $2) and ($3::uuid is null or location_id = $3) and ($4::uuid[] is null or location_id = any($4))
          and ($5::uuid is null or id < $5) order by id desc limit $6`,
      values: [call.workspaceId, filter.itemId, filter.locationId, placesOf(call), page.after, page.limit],
    })
    const known = await ordersKnown(
      db,
      call,
      rows.map((row) => row.orderId),
    )
    return rows.map((row) => {
      const seen = row.orderId === null || known.has(row.orderId)
      return withoutCost(call, seen ? row : { ...row, orderId: null, lineId: null, reservationId: null, returnId: null, actorId: null })
    })
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

const reservationColumns = `id, item_id as "itemId", location_id as "locationId", lot_id as "lotId", milli, state, order_id as "orderId", line_id as "lineId", purpose,
  expires_at as "expiresAt", created_at as "createdAt", ended_at as "endedAt"`

/** What is kept for whom right now, the newest first, older than the one named. */
export function openReservations(
  pools: Pools,
  call: Call,
  filter: StockFilter & { orderId: string | null },
  page: { after: string | null; limit: number },
): Promise<ListedReservation[]> {
  return pools.view(call.workspaceId, async (db) => {
    const rows = await db.query<ListedReservation>({
      name: 'open_reservations',
      text: `select ${reservationColumns} from reservations
        where workspace_id = $1 and state = 'open' and ($2::uuid is null or item_id = $2) and ($3::uuid is null or location_id = $3) and ($4::uuid[] is null or location_id = any($4))
          and ($5::uuid is null or order_id = $5) and ($6::uuid is null or id < $6) order by id desc limit $7`,
      values: [call.workspaceId, filter.itemId, filter.locationId, placesOf(call), filter.orderId, page.after, page.limit],
    })
    const known = await ordersKnown(
      db,
      call,
      rows.map((row) => row.orderId),
    )
    const ofOrder = filter.orderId === null ? rows : rows.filter((row) => known.has(row.orderId))
    return ofOrder.map((row) => (row.orderId === null || known.has(row.orderId) ? row : { ...row, orderId: null, lineId: null }))
  })
}

/** Reservations by id, ended ones too. */
export function reservationsById(pools: Pools, call: Call, ids: readonly string[]): Promise<ListedReservation[]> {
  return pools.view(call.workspaceId, (db) =>
    db.query<ListedReservation>({
      name: 'reservations_by_id',
      text: `select ${reservationColumns} from reservations where workspace_id = $1 and id = any($2::uuid[]) order by id`,
      values: [call.workspaceId, ids],
    }),
  )
}
