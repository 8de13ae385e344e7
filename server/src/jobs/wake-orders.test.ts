import { afterEach, describe, expect, test } from 'vitest'
import type { Definition } from '#contract/workflow.ts'
import type { Pools } from '#platform/db.ts'
import type { Claim } from '#platform/jobs/types.ts'
import { callOfEngine } from '#usecases/call.ts'
import { saveItems } from '#usecases/items/save-items.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { engineWork } from '#usecases/orders/fire-timers.ts'
import type { Outcome } from '#usecases/orders/order-batch.ts'
import { placeOrders } from '#usecases/orders/place-orders.ts'
import { publishWorkflows } from '#usecases/workflows/publish-workflows.ts'
import { madeToOrder } from '../../blueprints/made-to-order.ts'
import { expectTrue, tellsTheSame } from '../testing/books.ts'
import { orderOf, type TestShop, testShop } from '../testing/test-shop.ts'
import { wakeOrdersJob } from './wake-orders.ts'

let shop: TestShop
afterEach(async () => {
  await expectTrue(shop)
  await shop.end()
})

/** Does the waking that is owed by now, as the worker would; answers how many rows asked for it. */
async function wake(): Promise<number> {
  const rows = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ id: string; payload: unknown }>({
      text: `select id, payload from owed where kind = 'wake_orders' and state = 'due' order by created_at`,
      values: [],
    }),
  )
  const claims = rows.map(
    (row): Claim => ({ workspaceId: shop.workspaceId, kind: 'wake_orders', lane: 'live', fence: 1, attempts: 1, ...row }),
  )
  if (claims.length > 0)
    expect(await wakeOrdersJob(shop.engine).handle(shop.workspaceId, claims, AbortSignal.timeout(9_000))).toEqual(
      claims.map(() => ({ kind: 'finished' })),
    )
  await shop.pools.change(shop.workspaceId, (tx) =>
    tx.query({
      text: `update owed set state = 'done', ended_at = now() where id = any($1::uuid[])`,
      values: [claims.map((claim) => claim.id)],
    }),
  )
  return claims.length
}

const place = async (pieces: number, more = {}) => orderOf(await shop.place({ CUP: pieces }, more))
const pieces = async (id: string) => {
  const { reservations, shortfalls } = await tellsTheSame(shop, id)
  const sum = (all: { milli: number }[]) => all.reduce((total, one) => total + one.milli, 0) / 1_000
  return { held: sum(reservations), missing: sum(shortfalls) }
}

async function takingNothing(): Promise<void> {
  const workflow: Definition = { ...madeToOrder.workflow, whileWaiting: 'take_nothing', examples: [] }
  const [published] = await publishWorkflows(shop, shop.call(), [workflow])
  if (!published?.ok) throw new Error('not published')
}

describe('orders that wait', () => {
  test('keep what is free and are served the rest, the most urgent first, then the oldest', async () => {
    shop = await testShop('made-to-order')
    await shop.receive({ CUP: 3 })
    const old = await place(5)
    const young = await place(4)
    const urgent = await place(6, { priority: 9 })
    expect([await pieces(old.id), await pieces(young.id), await pieces(urgent.id)]).toEqual([
      { held: 3, missing: 2 },
      { held: 0, missing: 4 },
      { held: 0, missing: 6 },
    ])
    await shop.receive({ CUP: 9 })
    await wake()
    expect([await pieces(old.id), await pieces(young.id), await pieces(urgent.id)]).toEqual([
      { held: 5, missing: 0 },
      { held: 1, missing: 3 },
      { held: 6, missing: 0 },
    ])
  })

  test('that take nothing meanwhile are served when all is there, and a smaller one passes by', async () => {
    shop = await testShop('made-to-order')
    await takingNothing()
    await shop.receive({ CUP: 3 })
    const large = await place(5)
    const small = await place(2)
    expect([await pieces(large.id), await pieces(small.id)]).toEqual([
      { held: 0, missing: 5 },
      { held: 2, missing: 0 },
    ])
    await shop.receive({ CUP: 3 })
    await wake()
    expect(await pieces(large.id)).toEqual({ held: 0, missing: 5 })
    await shop.receive({ CUP: 1 })
    await wake()
    expect(await pieces(large.id)).toEqual({ held: 5, missing: 0 })
  })

  test('lines that share an ingredient are told what is missing of it, line by line', async () => {
    shop = await testShop('made-to-order')
    await shop.receive({ FLOUR: 1_300, CUP: 1 })
    const order = orderOf(await shop.place({ BREAD: 3, CAKE: 2 }))
    const [bread, cake] = order.lines.map((line) => line.id)
    const milli = (lineId: string | undefined, of: { lineId: string | null; milli: number }[]) =>
      of.filter((one) => one.lineId === lineId).map((one) => one.milli)
    expect(milli(bread, order.reservations)).toEqual([1_000_000])
    expect(milli(cake, order.reservations).sort()).toEqual([1_000, 300_000].sort())
    expect(milli(cake, order.shortfalls).sort()).toEqual([1_000, 500_000].sort())
    await shop.receive({ FLOUR: 500, CUP: 1 })
    await wake()
    expect((await tellsTheSame(shop, order.id)).stage).toBe('ReadyForProduction')
  })

  test('are woken by what an order gives back, by what comes back, and by nothing else', async () => {
    shop = await testShop('made-to-order')
    await shop.receive({ CUP: 5 })
    const first = await place(5)
    const waiting = await place(2)
    await wake()
    await shop.act(first, 'note', { note: 'x' })
    expect(await wake()).toBe(0)
    await shop.act(first, 'cancel', { reason: 'entered_twice' })
    expect(await wake()).toBe(1)
    expect(await pieces(waiting.id)).toEqual({ held: 2, missing: 0 })
  })
})

