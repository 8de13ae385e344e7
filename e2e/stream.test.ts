import { Readable } from 'node:stream'
import pg from 'pg'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '#contract/limits.ts'
import type { Change } from '#contract/stream.ts'
import { newId } from '#platform/ids.ts'
import { openCommit, recordCommit } from '#platform/log.ts'
import { type Sealer, sealLagMs, startSealer } from '#platform/sealer.ts'
import { startWork } from '#server/jobs/start-work.ts'
import { signedIn, testMember } from '#server/testing/people.ts'
import { type TestDoor, testDoor } from '#server/testing/test-door.ts'
import { type Followed, followStream } from './fixtures/follow-stream.ts'
import { mutants } from './fixtures/mutants.ts'
import { startServerProcess } from './fixtures/server-process.ts'

let door: TestDoor
let sealer: Sealer
let open: Followed[] = []
beforeAll(async () => {
  door = await testDoor()
  sealer = startSealer(door.databaseUrl, pino({ level: 'silent' }))
  await door.receive({ CUP: 100_000 })
})
afterEach(() => {
  for (const followed of open) followed.close()
  open = []
})
afterAll(async () => {
  await door.end()
  await sealer.stop()
})

async function follow(options: Parameters<typeof followStream>[1] = {}): Promise<Followed> {
  const followed = await followStream(door.url, { apiKey: door.apiKey, ...options })
  open.push(followed)
  if (followed.status === 200) await followed.next('hello')
  return followed
}

const basket = { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1_000 }] }

async function place(more: Record<string, unknown> = {}): Promise<string> {
  const placed = await door.api.call('placeOrder', { body: { ...basket, ...more }, idempotencyKey: newId() })
  if (!placed.ok) throw new Error(JSON.stringify(placed.problem))
  return placed.body.id
}

async function placeMany(count: number): Promise<void> {
  const orders = Array.from({ length: count }, () => ({ ...basket, id: newId() }))
  const placed = await door.api.call('placeOrders', { body: { orders }, idempotencyKey: newId() })
  if (!placed.ok) throw new Error(JSON.stringify(placed.problem))
}

/** What the role `staff` may do from now on. */
async function changeStaff(permissions: readonly { permission: string; scope: string }[]): Promise<void> {
  await door.pools.change(door.workspaceId, (tx) =>
    tx.query({
      text: `update roles set permissions = $2 where workspace_id = $1 and code = 'staff'`,
      values: [door.workspaceId, JSON.stringify(permissions)],
    }),
  )
}

const rest = (ms = 600): Promise<void> => new Promise((done) => setTimeout(done, ms))
const sealed = (): Promise<void> => expect.poll(() => sealLagMs(door.pools)).toBe(0)

const changesOf = (followed: Followed): Change[] =>
  followed.events.flatMap((event) => (event.event === 'changes' ? event.data.changes : []))
const tells =
  (id: string) =>
  ({ changes }: { changes: Change[] }): boolean =>
    changes.some((change) => 'id' in change && change.id === id)

test('an order that is placed is told with what a list shows of it', async () => {
  const stream = await follow()
  const id = await place()
  const { changes } = await stream.next('changes', tells(id))
  expect(changes.find((change) => change.subject === 'order')).toMatchObject({
    id,
    types: ['OrderPlaced', 'StockReserved'],
    order: { version: 2, phase: 'open', stage: 'AWAITING_PROCESSING', totalMinor: 250, payment: 'unpaid' },
  })
  expect(changes.find((change) => change.subject === 'stock')).toMatchObject({
    lotId: null,
    onHandMilli: 100_000_000,
    reservedMilli: 1_000,
  })
})

