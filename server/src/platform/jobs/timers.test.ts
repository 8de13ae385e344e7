import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPools, type Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { testDatabase } from '#server/testing/test-database.ts'
import type { Repeated } from './repeat.ts'
import { type DueTimer, type ExpireReservations, type FireTimers, startTimers } from './timers.ts'

let database: { url: string; drop(): Promise<void> }
let pools: Pools
let started: Repeated[] = []
const [bakery, shop] = [newId(), newId()]

beforeEach(async () => {
  database = await testDatabase()
  pools = openPools(database.url, { write: 2, read: 1, system: 2 })
})

afterEach(async () => {
  await Promise.all(started.map((timers) => timers.stop()))
  started = []
  await pools.end()
  await database.drop()
})

test('due timers of every workspace are handed over, those that were due while nobody ran included', async () => {
  const fired = recorder()
  const [late, soon] = [await setTimer(bakery, 'late', -86_400_000), await setTimer(shop, 'soon', 700)]
  await setTimer(shop, 'tomorrow', 86_400_000)
  start(fired.fire)
  await until(() => fired.all.length >= 2)
  await sleep(600)
  expect(fired.all).toEqual([
    { workspaceId: bakery, orderId: late, name: 'late', generation: 1 },
    { workspaceId: shop, orderId: soon, name: 'soon', generation: 1 },
  ])
})

test('two sweepers hand a timer over once', async () => {
  const fired = recorder()
  for (let i = 0; i < 40; i++) await setTimer(bakery, 'late', -1_000)
  start(fired.fire)
  start(fired.fire)
  await until(() => fired.all.length >= 40)
  await sleep(1_200)
  expect(new Set(fired.all.map((timer) => timer.orderId)).size).toBe(40)
  expect(fired.all).toHaveLength(40)
})

test('a new generation of a timer that was handed over a moment ago is due at once', async () => {
  const fired: DueTimer[] = []
  const orderId = await setTimer(bakery, 'late', -1_000)
  // Like a use case that failed: the row stays.
  start(async (_, timers) => void fired.push(...timers))
  await until(() => fired.length === 1)
  await pools.change(bakery, async (tx) => tx.send({ text: 'update timers set generation = 2 where order_id = $1', values: [orderId] }))
  await until(() => fired.length === 2)
  expect(fired.map((timer) => timer.generation)).toEqual([1, 2])
})

test('a timer that cannot be fired does not keep its neighbours from theirs', async () => {
  const fired = recorder()
  const poison = await setTimer(bakery, 'late', -2_000)
  const [a, b] = [await setTimer(bakery, 'late', -1_000), await setTimer(shop, 'late', -1_000)]
  start(async (workspaceId, timers) => {
    if (timers.some((timer) => timer.orderId === poison)) throw new Error('poison')
    await fired.fire(workspaceId, timers)
  })
  await until(() => fired.all.length >= 2)
  expect(fired.all.map((timer) => timer.orderId).sort()).toEqual([a, b].sort())
})

test('expired reservations are handed over, and one whose expiry fails does not block the others', async () => {
  const asked: string[][] = []
  const [poison, fine] = [await reserve(-2_000), await reserve(-1_000)]
  await reserve(60_000)
  start(
    async () => {},
    async (_, ids) => {
      asked.push(ids)
      if (ids.includes(poison)) throw new Error('poison')
    },
  )
  await until(() => asked.length === 3)
  await sleep(1_500)
  expect(asked).toEqual([[poison, fine], [poison], [fine]])
})

function start(fire: FireTimers, expire: ExpireReservations = async () => {}): void {
  started.push(startTimers(pools, pino({ level: 'silent' }), fire, expire))
}

/** A use case that fires timers: it deletes their rows, as the real one does in its transaction. */
function recorder() {
  const all: (DueTimer & { workspaceId: string })[] = []
  const fire: FireTimers = async (workspaceId, timers) => {
    all.push(...timers.map((timer) => ({ workspaceId, ...timer })))
    await pools.change(workspaceId, async (tx) =>
      tx.send({ text: 'delete from timers where order_id = any($1::uuid[])', values: [timers.map((timer) => timer.orderId)] }),
    )
  }
  return { all, fire }
}

async function setTimer(workspaceId: string, name: string, inMs: number): Promise<string> {
  const orderId = newId()
  const text = `insert into timers (workspace_id, order_id, name, due_at, generation) values ($1, $2, $3, now() + $4 * interval '1 ms', 1)`
  await pools.change(workspaceId, async (tx) => tx.send({ text, values: [workspaceId, orderId, name, inMs] }))
  return orderId
}

async function reserve(inMs: number): Promise<string> {
  const id = newId()
  const text = `insert into reservations (workspace_id, id, item_id, location_id, lot_id, milli, state, expires_at, commit_id)
    values ($1, $2, $1, $1, $1, 1000, 'open', now() + $3 * interval '1 ms', $1)`
  await pools.change(shop, async (tx) => tx.send({ text, values: [shop, id, inMs] }))
  return id
}

async function until(so: () => boolean): Promise<void> {
  const deadline = performance.now() + 8_000
  while (!so()) {
    if (performance.now() > deadline) throw new Error('It did not come to that within 8 s')
    await sleep(25)
  }
}
