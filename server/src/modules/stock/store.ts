import type { Db, Tx } from '#platform/db.ts'
import { rowList } from '#platform/row-list.ts'
import type { Shelf, StockRow } from './shelf.ts'

export interface StockKey {
  itemId: string
  locationId: string
}

const stockColumns = `s.item_id as "itemId", s.location_id as "locationId", s.lot_id as "lotId", s.on_hand_milli as "onHandMilli", s.reserved_milli as "reservedMilli",
  s.unit_cost_micro as "unitCostMicro", s.currency, (l.id is null or (l.status = 'ok' and (l.expires_on is null or l.expires_on >= current_date))) as usable`

const stockOfKeys = `select ${stockColumns} from stock s left join lots l on l.workspace_id = $1 and l.id = s.lot_id
      where s.workspace_id = $1 and s.item_id = any($2::uuid[]) and s.location_id = any($3::uuid[])
        and (s.item_id, s.location_id) in (select i, l from unnest($2::uuid[], $4::uuid[]) as k(i, l))
      order by s.item_id, s.location_id, l.expires_on nulls last, s.lot_id`

function stockKeyValues(workspaceId: string, keys: readonly StockKey[]): unknown[] {
  return [workspaceId, keys.map((key) => key.itemId), distinct(keys.map((key) => key.locationId)), keys.map((key) => key.locationId)]
}

/** Locks the stock of these items at these places in key order, lots that expire first leading within an item. */
export async function lockStock(tx: Tx, workspaceId: string, keys: readonly StockKey[]): Promise<StockRow[]> {
  return tx.query<StockRow>({ name: 'lock_stock', text: `${stockOfKeys} for update of s`, values: stockKeyValues(workspaceId, keys) })
}

/** The same rows in the same order, as they are at this moment; {@link writeStock} locks what was taken of them when it writes. */
export async function seeStock(db: Db, workspaceId: string, keys: readonly StockKey[]): Promise<StockRow[]> {
  const rows = await db.query<StockRow>({ name: 'see_stock', text: stockOfKeys, values: stockKeyValues(workspaceId, keys) })
  for (const row of rows) row.unlocked = true
  return rows
}

/** Writes what became of the shelf; rows that did not exist are made. Rows that were only seen are locked first, in the order of {@link lockStock}. */
export function writeStock(tx: Tx, workspaceId: string, shelf: Shelf, made: readonly StockRow[], now: string): void {
  const isNew = new Set(made.map(keyOf))
  const changes = shelf
    .changes()
    .filter(({ row, onHandMilli, reservedMilli }) => onHandMilli !== 0 || reservedMilli !== 0 || isNew.has(keyOf(row)))
  const update = changes.filter(({ row }) => !isNew.has(keyOf(row)))
  const unlocked = update.filter(({ row }) => row.unlocked)
  if (unlocked.length > 0) {
    tx.send({
      name: 'lock_stock_lots',
      text: `select 1 from stock s left join lots l on l.workspace_id = $1 and l.id = s.lot_id
        where s.workspace_id = $1 and s.item_id = any($2::uuid[]) and s.location_id = any($3::uuid[]) and s.lot_id = any($4::uuid[])
        order by s.item_id, s.location_id, l.expires_on nulls last, s.lot_id for update of s`,
      values: [
        workspaceId,
        distinct(unlocked.map(({ row }) => row.itemId)),
        distinct(unlocked.map(({ row }) => row.locationId)),
        distinct(unlocked.map(({ row }) => row.lotId)),
      ],
    })
  }
  if (update.length > 0) {
    tx.send({
      name: 'update_stock',
      text: `update stock s set on_hand_milli = s.on_hand_milli + r."onHandMilli", reserved_milli = s.reserved_milli + r."reservedMilli", unit_cost_micro = case when r.unlocked then s.unit_cost_micro else r."unitCostMicro" end, updated_at = $2
        from ${stockList.from(4)}
        where s.workspace_id = $1 and s.item_id = any($3::uuid[]) and s.item_id = r."itemId" and s.location_id = r."locationId" and s.lot_id = r."lotId"`,
      values: [
        workspaceId,
        now,
        distinct(update.map(({ row }) => row.itemId)),
        ...stockList.values(
          update.map(({ row, onHandMilli, reservedMilli }) => ({ ...row, unlocked: row.unlocked ?? false, onHandMilli, reservedMilli })),
        ),
      ],
    })
  }
  const insert = changes.filter(({ row }) => isNew.has(keyOf(row)))
  if (insert.length > 0) {
    tx.send({
      name: 'insert_stock',
      text: `insert into stock (workspace_id, item_id, location_id, lot_id, on_hand_milli, reserved_milli, unit_cost_micro, currency, updated_at)
        select $1, "itemId", "locationId", "lotId", "onHandMilli", "reservedMilli", "unitCostMicro", currency, $3
        from json_to_recordset($2::json) as r("itemId" uuid, "locationId" uuid, "lotId" uuid, "onHandMilli" bigint, "reservedMilli" bigint, "unitCostMicro" bigint, currency text)`,
      values: [workspaceId, JSON.stringify(insert.map(({ row }) => row)), now],
    })
  }
}

