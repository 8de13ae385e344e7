import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '#server/testing/test-database.ts'
import { openPools, type Pools } from './db.ts'
import { newId } from './ids.ts'
import { chainHash, digestOf, type LogEvent, openCommit, recordCommit } from './log.ts'
import { type Sealer, sealLagMs, startSealer } from './sealer.ts'

let database: { url: string; drop(): Promise<void> }
let pools: Pools
let sealers: Sealer[] = []

beforeEach(async () => {
  database = await testDatabase()
  pools = openPools(database.url, { write: 8, read: 2, system: 2 })
})

afterEach(async () => {
  await Promise.all(sealers.map((sealer) => sealer.stop()))
  sealers = []
  await pools.end()
  await database.drop()
})

test('positions have no gaps and the chain holds while eight writers commit and two sealers compete', async () => {
  const workspaces = [await workspace(), await workspace()] as const
  startSealers(2)
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; i < 25; i++) await commit(workspaces[(writer + i) % 2] ?? workspaces[0])
    }),
  )
  await until(async () => (await sealLagMs(pools)) === 0)
  for (const workspaceId of workspaces) {
    const chain = await readChain(workspaceId)
    expect(chain.map((link) => link.position)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    expect(firstBroken(workspaceId, chain)).toBe(null)
  }
  expect(sealers.filter((sealer) => sealer.health().sealed > 0)).toHaveLength(1)
})

test('a commit that becomes visible after a later one was sealed gets the next position', async () => {
  const workspaceId = await workspace()
  startSealers(1)
  let goOn = () => {}
  const waiting = new Promise<void>((resolve) => (goOn = resolve))
  const slow = commit(workspaceId, waiting)
  await sleep(50)
  const quick = await commit(workspaceId)
  await until(async () => (await readChain(workspaceId)).length === 1)
  goOn()
  const late = await slow
  await until(async () => (await readChain(workspaceId)).length === 2)
  const chain = await readChain(workspaceId)
  expect(chain.map((link) => link.id)).toEqual([quick, late])
  expect(firstBroken(workspaceId, chain)).toBe(null)
})

test('a sealer that begins anew goes on where the last one ended', async () => {
  const workspaceId = await workspace()
  startSealers(1)
  await commit(workspaceId)
  await until(async () => (await sealLagMs(pools)) === 0)
  await sealers.pop()?.stop()
  await commit(workspaceId)
  expect(await sealLagMs(pools)).toBeGreaterThan(0)
  startSealers(1)
  await until(async () => (await sealLagMs(pools)) === 0)
  const chain = await readChain(workspaceId)
  expect(chain.map((link) => link.position)).toEqual([1, 2])
  expect(firstBroken(workspaceId, chain)).toBe(null)
})

test('an event changed behind our back breaks the chain at its commit', async () => {
  const workspaceId = await workspace()
  startSealers(1)
  const ids = [await commit(workspaceId), await commit(workspaceId), await commit(workspaceId)]
  await until(async () => (await sealLagMs(pools)) === 0)
  const chain = await readChain(workspaceId)
  const tampered = chain.map((link) =>
    link.id === ids[1] ? { ...link, events: link.events.map((event) => ({ ...event, payload: '{"cents":1}' })) } : link,
  )
  expect(firstBroken(workspaceId, tampered)).toBe(2)
})

test('a sealer whose process was stopped loses its lock, and another one goes on', { timeout: 30_000 }, async () => {
  const script = fileURLToPath(new URL('../testing/jobs-process.ts', import.meta.url))
  const stopped = fork(script, [JSON.stringify({ url: database.url, kind: 'any', workMs: 0 })])
  try {
    await once(stopped, 'message')
    await until(async () => (await lockHolders()) === 1)
    startSealers(1)
    const workspaceId = await workspace()
    stopped.kill('SIGSTOP')
    await commit(workspaceId)
    await until(async () => sealers[0]?.health().holds === true && (await readChain(workspaceId)).length === 1)
  } finally {
    stopped.kill('SIGKILL')
  }
})

function startSealers(count: number): void {
  for (let i = 0; i < count; i++) sealers.push(startSealer(database.url, pino({ level: 'silent' })))
}

async function workspace(): Promise<string> {
  const workspaceId = newId()
  const text = `insert into workspaces (workspace_id, code, name, home_currency, blueprint) values ($1, $2, 'Test', 'EUR', 'counter')`
  await pools.system(async (tx) => tx.send({ text, values: [workspaceId, `w-${workspaceId.slice(24)}`] }))
  return workspaceId
}

async function commit(workspaceId: string, before: Promise<void> = Promise.resolve()): Promise<string> {
  const id = newId()
  await pools.change(workspaceId, async (tx) => {
    const opened = await openCommit(tx, workspaceId, id)
    await before
    const event: LogEvent = {
      subject: 'order',
      subjectId: newId(),
      seq: 1,
      type: 'OrderPlaced',
      payload: '{"totalMinor":1250}',
      version: 1,
      at: opened.now,
      actorKind: 'system',
      actorId: null,
      locationId: null,
      registerId: null,
      commandId: newId(),
    }
    recordCommit(tx, opened, [event])
  })
  return id
}

interface Link {
  id: string
  position: number
  hash: Buffer
  recordedAt: string
  events: LogEvent[]
}

async function readChain(workspaceId: string): Promise<Link[]> {
  return pools.view(workspaceId, async (db) => {
    const commits = await db.query<Omit<Link, 'events'>>({
      text: `select id, position, hash, recorded_at as "recordedAt" from commits where workspace_id = $1 and position is not null order by position`,
      values: [workspaceId],
    })
    const events = await db.query<LogEvent & { commitId: string }>({
      text: `select commit_id as "commitId", subject, subject_id as "subjectId", seq, type, payload, version, at, actor_kind as "actorKind", actor_id as "actorId",
        location_id as "locationId", register_id as "registerId", command_id as "commandId" from events where workspace_id = $1 order by commit_id, ordinal`,
      values: [workspaceId],
    })
    const byCommit = Map.groupBy(events, (event) => event.commitId)
    return commits.map((link) => ({ ...link, events: byCommit.get(link.id) ?? [] }))
  })
}

/** The first position whose hash is not what its events and the one before give. */
function firstBroken(workspaceId: string, chain: readonly Link[]): number | null {
  let previous: Buffer | null = null
  for (const link of chain) {
    const hash: Buffer = chainHash(previous, workspaceId, link.position, link.id, digestOf(link.events, link.recordedAt))
    if (!hash.equals(link.hash)) return link.position
    previous = hash
  }
  return null
}

async function lockHolders(): Promise<number> {
  const rows = await pools.system((tx) =>
    tx.query<{ n: number }>({
      text: `select count(*) as n from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
      values: [],
    }),
  )
  return rows[0]?.n ?? 0
}

async function until(so: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 12_000
  while (!(await so())) {
    if (performance.now() > deadline) throw new Error('It did not come to that within 12 s')
    await sleep(25)
  }
}
