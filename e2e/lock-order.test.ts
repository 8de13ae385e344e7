import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import type { Client } from '#sdk/client.ts'
import { seed } from '#server/testing/seed.ts'
import { type TestShop, testShop } from '#server/testing/test-shop.ts'
import { type Random, randomOf } from './chaos/random.ts'
import { inParallel } from './fixtures/in-parallel.ts'
import { type Mutant, mutants } from './fixtures/mutants.ts'
import { startServerProcess } from './fixtures/server-process.ts'

const items = Array.from({ length: 20 }, (_, i) => `ITEM-${i}`)

let shop: TestShop
beforeEach(async () => {
  shop = await testShop()
})
afterEach(() => shop.end())

test('two servers under baskets, receipts, cancellations, reopenings and returns of the same goods never wait for each other in a circle', async () => {
  const { statuses, deadlocks } = await fromTwoServers(80, trade)
  expect([deadlocks, statuses]).toEqual([0, new Set([200, 201])])
}, 60_000)

test('locks taken in no order are caught', async () => {
  const untilSeen: Trade = async (api, random) => ((await deadlocksSoFar()) > 0 ? [] : placeAndCancel(api, random))
  const { deadlocks } = await fromTwoServers(2_000, untilSeen, mutants.unsortedLocks)
  expect(deadlocks).toBeGreaterThan(0)
}, 60_000)

type Trade = (api: Client, random: Random) => Promise<number[]>

/** So many customers over 64 connections to two servers, and how often two transactions waited for each other in a circle. */
async function fromTwoServers(customers: number, one: Trade, mutant?: Mutant): Promise<{ statuses: Set<number>; deadlocks: number }> {
  const servers = await Promise.all([1, 2].map(() => startServerProcess(shop.databaseUrl, mutant)))
  const apis = servers.map((server) => server.as(shop.apiKey))
  for (const code of items)
    await apis[0]?.call('createItem', { body: { code, name: code, stocked: 'own', variants: [{ code, priceMicro: 1_000_000 }] } })
  await shop.receive(Object.fromEntries(items.map((code) => [code, 100_000])))
  const random = randomOf(seed)
  const statuses = await inParallel(customers, 64, (n) => one(apis[n % 2] as Client, random))
  await Promise.all(servers.map((server) => server.stop()))
  // Sessions tell their numbers when they end, a moment after their server.
  await wait(500)
  return { statuses: new Set(statuses.flat()), deadlocks: await deadlocksSoFar() }
}

const basket = (random: Random) => Array.from({ length: 5 }, () => ({ item: random.one(items), quantityMilli: 1_000 }))

function place(api: Client, random: Random) {
  return api.call('placeOrder', { body: { channel: 'web', location: 'main', lines: basket(random) }, idempotencyKey: newId() })
}

async function placeAndCancel(api: Client, random: Random): Promise<number[]> {
  const placed = await place(api, random)
  if (!placed.ok) return [placed.status]
  const cancelled = await api.call('actOnOrder', {
    params: { id: placed.body.id, action: 'cancel' },
    body: { reason: 'customer_changed_mind' },
  })
  return [placed.status, cancelled.status]
}

async function trade(api: Client, random: Random): Promise<number[]> {
  const placed = await place(api, random)
  if (!placed.ok) return [placed.status]
  const { id, lines } = placed.body
  const receipts = basket(random).map(({ item }) => ({ kind: 'receipt' as const, item, location: 'main', deltaMilli: 1_000 }))
  const received = await api.call('adjustStock', { body: { adjustments: receipts }, idempotencyKey: newId() })
  // biome-ignore format: read it by column
  const life: [action: string, input: object][] = [
    ['cancel',    { reason: 'customer_changed_mind' }],
    ['reopen',    { reason: 'customer_came_back' }],
    ['start',     {}],
    ['pack',      {}],
    ['pay',       { amountMinor: 500, method: 'cash' }],
    ['hand_over', {}],
    ['return',    { lines: lines.map((line) => ({ lineId: line.id, quantityMilli: 1_000 })) }],
  ]
  const statuses = [placed.status, received.status]
  for (const [action, input] of life) {
    // What an action takes is known by its name; the list above is right for each.
    const acted = await api.call('actOnOrder', { params: { id, action }, body: input as never })
    statuses.push(acted.status)
  }
  return statuses
}

async function deadlocksSoFar(): Promise<number> {
  const rows = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ deadlocks: number }>({ text: 'select deadlocks from pg_stat_database where datname = current_database()', values: [] }),
  )
  return rows[0]?.deadlocks ?? 0
}
