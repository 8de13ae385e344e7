import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type * as Graphile from 'graphile-worker'
import type { WorkerPool } from 'graphile-worker'
import pg from 'pg'
import type { Logger } from 'pino'
import { StartRefused } from '../start-refused.ts'
import { type Desk, workTurn } from './turn.ts'
import { type Handlers, type Lane, timing, turnsMax } from './types.ts'

export interface Runner {
  /** Listens from now on; `changed` hears with which ids graphile-worker locks its jobs, one a lane. */
  start(changed: (ids: string[]) => void): void
  /** Turns under work, by lane. */
  running(): Partial<Record<Lane, number>>
  /** Listens anew, when alarms of a lane were not heard. */
  reopen(lane: Lane): void
  /** Takes no further alarms; resolves when the turns under work have ended, or after 10 s. */
  stop(): Promise<void>
}

/** Listens for the alarms of every lane that has a handler. Throws `StartRefused` when its role would not hear them. */
export async function openRunner(desk: Desk, handlers: Handlers): Promise<Runner> {
  await refuseWrongRunner(desk.alarms)
  const lanes = lanesOf(handlers)
  // Twenty megabytes, for those who need them.
  const graphile = lanes.length > 0 ? await import('graphile-worker') : null
  const running: Partial<Record<Lane, number>> = {}
  const open = new Map<Lane, { workers: WorkerPool; giveUp(): void }>()
  return {
    start: (changed) => {
      for (const lane of lanes) void keepLane(lane, changed)
    },
    running: () => ({ ...running }),
    reopen: (lane) => open.get(lane)?.giveUp(),
    stop: async () => {
      desk.stopping = true
      const pools = [...open.values()].map(({ workers }) => workers)
      const ended = Promise.allSettled(pools.map(async (workers) => workers.gracefulShutdown()))
      const late = new AbortController()
      const inTime = await Promise.race([ended, sleep(timing.stopMs, null, { signal: late.signal }).catch(() => null)])
      late.abort()
      if (!inTime) await Promise.allSettled(pools.map(async (workers) => workers.forcefulShutdown('Docket stops')))
    },
  }

  // graphile-worker shuts its pool down when the database goes away at the wrong moment, and does not always come to an end with that.
  async function keepLane(lane: Lane, changed: (ids: string[]) => void): Promise<void> {
    while (graphile && !desk.stopping) {
      const gaveUp = Promise.withResolvers<void>()
      const events = new EventEmitter().once('pool:gracefulShutdown', () => gaveUp.resolve())
      const workers = listen(graphile, desk, handlers, lane, running, events)
      workers.promise.catch((error) => desk.log.warn({ err: error, lane }, 'A lane stumbled'))
      open.set(lane, { workers, giveUp: gaveUp.resolve })
      changed([...open.values()].map((opened) => opened.workers.id))
      await gaveUp.promise
      if (desk.stopping) return
      open.delete(lane)
      desk.log.warn({ lane }, 'A lane is opened again')
      await sleep(1_000)
    }
  }
}

function lanesOf(handlers: Handlers): Lane[] {
  return (Object.keys(turnsMax) as Lane[]).filter((lane) => Object.values(handlers).some((handler) => handler.lanes.includes(lane)))
}

/** Connections for alarms: plain ones, as graphile-worker wants them, of which every lane keeps one to listen. */
export function alarmPool(url: string, role: string, handlers: Handlers): pg.Pool {
  const max = lanesOf(handlers).length + 3
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    application_name: 'docket alarms',
    options: `-c role=${role}`,
  })
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
function listen(
  graphile: typeof Graphile,
  desk: Desk,
  handlers: Handlers,
  lane: Lane,
  running: Partial<Record<Lane, number>>,
  events: EventEmitter,
): WorkerPool {
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
      events,
      logger: new graphile.Logger(() => (level, message) => heard(desk.log, lane, level, message)),
      preset: {
        worker: {
          // Outside batch mode nobody hears the rejection of a completion, and that ends the process; so would a local queue.
          completeJobBatchDelay: 10,
          failJobBatchDelay: 10,
          gracefulShutdownAbortTimeout: timing.stopMs,
        },
      },
    },
    Object.fromEntries(tasks),
    desk.alarms,
  )
}

function heard(log: Logger, lane: Lane, level: string, message: string): void {
  if (level === 'error' || level === 'warning') log.warn({ lane, said: message }, 'graphile-worker complained')
}
