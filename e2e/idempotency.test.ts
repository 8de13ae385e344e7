import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import { type TestShop, testShop } from '#server/testing/test-shop.ts'
import { verify } from '#views/verify/verify.ts'
import { type CommitProxy, type Cut, commitProxy } from './fixtures/commit-proxy.ts'
import { type ServerProcess, startServerProcess } from './fixtures/server-process.ts'

let shop: TestShop
let proxy: CommitProxy
/** Two servers on the database, and one behind the proxy. */
let servers: [ServerProcess, ServerProcess]
let fragile: ServerProcess
beforeAll(async () => {
  shop = await testShop()
  await shop.receive({ CUP: 100_000 })
  proxy = await commitProxy(shop.databaseUrl)
  const start = startServerProcess
  ;[fragile, ...servers] = await Promise.all([start(proxy.url), start(shop.databaseUrl), start(shop.databaseUrl)])
})
afterAll(async () => {
  await Promise.all([fragile, ...servers].map((server) => server.stop()))
  await proxy.close()
  await shop.end()
})

const basket = { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1_000 }] }
const receipt = (deltaMilli: number, key?: string) => ({
  kind: 'receipt',
  item: 'CUP',
  location: 'main',
  deltaMilli,
  ...(key ? { key } : {}),
})

/** A request that makes or changes something, as it goes over the wire. */
interface Request {
  path: string
  body: unknown
  /** The same with another meaning. */
  otherBody: unknown
  key: string | null
}

let orderId: string
// biome-ignore format: read it by column
const kinds: [what: string, request: () => Request, effects: () => Promise<number>][] = [
  ['an order',            () => ({ path: '/orders',                            key: newId(), body: basket,                                    otherBody: { ...basket, channel: 'phone' } }),                 () => count('orders')],
  ['an order with a note',() => ({ path: '/orders',                            key: newId(), body: { ...basket, note: 'ring' },               otherBody: { ...basket, note: 'knock' } }),                    () => count('orders')],
  ['a list of orders',    () => ({ path: '/orders/batch',                      key: newId(), body: { orders: [basket] },                      otherBody: { orders: [{ ...basket, channel: 'phone' }] } }),   () => count('orders')],
  ['a note',              () => ({ path: `/orders/${orderId}/actions/note`,    key: newId(), body: { note: 'ring' },                          otherBody: { note: 'knock' } }),                               () => count('notes')],
  ['a payment',           () => ({ path: `/orders/${orderId}/actions/pay`,     key: newId(), body: { amountMinor: 1, method: 'cash' },        otherBody: { amountMinor: 2, method: 'cash' } }),              () => count('money_entries')],
  ['a recorded payment',  () => ({ path: `/orders/${orderId}/payments`,        key: newId(), body: { amountMinor: 1, method: 'cash' },        otherBody: { amountMinor: 2, method: 'cash' } }),              () => count('money_entries')],
  ['a list of actions',   () => ({ path: '/orders/actions',                    key: newId(), body: { actions: [{ orderId, action: 'note', note: 'ring' }] }, otherBody: { actions: [{ orderId, action: 'note', note: 'knock' }] } }), () => count('notes')],
  ['a receipt',           () => ({ path: '/stock/adjustments',                 key: newId(), body: { adjustments: [receipt(1_000)] },         otherBody: { adjustments: [receipt(2_000)] } }),               () => count('movements')],
  ['a receipt of its own key', () => { const key = newId(); return { path: '/stock/adjustments', key: null, body: { adjustments: [receipt(1_000, key)] }, otherBody: { adjustments: [receipt(2_000, key)] } } }, () => count('movements')],
  ['something kept',      () => ({ path: '/stock/reservations',                key: newId(), body: { item: 'CUP', location: 'main', quantityMilli: 1_000, purpose: 'window' }, otherBody: { item: 'CUP', location: 'main', quantityMilli: 2_000, purpose: 'window' } }), () => count('reservations')],
  ['a return',            () => ({ path: '/returns',                           key: newId(), body: { location: 'main', lines: [{ item: 'CUP', quantityMilli: 1_000, amountMinor: 5 }] }, otherBody: { location: 'main', lines: [{ item: 'CUP', quantityMilli: 2_000, amountMinor: 5 }] } }), () => count('returns')],
]