describe('positions', () => {
  test('rise, each named as the id of its event, and tell what happened in its order', async () => {
    const stream = await follow({ query: '?topics=orders' })
    const ids: string[] = []
    for (let i = 0; i < 10; i++) ids.push(await place())
    await stream.next('changes', tells(ids.at(-1) ?? ''))
    const told = stream.events.flatMap((event) => (event.event === 'changes' ? { id: event.id, position: event.data.position } : []))
    const positions = told.map(({ position }) => position)
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
    expect(told.map(({ id }) => id)).toEqual(positions.map(String))
    expect(changesOf(stream).map((change) => 'id' in change && change.id)).toEqual(ids)
  })

  test('two followers are told the same', async () => {
    const [one, other] = [await follow(), await follow()]
    const id = await place()
    const [first, second] = [await one.next('changes', tells(id)), await other.next('changes', tells(id))]
    expect(first).toEqual(second)
  })

  test('what happens to one order while nobody looks is one change', async () => {
    const stream = await follow({ query: '?topics=orders' })
    const id = await place()
    const version = await stream.next('changes', tells(id))
    expect(version.changes).toHaveLength(1)
  })
})

describe('somebody who comes back', () => {
  test('is told what they missed, and then what happens', async () => {
    const before = await follow()
    const first = await place()
    const { position } = await before.next('changes', tells(first))
    before.close()
    const missed = [await place(), await place()]
    await sealed()
    const after = await follow({ lastEventId: String(position) })
    for (const id of missed) await after.next('changes', tells(id))
    expect(changesOf(after).some((change) => 'id' in change && change.id === first)).toBe(false)
    const next = await place()
    await after.next('changes', tells(next))
    expect(after.events.some(({ event }) => event === 'reload')).toBe(false)
  })

  test('misses nothing where they were told hello and no more', async () => {
    const before = await follow()
    const [{ id = null } = {}] = before.events
    before.close()
    const missed = await place()
    await sealed()
    const after = await follow({ lastEventId: id ?? '' })
    await after.next('changes', tells(missed))
    expect(after.events.some(({ event }) => event === 'reload')).toBe(false)
  })

  test('is told from where they were last, though the address says from where they began', async () => {
    const before = await follow()
    const first = await place()
    const { position } = await before.next('changes', tells(first))
    const missed = await place()
    await sealed()
    const after = await follow({ query: '?lastEventId=0', lastEventId: String(position) })
    await after.next('changes', tells(missed))
    expect(after.text()).not.toContain(first)
  })

  test('may name the position in the address', async () => {
    const before = await follow()
    const { position } = await before.next('changes', tells(await place()))
    const missed = await place()
    await sealed()
    const after = await follow({ query: `?lastEventId=${position}` })
    await after.next('changes', tells(missed))
  })

  test.each([['nonsense'], ['999999999']])('with a position that nobody told them (%s) reads all anew', async (lastEventId) => {
    const stream = await follow({ lastEventId })
    const { position } = await stream.next('reload', ({ because }) => because === 'too_old')
    expect(position).toBe((await stream.next('hello')).position)
    await stream.next('changes', tells(await place()))
  })

  test('after too much has happened reads all anew', async () => {
    const before = await follow()
    const { position } = await before.next('changes', tells(await place()))
    before.close()
    for (let i = 0; i < 6; i++) await placeMany(100)
    await sealed()
    const after = await follow({ lastEventId: String(position) })
    await after.next('reload', ({ because }) => because === 'too_many')
    await after.next('changes', tells(await place()))
  })
})