const stockList = rowList<Omit<StockRow, 'unlocked' | 'currency' | 'usable'> & { unlocked: boolean }>({
  itemId: 'uuid',
  locationId: 'uuid',
  lotId: 'uuid',
  onHandMilli: 'bigint',
  reservedMilli: 'bigint',
  unitCostMicro: 'bigint',
  unlocked: 'boolean',
})

function keyOf(row: StockRow): string {
  return `${row.itemId} ${row.locationId} ${row.lotId}`
}

export interface NewReservation {
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
}

export function insertReservations(
  tx: Tx,
  workspaceId: string,
  commitId: string,
  reservations: readonly NewReservation[],
  now: string,
): void {
  if (reservations.length === 0) return
  tx.send({
    name: 'insert_reservations',
    text: `insert into reservations (workspace_id, id, item_id, location_id, lot_id, milli, state, order_id, line_id, purpose, expires_at, created_at, ended_at, commit_id)
      select $1, id, "itemId", "locationId", "lotId", milli, state, "orderId", "lineId", purpose, "expiresAt", $3, case when state = 'open' then null else $3::timestamptz end, $2
      from ${reservationList.from(4)}`,
    values: [workspaceId, commitId, now, ...reservationList.values(reservations)],
  })
}

const reservationList = rowList<NewReservation>({
  id: 'uuid',
  itemId: 'uuid',
  locationId: 'uuid',
  lotId: 'uuid',
  milli: 'bigint',
  state: 'text',
  orderId: 'uuid',
  lineId: 'uuid',
  purpose: 'text',
  expiresAt: 'timestamptz',
})

/** Ends open reservations; each ends once, as consumed, released or expired. */
export function endReservations(
  tx: Tx,
  workspaceId: string,
  ended: readonly { id: string; state: 'consumed' | 'released' | 'expired' }[],
  now: string,
): void {
  if (ended.length === 0) return
  tx.send({
    name: 'end_reservations',
    text: `update reservations v set state = r.state, ended_at = $3 from json_to_recordset($2::json) as r(id uuid, state text)
      where v.workspace_id = $1 and v.id = any($4::uuid[]) and v.id = r.id and v.state = 'open'`,
    values: [workspaceId, JSON.stringify(ended), now, ended.map(({ id }) => id)],
  })
}

export interface Movement {
  id: string
  itemId: string
  locationId: string
  lotId: string
  kind: 'opening' | 'receipt' | 'count' | 'adjust' | 'write_off' | 'consume' | 'found' | 'return' | 'transfer'
  deltaMilli: number
  unitCostMicro: number | null
  currency: string
  orderId: string | null
  lineId: string | null
  reservationId: string | null
  returnId: string | null
  reasonCode: string | null
  noteId: string | null
  externalId: string | null
  at: string
  businessDate: string
  actorKind: string
  actorId: string | null
}

