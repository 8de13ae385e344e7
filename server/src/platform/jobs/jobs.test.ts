import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPools, type Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { StartRefused } from '#platform/start-refused.ts'
import { testDatabase } from '#server/testing/test-database.ts'
import { assertFence, claimDue, finish, settle, takeOver } from './claims.ts'
import { owe } from './owe.ts'
import { countOwed, listParked, retryParked } from './parked.ts'
import { refuseWrongRunner } from './runner.ts'
import { type Jobs, type JobsNeeds, startJobs } from './start-jobs.ts'
import { type Claim, finished, type Handler, park, retryLater, TakenOver } from './types.ts'

let database: { url: string; drop(): Promise<void> }
let pools: Pools
let started: Jobs[] = []
const workspaceId = newId()
const otherWorkspaceId = newId()

beforeEach(async () => {
  database = await testDatabase()
  pools = openPools(database.url, { write: 2, read: 1, system: 3 })
})

afterEach(async () => {
  await Promise.all(started.map((jobs) => jobs.stop()))
  started = []
  await pools.end()
  await database.drop()
})

test('owed work is done once its transaction is committed', async () => {
  const seen: string[] = []
  await start({ greet: doing(async (_, claims) => void seen.push(...claims.map((claim) => claim.id))) })
  const [id] = await oweRows('greet', 1)
  await until(async () => (await stateOf(id)) === 'done')
  expect(seen).toEqual([id])
})

test('a commit rings once for a lane and kind, however many rows it owes', async () => {
  await pools.change(workspaceId, async (tx) => {
    owe(tx, workspaceId, [...rowsOf('greet', 40), ...rowsOf('wave', 2)])
  })
  expect(await asOwner('select task_identifier as task from graphile_worker.jobs order by 1')).toEqual([
    { task: 'live:greet' },
    { task: 'live:wave' },
  ])
})

test('what a rolled back transaction owed leaves nothing behind', async () => {
  const undone = pools.change(workspaceId, async (tx) => {
    owe(tx, workspaceId, rowsOf('greet', 3))
    await tx.query({ text: 'select 1', values: [] })
    throw new Error('changed my mind')
  })
  await expect(undone).rejects.toThrow('changed my mind')
  expect(await asOwner('select (select count(*) from docket.owed) + (select count(*) from graphile_worker.jobs) as left')).toEqual([
    { left: '0' },
  ])
})

test('work whose alarm was lost is found by the sweep', async () => {
  const [id] = await oweRows('greet', 1)
  await asOwner('delete from graphile_worker._private_jobs')
  await start({ greet: doing(async () => {}) })
  await until(async () => (await stateOf(id)) === 'done')
})

test('more rows than one claim takes are all worked from one alarm', async () => {
  await start({ greet: { ...doing(async () => {}), batchMax: 10 } })
  await oweRows('greet', 95)
  await until(async () => (await counts()).done === 95)
})

test('a greater priority goes first, then what was due first', async () => {
  const order: unknown[] = []
  await pools.change(workspaceId, async (tx) => {
    const row = (payload: number, priority: number, dueAt: string) => ({
      id: newId(),
      kind: 'greet',
      lane: 'sweep' as const,
      payload,
      priority,
      dueAt,
    })
    owe(tx, workspaceId, [row(3, 0, '2026-01-02T00:00:00Z'), row(2, 0, '2026-01-01T00:00:00Z'), row(1, 5, '2026-01-03T00:00:00Z')])
  })
  await start({ greet: { ...doing(async (_, claims) => void order.push(claims[0]?.payload)), lanes: ['sweep'], batchMax: 1 } })
  await until(async () => order.length === 3)
  expect(order).toEqual([1, 2, 3])
})

test('a poison row parks after its attempts and blocks neither its batch nor its kind', async () => {
  const rows = rowsOf('greet', 3).map((row, i) => ({ ...row, payload: { poison: i === 1 } }))
  const poison = rows[1]?.id
  await start({ greet: doing(async (_, claims) => refusePoison(claims)) }, 2)
  await pools.change(workspaceId, async (tx) => owe(tx, workspaceId, rows))
  await until(async () => (await stateOf(poison)) === 'parked' && (await counts()).done === 2)
  expect(await parked()).toEqual([
    expect.objectContaining({ id: poison, kind: 'greet', lane: 'live', payload: { poison: true }, attempts: 2, error: 'poison' }),
  ])
})

test('parked work is tried again when a person says so, with all its attempts before it', async () => {
  let healed = false
  await start({
    greet: doing(
      async () => {},
      () => (healed ? finished : park('no such address')),
    ),
  })
  const [id] = await oweRows('greet', 1)
  await until(async () => (await stateOf(id)) === 'parked')
  healed = true
  expect(await pools.change(workspaceId, (tx) => retryParked(tx, workspaceId, [String(id), newId()]))).toEqual([id])
  await until(async () => (await stateOf(id)) === 'done')
  expect(await parked()).toEqual([])
})