test('stock that comes for the first time while an order looks for it in vain still finds the order', async () => {
  shop = await testShop('made-to-order')
  const { pools } = shop
  const change: Pools['change'] = (workspaceId, work) =>
    pools.change(workspaceId, (tx) =>
      work({
        ...tx,
        query: async (statement) => {
          const rows = await tx.query(statement)
          if (statement.name === 'lock_stock') {
            await shop.receive({ CUP: 5 })
            await wake()
          }
          return rows
        },
      } as typeof tx),
    )
  const engine = openEngine({ ...pools, change }, shop.reference, (error) => shop.reports.push(error), 256)
  const lines = [{ item: 'CUP', quantityMilli: 2_000 }]
  const [outcome] = await placeOrders(engine, shop.call(), [{ key: null, body: { channel: 'desk', location: 'main', lines } }])
  const order = orderOf(outcome as Outcome)
  expect(await pieces(order.id)).toEqual({ held: 0, missing: 2 })
  await wake()
  expect(await pieces(order.id)).toEqual({ held: 2, missing: 0 })
  // What it counted as missed is written before its database goes.
  await engine.missed.flush()
})

describe('orders that are kept although they are short', () => {
  test('call a person, are served when stock comes, and need nobody any more', async () => {
    shop = await testShop('marketplace')
    await shop.receive({ CUP: 1 })
    const order = await place(3)
    expect(order.attention).toBe('short')
    await shop.receive({ CUP: 5 })
    await wake()
    expect(await tellsTheSame(shop, order.id)).toMatchObject({ attention: '', shortfalls: [] })
  })

  test('may be handed over after all: what was found is booked in and out', async () => {
    shop = await testShop('marketplace')
    await shop.receive({ CUP: 1 })
    const order = await place(3)
    orderOf(await shop.act(order, 'skip_cool_down'))
    await shop.receive({ CUP: 1 })
    await wake()
    expect(await pieces(order.id)).toEqual({ held: 2, missing: 1 })
    const event = (action: string) =>
      engineWork(callOfEngine(shop.workspaceId, 'system'), order.id, {
        verb: 'move',
        action,
        by: 'event',
        generation: null,
        reason: null,
        noteId: null,
        fields: {},
        idChecked: false,
        at: null,
      })
    for (const action of ['label_bought', 'handed_over'])
      expect((await shop.engine.lane.submit(shop.workspaceId, 'act', [event(action)]))[0]?.ok).toBe(true)
    const movements = await shop.pools.view(shop.workspaceId, (db) =>
      db.query<object>({
        text: 'select kind, delta_milli as milli from movements where order_id = $1 order by delta_milli, kind',
        values: [order.id],
      }),
    )
    expect(movements).toEqual([...Array(3).fill({ kind: 'consume', milli: -1_000 }), { kind: 'found', milli: 1_000 }])
    expect(await shop.free('CUP')).toBe(0)
  })
})

describe('what is made from parts', () => {
  test('of which some are made from parts, too, takes what lies at the bottom, and each once', async () => {
    shop = await testShop()
    const variants = (code: string) => [{ code, contentMilli: 1_000, priceMicro: 5_000_000, currency: 'EUR' }]
    const saved = await saveItems({ pools: shop.pools, reference: shop.reference }, shop.call(), [
      {
        mode: 'create',
        item: {
          code: 'KIT',
          name: 'Kit',
          kind: 'goods',
          stocked: 'recipe',
          variants: variants('KIT'),
          recipe: {
            yieldMilli: 1_000,
            parts: [
              { item: 'BREAD', milliNum: 2_000, milliDen: 1 },
              { item: 'CUP', milliNum: 3_000, milliDen: 1 },
            ],
          },
        },
      },
    ])
    expect(saved.every((one) => one.ok)).toBe(true)
    await shop.receive({ FLOUR: 1_000, CUP: 7 })
    const order = orderOf(await shop.place({ KIT: 1, CUP: 4 }))
    expect(order.reservations.map((held) => held.milli).sort((a, b) => a - b)).toEqual([3_000, 4_000, 666_667])
    const [refused] = await placeOrders(shop.engine, shop.call(), [
      { key: null, body: { channel: 'desk', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1 }] } },
    ])
    expect(refused).toMatchObject({ ok: false, reason: { code: 'stock.too_little' } })
    await shop.act(order, 'cancel', { reason: 'entered_twice' })
    expect([await shop.free('FLOUR'), await shop.free('CUP')]).toEqual([1_000, 7])
  })
})

test('an order that breaks while it is woken is tried again', async () => {
  shop = await testShop('made-to-order')
  await place(1)
  await shop.receive({ CUP: 1 })
  const broken = {
    ...shop.engine,
    lane: {
      submit: async (_: string, __: string, items: unknown[]) =>
        items.map(() => ({ ok: false as const, reason: { code: 'internal' as const, params: {} }, order: null })),
    },
  }
  const stock = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ itemId: string; locationId: string }>({
      text: 'select item_id as "itemId", location_id as "locationId" from shortfalls',
      values: [],
    }),
  )
  const claim: Claim = {
    workspaceId: shop.workspaceId,
    id: shop.workspaceId,
    kind: 'wake_orders',
    lane: 'live',
    payload: { stock },
    fence: 1,
    attempts: 1,
  }
  await expect(wakeOrdersJob(broken).handle(shop.workspaceId, [claim], AbortSignal.timeout(9_000))).rejects.toThrow('could not be woken')
})
