import type { BulkOutcome } from '#contract/bulk.ts'
import type { Foreseen, MoneyEffect, StockEffect } from '#modules/bulk/index.ts'
import { type Flow, type OrderEvent, whyFinal } from '#modules/orders/index.ts'
import type { Reason } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import type { Rehearsed } from '../orders/order-batch.ts'
import { hasEndedIt } from './bulk-works.ts'

/** Adds up what a rehearsal says of order after order. */
export class Foresight {
  private applied = 0
  private already = 0
  private readonly skipped = new Groups()
  private readonly final = new Groups()
  private readonly money = new Map<string, MoneyEffect>()
  private readonly stock = new Map<string, StockEffect>()

  /** Answers what would become of the order. `flow` is its workflow. */
  add({ outcome, before, events }: Rehearsed, flow: Flow | undefined): Exclude<BulkOutcome, 'waiting' | 'failed'> {
    if (!outcome.ok) {
      this.skipped.add(outcome.reason)
      return 'skipped'
    }
    if (outcome.already) {
      this.already++
      return 'already'
    }
    this.applied++
    const final = whyFinal({ events })
    const mayComeBack = hasEndedIt({ events }) && flow?.movesFrom(outcome.order.stage).some((move) => move.on === 'reopen')
    if (final && !mayComeBack) this.final.add(final.reason)
    const held = new Map((before?.reservations ?? []).map((one) => [one.id as string, one]))
    for (const event of events) {
      this.addMoney(outcome.order.currency, event)
      if (event.type === 'StockReserved') for (const one of event.reservations) held.set(one.id, one)
      this.addStock(event, held)
    }
    return 'applied'
  }

  sum(): Foreseen {
    return {
      applied: this.applied,
      already: this.already,
      skipped: this.skipped.list(),
      money: [...this.money.values()],
      stock: [...this.stock.values()],
      final: this.final.list(),
    }
  }

  private addMoney(currency: string, event: OrderEvent): void {
    const of = this.money.get(currency) ?? { currency, creditedMinor: 0, takenMinor: 0, givenBackMinor: 0 }
    if (event.type === 'LinesCounted' || event.type === 'LinesReturned') of.creditedMinor += event.creditMinor
    if (event.type === 'MoneyRecorded') {
      const { kind, amountMinor } = event.entry
      if (kind === 'capture' || kind === 'points') of.takenMinor += amountMinor
      if (kind === 'refund') of.givenBackMinor -= amountMinor
      if (kind === 'write_off') of.creditedMinor += amountMinor
    }
    if (of.creditedMinor !== 0 || of.takenMinor !== 0 || of.givenBackMinor !== 0) this.money.set(currency, of)
  }

  private addStock(event: OrderEvent, held: ReadonlyMap<string, { itemId: string; milli: number }>): void {
    if (event.type === 'StockReserved') for (const { itemId, milli } of event.reservations) this.stockOf(itemId).reservedMilli += milli
    if (event.type === 'StockReleased') {
      for (const id of event.reservationIds) {
        const one = held.get(id)
        if (one) this.stockOf(one.itemId).releasedMilli += one.milli
      }
    }
    if (event.type === 'StockConsumed') for (const { itemId, milli } of event.consumed) this.stockOf(itemId).consumedMilli += milli
    if (event.type === 'LinesReturned') for (const { itemId, milli } of event.restocked) this.stockOf(itemId).restockedMilli += milli
  }

  private stockOf(itemId: string): StockEffect {
    const known = this.stock.get(itemId)
    if (known) return known
    const effect = { itemId, reservedMilli: 0, releasedMilli: 0, consumedMilli: 0, restockedMilli: 0 }
    this.stock.set(itemId, effect)
    return effect
  }
}

// Reasons that say something of their own for each order are summed under the first of them.
const groupsMax = 50

class Groups {
  private readonly groups = new Map<string, { code: string; params: Reason['params']; count: number }>()

  add({ code, params }: Reason): void {
    const own = `${code} ${canonicalText(params)}`
    const key = this.groups.has(own) || this.groups.size < groupsMax ? own : code
    const group = this.groups.get(key)
    if (group) group.count++
    else this.groups.set(key, { code, params, count: 1 })
  }

  list(): Foreseen['skipped'] {
    return [...this.groups.values()].sort((a, b) => b.count - a.count)
  }
}
