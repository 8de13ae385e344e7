import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Example } from '#contract/workflow.ts'
import type { Command, Order } from '#modules/orders/index.ts'
import { blueprints } from '../../../blueprints/index.ts'
import { expectTrue, tellsTheSame } from '../../testing/books.ts'
import { orderOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import { callOfEngine } from '../call.ts'
import { adjustStock } from '../stock/adjust-stock.ts'
import { engineWork, fireTimers, wakeOrders } from './fire-timers.ts'
import type { Outcome } from './order-batch.ts'

// Every example of the blueprints once more, this time on PostgreSQL: after each step rows and events tell the same.
describe.each(blueprints)('$code', ({ code, workflow }) => {
  let shop: TestShop
  beforeAll(async () => {
    shop = await testShop(code)
  })
  afterAll(async () => {
    await expectTrue(shop)
    await shop.end()
  })

  test.each(workflow.examples.map((example) => [example.name, example] as const))('%s', async (_, example) => {
    await fill(example.facts?.includes('stock_is_short') ? 1 : 50)
    let order = orderOf(await shop.place({ CUP: 2, BREAD: 3, WRAP: 1 }))
    order = await tellsTheSame(shop, order.id)
    if (example.facts?.includes('paid')) order = await turn(order, 'payment_arrives')
    if (example.facts?.includes('on_hold')) order = await turn(order, 'hold_opens')
    for (const [i, event] of example.events.entries()) {
      const refused = example.refused === event && i === example.events.length - 1
      if (refused) expect((await step(order, event)).ok).toBe(false)
      else order = await turn(order, event)
    }
    expect((await tellsTheSame(shop, order.id)).stage).toBe(example.ends)
  })

  /** As many pieces of everything on the shelf as said, over what is reserved. */
  async function fill(pieces: number): Promise<void> {
    for (const item of ['CUP', 'FLOUR']) {
      const rows = await shop.pools.view(shop.workspaceId, (db) =>
        db.query<{ reserved: number }>({
          text: 'select s.reserved_milli as reserved from stock s join items i on i.workspace_id = s.workspace_id and i.id = s.item_id where i.code = $1',
          values: [item],
        }),
      )
      const countMilli = (rows[0]?.reserved ?? 0) + pieces * (item === 'CUP' ? 1_000 : 1_000_000)
      const [counted] = await adjustStock(shop.engine, shop.call(), [
        { key: null, body: { kind: 'count', item, location: 'main', countMilli } },
      ])
      expect(counted?.ok).toBe(true)
    }
  }

  async function turn(order: Order, event: string): Promise<Order> {
    const outcome = await step(order, event)
    if (!outcome.ok) throw new Error(`${event} was refused: ${outcome.reason.code} ${JSON.stringify(outcome.reason.params)}`)
    return tellsTheSame(shop, order.id)
  }

  /** One word of an example, done the way it is done in life. */
  async function step(order: Order, event: Example['events'][number]): Promise<Outcome> {
    const named = workflow.moves.filter((move) => move.on === event && [move.from].flat().includes(order.stage))
    if (event === 'payment_arrives') return shop.act(order, 'pay', { amountMinor: order.balanceMinor, method: 'cash' })
    if (event === 'hold_opens') return shop.act(order, 'hold', { reason: 'waiting_for_customer' })
    if (event === 'hold_closes') return shop.act(order, 'release')
    if (event === 'stock_arrives') {
      await fill(50)
      return (await wakeOrders(shop.engine, shop.workspaceId, [order.id]))[0] as Outcome
    }
    if (workflow.stages[order.stage]?.late?.on === event) {
      await fireTimers(shop.engine, shop.workspaceId, [{ orderId: order.id, name: event, generation: order.generation }])
      const { row } = await shop.read(order.id)
      return { ok: true, order: row as Order, subjectId: order.id, already: false, replayed: false }
    }
    if (named.some((move) => move.by === 'event') || workflow.moves.some((move) => move.on === event && move.by === 'event')) {
      const command: Command = {
        verb: 'move',
        action: event,
        by: 'event',
        generation: null,
        reason: null,
        noteId: null,
        fields: {},
        idChecked: false,
        at: null,
      }
      return (
        await shop.engine.lane.submit(shop.workspaceId, 'act', [engineWork(callOfEngine(shop.workspaceId, 'system'), order.id, command)])
      )[0] as Outcome
    }
    return shop.act(order, event, { reason: event === 'reopen' ? 'ended_by_mistake' : 'customer_changed_mind' })
  }
})
