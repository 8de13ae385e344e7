import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { poolOf } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
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

/** One transaction's worth: the rows of each table as JSON, and what its orders do to the shelf. */
interface Chunk {
  orders: number
  rows: { table: Table; json: string }[]
  events: number
  shelf: string
}

/**
 * What PostgreSQL alone can do with the rows that a run has written: the same rows go into the same tables once more, as another
 * workspace's, set-based, `ordersABatch` to a transaction, on as many connections as the commit lane uses, stock locked and taken in key
 * order. Nobody parses, prices, decides or answers. Orders a second.
 */
export async function floorOf(databaseUrl: string, workspaceId: string, ordersABatch: number): Promise<number> {
  const pool = poolOf(databaseUrl, 'docket_app', connections, '-c statement_timeout=120s -c plan_cache_mode=force_generic_plan -c enable_seqscan=off')
  try {
    const other = newId()
    const chunks = await readChunks(pool, workspaceId, other, Math.max(1, Math.round(ordersABatch)))
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
  } finally {
    await pool.end()
  }
}

async function readChunks(pool: pg.Pool, workspaceId: string, other: string, size: number): Promise<Chunk[]> {
  const orders = await inWorkspace<{ id: string }>(pool, workspaceId, `select id from orders order by id desc limit ${ordersMost}`)
  const ids = orders.map(({ id }) => id)
  const chunks: Chunk[] = []
  for (let at = 0; at < ids.length; at += size) chunks.push(await readChunk(pool, workspaceId, other, ids.slice(at, at + size)))
  return chunks
}

async function readChunk(pool: pg.Pool, workspaceId: string, other: string, ids: readonly string[]): Promise<Chunk> {
  const rows: Chunk['rows'] = []
  let events = 0
  for (const [table, column] of Object.entries(tables) as [Table, string][]) {
    const [found] = await inWorkspace<{ json: string | null; count: number }>(
      pool,
      workspaceId,
      `select json_agg(t)::text as json, count(*)::int as count from ${table} t where workspace_id = $2 and ${column} = any($1::uuid[])`,
      [ids, workspaceId],
    )
    if (found?.json) rows.push({ table, json: found.json.replaceAll(workspaceId, other) })
    if (table === 'events') events = found?.count ?? 0
  }
  const [taken] = await inWorkspace<{ json: string | null }>(
    pool,
    workspaceId,
    `select json_agg(t)::text as json from (
      select item_id, location_id, lot_id, sum(on_hand)::bigint as on_hand, sum(reserved)::bigint as reserved from (
        select item_id, location_id, lot_id, 0 as on_hand, milli as reserved from reservations where workspace_id = $2 and order_id = any($1::uuid[]) and state = 'open'
        union all select item_id, location_id, lot_id, delta_milli, 0 from movements where workspace_id = $2 and order_id = any($1::uuid[])) m
      group by item_id, location_id, lot_id order by item_id, location_id, lot_id) t`,
    [ids, workspaceId],
  )
  return { orders: ids.length, rows, events, shelf: taken?.json ?? '[]' }
}

/** The shelf as it was before anything was taken from it, with enough on it for all. */
async function copyShelf(pool: pg.Pool, workspaceId: string, other: string): Promise<void> {
  const [shelf] = await inWorkspace<{ json: string | null }>(
    pool,
    workspaceId,
    'select json_agg(t)::text as json from (select item_id, location_id, lot_id, currency, 1000000000000 as on_hand_milli, 0 as reserved_milli, now() as updated_at from stock) t',
  )
  await inWorkspace(
    pool,
    other,
    `insert into stock (workspace_id, item_id, location_id, lot_id, currency, on_hand_milli, reserved_milli)
      select $1, item_id, location_id, lot_id, currency, on_hand_milli, reserved_milli from json_populate_recordset(null::stock, $2::json)`,
    [other, shelf?.json ?? '[]'],
  )
}

async function write(pool: pg.Pool, workspaceId: string, { rows, events, shelf }: Chunk): Promise<void> {
  const client = await pool.connect()
  try {
    const shelfRows = 'json_to_recordset($2::json) as r(item_id uuid, location_id uuid, lot_id uuid, on_hand bigint, reserved bigint)'
    const key = 's.workspace_id = $1 and s.item_id = r.item_id and s.location_id = r.location_id and s.lot_id = r.lot_id'
    const statements: pg.QueryConfig[] = [
      { text: 'begin' },
      { name: 'workspace', text: `select set_config('docket.workspace', $1, true)`, values: [workspaceId] },
      { name: 'lock', text: `select from ${shelfRows}, stock s where ${key} order by s.item_id, s.location_id, s.lot_id for update of s`, values: [workspaceId, shelf] },
      ...rows.map(({ table, json }) => ({ name: table, text: `insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`, values: [json] })),
      {
        name: 'take',
        text: `update stock s set on_hand_milli = s.on_hand_milli + r.on_hand, reserved_milli = s.reserved_milli + r.reserved, updated_at = now() from ${shelfRows} where ${key}`,
        values: [workspaceId, shelf],
      },
      {
        name: 'commits',
        text: 'insert into commits (workspace_id, id, events, digest) values ($1, $2, $3, $4)',
        values: [workspaceId, newId(), Math.max(1, events), randomBytes(32)],
      },
      { text: 'commit' },
    ]
    const zz: string[] = []
    let tt = performance.now()
    const done = await Promise.all(statements.map(async (statement) => { const r = await client.query(statement); const n = performance.now(); zz.push(`${statement.name ?? statement.text} ${(n - tt).toFixed(1)}`); tt = n; return r }))
    if (Math.random() < 0.02) console.log(zz.join(', '))
    if (done.at(-1)?.command !== 'COMMIT') throw new Error('A transaction of the floor was not committed')
  } finally {
    client.release()
  }
}