beforeEach(async () => {
  const placed = await servers[0].as(shop.apiKey).call('placeOrder', { body: basket, idempotencyKey: newId() })
  if (!placed.ok) throw new Error(JSON.stringify(placed))
  orderId = placed.body.id
})

describe.each(kinds)('%s', (_what, make, effects) => {
  test.each([1, 2])(
    'asked for fifty times at once with one key, from %i processes, happens once and is answered alike',
    async (processes) => {
      const [request, before] = [make(), await effects()]
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => send(servers[i % processes] as ServerProcess, request)))
      expect(new Set(answers.map((answer) => answer.status)).size, JSON.stringify(answers[0])).toBe(1)
      expect(answers[0]?.status).toBeLessThan(300)
      expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
      expect((await effects()) - before).toBe(1)
    },
  )

  test('with the same key and another body is refused, also by another process', async () => {
    const request = make()
    await send(servers[0], request)
    const before = await effects()
    for (const server of servers) {
      const { status, text } = await send(server, { ...request, body: request.otherBody })
      expect([status, text]).toEqual([status === 200 ? 200 : 422, expect.stringContaining('"idempotency.other_body"')])
      if (status === 200) expect(JSON.parse(text)).toMatchObject({ results: [{ status: 422 }] })
    }
    expect((await effects()) - before).toBe(0)
  })

  test.each<Cut>(['before COMMIT', 'after COMMIT', 'instead of its answer'])(
    'whose connection to the database is cut %s happens once and is answered',
    async (where) => {
      const [request, before] = [make(), await effects()]
      proxy.cutNext(where)
      const answer = await send(fragile, request)
      expect([answer.status < 300, proxy.cuts()], answer.text).toEqual([true, 1])
      expect(await send(servers[0], request)).toEqual(answer)
      expect((await effects()) - before).toBe(1)
    },
  )
})

test('a COMMIT whose answer is lost three times in a row is found each time', async () => {
  const before = await count('orders')
  const request: Request = { path: '/orders', key: newId(), body: basket, otherBody: null }
  proxy.cutNext('before COMMIT', { times: 3 })
  const answer = await send(fragile, request)
  expect([answer.status, proxy.cuts(), (await count('orders')) - before]).toEqual([201, 3, 1])
})

test('orders of many callers that shared the lost COMMIT are each placed once', async () => {
  const before = await count('orders')
  proxy.cutNext('instead of its answer')
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => send(fragile, { path: '/orders', key: newId(), body: basket, otherBody: null })),
  )
  const ids = answers.map(({ text }) => (JSON.parse(text) as { id: string }).id)
  expect([new Set(ids).size, proxy.cuts(), (await count('orders')) - before]).toEqual([40, 1, 40])
})

// Transactions beside the order's own, in which nothing is recorded.
test.each([
  ['who asks', 'key_holder', 1],
  ['a block of numbers', 'take_numbers', 101],
])('an order is placed once when the answer to the COMMIT of %s is lost', async (_what, statement, orders) => {
  const before = await count('orders')
  // What the server knows of a key it believes for less than a second.
  await wait(1_000)
  proxy.cutNext('instead of its answer', { statement })
  const answer = await send(fragile, {
    path: '/orders/batch',
    key: newId(),
    body: { orders: Array(orders).fill(basket) },
    otherBody: null,
  })
  expect([answer.status, proxy.cuts(), (await count('orders')) - before]).toEqual([200, 1, orders])
})

test('a repeat after the server was started anew gets the answer it would have got', async () => {
  const request: Request = { path: '/orders', key: newId(), body: basket, otherBody: null }
  const first = await startServerProcess(shop.databaseUrl)
  const answer = await send(first, request)
  await first.stop()
  const next = await startServerProcess(shop.databaseUrl)
  const repeat = await send(next, request)
  await next.stop()
  expect(repeat).toEqual(answer)
})

