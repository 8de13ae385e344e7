import { setTimeout as sleep } from 'node:timers/promises'
import { loadCustomers } from '#modules/customers/index.ts'
import { loadOrders, type Order } from '#modules/orders/index.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import { type Call, callOfEngine } from '../call.ts'
import type { Engine } from '../engine.ts'
import type { Outcome } from '../orders/order-batch.ts'
import { placeOrders } from '../orders/place-orders.ts'
import { type Crew, type DemoWorkspace, gatherCrew } from './demo-rows.ts'
import type { DemoShop } from './demo-shop.ts'
import { doDeed } from './do-deed.ts'
import { customerName, stockUp } from './open-shop.ts'
import { type Hand, type PlannedOrder, personOf, planArrival, planOrders } from './plan-orders.ts'
import { chanceOf } from './random.ts'

/** How much of a past a shop gets. */
export interface DemoSize {
  seed: number
  orders: number
}

/** What a part came to: orders that there are now, and what was refused although it should not have been, by code. */
export interface Part {
  next: number
  refused: string[]
}

const ordersAPart = 40
// Whoever is at work meanwhile comes first.
const breathMs = 20

/**
 * Places the next of a shop's orders, `from` on, and lets happen to them what has happened since: each through the use cases that
 * everybody goes through, with its own time. May be done again, in part or as a whole: what stands already stays as it is. `isOurs` throws
 * where somebody else is to go on, or nobody.
 */
export async function placePast(
  engine: Engine,
  shop: DemoShop,
  where: DemoWorkspace,
  { size, from, isOurs = async () => {} }: { size: DemoSize; from: number; isOurs?: () => Promise<void> },
): Promise<Part> {
  const start = from - (from % ordersAPart)
  const planned = planOrders(shop, { seed: size.seed, count: size.orders, now: where.madeAt }).slice(start, start + ordersAPart)
  const stage = await openStage(engine, where, planned)
  const orders = await Promise.all(planned.map((order, i) => place(stage, order, start + i)))
  const steps = Math.max(0, ...planned.map((order) => order.steps.length))
  for (let at = 0; at < steps; at++) {
    await sleep(breathMs)
    await isOurs()
    await Promise.all(
      planned.map(async ({ steps }, i) => {
        const before = orders[i]
        const step = steps[at]
        if (!before || !step) return
        const outcome = await doDeed(engine, callOf(stage.crew, step.by), before, { ...step, key: keyOf(start + i, at + 1) })
        orders[i] = outcome === null ? before : kept(stage, outcome)
      }),
    )
  }
  return { next: start + planned.length, refused: stage.refused }
}

const arrivalsMost = 5_000
const movedAtOnce = 6
const restockEvery = 200
// So many seconds an order stays where it is, at least.
const staysSeconds = 120

/** One order more, while those that came before it move on. Null once the shop has seen enough. */
export async function letArrive(engine: Engine, shop: DemoShop, where: DemoWorkspace, size: DemoSize, n: number): Promise<Part | null> {
  if (n >= size.orders + arrivalsMost) return null
  const order = planArrival(shop, { seed: size.seed + n, n, now: new Date().toISOString() })
  const stage = await openStage(engine, where, [order])
  if (n % restockEvery === 0) await stockUp(engine, callOfEngine(where.workspaceId, 'system'), shop, { share: 0.1, at: new Date() })
  await place(stage, order, n)
  const standing = await findStanding(engine, where)
  for (const before of standing) await moveOn(stage, shop, before)
  return { next: n + 1, refused: stage.refused }
}

/** What is needed to play: who is there, which customers, and what went wrong. */
interface Stage {
  engine: Engine
  where: DemoWorkspace
  crew: Crew
  customerIds: Map<string, string>
  refused: string[]
}

async function openStage(engine: Engine, where: DemoWorkspace, planned: readonly PlannedOrder[]): Promise<Stage> {
  const { workspaceId } = where
  const externalIds = [...new Set(planned.flatMap(({ customer }) => (customer === null ? [] : customerName(customer))))]
  const [crew, customers] = await Promise.all([
    gatherCrew(engine.pools, where, callOfEngine(workspaceId, 'system')),
    engine.pools.view(workspaceId, (db) => loadCustomers(db, workspaceId, { ids: [], externalIds })),
  ])
  return { engine, where, crew, customerIds: new Map(customers.map(({ externalId, id }) => [externalId ?? '', id])), refused: [] }
}

async function place(stage: Stage, { by, customer, body }: PlannedOrder, n: number): Promise<Order | null> {
  const customerId = customer === null ? undefined : stage.customerIds.get(customerName(customer))
  const [outcome] = await placeOrders(stage.engine, callOf(stage.crew, by), [
    { body: { ...body, ...(customerId === undefined ? {} : { customerId }) }, key: keyOf(n, 0) },
  ])
  return outcome ? kept(stage, outcome) : null
}

/** The order as it stands now; null where something was refused, which ends its story. */
function kept(stage: Stage, outcome: Outcome): Order | null {
  if (outcome.ok) return outcome.order
  stage.refused.push(outcome.reason.code)
  return null
}

/** The same step of the same order is the same request. */
const keyOf = (order: number, step: number): KeyUse => ({ route: 'demo', key: `${order}.${step}`, fingerprint: 'demo' })

function callOf(crew: Crew, hand: Hand): Call {
  if ('person' in hand) return crew.person(hand.person)
  return 'kiosk' in hand ? crew.kiosk(hand.kiosk) : crew.connection()
}

/** Orders that came since the shop was opened and have stood where they are for a while. */
async function findStanding({ pools }: Engine, { workspaceId, madeAt }: DemoWorkspace): Promise<Order[]> {
  return pools.view(workspaceId, async (db) => {
    const rows = await db.query<{ id: string }>({
      text: `select id from orders where workspace_id = $1 and at > $2 and phase in ('open', 'working', 'ready', 'moving') and holds = 0 and not short
        and stage_entered_at < now() - interval '1 second' * $3 order by at limit $4`,
      values: [workspaceId, madeAt, staysSeconds, movedAtOnce],
    })
    return [
      ...(
        await loadOrders(
          db,
          workspaceId,
          rows.map(({ id }) => id),
        )
      ).values(),
    ]
  })
}

/** What usually comes next where it stands. */
async function moveOn(stage: Stage, shop: DemoShop, before: Order): Promise<void> {
  const reference = await stage.engine.reference.get(stage.where.workspaceId)
  const place = reference?.location(before.locationId)?.code ?? ''
  const chance = chanceOf(before.number)
  let order: Order | null = before
  for (const [, role, deed] of shop.usual[before.stage] ?? []) {
    if (!order) return
    const call: Call = role === null ? stage.crew.connection() : stage.crew.person(personOf(shop, role, place, chance))
    const key = { ...keyOf(order.number, order.seq), route: 'demo usual' }
    const outcome: Outcome | null = await doDeed(stage.engine, call, order, { deed, at: null, note: '', key })
    if (outcome !== null) order = kept(stage, outcome)
  }
}
