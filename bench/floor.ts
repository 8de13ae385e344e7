import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { poolOf } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { type ColumnType, type RowList, rowList } from '#platform/row-list.ts'
import { inWorkspace } from './look.ts'

/** Tables with the column that says whose order a row is. */
// biome-ignore format: read it by column
const tables = {
  orders:           'id',
  order_lines:      'order_id',
  order_contacts:   'order_id',
  notes:            'order_id',
  reservations:     'order_id',
  movements:        'order_id',
  money_entries:    'order_id',
  timers:           'order_id',
  events:           'subject_id',
  idempotency_keys: 'subject_id',
} as const
type Table = keyof typeof tables

const ordersMost = 20_000
// What the commit lane has under way for one workspace.
const connections = 2
const times = 3

/** One transaction's worth: the statements that write its rows, and what its orders do to the shelf. */
interface Chunk {
  orders: number
  events: number
  inserts: pg.QueryConfig[]
  shelf: (string | Buffer)[]
}

/**
 * What PostgreSQL alone can do with the rows that a run has written: the same rows go into the same tables once more, as another
 * workspace's, set-based, `ordersABatch` to a transaction, on as many connections as the commit lane uses, stock locked in key order and
 * taken last. Nobody parses, prices, decides or answers. Orders a second, the best of three times.
 */
export async function floorOf(databaseUrl: string, workspaceId: string, ordersABatch: number): Promise<number> {
  const pool = poolOf(
    databaseUrl,
    'docket_app',
    connections,
    '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_mergejoin=off -c jit=off',
  )
  try {
    let best = 0
    for (let time = 0; time < times; time++)
      best = Math.max(best, await writeAgain(pool, workspaceId, Math.max(1, Math.round(ordersABatch))))
    return best
  } finally {
    await pool.end()
  }
}