test('parked work of another workspace is neither seen nor tried again', async () => {
  await start({
    greet: doing(
      async () => {},
      () => park('no'),
    ),
  })
  const [id] = await oweRows('greet', 1)
  await until(async () => (await stateOf(id)) === 'parked')
  expect(await pools.view(otherWorkspaceId, (db) => listParked(db, otherWorkspaceId, { limit: 10 }))).toEqual([])
  expect(await pools.change(otherWorkspaceId, (tx) => retryParked(tx, otherWorkspaceId, [String(id)]))).toEqual([])
  expect(await stateOf(id)).toBe('parked')
})

test('a row that shall be tried later rests for as long as was asked', async () => {
  const at: number[] = []
  await start({
    greet: doing(
      async () => void at.push(performance.now()),
      () => (at.length === 1 ? retryLater(1_500, 'busy') : finished),
    ),
  })
  const [id] = await oweRows('greet', 1)
  await until(async () => (await stateOf(id)) === 'done')
  expect(at).toHaveLength(2)
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(1_400)
})

test('a handler that never answers loses its rows at the deadline, and what it writes afterwards is refused', async () => {
  let woken = () => {}
  const wait = new Promise<void>((resolve) => (woken = resolve))
  let late: Promise<unknown> = Promise.resolve()
  let calls = 0
  const hanging: Handler = {
    ...doing(async () => {}),
    deadlineMs: 300,
    handle: async (workspaceId, claims) => {
      if (++calls > 1) return claims.map(() => finished)
      await wait
      late = pools.change(workspaceId, (tx) => assertFence(tx, claims)).catch((error) => error)
      return claims.map(() => finished)
    },
  }
  await start({ greet: hanging })
  const [id] = await oweRows('greet', 1)
  await until(async () => (await stateOf(id)) === 'done')
  woken()
  await sleep(50)
  expect(await late).toBeInstanceOf(TakenOver)
})

test('neither a verdict nor a write counts once the row is in other hands', async () => {
  const [id] = await oweRows('greet', 1)
  const mine = await claim(newId())
  expect(await pools.system((tx) => takeOver(tx, newId(), [], 10))).toBe(1)
  const theirs = await claim(newId())
  await pools.system(async (tx) => settle(tx, mine, [park('too late')]))
  await expect(pools.change(workspaceId, (tx) => finish(tx, mine))).rejects.toThrow(TakenOver)
  expect(await stateOf(id)).toBe('claimed')
  await pools.change(workspaceId, (tx) => finish(tx, theirs))
  expect(await stateOf(id)).toBe('done')
})

test('a row whose process died too often is parked: it may be what kills them', async () => {
  const [id] = await oweRows('greet', 1)
  await claim(newId())
  await pools.system((tx) => takeOver(tx, newId(), [], 1))
  expect(await stateOf(id)).toBe('parked')
})

test('rows of a living process are left to it', async () => {
  const processId = newId()
  await pools.system(async (tx) =>
    tx.send({ text: `insert into processes (id, role, host, pid) values ($1, 'jobs', 'here', 1)`, values: [processId] }),
  )
  await oweRows('greet', 1)
  await claim(processId)
  expect(await pools.system((tx) => takeOver(tx, newId(), [], 10))).toBe(0)
})

