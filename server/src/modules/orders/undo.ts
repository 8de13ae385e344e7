import { verbPermissions } from '#contract/orders.ts'
import type { Permission } from '#contract/permissions.ts'
import { no, type Refusal } from '#platform/answer.ts'
import type { StockNeed } from './commands.ts'
import { evolve } from './evolve.ts'
import type { Story } from './story.ts'
import type { Allocation, FieldValue, Flow, ItemId, LineId, Order, OrderEvent, ReservationId } from './types.ts'

// Taking back what one command did to an order, as long as nothing has happened since. Nothing is forgotten: what is told back are
// events, too.

/** What one command did: how the order stood before it, and what was told. */
export interface Done {
  before: Order
  events: readonly OrderEvent[]
}

/** Why what a command did cannot be taken back, whatever the order is now; null where it can. */
export function whyFinal({ events }: Pick<Done, 'events'>): Refusal | null {
  for (const event of events) {
    const refusal = finality[event.type](event)
    if (refusal) return refusal
  }
  return null
}

const reversible = () => null

/** What has left the house, moved money or was said stays. */
// biome-ignore format: read it by column
const finality: Record<OrderEvent['type'], (event: OrderEvent) => Refusal | null> = {
  OrderPlaced:      () => no('undo.placed'),
  StageChanged:     (event) => event.type === 'StageChanged' && ended.has(event.toPhase) ? no('undo.ended', { stage: event.to }) : null,
  MoveUndone:       () => no('undo.undone'),
  StockReserved:    reversible,
  StockReleased:    reversible,
  StockConsumed:    () => no('undo.consumed'),
  LinesCounted:     (event) => event.type === 'LinesCounted' && gone.has(event.counter) ? no('undo.handed_over') : null,
  LinesReturned:    () => no('undo.returned'),
  HoldPlaced:       reversible,
  HoldReleased:     reversible,
  NoteAdded:        () => no('undo.noted'),
  Assigned:         reversible,
  TagsChanged:      reversible,
  MoneyRecorded:    () => no('undo.money'),
  AttentionRaised:  reversible,
  AttentionCleared: reversible,
}

const ended: ReadonlySet<string> = new Set(['done', 'cancelled', 'rejected'])
const gone: ReadonlySet<string> = new Set(['handedOver', 'delivered'])

/** What stock an undo takes again: everything the command gave back, or nothing. */
export function needsToUndo({ before, events }: Done): StockNeed | null {
  const released = idsIn(events, 'released')
  const lines = before.reservations
    .filter(({ id, lineId }) => lineId !== null && released.has(id))
    .map(({ lineId, itemId, milli }) => ({ lineId: lineId as LineId, itemId: itemId as ItemId, milli }))
  return lines.length === 0 ? null : { mode: 'all_or_nothing', lines }
}

/** Tells back what a command did, last things first. */
export function undo(story: Story, { before, events }: Done): Refusal | null {
  const refusal = whyFinal({ events }) ?? mayNot(story, events) ?? stockIsGone(story)
  if (refusal) return refusal
  const stood = standings(before, events)
  giveBack(story, events)
  for (const [i, event] of [...events.entries()].reverse()) tellBack(story, stood[i] as Order, event)
  takeAgain(story, before)
  const { attention } = before
  if (story.order.attention !== attention)
    story.tell(attention === '' ? { type: 'AttentionCleared' } : { type: 'AttentionRaised', code: attention })
  return null
}

/** Whoever may do a thing may take it back, and nobody else. */
function mayNot({ facts }: Story, events: readonly OrderEvent[]): Refusal | null {
  for (const event of events) {
    const permission = permissionFor(facts.flow, event)
    if (permission !== null && !facts.may(permission)) return no('permission.denied', { permission })
  }
  return null
}

