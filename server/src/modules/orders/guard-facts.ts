import type { GuardFacts } from '#contract/facts.ts'
import type { Actor, Order } from './types.ts'

/** One value for every fact a guard may ask about. */
export function guardFacts(order: Order, actor: Actor, now: string, idChecked: boolean): GuardFacts {
  return {
    'order.phase': order.phase,
    'order.stage': order.stage,
    'order.channel': order.channel,
    'order.source': order.source,
    'order.currency': order.currency,
    'order.totalMinor': order.totalMinor,
    'order.lineCount': order.lines.length,
    'order.priority': order.priority,
    'order.tags': order.tags,
    'order.categories': [...new Set(order.lines.map((line) => line.category))],
    'order.payment': order.payment,
    'order.fulfilment': order.fulfilment,
    'order.balanceMinor': order.balanceMinor,
    'order.isHeld': order.holds.length > 0,
    'order.needsAttention': order.attention !== '',
    'order.handedOverMilli': order.lines.reduce((sum, line) => sum + line.handedOverMilli, 0),
    'order.placedAt': order.at,
    'order.dueAt': order.dueAt,
    'customer.isKnown': order.customerId !== null,
    'customer.tier': order.customerTier === '' ? null : order.customerTier,
    'customer.segment': order.customerSegment === '' ? null : order.customerSegment,
    'stock.isShort': order.shortfalls.length > 0,
    'stock.reservedMilli': order.reservations.reduce((sum, held) => sum + held.milli, 0),
    'actor.kind': actor.kind,
    'input.idChecked': idChecked,
    'clock.now': now,
  }
}
