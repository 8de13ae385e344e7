import { afterAll, beforeAll, expect, test } from 'vitest'
import { orderOf, refusalOf, type TestShop, testShop } from '../../testing/test-shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await testShop()
  await shop.receive({ CUP: 50, TEA: 20, FLOUR: 100_000 })
})
afterAll(() => shop.end())

/** Rows and events must tell the same order, reservations in any order. */
async function tellsTheSame(id: string): Promise<void> {
  const { row, replayed } = await shop.read(id)
  const sorted = (order: typeof row | null) =>
    order && { ...order, reservations: [...order.reservations].sort((a, b) => (a.id < b.id ? -1 : 1)) }
  expect(sorted(row)).toEqual(sorted(replayed))
  expect(shop.reports).toEqual([])
}

test('an order is placed with price, number, stage and its stock reserved', async () => {
  const free = await shop.free('CUP')
  const order = orderOf(await shop.place({ CUP: 3, WRAP: 1 }))
  expect(order).toMatchObject({
    phase: 'open',
    stage: 'AWAITING_PROCESSING',
    totalMinor: 850,
    payment: 'unpaid',
    fulfilment: 'unfulfilled',
    seq: 2,
  })
  expect(order.reservations).toMatchObject([{ milli: 3_000 }])
  expect(await shop.free('CUP')).toBe(free - 3)
  await tellsTheSame(order.id)
})

test('an order runs to its end: picked, packed, paid, handed over', async () => {
  const free = await shop.free('TEA')
  let order = orderOf(await shop.place({ TEA: 2 }))
  order = orderOf(await shop.act(order, 'start'))
  order = orderOf(await shop.act(order, 'pack'))
  expect(refusalOf(await shop.act(order, 'hand_over'))).toBe('guard.failed')
  order = orderOf(await shop.act(order, 'pay', { amountMinor: 998, method: 'cash' }))
  order = orderOf(await shop.act(order, 'hand_over'))
  expect(order).toMatchObject({
    phase: 'done',
    stage: 'COMPLETED',
    payment: 'paid',
    fulfilment: 'fulfilled',
    balanceMinor: 0,
    reservations: [],
  })
  expect(await shop.free('TEA')).toBe(free - 2)
  await tellsTheSame(order.id)
})

test('an order short of stock is refused and leaves nothing behind', async () => {
  const before = await everything()
  const outcome = await shop.place({ CUP: 2_000, TEA: 1 })
  expect(outcome).toMatchObject({ ok: false, reason: { code: 'stock.too_little', params: { item: 'CUP', wanted: 2_000_000 } } })
  expect(await everything()).toEqual(before)
})

test('a cancelled order gives its stock back and is owed nothing', async () => {
  const free = await shop.free('CUP')
  const placed = orderOf(await shop.place({ CUP: 5 }))
  expect(refusalOf(await shop.act(placed, 'cancel'))).toBe('move.needs_reason')
  const order = orderOf(await shop.act(placed, 'cancel', { reason: 'customer_changed_mind' }))
  expect(order).toMatchObject({ phase: 'cancelled', payment: 'none', fulfilment: 'cancelled', balanceMinor: 0, reservations: [] })
  expect(await shop.free('CUP')).toBe(free)
  await tellsTheSame(order.id)
})

async function everything(): Promise<unknown> {
  const tables = [
    'orders',
    'order_lines',
    'events',
    'commits',
    'stock',
    'movements',
    'reservations',
    'shortfalls',
    'timers',
    'idempotency_keys',
    'notes',
    'order_contacts',
  ]
  return shop.pools.view(shop.workspaceId, (db) =>
    Promise.all(
      tables.map((table) =>
        db.query({
          text: `select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as content from ${table} t`,
          values: [],
        }),
      ),
    ),
  )
}
