import pg from 'pg'
import { type Db, isoMoment, type Statement } from '#platform/db.ts'

/** A row as the database says it: text or null a column, moments as ISO 8601 in UTC. */
export type Row = (string | null)[]

/** One connection that reads as `docket_owner`, in the snapshot it shares with its fellows. */
export interface Reader {
  rows(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** For what a module reads itself. */
  db: Db
  close(): Promise<void>
}

/** Opens a snapshot of the whole database; `id` is what others join it by, as long as this reader is open. */
export async function openSnapshot(url: string): Promise<{ id: string; reader: Reader }> {
  const reader = await connect(url)
  try {
    await reader.rows(begin)
    const [row] = await reader.rows('select pg_export_snapshot()')
    return { id: row?.[0] ?? '', reader }
  } catch (error) {
    await reader.close()
    throw error
  }
}

export async function joinSnapshot(url: string, id: string): Promise<Reader> {
  const reader = await connect(url)
  try {
    await reader.rows(begin)
    await reader.rows(`set transaction snapshot '${id}'`)
    return reader
  } catch (error) {
    await reader.close()
    throw error
  }
}

const begin = 'begin transaction isolation level repeatable read, read only'

// Slices are cut so that an index answers them; a planner without statistics (after an import) would not know.
const options = [
  'role=docket_owner',
  'search_path=docket',
  'TimeZone=UTC',
  'DateStyle=ISO',
  'bytea_output=hex',
  'statement_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'jit=off',
  'work_mem=64MB',
  'plan_cache_mode=force_custom_plan',
]

const oid = { int8: 20, timestamptz: 1184 } as const

async function connect(url: string): Promise<Reader> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'docket verify',
    pipeline: true,
    options: options.map((option) => `-c ${option}`).join(' '),
    types: { getTypeParser: (type: number) => (type === oid.timestamptz ? isoMoment : asItIs) },
  } as pg.ClientConfig)
  // The query that fails says so itself.
  client.on('error', () => {})
  await client.connect()
  return {
    rows: async (text, values = []) => (await client.query<Row>({ text, values: [...values], rowMode: 'array' })).rows,
    db: {
      query: async <R>({ text, values }: Statement) =>
        (await client.query({ text, values, types: { getTypeParser: typed } } as pg.QueryConfig)).rows as R[],
    },
    close: () => client.end(),
  }
}

const asItIs = (text: string) => text

function typed(type: number, format?: string): (text: string) => unknown {
  if (type === oid.int8) return Number
  return type === oid.timestamptz ? isoMoment : (pg.types.getTypeParser(type, (format ?? 'text') as 'text') as (text: string) => unknown)
}
