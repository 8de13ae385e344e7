import { setTimeout as sleep } from 'node:timers/promises'
import type * as Graphile from 'graphile-worker'
import type { WorkerPool } from 'graphile-worker'
import pg from 'pg'
import type { Logger } from 'pino'
import { StartRefused } from '../start-refused.ts'
import { type Desk, workTurn } from './turn.ts'
import { type Handlers, type Lane, timing, turnsMax } from './types.ts'

export interface Runner {
  /** Acts as the owner of graphile-worker's tables; to be ended by whoever opened it, last. */
  pool: pg.Pool
  /** Listens from now on; `changed` hears with which ids graphile-worker locks its jobs, one a lane. */
  start(changed: (ids: string[]) => void): void
  /** Turns under work, by lane. */
  running(): Partial<Record<Lane, number>>
  /** Takes no further alarms; resolves when the turns under work have ended, or after 10 s. */
  stop(): Promise<void>
}

/** Listens for the alarms of every lane that has a handler. Throws `StartRefused` when its role would not hear them. */
export async function openRunner(url: string, desk: Desk, handlers: Handlers): Promise<Runner> {
  const lanes = (Object.keys(turnsMax) as Lane[]).filter((lane) => Object.values(handlers).some((handler) => handler.lanes.includes(lane)))
  const pool = runnerPool(url, 'docket_owner', lanes.length + 3)
  try {
    await refuseWrongRunner(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  // Twenty megabytes, for those who need them.
  const graphile = lanes.length > 0 ? await import('graphile-worker') : null
  const running: Partial<Record<Lane, number>> = {}
  const open = new Map<Lane, WorkerPool>()
  let kept: Promise<void>[] = []
  return {
    pool,
    start: (changed) => {
      kept = lanes.map((lane) => keepLane(lane, changed))
    },
    running: () => ({ ...running }),
    stop: async () => {
      desk.stopping = true
      const late = new AbortController()
      for (const workers of open.values()) Promise.resolve(workers.gracefulShutdown()).catch(() => {})
      await Promise.race([Promise.all(kept), sleep(timing.stopMs, undefined, { signal: late.signal }).catch(() => {})])
      late.abort()
      await Promise.all([...open.values()].map(async (workers) => Promise.resolve(workers.forcefulShutdown('Docket stops')).catch(() => {})))
    },
  }

  // graphile-worker ends its pool when it cannot complete a job, for instance while the database restarts.
  async function keepLane(lane: Lane, changed: (ids: string[]) => void): Promise<void> {
    while (graphile && !desk.stopping) {
      try {
        const workers = listen(graphile, pool, desk, handlers, lane, running)
        open.set(lane, workers)
        changed([...open.values()].map((opened) => opened.id))
        await workers.promise
      } catch (error) {
        if (!desk.stopping) desk.log.warn({ err: error, lane }, 'A lane stumbled and is opened again')
      }
      open.delete(lane)
      if (!desk.stopping) await sleep(1_000)
    }
  }
}

/** A pool for graphile-worker, which wants its connections plain (no pipeline, its own parsers). */
export function runnerPool(url: string, role: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: 5_000, application_name: 'docket runner', options: `-c role=${role}` })
  // A connection that dies is replaced at the next use; the query under way says so itself.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Throws `StartRefused` unless the pool's role owns graphile-worker's tables: another role would see no jobs, and not say so. */
export async function refuseWrongRunner(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ role: string; owner: string | null }>(
    `select current_user::text as role, (select pg_get_userbyid(c.relowner)::text from pg_class c
       where c.relname = '_private_jobs' and c.relnamespace = (select oid from pg_namespace where nspname = 'graphile_worker')) as owner`,
  )
  const [row] = rows
  if (row?.owner === row?.role) return
  throw new StartRefused(
    row?.owner
      ? `The alarms of owed work (schema graphile_worker) belong to the role ${row.owner}, but Docket runs them as ${row.role} and would never hear one. Make docket_owner the owner of that schema and of everything in it.`
      : 'The schema graphile_worker is missing. Run the migrations: npm run migration:up.',
  )
}

// A WorkerPool is thenable, until its end: an async function must not return it.
function listen(graphile: typeof Graphile, pool: pg.Pool, desk: Desk, handlers: Handlers, lane: Lane, running: Partial<Record<Lane, number>>): WorkerPool {
  const tasks = Object.entries(handlers)
    .filter(([, handler]) => handler.lanes.includes(lane))
    .map(([kind, handler]) => [
      `${lane}:${kind}`,
      async () => {
        running[lane] = (running[lane] ?? 0) + 1
        try {
          await workTurn(desk, lane, kind, handler)
        } finally {
          running[lane] = (running[lane] ?? 1) - 1
        }
      },
    ])
  return graphile.runTaskList(
    {
      concurrency: turnsMax[lane],
      noHandleSignals: true,
      logger: new graphile.Logger(() => (level, message) => heard(desk.log, lane, level, message)),
      // Outside batch mode nobody hears the rejection of a completion, and that ends the process.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0, gracefulShutdownAbortTimeout: timing.stopMs } },
    },
    Object.fromEntries(tasks),
    pool,
  )
}

function heard(log: Logger, lane: Lane, level: string, message: string): void {
  if (level === 'error' || level === 'warning') log.warn({ lane, said: message }, 'graphile-worker complained')
}