export function insertMovements(tx: Tx, workspaceId: string, commitId: string, movements: readonly Movement[], now: string): void {
  if (movements.length === 0) return
  tx.send({
    name: 'insert_movements',
    text: `insert into movements (workspace_id, id, item_id, location_id, lot_id, kind, delta_milli, unit_cost_micro, currency, order_id, line_id, reservation_id, return_id, reason_code, note_id,
        external_id, at, business_date, recorded_at, actor_kind, actor_id, commit_id)
      select $1, id, "itemId", "locationId", "lotId", kind, "deltaMilli", "unitCostMicro", currency, "orderId", "lineId", "reservationId", "returnId", "reasonCode", "noteId",
        "externalId", at, "businessDate", $3, "actorKind", "actorId", $2
      from ${movementList.from(4)}`,
    values: [workspaceId, commitId, now, ...movementList.values(movements)],
  })
}

// biome-ignore format: many columns, few lines
const movementList = rowList<Movement>({
  id: 'uuid', itemId: 'uuid', locationId: 'uuid', lotId: 'uuid', kind: 'text', deltaMilli: 'bigint', unitCostMicro: 'bigint', currency: 'text', orderId: 'uuid', lineId: 'uuid',
  reservationId: 'uuid', returnId: 'uuid', reasonCode: 'text', noteId: 'uuid', externalId: 'text', at: 'timestamptz', businessDate: 'date', actorKind: 'text', actorId: 'uuid',
})

/** Replaces what these orders lack. */
export function writeShortfalls(
  tx: Tx,
  workspaceId: string,
  orderIds: readonly string[],
  shortfalls: readonly {
    orderId: string
    lineId: string
    itemId: string
    locationId: string
    milli: number
    waiting: boolean
    priority: number
    placedAt: string
  }[],
): void {
  if (orderIds.length > 0)
    tx.send({
      name: 'delete_shortfalls',
      text: 'delete from shortfalls where workspace_id = $1 and order_id = any($2::uuid[])',
      values: [workspaceId, orderIds],
    })
  if (shortfalls.length === 0) return
  tx.send({
    name: 'insert_shortfalls',
    text: `insert into shortfalls (workspace_id, order_id, line_id, item_id, location_id, milli, waiting, priority, placed_at)
      select $1, "orderId", "lineId", "itemId", "locationId", milli, waiting, priority, "placedAt"
      from json_to_recordset($2::json) as r("orderId" uuid, "lineId" uuid, "itemId" uuid, "locationId" uuid, milli bigint, waiting boolean, priority bigint, "placedAt" timestamptz)`,
    values: [workspaceId, JSON.stringify(shortfalls)],
  })
}

/** Orders that wait for any of this stock, the most urgent first, then the oldest. */
export async function findWaiting(db: Db, workspaceId: string, keys: readonly StockKey[], most: number): Promise<string[]> {
  const rows = await db.query<{ orderId: string }>({
    name: 'find_waiting',
    text: `select order_id as "orderId" from shortfalls where workspace_id = $1 and waiting and (item_id, location_id) in (select i, l from unnest($2::uuid[], $3::uuid[]) as k(i, l))
      group by order_id order by max(priority) desc, min(placed_at), order_id limit $4`,
    values: [workspaceId, keys.map((key) => key.itemId), keys.map((key) => key.locationId), most],
  })
  return rows.map((row) => row.orderId)
}

/** Stock levels, one row an item, place and lot, in key order after `after`. */
export function loadLevels(
  db: Db,
  workspaceId: string,
  filter: {
    itemIds: readonly string[] | null
    locationIds: readonly string[] | null
    after: (StockKey & { lotId: string }) | null
    limit: number
  },
): Promise<(StockRow & { updatedAt: string })[]> {
  return db.query({
    name: 'load_levels',
    text: `select ${stockColumns}, s.updated_at as "updatedAt" from stock s left join lots l on l.workspace_id = $1 and l.id = s.lot_id
      where s.workspace_id = $1 and ($2::uuid[] is null or s.item_id = any($2)) and ($3::uuid[] is null or s.location_id = any($3))
        and ($4::uuid is null or (s.item_id, s.location_id, s.lot_id) > ($4, $5::uuid, $6::uuid))
      order by s.item_id, s.location_id, s.lot_id limit $7`,
    values: [
      workspaceId,
      filter.itemIds,
      filter.locationIds,
      filter.after?.itemId ?? null,
      filter.after?.locationId ?? null,
      filter.after?.lotId ?? null,
      filter.limit,
    ],
  })
}

