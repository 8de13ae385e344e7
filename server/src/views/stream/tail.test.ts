import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sealer, startSealer } from '#platform/sealer.ts'
import { orderOf, type TestShop, testShop } from '#server/testing/test-shop.ts'
import { openTail } from './tail.ts'
import { eyesOf } from './what-is-told.ts'

let shop: TestShop
let sealer: Sealer
beforeAll(async () => {
  shop = await testShop()
  sealer = startSealer(shop.databaseUrl, pino({ level: 'silent' }))
})
afterAll(async () => {
  await sealer.stop()
  await shop.end()
})

test('whoever sees nothing of what happens moves on with it', async () => {
  const eyes = eyesOf(shop.call([['orders:read', 'own']]), ['orders'])
  const told: string[] = []
  const follower = { workspaceId: shop.workspaceId, topics: ['orders'], eyes: () => eyes, fail: () => {} }
  const following = openTail(shop.pools).follow({ ...follower, tell: ({ event }) => void told.push(event) }, null)
  await expect.poll(() => following?.position()).not.toBeNull()
  const before = following?.position() ?? 0
  orderOf(await shop.place({ WRAP: 1 }))
  await expect.poll(() => following?.position()).toBeGreaterThan(before)
  expect(told).toEqual(['hello'])
  following?.stop()
})