test('two takers of the same rows share them', async () => {
  await oweRows('greet', 20)
  const taken = await Promise.all([1, 2, 3].map(() => pools.system((tx) => claimDue(tx, newId(), 'live', 'greet', 10))))
  const ids = taken.flat().map((claim) => claim.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeLessThanOrEqual(20)
})

test('stopping gives back what could not be finished, with its attempt', { timeout: 30_000 }, async () => {
  let begun = false
  const jobs = await start({
    greet: doing(
      async () => {
        begun = true
      },
      () => new Promise(() => {}),
    ),
  })
  const [id] = await oweRows('greet', 1)
  await until(async () => begun)
  const at = performance.now()
  await jobs.stop()
  started = []
  expect(performance.now() - at).toBeLessThan(14_000)
  expect(await asOwner(`select state, attempts::int, fence::int from docket.owed where id = '${id}'`)).toEqual([
    { state: 'due', attempts: 0, fence: 2 },
  ])
  expect(await asOwner('select id from docket.processes')).toEqual([])
})

test('finished work and old keys go after their time, unfinished work never', async () => {
  const [done, parkedId, due] = await oweRows('greet', 3)
  await pools.system(async (tx) => {
    const change = (id: string | undefined, to: string) => tx.send({ text: `update owed set ${to} where id = $1`, values: [id] })
    change(done, `state = 'done', ended_at = now() - interval '8 days'`)
    change(parkedId, `state = 'parked', ended_at = now() - interval '800 days'`)
    change(due, `due_at = now() + interval '1 day', created_at = now() - interval '800 days'`)
  })
  await pools.change(workspaceId, async (tx) => {
    for (const days of [89, 91]) {
      const text = `insert into idempotency_keys select $1, $1, 'route', $2, 'f', $1, $1, now() - $3 * interval '1 day'`
      tx.send({ text, values: [workspaceId, `${days} days`, days] })
    }
  })
  await start({})
  await until(async () => (await stateOf(done)) === undefined)
  expect([await stateOf(parkedId), await stateOf(due)]).toEqual(['parked', 'due'])
  await until(async () => (await asOwner('select key from docket.idempotency_keys')).length === 1)
  expect(await asOwner('select key from docket.idempotency_keys')).toEqual([{ key: '89 days' }])
})

test('work goes on after the database has dropped every connection', { timeout: 60_000 }, async () => {
  await start({ greet: { ...doing(async () => sleep(5)), batchMax: 5 } })
  for (let round = 0; round < 3; round++) {
    await oweRows('greet', 40)
    await dropConnections()
    await until(async () => (await counts()).done === 40 * (round + 1), 25_000)
  }
})

test('how much is owed is counted by lane, kind and state', async () => {
  await oweRows('greet', 2)
  await claim(newId(), 1)
  const counted = await pools.system((tx) => countOwed(tx))
  expect(counted.map(({ lane, kind, state, count }) => ({ lane, kind, state, count }))).toEqual([
    { lane: 'live', kind: 'greet', state: 'claimed', count: 1 },
    { lane: 'live', kind: 'greet', state: 'due', count: 1 },
  ])
})

test('a runner with another role than the owner of the alarms refuses to start', async () => {
  await expect(refuseWrongRunner(database.url, 'docket_app')).rejects.toThrow(
    /belong to the role docket_owner, but Docket listens to them as docket_app/,
  )
  await asOwner('grant create on schema graphile_worker to docket_search')
  await asOwner('alter table graphile_worker._private_jobs owner to docket_search')
  await expect(start({})).rejects.toThrow(StartRefused)
})

test('health says who we are, when we were seen and what is under work', async () => {
  const jobs = await start({
    greet: doing(
      async () => {},
      () => new Promise((resolve) => setTimeout(resolve, 500, finished)),
    ),
  })
  await oweRows('greet', 1)
  await until(async () => jobs.health().inHand === 1)
  await until(async () => jobs.health().sealer.holds)
  expect(jobs.health()).toEqual({
    processId: expect.any(String),
    seenAt: expect.closeTo(Date.now(), -4),
    sweptAt: expect.closeTo(Date.now(), -4),
    inHand: 1,
    lanes: { live: 1 },
    sealer: { holds: true, sealed: 0 },
  })
})

async function start(handlers: JobsNeeds['handlers'], orderRetryAttempts = 10): Promise<Jobs> {
  const jobs = await startJobs({
    url: database.url,
    pools,
    settings: { role: 'jobs', orderRetryAttempts },
    handlers,
    fireTimers: async () => {},
    expireReservations: async () => {},
    log: pino({ level: 'silent' }),
  })
  started.push(jobs)
  return jobs
}

function doing(
  work: (workspaceId: string, claims: readonly Claim[]) => Promise<void>,
  verdict: () => ReturnType<typeof park> | Promise<typeof finished> = () => finished,
): Handler {
  return {
    lanes: ['live'],
    batchMax: 50,
    deadlineMs: 60_000,
    handle: async (workspaceId, claims) => {
      await work(workspaceId, claims)
      return Promise.all(claims.map(async () => verdict()))
    },
  }
}

function refusePoison(claims: readonly Claim[]): void {
  if (claims.some((claim) => (claim.payload as { poison: boolean }).poison)) throw new Error('poison')
}

function rowsOf(kind: string, count: number) {
  return Array.from({ length: count }, () => ({ id: newId() as string, kind, lane: 'live' as const, payload: {} }))
}

async function oweRows(kind: string, count: number): Promise<string[]> {
  const rows = rowsOf(kind, count)
  await pools.change(workspaceId, async (tx) => owe(tx, workspaceId, rows))
  return rows.map((row) => row.id)
}

const claim = (processId: string, rowsMax = 10) => pools.system((tx) => claimDue(tx, processId, 'live', 'greet', rowsMax))
const parked = () => pools.view(workspaceId, (db) => listParked(db, workspaceId, { limit: 10 }))

async function stateOf(id: string | undefined): Promise<string | undefined> {
  const [row] = await asOwner<{ state: string }>(`select state from docket.owed where id = '${id}'`)
  return row?.state
}

async function counts(): Promise<Record<string, number>> {
  const rows = await asOwner<{ state: string; n: number }>('select state, count(*)::int as n from docket.owed group by state')
  return Object.fromEntries(rows.map((row) => [row.state, row.n]))
}

async function asOwner<R>(text: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: database.url, options: '-c role=docket_owner' })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function dropConnections(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await client.end()
}

async function until(so: () => Promise<boolean>, withinMs = 12_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await so())) {
    if (performance.now() > deadline) throw new Error(`It did not come to that within ${withinMs} ms`)
    await sleep(25)
  }
}