describe('who follows', () => {
  const keyWith = async (body: Record<string, unknown>): Promise<{ id: string; secret: string }> => {
    const key = await door.api.call('createApiKey', { body: { name: newId(), role: 'owner', ...body } })
    if (!key.ok) throw new Error(JSON.stringify(key.problem))
    return key.body
  }

  test('hears nothing of what they may not read, not even its id', async () => {
    const key = await keyWith({ permissions: ['stock:read'] })
    const blind = await follow({ apiKey: key.secret })
    const all = await follow()
    const id = await place()
    await all.next('changes', tells(id))
    await blind.next('changes')
    expect(changesOf(blind).map(({ subject }) => subject)).toEqual(['stock'])
    expect(blind.text()).not.toContain(id)
  })

  /** Somebody bound to another location, and one order there and one here. */
  async function elsewhere(url = door.url): Promise<{ there: Followed; hereId: string; thereId: string }> {
    const made = await door.api.call('createLocation', { body: { code: newId().slice(-8), name: 'Second', timeZone: 'Europe/Madrid' } })
    if (!made.ok) throw new Error(JSON.stringify(made.problem))
    const key = await keyWith({ role: 'staff', locationIds: [made.body.id] })
    const there = await followStream(url, { apiKey: key.secret })
    open.push(there)
    await there.next('hello')
    const hereId = await place()
    const thereId = await place({ location: made.body.code, lines: [{ item: 'WRAP', quantityMilli: 1_000 }] })
    await there.next('changes', tells(thereId))
    return { there, hereId, thereId }
  }

  test('hears of their own locations alone', async () => {
    const { there, hereId } = await elsewhere()
    expect(there.text()).not.toContain(hereId)
    expect(changesOf(there).filter(({ subject }) => subject === 'stock')).toEqual([])
  })

  test('would hear of others, too, from a server that forgets to look', async () => {
    const forgetful = await startServerProcess(door.databaseUrl, mutants.streamSeesAll)
    const { there, hereId } = await elsewhere(forgetful.url)
    expect(there.text()).toContain(hereId)
    await forgetful.stop()
  })

  test('hears nothing of the neighbours', async () => {
    const neighbour = await door.neighbour(`n${newId().slice(-8)}`)
    await sealed()
    const [ours, theirs] = [await follow(), await follow({ apiKey: neighbour.apiKey })]
    const id = await place()
    await ours.next('changes', tells(id))
    await rest()
    expect(theirs.text()).not.toContain(id)
    expect(theirs.events.map(({ event }) => event)).toEqual(['hello'])
  })

  test('without any of these permissions is refused', async () => {
    const key = await keyWith({ permissions: ['keys:write'] })
    const refusal = await followStream(door.url, { apiKey: key.secret })
    expect(refusal).toMatchObject({ status: 403, problem: { code: 'permission.denied' } })
  })

  test('names topics that there are', async () => {
    expect(await followStream(door.url, { apiKey: door.apiKey, query: '?topics=orders,weather' })).toMatchObject({ status: 400 })
    const stream = await follow({ query: '?topics=stock' })
    expect(await stream.next('hello')).toMatchObject({ topics: ['stock'] })
  })

  test('is let go within a second when the key is withdrawn', async () => {
    const key = await keyWith({})
    const stream = await follow({ apiKey: key.secret })
    await door.api.call('revokeApiKey', { params: { id: key.id } })
    expect(await stream.next('end')).toEqual({ because: 'rights' })
    await expect.poll(() => stream.ended()).toBe(true)
    const id = await place()
    await rest()
    expect(stream.text()).not.toContain(id)
  })

  test('may be a person with a session, and is let go when that ends', async () => {
    const { cookie, send } = await signedIn(door, await testMember(door, 'staff'))
    const stream = await followStream(door.url, { cookie })
    open.push(stream)
    await stream.next('changes', tells(await place()))
    expect((await send('POST', '/api/v1/session/end', { body: {} })).status).toBe(200)
    expect(await stream.next('end')).toEqual({ because: 'rights' })
  })

  test('sees what a changed role sees from then on, and is told to read anew', async () => {
    const key = await keyWith({ role: 'staff' })
    const stream = await follow({ apiKey: key.secret, query: '?topics=orders' })
    await changeStaff([{ permission: 'orders:read', scope: 'own' }])
    await stream.next('reload', ({ because }) => because === 'rights')
    const all = await follow()
    const id = await place()
    await all.next('changes', tells(id))
    await rest()
    expect(stream.text()).not.toContain(id)
    await changeStaff([])
    expect(await stream.next('end')).toEqual({ because: 'rights' })
  })
})

