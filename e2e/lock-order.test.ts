import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
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

test('two servers under baskets, cancellations, reopenings, returns and receipts of the same goods never wait for each other in a circle', async () => {
  const { statuses, deadlocks } = await tradeFromTwoServers()
  expect([deadlocks, statuses]).toEqual([0, new Set([200, 201])])
})

test('locks taken in no order are caught', async () => {
  const { deadlocks } = await tradeFromTwoServers(mutants.unsortedLocks)
  expect(deadlocks).toBeGreaterThan(0)
})

/** A few hundred baskets through 64 connections to two servers, and things done with them. */
async function tradeFromTwoServers(mutant?: Mutant): Promise<{ statuses: Set<number>; deadlocks: number }> {
  const servers = await Promise.all([1, 2].map(() => startServerProcess(shop.databaseUrl, mutant)))
  const apis = servers.map((server) => server.as(shop.apiKey))
  for (const code of items) await apis[0]?.call('createItem', { body: { code, name: code, stocked: 'own', variants: [{ code, priceMicro: 1_000_000 }] } })
  await shop.receive(Object.fromEntries(items.map((code) => [code, 100_000])))
  const random = randomOf(seed)
  const statuses = await inParallel(300, 64, (n) => trade(apis[n % 2] as Client, random))
  await Promise.all(servers.map((server) => server.stop()))
  return { statuses: new Set(statuses.flat()), deadlocks: await deadlocks() }
}

async function trade(api: Client, random: Random): Promise<number[]> {
  const basket = () => Array.from({ length: 5 }, () => ({ item: random.one(items), quantityMilli: 1_000 }))
  const placed = await api.call('placeOrder', { body: { channel: 'web', location: 'main', lines: basket() }, idempotencyKey: newId() })
  if (!placed.ok) return [placed.status]
  const { id, lines } = placed.body
  const act = (action: string, body: object = {}) => api.call('actOnOrder', { params: { id, action }, body: body as never })
  const receive = () =>
    api.call('adjustStock', { body: { adjustments: basket().map(({ item }) => ({ kind: 'receipt' as const, item, location: 'main', deltaMilli: 1_000 })) }, idempotencyKey: newId() })
  const answers = [placed, await receive(), await act('cancel', { reason: 'customer_changed_mind' }), await act('reopen', { reason: 'customer_came_back' })]
  for (const action of ['start', 'pack']) answers.push(await act(action))
  answers.push(await act('pay', { amountMinor: 500, method: 'cash' }), await act('hand_over'))
  answers.push(await act('return', { lines: lines.map((line) => ({ lineId: line.id, quantityMilli: 1_000 })) }))
  return answers.map(({ status }) => status)
}

// Sessions tell their numbers when they end, a moment after their server.
async function deadlocks(): Promise<number> {
  await wait(500)
  const client = new pg.Client({ connectionString: shop.databaseUrl })
  await client.connect()
  const { rows } = await client.query<{ deadlocks: number }>('select deadlocks::int from pg_stat_database where datname = current_database()')
  await client.end()
  return rows[0]?.deadlocks ?? 0
}
