import type { Order } from '#modules/orders/index.ts'
import { loadEvents, loadOrders, replay } from '#modules/orders/index.ts'
import type { Pools } from '#platform/db.ts'
import type { Engine } from '#usecases/engine.ts'
import { type ItemToSave, saveItems } from '#usecases/items/save-items.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { actOnOrders } from '#usecases/orders/act-on-orders.ts'
import type { Outcome } from '#usecases/orders/order-batch.ts'
import { type PlaceRequest, placeOrders } from '#usecases/orders/place-orders.ts'
import { adjustStock } from '#usecases/stock/adjust-stock.ts'
import { type TestWorkspace, testWorkspace } from './test-workspace.ts'

/** A workspace with a few items on the shelf, for tests that place and move orders. */
export interface TestShop extends TestWorkspace {
  engine: Engine
  /** What went wrong inside, for tests that expect nothing to. */
  reports: unknown[]
  receive(stock: Record<string, number>): Promise<void>
  place(items: Record<string, number>, more?: Partial<PlaceRequest['body']>): Promise<Outcome>
  act(order: Pick<Order, 'id'>, action: string, input?: Record<string, unknown>): Promise<Outcome>
  /** The order as its rows and as its events tell it. */
  read(id: string): Promise<{ row: Order | undefined; replayed: Order | null }>
  free(item: string): Promise<number>
}

// biome-ignore format: read it by column
const assortment: ItemToSave[] = [
  item('CUP',   { stocked: 'own' },    2_500_000),
  item('TEA',   { stocked: 'own' },    4_990_000),
  item('FLOUR', { stocked: 'own', baseUnit: 'g' }, 2_000),
  item('WRAP',  { kind: 'service', stocked: 'none' }, 1_000_000),
  { mode: 'create', item: { code: 'BREAD', name: 'Bread', kind: 'goods', stocked: 'recipe', variants: [{ code: 'BREAD', contentMilli: 1_000, priceMicro: 3_200_000, currency: 'EUR' }], recipe: { yieldMilli: 3_000, parts: [{ item: 'FLOUR', milliNum: 1_000_000, milliDen: 1 }] } } },
  { mode: 'create', item: { code: 'CAKE',  name: 'Cake',  kind: 'goods', stocked: 'recipe', variants: [{ code: 'CAKE', contentMilli: 1_000, priceMicro: 9_000_000, currency: 'EUR' }],  recipe: { yieldMilli: 1_000, parts: [{ item: 'FLOUR', milliNum: 400_000, milliDen: 1 }, { item: 'CUP', milliNum: 1_000, milliDen: 1 }] } } },
]

function item(
  code: string,
  what: { kind?: 'goods' | 'service'; stocked: 'own' | 'none'; baseUnit?: 'piece' | 'g' },
  priceMicro: number,
): ItemToSave {
  const { kind = 'goods', stocked, baseUnit = 'piece' } = what
  return {
    mode: 'create',
    item: {
      code,
      name: code.toLowerCase(),
      category: 'shelf',
      kind,
      stocked,
      baseUnit,
      variants: [{ code, contentMilli: 1_000, priceMicro, currency: 'EUR' }],
    },
  }
}

export async function testShop(blueprint = 'counter'): Promise<TestShop> {
  const workspace = await testWorkspace(blueprint)
  const reports: unknown[] = []
  return shopIn(
    workspace,
    openEngine(workspace.pools, workspace.reference, (error) => reports.push(error), 256),
    reports,
  )
}

async function shopIn(workspace: TestWorkspace, engine: Engine, reports: unknown[]): Promise<TestShop> {
  const { pools, workspaceId } = workspace
  const saved = await saveItems({ pools, reference: engine.reference }, workspace.call(), assortment)
  const refused = saved.find((one) => !one.ok)
  if (refused && !refused.ok) throw new Error(`An item was refused: ${refused.reason.code} ${JSON.stringify(refused.reason.params)}`)
  return {
    ...workspace,
    engine,
    reports,
    receive: async (stock) => {
      const outcomes = await adjustStock(
        engine,
        workspace.call(),
        Object.entries(stock).map(([code, pieces]) => ({
          key: null,
          body: { kind: 'receipt', item: code, location: 'main', deltaMilli: pieces * 1_000, unitCostMicro: 1_000_000 },
        })),
      )
      const bad = outcomes.find((one) => !one.ok)
      if (bad && !bad.ok) throw new Error(`A receipt was refused: ${bad.reason.code}`)
    },
    place: async (items, more = {}) => {
      const lines = Object.entries(items).map(([code, pieces]) => ({ item: code, quantityMilli: pieces * 1_000 }))
      const [outcome] = await placeOrders(engine, workspace.call(), [
        { key: null, body: { channel: 'desk', location: 'main', lines, ...more } },
      ])
      return outcome as Outcome
    },
    act: async (order, action, input = {}) => {
      const known = ['hold', 'release', 'cancel', 'reopen', 'note', 'assign', 'tag', 'pay', 'refund', 'return'].includes(action)
      const command = (known ? { verb: action, ...input } : { verb: 'move', action, ...input }) as Parameters<
        typeof actOnOrders
      >[2][number]['command']
      const [outcome] = await actOnOrders(engine, workspace.call(), [{ orderId: order.id, expectedSeq: null, key: null, command }])
      return outcome as Outcome
    },
    read: (id) => readOrder(pools, workspaceId, id),
    free: async (code) => {
      const rows = await pools.view(workspaceId, (db) =>
        db.query<{ free: number }>({
          text: 'select coalesce(sum(s.on_hand_milli - s.reserved_milli), 0)::bigint as free from stock s join items i on i.workspace_id = s.workspace_id and i.id = s.item_id where i.code = $1',
          values: [code],
        }),
      )
      return (rows[0]?.free ?? 0) / 1_000
    },
  }
}

async function readOrder(pools: Pools, workspaceId: string, id: string): Promise<{ row: Order | undefined; replayed: Order | null }> {
  return pools.view(workspaceId, async (db) => {
    const [orders, events] = await Promise.all([loadOrders(db, workspaceId, [id]), loadEvents(db, workspaceId, id)])
    return { row: orders.get(id as Order['id']), replayed: replay(events) }
  })
}

/** The order of an outcome that must have gone well. */
export function orderOf(outcome: Outcome): Order {
  if (!outcome.ok) throw new Error(`Refused: ${outcome.reason.code} ${JSON.stringify(outcome.reason.params)}`)
  return outcome.order
}

/** The code of an outcome that must have been refused. */
export function refusalOf(outcome: Outcome): string {
  if (outcome.ok) throw new Error(`Went well: order ${outcome.order.number} is in ${outcome.order.stage}`)
  return outcome.reason.code
}