describe('through a filter', () => {
  test('orders come as they begin to match, and are gone as they no longer do', async () => {
    const stream = await follow({ query: `?topics=orders&filter=${encodeURIComponent('stage:IN_PROCESS')}` })
    const id = await place()
    await stream.next('changes', ({ changes }) =>
      changes.some((change) => change.subject === 'order' && change.id === id && 'gone' in change),
    )
    const isIn = (change: Change) =>
      change.subject === 'order' && change.id === id && 'order' in change && change.order.stage === 'IN_PROCESS'
    await door.api.call('actOnOrder', { params: { id, action: 'start' } })
    await stream.next('changes', ({ changes }) => changes.some(isIn))
    await door.api.call('actOnOrder', { params: { id, action: 'pack' } })
    await expect.poll(() => changesOf(stream).filter((change) => 'gone' in change && change.id === id).length).toBe(2)
  })

  test('a filter that cannot be read is refused with its place', async () => {
    const refusal = await followStream(door.url, { apiKey: door.apiKey, query: '?filter=stage:NOWHERE' })
    expect(refusal).toMatchObject({ status: 400, problem: { errors: [{ at: expect.any(Number) }] } })
  })

  test('what is missed and what is live pass the same filter', async () => {
    const before = await follow()
    const { position } = await before.next('changes', tells(await place()))
    const id = await place({ channel: 'phone' })
    await sealed()
    const after = await follow({ query: '?topics=orders&filter=channel:phone', lastEventId: String(position) })
    await after.next('changes', tells(id))
    const [live, other] = [await place({ channel: 'phone' }), await place()]
    await after.next('changes', tells(other))
    expect(changesOf(after).flatMap((change) => ('order' in change && 'id' in change ? change.id : []))).toEqual([id, live])
  })
})

test('a bulk job is told of as it goes, to whoever reads orders', async () => {
  const work = await startWork(door.databaseUrl, door.engine, { role: 'jobs', orderRetryAttempts: 3 }, pino({ level: 'silent' }))
  const stream = await follow({ query: '?topics=jobs' })
  const id = await place()
  const made = await door.api.call('createBulkJob', {
    body: { action: 'tag', input: { add: ['big'] }, selection: { orderIds: [id] }, run: 'now' },
    idempotencyKey: newId(),
  })
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  const isDone = (change: Change) => change.subject === 'job' && change.id === made.body.id && change.state === 'done'
  const { changes } = await stream.next('changes', ({ changes }) => changes.some(isDone), 15_000)
  expect(changes.find(isDone)).toMatchObject({ action: 'tag', total: 1, waiting: 0, applied: 1 })
  expect(changesOf(stream).every(({ subject }) => subject === 'job')).toBe(true)
  await work.stop()
})

test('a workspace is followed a hundred times and not once more', async () => {
  const neighbour = await door.neighbour(`n${newId().slice(-8)}`)
  await Promise.all(Array.from({ length: limits.streamsAWorkspace }, () => follow({ apiKey: neighbour.apiKey })))
  const refusal = await followStream(door.url, { apiKey: neighbour.apiKey })
  expect(refusal).toMatchObject({ status: 429, problem: { code: 'stream.too_many', params: { most: limits.streamsAWorkspace } } })
  open[0]?.close()
  await expect.poll(async () => (await follow({ apiKey: neighbour.apiKey })).status).toBe(200)
})