describe('a key used again after the order moved on', () => {
  test('answers for placing as the order stood then', async () => {
    const request: Request = { path: '/orders', key: newId(), body: { ...basket, note: 'ring' }, otherBody: null }
    const placed = await send(servers[0], request)
    await send(servers[0], {
      path: `/orders/${(JSON.parse(placed.text) as { id: string }).id}/actions/start`,
      key: null,
      body: {},
      otherBody: null,
    })
    expect(await send(servers[1], request)).toEqual(placed)
  })

  test('answers for an action as the order stood then', async () => {
    const request: Request = { path: `/orders/${orderId}/actions/tag`, key: newId(), body: { add: ['gift'] }, otherBody: null }
    const tagged = await send(servers[0], request)
    await send(servers[0], { path: `/orders/${orderId}/actions/start`, key: null, body: {}, otherBody: null })
    expect(await send(servers[1], request)).toEqual(tagged)
  })

  test('answers for an action that had nothing to do as the order stood then', async () => {
    const tag = (key: string): Request => ({ path: `/orders/${orderId}/actions/tag`, key, body: { add: ['gift'] }, otherBody: null })
    await send(servers[0], tag(newId()))
    const nothingToDo = tag(newId())
    const answer = await send(servers[0], nothingToDo)
    await send(servers[0], { path: `/orders/${orderId}/actions/start`, key: null, body: {}, otherBody: null })
    expect(await send(servers[1], nothingToDo)).toEqual(answer)
  })

  test('answers for each of twenty actions that shared transactions as the order stood after that one', async () => {
    const requests = Array.from(
      { length: 20 },
      (_, i): Request => ({ path: `/orders/${orderId}/actions/note`, key: newId(), body: { note: `note ${i}` }, otherBody: null }),
    )
    const answers = await Promise.all(requests.map((request) => send(servers[0], request)))
    expect(await Promise.all(requests.map((request) => send(servers[1], request)))).toEqual(answers)
  })
})

describe('the same key twice in one list', () => {
  // biome-ignore format: read it by column
  const lists: [what: string, path: string, list: string, entry: () => object, effects: () => Promise<number>][] = [
    ['places one order',    '/orders/batch',      'orders',      () => basket,                                              () => count('orders')],
    ['notes once',          '/orders/actions',    'actions',     () => ({ orderId, action: 'note', note: 'ring' }),         () => count('notes')],
    ['receives once',       '/stock/adjustments', 'adjustments', () => receipt(1_000),                                      () => count('movements')],
  ]
  test.each(lists)('%s', async (_what, path, list, entry, effects) => {
    const [before, key] = [await effects(), newId()]
    const { text } = await send(servers[0], {
      path,
      key: null,
      body: {
        [list]: [
          { ...entry(), key },
          { ...entry(), key },
        ],
      },
      otherBody: null,
    })
    const [one, other] = (JSON.parse(text) as { results: unknown[] }).results
    expect([other, (await effects()) - before]).toEqual([one, 1])
  })
})