function permissionFor(flow: Flow, event: OrderEvent): string | null {
  if (event.type === 'HoldPlaced' || event.type === 'HoldReleased') return verbPermissions.hold
  if (event.type === 'Assigned') return verbPermissions.assign
  if (event.type === 'TagsChanged') return verbPermissions.tag
  if (event.type !== 'StageChanged') return null
  const move = flow.movesFrom(event.from).find(({ on, to }) => on === event.on && to === event.to)
  return move?.permission ?? ('orders:move' satisfies Permission)
}

function stockIsGone({ stock }: Story): Refusal | null {
  const [miss] = stock?.misses ?? []
  return miss ? no('undo.stock_gone', { item: miss.itemName, wanted: miss.wantedMilli, free: miss.freeMilli }) : null
}

/** How the order stood before each of these events. */
function standings(before: Order, events: readonly OrderEvent[]): Order[] {
  const stood: Order[] = []
  let order = before
  for (const event of events) {
    stood.push(order)
    order = evolve(order, { seq: order.seq + 1, event })
  }
  return stood
}

/** What the command reserved, and what it found missing. */
function giveBack(story: Story, events: readonly OrderEvent[]): void {
  const reserved = idsIn(events, 'reserved')
  const held = story.order.reservations.flatMap(({ id }) => (reserved.has(id) ? id : []))
  if (held.length > 0) story.tell({ type: 'StockReleased', reservationIds: held, because: 'undo' })
}

/** What the command gave back, of what is free now; and what was missing before it. */
function takeAgain(story: Story, { shortfalls }: Order): void {
  const { facts, order } = story
  const allocations = story.stock?.allocations ?? []
  story.stock = null
  if (allocations.length === 0 && JSON.stringify(order.shortfalls) === JSON.stringify(shortfalls)) return
  story.tell({
    type: 'StockReserved',
    reservations: allocations.map((taken) => ({ ...taken, id: facts.newId() as Allocation['id'] })),
    shortfalls,
  })
}

function idsIn(events: readonly OrderEvent[], what: 'reserved' | 'released'): Set<ReservationId> {
  return new Set(
    events.flatMap((event) => {
      if (what === 'released') return event.type === 'StockReleased' ? event.reservationIds : []
      return event.type === 'StockReserved' ? event.reservations.map(({ id }) => id) : []
    }),
  )
}

/** The opposite of an event; stock and attention are told back for all of them at once. */
function tellBack(story: Story, stood: Order, event: OrderEvent): void {
  const { facts, order } = story
  if (event.type === 'StageChanged') {
    story.tell({
      type: 'MoveUndone',
      from: order.stage,
      to: stood.stage,
      fromPhase: order.phase,
      toPhase: stood.phase,
      undoes: event.on,
      at: story.at,
      enteredBy: stood.stageEnteredBy,
      dueAt: stood.dueAt,
      fields: fieldsBefore(stood, Object.keys(event.fields)),
      endReason: stood.endReason,
    })
  }
  if (event.type === 'LinesCounted') {
    const deltas = event.deltas.map(({ lineId, milli }) => ({ lineId, milli: -milli }))
    story.tell({ ...event, deltas, creditMinor: 0 - event.creditMinor, because: 'undo' })
  }
  if (event.type === 'HoldPlaced') story.tell({ type: 'HoldReleased', holdId: event.hold.id, by: facts.actor.id })
  if (event.type === 'HoldReleased') {
    const hold = stood.holds.find(({ id }) => id === event.holdId)
    if (hold) story.tell({ type: 'HoldPlaced', hold: { ...hold, id: facts.newId(), placedBy: facts.actor.id, placedAt: facts.now } })
  }
  if (event.type === 'Assigned') story.tell({ type: 'Assigned', assigneeId: stood.assigneeId })
  if (event.type === 'TagsChanged') story.tell({ type: 'TagsChanged', added: event.removed, removed: event.added })
}

/** What these fields held; null where they were not there. */
function fieldsBefore({ fields }: Order, names: readonly string[]): Record<string, FieldValue | null> {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]))
}
