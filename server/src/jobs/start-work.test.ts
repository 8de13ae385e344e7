import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Jobs } from '#platform/jobs/start-jobs.ts'
import { sealLagMs } from '#platform/sealer.ts'
import { keepStock } from '#usecases/stock/keep-stock.ts'
import { orderOf, type TestShop, testShop } from '../testing/test-shop.ts'
import { startWork } from './start-work.ts'

let shop: TestShop
let work: Jobs

beforeEach(async () => {
  shop = await testShop('made-to-order')
  work = await startWork(shop.databaseUrl, shop.engine, { role: 'jobs', orderRetryAttempts: 10 }, pino({ level: 'silent' }))
})

afterEach(async () => {
  await work.stop()
  await shop.end()
  expect(shop.reports).toEqual([])
})

test('an order that waits for stock is served when stock comes', async () => {
  const order = orderOf(await shop.place({ CUP: 3 }))
  expect(order.shortfalls).toHaveLength(1)
  await shop.receive({ CUP: 10 })
  await until(async () => (await shop.read(order.id)).row?.shortfalls.length === 0)
  expect(await shop.free('CUP')).toBe(7)
})

test('a hold with an end ends by itself', async () => {
  await shop.receive({ CUP: 10 })
  const placed = orderOf(await shop.place({ CUP: 1 }))
  const reason = (await shop.engine.reference.get(shop.workspaceId))?.reasons.find((one) => one.kind === 'hold')?.code
  const held = orderOf(await shop.act(placed, 'hold', { reason, until: new Date(Date.now() + 1_000).toISOString() }))
  expect(held.holds).toHaveLength(1)
  await until(async () => (await shop.read(held.id)).row?.holds.length === 0)
})

test('stock kept until a moment is free again after it', async () => {
  await shop.receive({ CUP: 10 })
  const expiresAt = new Date(Date.now() + 1_000).toISOString()
  const [kept] = await keepStock(shop.engine, shop.call(), [
    { key: null, body: { item: 'CUP', location: 'main', quantityMilli: 4_000, purpose: 'trial', expiresAt } },
  ])
  expect(kept?.ok).toBe(true)
  expect(await shop.free('CUP')).toBe(6)
  await until(async () => (await shop.free('CUP')) === 10)
})

test('every commit gets its position within moments', async () => {
  orderOf(await shop.place({ CUP: 1 }))
  await until(async () => (await sealLagMs(shop.pools)) === 0)
})

async function until(so: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 12_000
  while (!(await so())) {
    if (performance.now() > deadline) throw new Error('It did not come to that within 12 s')
    await sleep(25)
  }
}