describe('a request whose ground has gone since', () => {
  test('is answered as it was, though what it names may not be used any more', async () => {
    const code = `GONE-${newId()}`
    const api = servers[0].as(shop.apiKey)
    const item = await api.call('createItem', { body: { code, name: code, stocked: 'none', variants: [{ code, priceMicro: 1_000_000 }] } })
    if (!item.ok) throw new Error(JSON.stringify(item))
    const request: Request = {
      path: '/orders',
      key: newId(),
      body: { ...basket, lines: [{ item: code, quantityMilli: 1_000 }] },
      otherBody: null,
    }
    const answer = await send(servers[0], request)
    expect(answer.status).toBe(201)
    await api.call('updateItem', { params: { id: item.body.id }, body: { status: 'retired' } })
    expect(await send(servers[1], request)).toEqual(answer)
  })

  test('is not done again: a count that found nothing to correct stays what it was', async () => {
    const level = async () => (await shop.free('TEA')) * 1_000
    await shop.receive({ TEA: 7 })
    const key = newId()
    const counted: Request = {
      path: '/stock/adjustments',
      key: null,
      body: { adjustments: [{ kind: 'count', item: 'TEA', location: 'main', countMilli: 7_000, key }] },
      otherBody: null,
    }
    const answer = await send(servers[0], counted)
    await shop.receive({ TEA: 1 })
    expect([await send(servers[1], counted), await level()]).toEqual([answer, 8_000])
  })

  test('is answered alike where its outside number was booked under another key', async () => {
    const externalId = newId()
    const booked = (key: string): Request => ({
      path: '/stock/adjustments',
      key: null,
      body: { adjustments: [{ ...receipt(1_000, key), externalId }] },
      otherBody: null,
    })
    const [first, second] = [booked(newId()), booked(newId())]
    const answers = [await send(servers[0], first), await send(servers[0], second)]
    expect(answers[1]).toEqual(answers[0])
    expect([await send(servers[1], first), await send(servers[1], second)]).toEqual(answers)
  })
})

describe('what may be only once, asked for by two processes at one moment under different keys', () => {
  const atOnce = (path: string, body: unknown) =>
    Promise.all(Array.from({ length: 20 }, (_, i) => send(servers[i % 2] as ServerProcess, { path, key: newId(), body, otherBody: null })))

  test('one outside number is one order', async () => {
    const answers = await atOnce('/orders', { ...basket, externalId: newId() })
    expect(tallyOf(answers)).toEqual({ '201': 1, '409 order.exists': 19 })
  })

  test('one id is one order', async () => {
    const answers = await atOnce('/orders', { ...basket, id: newId() })
    expect(tallyOf(answers)).toEqual({ '201': 1, '409 order.exists': 19 })
  })

  test('one reference is one payment', async () => {
    const answers = await atOnce(`/orders/${orderId}/payments`, { amountMinor: 1, method: 'card', reference: newId() })
    expect(tallyOf(answers)).toEqual({ '201': 1, '409 money.exists': 19 })
  })

  test('one outside number is one receipt', async () => {
    const before = await count('movements')
    const answers = await atOnce('/stock/adjustments', { adjustments: [{ ...receipt(1_000), externalId: newId() }] })
    expect([new Set(answers.map(({ text }) => text)).size, (await count('movements')) - before]).toEqual([1, 1])
  })

  test('twenty first receipts of an item make one shelf with all of it', async () => {
    const code = `NEW-${newId()}`
    await servers[0]
      .as(shop.apiKey)
      .call('createItem', { body: { code, name: code, stocked: 'own', variants: [{ code, priceMicro: 1_000_000 }] } })
    const answers = await atOnce('/stock/adjustments', { adjustments: [{ ...receipt(1_000), item: code }] })
    expect([answers.filter(({ text }) => text.includes('movementIds')).length, await shop.free(code)]).toEqual([20, 20])
  })
})

test('afterwards everything that can be proved is proved', async () => {
  const { ok, findings } = await verify(shop.databaseUrl, { threads: 0 })
  expect([ok, findings.filter(({ violations }) => violations > 0)]).toEqual([true, []])
})

/** Sends it until there is an answer other than "ask again". */
async function send({ url }: ServerProcess, { path, key, body }: Request): Promise<{ status: number; text: string }> {
  for (;;) {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.apiKey}`, 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (response.headers.has('retry-after')) continue
    return { status: response.status, text }
  }
}

async function count(table: string): Promise<number> {
  const rows = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ n: number }>({ text: `select count(*) as n from ${table}`, values: [] }),
  )
  return rows[0]?.n ?? 0
}

function tallyOf(answers: { status: number; text: string }[]): Record<string, number> {
  const words = answers.map(({ status, text }) =>
    [status, (JSON.parse(text) as { code?: string }).code].filter((word) => word !== undefined).join(' '),
  )
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, same]) => [word, same.length]))
}
