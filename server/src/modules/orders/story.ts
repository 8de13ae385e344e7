import type { Reason } from '#platform/answer.ts'
import type { Facts, StockAnswer } from './commands.ts'
import { evolve } from './evolve.ts'
import type { Order, OrderEvent } from './types.ts'

/** The events decided so far and the order as they leave it. */
export class Story {
  readonly events: OrderEvent[] = []
  readonly reasons: Reason[] = []
  readonly facts: Facts
  readonly before: Order | null
  /** The clock of this decision: when it was so. */
  at: string
  idChecked = false
  /** Stock answers not used yet; each can be taken once. */
  stock: StockAnswer | null
  private current: Order | null

  constructor(before: Order | null, facts: Facts) {
    this.before = before
    this.current = before
    this.facts = facts
    this.at = facts.now
    this.stock = facts.stock
  }

  get order(): Order {
    if (!this.current) throw new Error('Nothing was placed yet')
    return this.current
  }

  tell(event: OrderEvent): void {
    this.current = evolve(this.current, { seq: (this.current?.seq ?? 0) + 1, event })
    this.events.push(event)
  }
}