test('connections that come and go, or ask for nothing but headers, keep no place', async () => {
  const neighbour = await door.neighbour(`n${newId().slice(-8)}`)
  const headers = { authorization: `Bearer ${neighbour.apiKey}` }
  for (let i = 0; i < 120; i++) {
    const gone = new AbortController()
    const asked = fetch(`${door.url}/api/v1/stream`, { headers, signal: gone.signal }).catch(() => null)
    setTimeout(() => gone.abort(), i % 12)
    await asked
    gone.abort()
    expect((await fetch(`${door.url}/api/v1/stream`, { method: 'HEAD', headers })).status).toBe(404)
  }
  await rest(300)
  const streams = await Promise.all(Array.from({ length: limits.streamsAWorkspace }, () => follow({ apiKey: neighbour.apiKey })))
  expect(streams.every(({ status }) => status === 200)).toBe(true)
})

test('more at once than anybody follows with their eyes is told as one thing to look at again', async () => {
  const stream = await follow({ query: '?topics=orders' })
  for (let i = 0; i < 5; i++) await placeMany(200)
  await stream.next('reload', ({ because }) => because === 'too_many')
  await rest(1_500)
  const id = await place()
  await stream.next('changes', tells(id))
  expect(stream.events.filter(({ event }) => event === 'reload').length).toBeLessThan(5)
})

test('a workspace that cannot be read ends its own streams and nobody else’s', async () => {
  const neighbour = await door.neighbour(`n${newId().slice(-8)}`)
  const [theirs, ours] = [await follow({ apiKey: neighbour.apiKey }), await follow()]
  const made = await door.as(neighbour.apiKey).call('createCustomer', { body: {} })
  await theirs.next('changes')
  await sealed()
  await door.pools.change(neighbour.workspaceId, async (tx) => {
    const commit = await openCommit(tx, neighbour.workspaceId, newId())
    const id = made.ok ? made.body.id : ''
    const event = { subject: 'customer', subjectId: id, seq: 2, type: 'Spoiled', payload: 'no JSON', version: 1, at: commit.now }
    recordCommit(tx, commit, [{ ...event, actorKind: 'system', actorId: null, locationId: null, registerId: null, commandId: newId() }])
  })
  await expect.poll(() => theirs.ended()).toBe(true)
  const id = await place()
  await ours.next('changes', tells(id))
  expect(ours.ended()).toBe(false)
})

test('what happened while every connection to the database was lost is told', async () => {
  const stream = await follow({ query: '?topics=orders' })
  const client = new pg.Client({ connectionString: door.databaseUrl })
  await client.connect()
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await client.end()
  const id = newId()
  await expect.poll(() => place({ id }).catch(() => ''), { timeout: 10_000 }).toBe(id)
  await stream.next('changes', tells(id), 10_000)
  expect(stream.ended()).toBe(false)
})

test('a server that stops lets go who came at that very moment', async () => {
  let asked = () => {}
  const isAsked = new Promise<void>((done) => (asked = done))
  let goOn = () => {}
  const mayGoOn = new Promise<void>((done) => (goOn = done))
  const late = await testDoor({
    handlers: {
      followChanges: async () => {
        asked()
        await mayGoOn
        const stream = new Readable({ read() {} })
        return { stream, headers: { connection: 'close' }, end: () => void stream.push(null) }
      },
    },
  })
  const answer = late.send('GET', '/api/v1/stream')
  await isAsked
  const ended = late.end()
  await rest(200)
  goOn()
  expect((await answer).status).toBe(200)
  await ended
})

test('a server that stops lets everybody go at once, and another one tells what was missed', async () => {
  const [first, second] = [await startServerProcess(door.databaseUrl), await startServerProcess(door.databaseUrl)]
  const stream = await followStream(first.url, { apiKey: door.apiKey })
  const { position } = await stream.next('changes', tells(await place()))
  const began = performance.now()
  await first.stop()
  expect(performance.now() - began).toBeLessThan(3_000)
  expect(await stream.next('end')).toEqual({ because: 'stopping' })
  const missed = await place()
  await sealed()
  const after = await followStream(second.url, { apiKey: door.apiKey, lastEventId: String(position) })
  await after.next('changes', tells(missed))
  after.close()
  await second.stop()
})
