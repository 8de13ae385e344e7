import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OrderAction } from '#contract/orders.ts'
import type { Order } from '#modules/orders/index.ts'
import { expectTrue, tellsTheSame } from '../../testing/books.ts'
import { orderOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import type { Engine } from '../engine.ts'
import { openEngine } from '../open-engine.ts'
import { referenceCache } from '../reference.ts'
import { actOnOrders } from './act-on-orders.ts'

// Money goes back once: refund against refund against cancel, in one transaction, in several, and from two processes.

let shop: TestShop
let second: Engine
beforeAll(async () => {
  shop = await testShop()
  second = openEngine(shop.pools, referenceCache(shop.pools), (error) => shop.reports.push(error), 256)
  await shop.receive({ CUP: 1_000 })
})
afterAll(async () => {
  await expectTrue(shop)
  await shop.end()
})

const refund = (amountMinor: number): OrderAction => ({ verb: 'refund', amountMinor, method: 'cash' })
const cancel: OrderAction = { verb: 'cancel', reason: 'customer_changed_mind' }

async function paidOrder(): Promise<Order> {
  const order = orderOf(await shop.place({ CUP: 4 }))
  return orderOf(await shop.act(order, 'pay', { amountMinor: 1_000, method: 'cash' }))
}

const ask = async (engine: Engine, order: Order, ...commands: OrderAction[]) =>
  (
    await actOnOrders(
      engine,
      shop.call(),
      commands.map((command) => ({ orderId: order.id, expectedSeq: null, key: null, command })),
    )
  ).map((outcome) => (outcome.ok ? 'done' : outcome.reason.code))

async function expectBalanced(order: Order, refundedMinor: number): Promise<void> {
  const { money } = await tellsTheSame(shop, order.id)
  const [ledger] = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ captured: number; refunded: number }>({
      text: `select coalesce(sum(amount_minor) filter (where kind = 'capture'), 0)::bigint as captured, coalesce(-sum(amount_minor) filter (where kind = 'refund'), 0)::bigint as refunded from money_entries where order_id = $1`,
      values: [order.id],
    }),
  )
  expect(ledger).toEqual({ captured: 1_000, refunded: refundedMinor })
  expect(money).toMatchObject({ capturedMinor: 1_000, refundedMinor })
}

test('two refunds of one list: what does not fit any more is refused', async () => {
  const order = await paidOrder()
  expect(await ask(shop.engine, order, refund(600), refund(600), refund(400))).toEqual(['done', 'money.refund_too_much', 'done'])
  await expectBalanced(order, 1_000)
})

test('refunds from many requests at once never give back more than was paid', async () => {
  const order = await paidOrder()
  const answers = (await Promise.all(Array.from({ length: 20 }, () => ask(shop.engine, order, refund(300))))).flat()
  expect(answers.filter((answer) => answer === 'done')).toHaveLength(3)
  await expectBalanced(order, 900)
})

test('refunds from two processes at once never give back more than was paid', async () => {
  const order = await paidOrder()
  const answers = (await Promise.all(Array.from({ length: 20 }, (_, i) => ask(i % 2 ? second : shop.engine, order, refund(300))))).flat()
  expect(answers.filter((answer) => answer === 'done')).toHaveLength(3)
  await expectBalanced(order, 900)
})

test('refund against cancel against refund, one list: each is decided on what the one before left', async () => {
  const order = await paidOrder()
  expect(await ask(shop.engine, order, refund(250), cancel, refund(750), refund(1))).toEqual([
    'done',
    'done',
    'done',
    'money.nothing_to_refund',
  ])
  await expectBalanced(order, 1_000)
  expect(await tellsTheSame(shop, order.id)).toMatchObject({ phase: 'cancelled', payment: 'refunded', balanceMinor: 0 })
})

test('refund against cancel against refund, from two processes: the books agree whoever came first', async () => {
  for (let round = 0; round < 5; round++) {
    const order = await paidOrder()
    const answers = (
      await Promise.all([
        ask(shop.engine, order, refund(700)),
        ask(second, order, cancel),
        ask(second, order, refund(700)),
        ask(shop.engine, order, cancel),
      ])
    ).flat()
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(2)
    await expectBalanced(order, 700)
    expect((await tellsTheSame(shop, order.id)).phase).toBe('cancelled')
  }
})