/** Lots by item and code; unknown ones are absent. */
export function findLots(
  db: Db,
  workspaceId: string,
  lots: readonly { itemId: string; code: string }[],
): Promise<{ id: string; itemId: string; code: string }[]> {
  return db.query({
    name: 'find_lots',
    text: `select l.id, l.item_id as "itemId", l.code from json_to_recordset($2::json) as r("itemId" uuid, code text)
      join lots l on l.workspace_id = $1 and l.item_id = any($3::uuid[]) and l.item_id = r."itemId" and l.code = r.code`,
    values: [workspaceId, JSON.stringify(lots), distinct(lots.map((lot) => lot.itemId))],
  })
}

export function insertLots(
  tx: Tx,
  workspaceId: string,
  lots: readonly { id: string; itemId: string; code: string; expiresOn: string | null; status: 'ok' | 'history' }[],
): void {
  if (lots.length === 0) return
  tx.send({
    name: 'insert_lots',
    text: `insert into lots (workspace_id, id, item_id, code, expires_on, status)
      select $1, id, "itemId", code, "expiresOn", status from json_to_recordset($2::json) as r(id uuid, "itemId" uuid, code text, "expiresOn" date, status text)`,
    values: [workspaceId, JSON.stringify(lots)],
  })
}

/** Adds to the hourly count of demand that was not met; names no person. */
export function addMissedDemand(
  tx: Tx,
  workspaceId: string,
  missed: readonly {
    itemId: string
    locationId: string
    channel: string
    hour: string
    times: number
    wantedMilli: number
    freeMilli: number
  }[],
): void {
  tx.send({
    name: 'add_missed_demand',
    text: `insert into missed_demand as m (workspace_id, item_id, location_id, channel, hour, times, wanted_milli, free_milli)
      select $1, "itemId", "locationId", channel, hour, times, "wantedMilli", "freeMilli"
      from json_to_recordset($2::json) as r("itemId" uuid, "locationId" uuid, channel text, hour timestamptz, times bigint, "wantedMilli" bigint, "freeMilli" bigint)
      on conflict (workspace_id, item_id, location_id, channel, hour)
      do update set times = m.times + excluded.times, wanted_milli = m.wanted_milli + excluded.wanted_milli, free_milli = m.free_milli + excluded.free_milli`,
    values: [workspaceId, JSON.stringify(missed)],
  })
}

export interface OpenReservation extends StockKey {
  id: string
  lotId: string
  milli: number
}

/** Locks open reservations that no order owns, in id order; others are absent. */
export function lockOpenReservations(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<OpenReservation[]> {
  return tx.query({
    name: 'lock_reservations',
    text: `select id, item_id as "itemId", location_id as "locationId", lot_id as "lotId", milli from reservations
      where workspace_id = $1 and id = any($2::uuid[]) and state = 'open' and order_id is null order by id for update`,
    values: [workspaceId, ids],
  })
}

/** What was booked under an external id. */
export interface BookedMovement extends StockKey {
  id: string
  lotId: string
  kind: Movement['kind']
  deltaMilli: number
}

/** Movements that were booked under these external ids. */
export async function findBooked(db: Db, workspaceId: string, externalIds: readonly string[]): Promise<Map<string, BookedMovement>> {
  const rows = await db.query<BookedMovement & { externalId: string }>({
    name: 'find_booked',
    text: `select external_id as "externalId", id, item_id as "itemId", location_id as "locationId", lot_id as "lotId", kind, delta_milli as "deltaMilli"
      from movements where workspace_id = $1 and external_id = any($2::text[])`,
    values: [workspaceId, externalIds],
  })
  return new Map(rows.map((row) => [row.externalId, row]))
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)]
}
