import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StartRefused } from '../start-refused.ts'
import { type Desk, workTurn } from './turn.ts'
import { type Handlers, type Lane, timing, turnsMax } from './types.ts'

export interface Runner {
  /** Turns under work, by lane. */
  running(): Partial<Record<Lane, number>>
  /** Hears no further alarms; resolves when the turns under work have ended, or after 10 s. */
  stop(): Promise<void>
}

const pollMs = 1_000
const gatherMs = 10

/**
 * Takes the alarms that ring and has their turns taken, in every lane as many at a time as it may have. What is to be done stands in
 * our own rows, so an alarm is taken away before its turn: should this process die in between, the sweep of another finds the rows.
 */
export function startRunner(url: string, desk: Desk, handlers: Handlers): Runner {
  const tasks = Object.entries(handlers).flatMap(([kind, { lanes }]) => lanes.map((lane) => `${lane}:${kind}`))
  // Taken, but more of them than the lane had free slots: one turn answers however many alarms of its kind.
  const waiting = new Set<string>()
  const turns = new Set<Promise<void>>()
  const running: Partial<Record<Lane, number>> = {}
  let rang = false
  let wake = () => {}
  const ended = tasks.length > 0 ? listen() : Promise.resolve()
  return {
    running: () => ({ ...running }),
    stop: async () => {
      desk.stopping = true
      wake()
      const late = new AbortController()
      const allEnded = ended.then(() => Promise.all(turns))
      await Promise.race([allEnded, sleep(timing.stopMs, undefined, { signal: late.signal }).catch(() => {})])
      late.abort()
    },
  }

  async function listen(): Promise<void> {
    while (!desk.stopping) {
      const client = alarmClient(url, 'docket_owner')
      try {
        await client.connect()
        await hear(client)
      } catch (error) {
        desk.log.warn({ err: error }, 'Alarms cannot be heard; listening again')
        await sleep(pollMs)
      } finally {
        // Without waiting: a connection that is cut has nobody to say goodbye to.
        client.end().catch(() => {})
      }
    }
  }

  async function hear(client: pg.Client): Promise<void> {
    client.on('notification', look)
    client.on('end', () => wake())
    await client.query('listen "jobs:insert"')
    while (!desk.stopping) {
      rang = false
      // Alarms of a lane that is full stay where another process may take them, and where it can be seen that they ring.
      for (const task of await takeAlarms(client, tasks.filter(isFree))) waiting.add(task)
      startTurns()
      // Alarms with a time of their own ring without a notification.
      if (!rang && !desk.stopping) await nextRing()
      await sleep(gatherMs)
    }
  }

  function look(): void {
    rang = true
    wake()
  }

  function isFree(task: string): boolean {
    const lane = laneOf(task)
    return (running[lane] ?? 0) < turnsMax[lane]
  }

  function nextRing(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  function startTurns(): void {
    for (const task of waiting) {
      const lane = laneOf(task)
      const kind = task.slice(lane.length + 1)
      const handler = handlers[kind]
      if (!handler || !isFree(task) || desk.stopping) continue
      waiting.delete(task)
      running[lane] = (running[lane] ?? 0) + 1
      const turn = workTurn(desk, lane, kind, handler).finally(() => {
        running[lane] = (running[lane] ?? 1) - 1
        turns.delete(turn)
        startTurns()
        look()
      })
      turns.add(turn)
    }
  }
}

function laneOf(task: string): Lane {
  // Only lanes stand before the colon.
  return task.slice(0, task.indexOf(':')) as Lane
}

/** Takes away the alarms that ring for these `lane:kind`, and answers for which. Another process may take the same ones: both then look. */
async function takeAlarms(client: pg.Client, tasks: readonly string[]): Promise<string[]> {
  if (tasks.length === 0) return []
  const { rows } = await client.query<{ task: string }>({
    name: 'take_alarms',
    text: `with rung as materialized (
        select id, task_identifier as task from graphile_worker.jobs
        where task_identifier = any($1::text[]) and locked_at is null and run_at <= now() order by id limit 1000),
      taken as (select count(*) from graphile_worker.complete_jobs((select array_agg(id) from rung)))
      select distinct task from rung cross join taken`,
    values: [tasks],
  })
  return rows.map((row) => row.task)
}

/**
 * Throws `StartRefused` unless the role owns graphile-worker's tables. They have row-level security without policies: any other role
 * would see no alarms, and nothing would say so.
 */
export async function refuseWrongRunner(url: string, role = 'docket_owner'): Promise<void> {
  const client = alarmClient(url, role)
  await client.connect()
  try {
    const { rows } = await client.query<{ role: string; owner: string | null }>(
      `select current_user::text as role, (select pg_get_userbyid(c.relowner)::text from pg_class c
         where c.relname = '_private_jobs' and c.relnamespace = (select oid from pg_namespace where nspname = 'graphile_worker')) as owner`,
    )
    const [row] = rows
    if (row?.owner === row?.role) return
    throw new StartRefused(
      row?.owner
        ? `The alarms of owed work (schema graphile_worker) belong to the role ${row.owner}, but Docket listens to them as ${row.role} and would never hear one. Make docket_owner the owner of that schema and of everything in it.`
        : 'The schema graphile_worker is missing. Run the migrations: npm run migration:up.',
    )
  } finally {
    await client.end()
  }
}

function alarmClient(url: string, role: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    application_name: 'docket alarms',
    options: `-c role=${role}`,
  })
  // The query under way says so itself.
  client.on('error', () => {})
  return client
}
