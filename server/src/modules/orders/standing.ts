import { mulDivRound } from '#platform/exact.ts'
import type { FulfilmentState, Line, Order, PaymentState } from './types.ts'

/** What is still to be done on a line: neither cancelled nor handed over. Thousandths of the base unit. */
export function openMilli(line: Line): number {
  return line.orderedMilli - line.cancelledMilli - line.handedOverMilli
}

/**
 * The money that goes with taking back or cancelling `milli` more of a line, in minor units: shares are taken from the running
 * total, so that all parts of a line sum to its net to the last unit.
 */
export function creditFor(line: Line, milli: number): number {
  const before = line.cancelledMilli + line.returnedMilli
  return mulDivRound(line.netMinor, before + milli, line.orderedMilli) - mulDivRound(line.netMinor, before, line.orderedMilli)
}

/** What is still to be paid, in minor units; negative when too much was paid. */
export function balanceOf(order: Order): number {
  const { capturedMinor, refundedMinor, writtenOffMinor, roundingMinor, pointsMinor } = order.money
  return order.totalMinor - order.creditedMinor - (capturedMinor - refundedMinor) - writtenOffMinor - roundingMinor - pointsMinor
}

/** The payment axis, from the ledger. */
export function paymentOf(order: Order): PaymentState {
  const { authorisedMinor, capturedMinor, refundedMinor, writtenOffMinor, pointsMinor } = order.money
  if (refundedMinor > 0) return refundedMinor >= capturedMinor ? 'refunded' : 'part_refunded'
  const balance = balanceOf(order)
  if (balance < 0) return 'overpaid'
  if (capturedMinor + pointsMinor > 0) return balance > 0 ? 'part_paid' : 'paid'
  if (order.totalMinor - order.creditedMinor === 0) return 'none'
  if (balance === 0) return writtenOffMinor > 0 ? 'written_off' : 'paid'
  return authorisedMinor > 0 ? 'authorised' : 'unpaid'
}

/** The fulfilment axis, from the counters of goods and services. */
export function fulfilmentOf(order: Order): FulfilmentState {
  let lines = 0
  let live = 0
  let handedOver = 0
  let whole = 0
  let returned = 0
  let returnedWhole = 0
  for (const line of order.lines) {
    if (line.kind !== 'goods' && line.kind !== 'service') continue
    lines++
    if (line.cancelledMilli < line.orderedMilli) live++
    if (line.handedOverMilli > 0) handedOver++
    if (line.handedOverMilli > 0 && openMilli(line) === 0) whole++
    if (line.returnedMilli > 0) returned++
    if (line.handedOverMilli > 0 && line.returnedMilli === line.handedOverMilli) returnedWhole++
  }
  if (lines === 0) return 'none'
  if (live === 0) return 'cancelled'
  if (returned > 0) return returnedWhole === handedOver && whole === live ? 'returned' : 'part_returned'
  if (handedOver === 0) return 'unfulfilled'
  return whole === live ? 'fulfilled' : 'part_fulfilled'
}
