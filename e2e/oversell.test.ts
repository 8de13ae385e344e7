import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import type { Client } from '#sdk/client.ts'
import { type TestShop, testShop } from '#server/testing/test-shop.ts'
import { verify } from '#views/verify/verify.ts'
import { inParallel } from './fixtures/in-parallel.ts'
import { type ServerProcess, startServerProcess } from './fixtures/server-process.ts'

const takers = 300
const connections = 64

let shop: TestShop
let servers: ServerProcess[]
beforeAll(async () => {
  shop = await testShop()
  servers = await Promise.all([startServerProcess(shop.databaseUrl), startServerProcess(shop.databaseUrl)])
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await shop.end()
})

type Basket = { item: string; quantityMilli: number }[]

// What each taker wants, of which there is enough for exactly a hundred.
// biome-ignore format: read it by column
const cases: [what: string, stock: (name: string) => Record<string, number>, basket: (name: string, taker: number) => Basket, wanted: number][] = [
  ['one item',                             (name) => ({ [name]: 100 }), (name) => [{ item: name, quantityMilli: 1_000 }], 1_000],
  ['an item twice in a basket',            (name) => ({ [name]: 200 }), (name) => [{ item: name, quantityMilli: 1_000 }, { item: name, quantityMilli: 1_000 }], 2_000],
  ['two recipes that share an ingredient', (name) => ({ [name]: 100 }), (name, taker) => [{ item: `${name} ${taker % 2 === 0 ? 'A' : 'B'}`, quantityMilli: 1_000 }], 1_000],
  ['both of two items, in any order',      (name) => ({ [name]: 100, [`${name} 2`]: 500 }), (name, taker) => [name, `${name} 2`].sort(() => (taker % 2) - 0.5).map((item) => ({ item, quantityMilli: 1_000 })), 1_000],
]

describe.each([1, 2])('from %i server processes, 300 takers over 64 connections', (processes) => {
  test.each(cases)('sell exactly 100 of 100: %s', async (what, stockOf, basketOf, wanted) => {
    const channel = what.replaceAll(/[ ,]+/g, '_')
    const name = `${channel}-${processes}`
    await stockShelf(name, stockOf(name))
    const apis = servers.slice(0, processes).map((server) => server.as(shop.apiKey))

    const answers = await inParallel(takers, connections, (taker) =>
      take(apis[taker % processes] as Client, basketOf(name, taker), channel),
    )

    const refusals = answers.flatMap((answer) => (answer.ok ? [] : [answer]))
    expect(answers.filter((answer) => answer.ok).length).toBe(100)
    expect(refusals.map(({ status, problem }) => `${status} ${problem?.code}`)).toEqual(Array(200).fill('409 stock.too_little'))
    for (const { problem } of refusals) {
      expect(problem?.params).toMatchObject({ item: name, wanted })
      expect(problem?.params?.free).toBeLessThan(wanted)
    }
    expect(await standing(name)).toEqual({ reserved: 100 * wanted, promised: 100 * wanted, orders: 100 })
    await expect.poll(() => missed(channel, name), { timeout: 5_000 }).toEqual({ times: 200, wanted: 200 * wanted })
  })
})

test('afterwards everything that can be proved is proved', async () => {
  const { ok, findings } = await verify(shop.databaseUrl, { threads: 0 })
  expect([ok, findings.filter(({ violations }) => violations > 0)]).toEqual([true, []])
})

/** Puts stock on the shelf, and makes two recipes of the first item: one of it, and two of it for two. */
async function stockShelf(name: string, stock: Record<string, number>): Promise<void> {
  const api = (servers[0] as ServerProcess).as(shop.apiKey)
  const create = async (body: Parameters<typeof api.call<'createItem'>>[1]['body']) =>
    expect(await api.call('createItem', { body })).toMatchObject({ ok: true })
  const variants = (code: string) => [{ code, priceMicro: 2_500_000 }]
  for (const code of Object.keys(stock)) await create({ code, name: code, stocked: 'own', variants: variants(code) })
  for (const [letter, parts] of [
    ['A', 1],
    ['B', 2],
  ] as const) {
    const recipe = { yieldMilli: parts * 1_000, parts: [{ item: name, milliNum: parts * 1_000, milliDen: 1 }] }
    await create({ code: `${name} ${letter}`, name: letter, stocked: 'recipe', variants: variants(`${name} ${letter}`), recipe })
  }
  await shop.receive(stock)
}

/** One taker, who asks again with the same key as long as the shop says that it is busy. */
async function take(api: Client, lines: Basket, channel: string) {
  const idempotencyKey = newId()
  for (;;) {
    const answer = await api.call('placeOrder', {
      body: { channel, location: 'main', lines },
      idempotencyKey,
    })
    if (answer.ok || answer.status === 409) return answer
    if (answer.status !== 503) throw new Error(JSON.stringify(answer))
  }
}

async function standing(item: string): Promise<unknown> {
  const rows = await shop.pools.view(shop.workspaceId, (db) =>
    db.query({
      text: `select (select sum(reserved_milli)::bigint from stock where item_id = i.id) as reserved,
          (select sum(milli)::bigint from reservations where item_id = i.id and state = 'open') as promised,
          (select count(distinct order_id) from reservations where item_id = i.id) as orders
        from items i where code = $1`,
      values: [item],
    }),
  )
  return rows[0]
}

async function missed(channel: string, item: string): Promise<unknown> {
  const rows = await shop.pools.view(shop.workspaceId, (db) =>
    db.query({
      text: `select sum(m.times)::bigint as times, sum(m.wanted_milli)::bigint as wanted from missed_demand m join items i on i.workspace_id = m.workspace_id and i.id = m.item_id
        where i.code = $1 and m.channel = $2`,
      values: [item, channel],
    }),
  )
  return rows[0]
}
