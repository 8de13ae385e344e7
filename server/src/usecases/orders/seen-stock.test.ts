import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Pools, Tx } from '#platform/db.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { orderOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import type { Outcome } from './order-batch.ts'
import { placeOrders } from './place-orders.ts'

let shop: TestShop
beforeEach(async () => {
  shop = await testShop()
  await shop.receive({ CUP: 100 })
})
afterEach(async () => {
  await shop.end()
  expect(shop.reports).toEqual([])
})

test('shelves that hold plenty are not locked before they are written', async () => {
  const asked: string[] = []
  expect((await placeAside(20, async (name) => void asked.push(name))).ok).toBe(true)
  expect(asked).toContain('see_stock')
  expect(asked).not.toContain('lock_stock')
  expect(await shop.free('CUP')).toBe(80)
})

test('scarce shelves are locked before anybody is promised anything', async () => {
  const asked: string[] = []
  expect((await placeAside(90, async (name) => void asked.push(name))).ok).toBe(true)
  expect(asked).toContain('lock_stock')
})

test('what was plenty when it was seen and is gone when it is written is refused as what it is', async () => {
  let seen = 0
  const outcome = await placeAside(20, async (name) => {
    // Between the look and the write somebody else takes nearly all.
    if (name === 'see_stock' && ++seen === 1) orderOf(await shop.place({ CUP: 90 }))
  })
  expect(outcome).toMatchObject({ ok: false, reason: { code: 'stock.too_little', params: { wanted: 20_000, free: 10_000 } } })
  expect(seen).toBe(1)
  expect(await shop.free('CUP')).toBe(10)
})

test('what is still enough by the time it is written is sold on top of what others took', async () => {
  let seen = 0
  const outcome = await placeAside(20, async (name) => {
    if (name === 'see_stock' && ++seen === 1) orderOf(await shop.place({ CUP: 70 }))
  })
  expect(outcome.ok).toBe(true)
  expect(await shop.free('CUP')).toBe(10)
})

/** Places an order through an engine of its own; `answered` hears of each of its statements and may hold up what comes after. */
async function placeAside(cups: number, answered: (statement: string) => Promise<void>): Promise<Outcome> {
  const pools: Pools = {
    ...shop.pools,
    change: (workspaceId, work) =>
      shop.pools.change(workspaceId, (tx) => {
        const query: Tx['query'] = async (statement) => {
          const rows = await tx.query(statement)
          await answered(statement.name ?? '')
          return rows as never
        }
        return work({ ...tx, query })
      }),
  }
  const engine = openEngine(pools, shop.reference, (error) => shop.reports.push(error), 256)
  const body = { channel: 'desk', location: 'main', lines: [{ item: 'CUP', quantityMilli: cups * 1_000 }] }
  const [outcome] = await placeOrders(engine, shop.call(), [{ key: null, body }])
  return outcome as Outcome
}
