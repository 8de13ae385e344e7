import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OrderFacts } from '#contract/filter/order-fields.ts'
import { insertOrders, someOrders } from '#server/testing/generated-orders.ts'
import { type TestWorkspace, testWorkspace } from '#server/testing/test-workspace.ts'
import { letThrough, type Sieve } from './let-through.ts'
import { factsOf } from './order-facts.ts'

const orders = someOrders(80, Number(process.env.DOCKET_SEED))
const ids = orders.map(({ id }) => id)
let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
  await insertOrders(shop.pools, shop.workspaceId, orders)
})
afterAll(() => shop.end())

/** Of what is in no order, in one; of a thing that is there twice, one. */
function sorted(facts: OrderFacts) {
  const told = (lists: readonly string[]) => [...new Set(lists)].sort()
  const field = Object.entries(facts.field).map(([name, value]) => [name, typeof value === 'object' ? Date.parse(value.at) : value])
  const words = facts.words.flatMap((place) => (place.words.length === 0 ? [] : `${place.in} ${told(place.words).join(' ')}`))
  return { ...facts, tag: told(facts.tag), item: told(facts.item), field: Object.fromEntries(field), words: told(words) }
}

test('what filters are asked about is what the orders are', async () => {
  const read = await shop.pools.view(shop.workspaceId, (db) => factsOf(db, shop.workspaceId, ids, true))
  for (const { id, facts } of orders) expect(sorted(read.get(id) as OrderFacts)).toEqual(sorted(facts))
})

test('a filter that thinks for too long is left out, and no other with it', async () => {
  const quick: Sieve = { key: 'quick', looksForWords: true, letsThrough: ({ number }) => number === 1_040 }
  const slow: Sieve = {
    key: 'slow',
    looksForWords: true,
    letsThrough: () => Boolean(Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)),
  }
  const sieves = new Map([slow, quick].map((sieve) => [sieve.key, sieve]))
  const through = await letThrough(shop.pools, shop.workspaceId, ids, sieves)
  expect([...through]).toEqual([['quick', new Set([ids[0]])]])
})
