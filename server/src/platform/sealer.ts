import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import { type Pools, poolOf } from './db.ts'
import { chainHash } from './log.ts'

export interface SealerHealth {
  /** Whether this process is the one that seals. */
  holds: boolean
  /** Commits sealed by this process since it began. */
  sealed: number
}

export interface Sealer {
  health(): SealerHealth
  stop(): Promise<void>
}

interface Head {
  position: number
  hash: Buffer
}

const lockKey = 7_302_218_544 // any fixed number; only the sealers of one database ask for it
const commitsAtOnce = 2_000
const busyMs = 50
const idleMs = 250
const notMineMs = 1_000

/**
 * Gives every commit the next gap-free position of its workspace and chains it to the one before. Of all sealers of a database one works:
 * the one whose connection holds the lock. It reads and writes on that same connection, so nothing is sealed without the lock; the server
 * ends the connection when it has been mute for 5 s (a stopped process, a cut network), and another sealer follows.
 */
export function startSealer(url: string, log: Logger): Sealer {
  const pool = poolOf(url, 'docket_system', 1, '-c idle_session_timeout=5s -c idle_in_transaction_session_timeout=5s')
  const stopping = new AbortController()
  const health: SealerHealth = { holds: false, sealed: 0 }
  const ended = run()
  return {
    health: () => ({ ...health }),
    stop: async () => {
      stopping.abort()
      await ended
      await pool.end()
    },
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      let client: pg.PoolClient | null = null
      try {
        client = await pool.connect()
        client.on('error', () => {})
        await reign(client)
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'The sealer lost its connection and asks for the lock again')
      } finally {
        health.holds = false
        // The lock goes with the session.
        client?.release(true)
      }
      await pause(notMineMs)
    }
  }

  async function reign(client: pg.PoolClient): Promise<void> {
    while (!(await takeLock(client))) {
      await pause(notMineMs)
      if (stopping.signal.aborted) return
    }
    health.holds = true
    // Only the holder of the lock seals, so the heads it knows are true as long as it holds it.
    const heads = new Map<string, Head>()
    let pauseMs = busyMs
    while (!stopping.signal.aborted) {
      const sealed = await sealNext(client, heads)
      health.sealed += sealed
      pauseMs = sealed > 0 ? busyMs : Math.min(idleMs, pauseMs + busyMs)
      if (sealed < commitsAtOnce) await pause(pauseMs)
    }
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
  }
}

/** How long the oldest commit has waited for its position, in ms; 0 when none waits. */
export async function sealLagMs(pools: Pools): Promise<number> {
  const rows = await pools.system((tx) =>
    tx.query<{ lagMs: number | null }>({
      name: 'seal_lag',
      text: `select floor(extract(epoch from now() - min(recorded_at)) * 1000)::bigint as "lagMs" from commits where position is null`,
      values: [],
    }),
  )
  return Math.max(0, rows[0]?.lagMs ?? 0)
}

async function takeLock(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [lockKey])
  return rows[0]?.mine === true
}

interface Unsealed {
  workspaceId: string
  id: string
  digest: Buffer
}

/** Seals what is visible, oldest first. A commit that becomes visible after a later one was sealed gets the next position like any other. */
async function sealNext(client: pg.PoolClient, heads: Map<string, Head>): Promise<number> {
  const { rows } = await client.query<Unsealed>({
    name: 'unsealed',
    text: `select workspace_id as "workspaceId", id, digest from commits where position is null order by recorded_at, id limit $1`,
    values: [commitsAtOnce],
  })
  if (rows.length === 0) return 0
  await learnHeads(client, heads, rows)
  const sealed = rows.map(({ workspaceId, id, digest }) => {
    const head = heads.get(workspaceId)
    const position = (head?.position ?? 0) + 1
    const hash = chainHash(head?.hash ?? null, workspaceId, position, id, digest)
    heads.set(workspaceId, { position, hash })
    return { workspaceId, id, position, hash: hash.toString('hex') }
  })
  const { rowCount } = await client.query({
    name: 'seal',
    text: `update commits c set position = r.position, hash = decode(r.hash, 'hex')
      from json_to_recordset($1::json) as r("workspaceId" uuid, id uuid, position bigint, hash text)
      where c.workspace_id = r."workspaceId" and c.id = r.id and c.position is null`,
    values: [JSON.stringify(sealed)],
  })
  if (rowCount !== sealed.length) throw new Error(`${sealed.length} commits were to be sealed, ${rowCount} were`)
  return sealed.length
}

async function learnHeads(client: pg.PoolClient, heads: Map<string, Head>, rows: readonly Unsealed[]): Promise<void> {
  const unknown = [...new Set(rows.map((row) => row.workspaceId))].filter((workspaceId) => !heads.has(workspaceId))
  if (unknown.length === 0) return
  const found = await client.query<Head & { workspaceId: string }>({
    name: 'heads',
    text: `select w.id as "workspaceId", c.position, c.hash from unnest($1::uuid[]) as w(id)
      cross join lateral (select position, hash from commits where workspace_id = w.id and position is not null order by position desc limit 1) c`,
    values: [unknown],
  })
  for (const { workspaceId, position, hash } of found.rows) heads.set(workspaceId, { position, hash })
}