async function writeAgain(pool: pg.Pool, workspaceId: string, size: number): Promise<number> {
  const other = newId()
  const chunks = await readChunks(pool, workspaceId, other, size)
  await copyShelf(pool, workspaceId, other)
  const began = performance.now()
  let next = 0
  let orders = 0
  const work = async () => {
    for (let chunk = chunks[next++]; chunk; chunk = chunks[next++]) {
      await write(pool, other, chunk)
      orders += chunk.orders
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  return orders / ((performance.now() - began) / 1_000)
}

// ─── Reading what is there ───────────────────────────────────────────────────────────────────────────────────────────

type Row = Record<string, unknown>

async function readChunks(pool: pg.Pool, workspaceId: string, other: string, size: number): Promise<Chunk[]> {
  const orders = await inWorkspace<{ id: string }>(pool, workspaceId, `select id from orders order by id desc limit ${ordersMost}`)
  const ids = orders.map(({ id }) => id)
  const rowsOf = new Map<Table, Map<string, Row[]>>()
  const lists = new Map<Table, RowList<Row>>()
  for (const [table, column] of Object.entries(tables) as [Table, string][]) {
    const rows = await inWorkspace<Row>(
      pool,
      workspaceId,
      `select * from ${table} where workspace_id = $1 and ${column} = any($2::uuid[])`,
      [workspaceId, ids],
    )
    for (const row of rows) row.workspace_id = other
    rowsOf.set(
      table,
      Map.groupBy(rows, (row) => String(row[column])),
    )
    lists.set(table, rowList(await columnsOf(pool, workspaceId, table)))
  }
  const chunks: Chunk[] = []
  for (let at = 0; at < ids.length; at += size) chunks.push(chunkOf(ids.slice(at, at + size), rowsOf, lists))
  return chunks
}

async function columnsOf(pool: pg.Pool, workspaceId: string, table: Table): Promise<Record<string, ColumnType>> {
  const columns = await inWorkspace<{ name: string; type: ColumnType }>(
    pool,
    workspaceId,
    `select attname as name, replace(format_type(atttypid, null), 'timestamp with time zone', 'timestamptz') as type from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  )
  return Object.fromEntries(columns.map(({ name, type }) => [name, type]))
}

function chunkOf(ids: readonly string[], rowsOf: ReadonlyMap<Table, Map<string, Row[]>>, lists: ReadonlyMap<Table, RowList<Row>>): Chunk {
  const rows = (table: Table) => ids.flatMap((id) => rowsOf.get(table)?.get(id) ?? [])
  const inserts = [...lists].flatMap(([table, list]) => {
    const some = rows(table)
    const text = `insert into ${table} (${list.columns}) select ${list.columns} from ${list.from(1)}`
    return some.length === 0 ? [] : [{ name: table, text, values: list.values(some) }]
  })
  return {
    orders: ids.length,
    events: rows('events').length,
    inserts,
    shelf: shelfList.values(takenBy(rows('reservations'), rows('movements'))),
  }
}

interface Taken {
  item_id: string
  location_id: string
  lot_id: string
  on_hand: number
  reserved: number
}

const shelfList = rowList<Taken>({ item_id: 'uuid', location_id: 'uuid', lot_id: 'uuid', on_hand: 'bigint', reserved: 'bigint' })

/** What these rows take, item by item, in key order. */
function takenBy(reservations: readonly Row[], movements: readonly Row[]): Taken[] {
  const taken = new Map<string, Taken>()
  const add = ({ item_id, location_id, lot_id }: Row, on_hand: number, reserved: number) => {
    const key = `${item_id} ${location_id} ${lot_id}`
    const before = taken.get(key) ?? {
      item_id: String(item_id),
      location_id: String(location_id),
      lot_id: String(lot_id),
      on_hand: 0,
      reserved: 0,
    }
    taken.set(key, { ...before, on_hand: before.on_hand + on_hand, reserved: before.reserved + reserved })
  }
  for (const row of reservations) if (row.state === 'open') add(row, 0, Number(row.milli))
  for (const row of movements) add(row, Number(row.delta_milli), 0)
  return [...taken].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

/** The shelf with nothing taken from it, and enough on it for all. */
async function copyShelf(pool: pg.Pool, workspaceId: string, other: string): Promise<void> {
  const rows = await inWorkspace<Row>(
    pool,
    workspaceId,
    'select item_id, location_id, lot_id, currency, 1000000000000 as on_hand from stock',
  )
  const list = rowList<Row>({ item_id: 'uuid', location_id: 'uuid', lot_id: 'uuid', currency: 'text', on_hand: 'bigint' })
  const text = `insert into stock (workspace_id, item_id, location_id, lot_id, currency, on_hand_milli) select $1, ${list.columns} from ${list.from(2)}`
  await inWorkspace(pool, other, text, [other, ...list.values(rows)])
}

// ─── Writing it again ────────────────────────────────────────────────────────────────────────────────────────────────

const isTaken = 's.workspace_id = $1 and s.item_id = r.item_id and s.location_id = r.location_id and s.lot_id = r.lot_id'

async function write(pool: pg.Pool, workspaceId: string, { inserts, events, shelf }: Chunk): Promise<void> {
  const client = await pool.connect()
  try {
    const statements: pg.QueryConfig[] = [
      { text: 'begin' },
      { name: 'workspace', text: `select set_config('docket.workspace', $1, true)`, values: [workspaceId] },
      ...inserts,
      {
        name: 'commits',
        text: 'insert into commits (workspace_id, id, events, digest) values ($1, $2, $3, $4)',
        values: [workspaceId, newId(), Math.max(1, events), randomBytes(32)],
      },
      {
        name: 'lock',
        text: `select 1 from ${shelfList.from(2)}, stock s where ${isTaken} order by s.item_id, s.location_id, s.lot_id for update of s`,
        values: [workspaceId, ...shelf],
      },
      {
        name: 'take',
        text: `update stock s set on_hand_milli = s.on_hand_milli + r.on_hand, reserved_milli = s.reserved_milli + r.reserved, updated_at = now() from ${shelfList.from(2)} where ${isTaken}`,
        values: [workspaceId, ...shelf],
      },
      { text: 'commit' },
    ]
    const done = await Promise.all(statements.map((statement) => client.query(statement)))
    if (done.at(-1)?.command !== 'COMMIT') throw new Error('A transaction of the floor was not committed')
  } finally {
    client.release()
  }
}
