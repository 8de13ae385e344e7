import { afterAll, beforeAll, expect, test } from 'vitest'
import { orderOf, refusalOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import { adjustStock } from '../stock/adjust-stock.ts'
import { fireTimers } from './fire-timers.ts'

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

test('what runs out while an order is held is up with its release', async () => {
  const order = orderOf(await shop.place({ CUP: 1 }))
  const [timer] = await timersOf(order.id)
  const held = orderOf(await shop.act(order, 'hold', { reason: await anyReason('hold') }))
  await fireTimers(shop.engine, shop.workspaceId, [{ orderId: order.id, name: timer?.name ?? '', generation: timer?.generation ?? 0 }])
  expect(await timersOf(order.id)).toEqual([])
  expect((await shop.read(order.id)).row?.attention).toBe('')
  await shop.act(held, 'release')
  const [freed] = await timersOf(order.id)
  expect(freed).toMatchObject({ name: timer?.name, generation: timer?.generation })
  expect(Date.parse(freed?.dueAt ?? '') - Date.parse(timer?.dueAt ?? '')).toBeLessThan(0)
})

test('a clock that still runs when a hold ends runs on as it did, however long ago the stage was entered', async () => {
  const order = orderOf(await shop.place({ CUP: 1 }, { at: '2026-01-05T09:00:00Z' }))
  const started = orderOf(await shop.act(order, 'start', { at: '2026-01-05T09:10:00Z' }))
  const before = await timersOf(order.id)
  const held = orderOf(await shop.act(started, 'hold', { reason: await anyReason('hold') }))
  await shop.act(held, 'release')
  expect(await timersOf(order.id)).toEqual(before)
})

test('what was late is not once somebody acted', async () => {
  const order = orderOf(await shop.place({ CUP: 1 }))
  const started = orderOf(await shop.act(order, 'start'))
  const [timer] = await timersOf(order.id)
  await fireTimers(shop.engine, shop.workspaceId, [{ orderId: order.id, name: timer?.name ?? '', generation: started.generation }])
  expect((await shop.read(order.id)).row?.attention).toBe('late')
  expect(orderOf(await shop.act(order, 'pack')).attention).toBe('')
})

test('points count as paid, and a write-off takes no more than is owed', async () => {
  const order = orderOf(await shop.place({ TEA: 1 }))
  expect(orderOf(await shop.act(order, 'pay', { kind: 'points', amountMinor: 400, method: 'points' })).payment).toBe('part_paid')
  expect(refusalOf(await shop.act(order, 'pay', { kind: 'write_off', amountMinor: 100, method: 'none' }))).toBe('money.bad_amount')
  expect(refusalOf(await shop.act(order, 'pay', { kind: 'rounding', amountMinor: 9_999, method: 'cash' }))).toBe('money.bad_amount')
  expect(orderOf(await shop.act(order, 'cancel', { reason: 'customer_changed_mind' })).payment).toBe('overpaid')
})

test('a return credits no more than what was sold, and nothing below zero', async () => {
  let order = orderOf(await shop.place({ CUP: 2 }))
  order = orderOf(await shop.act(order, 'start'))
  order = orderOf(await shop.act(order, 'pack'))
  order = orderOf(await shop.act(order, 'pay', { amountMinor: 500, method: 'cash' }))
  order = orderOf(await shop.act(order, 'hand_over'))
  const back = (creditMinor: number) =>
    shop.act(order, 'return', { lines: [{ lineId: order.lines[0]?.id, quantityMilli: 1_000, creditMinor }] })
  expect(refusalOf(await back(251))).toBe('return.credit_too_much')
  expect(refusalOf(await back(-1))).toBe('return.credit_too_much')
  expect(orderOf(await back(200)).creditedMinor).toBe(200)
})

test('an external id of another receipt is refused, the same receipt again is one', async () => {
  const receipt = (deltaMilli: number) =>
    adjustStock(shop.engine, shop.call(), [
      { key: null, body: { kind: 'receipt', item: 'TEA', location: 'main', deltaMilli, externalId: 'delivery 7' } },
    ])
  const [first] = await receipt(1_000)
  expect(await receipt(1_000)).toEqual([{ ...first, replayed: true }])
  expect(await receipt(2_000)).toMatchObject([{ ok: false, reason: { code: 'stock.exists' } }])
})

function timersOf(orderId: string): Promise<{ name: string; generation: number; dueAt: string }[]> {
  return shop.pools.view(shop.workspaceId, (db) =>
    db.query({
      text: `select name, generation, due_at as "dueAt" from timers where workspace_id = $1 and order_id = $2`,
      values: [shop.workspaceId, orderId],
    }),
  )
}

async function anyReason(kind: string): Promise<string> {
  return (await shop.engine.reference.get(shop.workspaceId))?.reasons.find((reason) => reason.kind === kind)?.code ?? ''
}

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
