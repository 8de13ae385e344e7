import { type FieldGroup, isWithin, type Reach } from '#contract/permissions.ts'
import { type Change, type OrderPatch, type Topic, topicNames, topics } from '#contract/stream.ts'
import { nilId } from '#platform/ids.ts'
import { type Call, reachOf, sightOf } from '#usecases/call.ts'
import type { Sieve } from './let-through.ts'
import type { OrderNow, Stretch, ThingChanged } from './read-changes.ts'

/** What one follower sees: how far each topic reaches, where it is followed at all. Two followers with the same eyes are told the same. */
export interface Eyes {
  reach: Partial<Record<Topic, Reach>>
  hides: readonly FieldGroup[]
  /** What of the orders is followed; null = all within reach. */
  sieve: Sieve | null
}

/** The eyes of a call for the topics it asked for; of those, only what it may follow. */
export function eyesOf(call: Call, asked: readonly Topic[], sieve: Sieve | null = null): Eyes {
  const reach: Eyes['reach'] = {}
  for (const topic of topicNames) {
    const far = asked.includes(topic) ? farOf(call, topic) : null
    if (far) reach[topic] = far
  }
  return { reach, hides: [...call.hides].sort(), sieve }
}

function farOf(call: Call, topic: Topic): Reach | null {
  if (topic === 'orders') return sightOf(call)
  const reach = reachOf(call, topics[topic])
  // Customers are at no location, and whoever has a key account knows of it.
  return topic === 'customers' ? reach && { ...reach, locationIds: null, customerIds: call.grantedCustomerIds } : reach
}

/**
 * What a stretch of the log tells somebody: nothing of what is beyond their reach, not even that there is something. An order within reach
 * that their filter does not let through is gone. Null where nobody could say what the filter lets through.
 */
export function whatIsTold({ reach, hides, sieve }: Eyes, { things, orders, levels, jobs, through }: Stretch): Change[] | null {
  const passing = sieve && through.get(sieve.key)
  if (sieve && !passing) return null
  const changes = things.flatMap((thing): Change[] => {
    const told = { id: thing.id, seq: thing.seq, types: thing.types, at: thing.at }
    switch (thing.subject) {
      case 'order': {
        const order = orders.get(thing.id)
        if (!order || !seesOrder(reach.orders, order)) return []
        if (passing && !passing.has(order.id)) return [{ subject: 'order', id: order.id, gone: true }]
        return [{ subject: 'order', ...told, order: patchOf(order, hides) }]
      }
      case 'return':
        return seesReturn(reach.orders, thing, orders) ? [{ subject: 'return', ...told }] : []
      case 'customer': {
        const seen = (ownerId: string | null) =>
          reach.customers !== undefined && isWithin(reach.customers, { locationId: null, ownerId, customerId: thing.id })
        if (seen(thing.ownerId)) return [{ subject: 'customer', ...told }]
        return thing.ownerBefore !== null && seen(thing.ownerBefore) ? [{ subject: 'customer', id: thing.id, gone: true }] : []
      }
      case 'item':
        return reach.items ? [{ subject: 'item', ...told }] : []
      case 'location':
      case 'register':
        return reach.places && isWithin(reach.places, { locationId: thing.locationId, ownerId: null })
          ? [{ subject: thing.subject, ...told }]
          : []
      case 'workflow':
        return reach.workflows ? [{ subject: 'workflow', ...told }] : []
      default:
        return []
    }
  })
  const stock = levels.flatMap((level): Change[] => {
    const { lotId, ...rest } = level
    const seen = reach.stock && (reach.stock.locationIds?.includes(level.locationId) ?? true)
    return seen ? [{ subject: 'stock', ...rest, lotId: lotId === nilId ? null : lotId }] : []
  })
  const typesOf = new Map(things.flatMap(({ subject, id, types }) => (subject === 'bulk_job' ? [[id, types] as const] : [])))
  const standing = reach.jobs ? jobs.map((job): Change => ({ subject: 'job', ...job, types: typesOf.get(job.id) ?? [] })) : []
  return [...changes, ...stock, ...standing]
}

function seesOrder(sight: Reach | undefined, order: OrderNow): boolean {
  return sight !== undefined && isWithin(sight, order)
}

/** A return of an order is seen by whoever sees the order; one of none, by whoever sees orders of nobody at its place. */
function seesReturn(sight: Reach | undefined, thing: ThingChanged, orders: Stretch['orders']): boolean {
  if (!sight) return false
  if (thing.orderId === null) return isWithin(sight, { locationId: thing.locationId, ownerId: null })
  const order = orders.get(thing.orderId)
  return order !== undefined && isWithin(sight, order)
}

/** An order as a list shows it: what is named here and nothing else. */
function patchOf(order: OrderNow, hides: readonly FieldGroup[]): OrderPatch {
  const prices = !hides.includes('prices')
  return {
    number: order.number,
    version: order.version,
    phase: order.phase,
    stage: order.stage,
    stageEnteredAt: order.stageEnteredAt,
    payment: order.payment,
    fulfilment: order.fulfilment,
    holds: order.holds,
    short: order.short,
    attention: order.attention,
    assigneeId: order.assigneeId,
    ownerId: order.ownerId,
    customerId: order.customerId,
    locationId: order.locationId,
    channel: order.channel,
    priority: order.priority,
    dueAt: order.dueAt,
    currency: order.currency,
    totalMinor: prices ? order.totalMinor : null,
    balanceMinor: prices ? order.balanceMinor : null,
    updatedAt: order.updatedAt,
  }
}
