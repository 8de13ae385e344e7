import type { OrderAction } from '#contract/orders.ts'
import type { Command, Order } from '#modules/orders/index.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import type { Call } from '../call.ts'
import type { Engine } from '../engine.ts'
import { actOnOrders } from '../orders/act-on-orders.ts'
import { engineWork } from '../orders/fire-timers.ts'
import type { Outcome } from '../orders/order-batch.ts'
import type { Deed } from './demo-shop.ts'

/** Does one thing with an order as it stands, in the name of `call`; null where there is nothing to be done. */
export async function doDeed(
  engine: Engine,
  call: Call,
  order: Order,
  { deed, at, note, key }: { deed: Deed; at: string | null; note: string; key: KeyUse },
): Promise<Outcome | null> {
  if ('timer' in deed) return byItself(engine, call, order, { action: deed.timer, by: 'timer', at, key })
  if ('event' in deed) return byItself(engine, call, order, { action: deed.event, by: 'event', at, key })
  const action = actionOf(deed, order, call, note)
  if (action === null) return null
  const isTimed =
    action.verb !== 'hold' && action.verb !== 'release' && action.verb !== 'note' && action.verb !== 'assign' && action.verb !== 'tag'
  const command = at !== null && isTimed ? { ...action, at } : action
  const [outcome] = await actOnOrders(engine, call, [{ orderId: order.id, expectedSeq: null, key, command }])
  return outcome ?? null
}

async function byItself(
  engine: Engine,
  call: Call,
  order: Order,
  { action, by, at, key }: { action: string; by: 'timer' | 'event'; at: string | null; key: KeyUse },
): Promise<Outcome | null> {
  // A clock of a stage that was left is no news, however often it is told.
  const command: Command = {
    verb: 'move',
    action,
    by,
    generation: order.generation,
    reason: null,
    noteId: null,
    fields: {},
    idChecked: false,
    at,
  }
  const actor = by === 'timer' ? ({ kind: 'timer', id: null } as const) : call.actor
  const [outcome] = await engine.lane.submit(call.workspaceId, 'timers', [{ ...engineWork({ ...call, actor }, order.id, command), key }])
  return outcome ?? null
}

type Action = Exclude<Deed, { timer: string } | { event: string }>

function actionOf(deed: Action, order: Order, call: Call, note: string): OrderAction | null {
  const { capturedMinor, refundedMinor } = order.money
  if ('move' in deed) return { verb: 'move', action: deed.move, ...(deed.reason === undefined ? {} : { reason: deed.reason }) }
  if ('pay' in deed) {
    const amountMinor = deed.pay === 'all' ? order.balanceMinor : Math.ceil(order.totalMinor / 2)
    return amountMinor <= 0 ? null : { verb: 'pay', amountMinor, method: deed.method }
  }
  if ('refund' in deed) {
    const left = capturedMinor - refundedMinor
    const some = order.balanceMinor < 0 ? -order.balanceMinor : Math.ceil(left / 4)
    const amountMinor = Math.min(left, deed.refund === 'all' ? left : some)
    return amountMinor <= 0 ? null : { verb: 'refund', amountMinor, method: 'card', reason: deed.reason }
  }
  if ('takeBack' in deed) {
    const line = order.lines.find(({ kind, handedOverMilli, returnedMilli }) => kind === 'goods' && handedOverMilli > returnedMilli)
    if (!line) return null
    const restock = deed.takeBack === 'not_wanted'
    return {
      verb: 'return',
      lines: [{ lineId: line.id, quantityMilli: line.handedOverMilli - line.returnedMilli, restock }],
      reason: deed.takeBack,
    }
  }
  if ('cancel' in deed) return { verb: 'cancel', reason: deed.cancel }
  if ('reopen' in deed) return { verb: 'reopen', reason: deed.reopen }
  if ('hold' in deed) return { verb: 'hold', reason: deed.hold }
  if ('release' in deed) return { verb: 'release' }
  if ('tag' in deed) return { verb: 'tag', add: [deed.tag] }
  if ('note' in deed) return { verb: 'note', note }
  return { verb: 'assign', assigneeId: call.actor.id }
}
