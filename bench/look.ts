import type pg from 'pg'
import { poolOf } from '#platform/db.ts'

/** A pool that sees the database as the server does, one workspace a transaction. */
export const openLook = (databaseUrl: string): pg.Pool => poolOf(databaseUrl, 'docket_app', 4, '-c statement_timeout=120s')

/** One question about one workspace. */
export async function inWorkspace<R extends pg.QueryResultRow>(
  pool: pg.Pool,
  workspaceId: string,
  text: string,
  values: unknown[] = [],
): Promise<R[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`select set_config('docket.workspace', $1, true)`, [workspaceId])
    const { rows } = await client.query<R>(text, values)
    await client.query('commit')
    return rows
  } finally {
    client.release()
  }
}

/** How many write transactions a workspace's log holds. */
export async function commitsOf(pool: pg.Pool, workspaceId: string): Promise<number> {
  const [row] = await inWorkspace<{ count: number }>(pool, workspaceId, 'select count(*)::int as count from commits')
  return row?.count ?? 0
}
