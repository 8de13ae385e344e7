import type { EffectWord } from '#contract/workflow.ts'
import { no, type Refusal } from '#platform/answer.ts'
import { nilId } from '#platform/ids.ts'
import { creditFor, openMilli } from './standing.ts'
import type { Story } from './story.ts'
import type { Allocation, Consumption, ItemId, Line, LineId, LocationId, LotId, Shortfall } from './types.ts'

/** What each word of a definition does; nothing else may be named there. */
const effects: Record<EffectWord, (story: Story) => Refusal | null> = {
  reserve_stock: reserve,
  release_stock: (story) => release(story, 'release_stock'),
  consume_stock: (story) => consume(story, false),
  count_made: (story) => count(story, 'made', (line) => line.orderedMilli - line.cancelledMilli - line.madeMilli),
  count_picked: (story) => count(story, 'picked', (line) => line.orderedMilli - line.cancelledMilli - line.pickedMilli),
  count_packed: (story) => count(story, 'packed', (line) => line.orderedMilli - line.cancelledMilli - line.packedMilli),
  count_delivered: (story) => count(story, 'delivered', (line) => line.handedOverMilli - line.deliveredMilli),
  hand_over: handOver,
  cancel_open: (story) => release(story, 'cancel_open') ?? count(story, 'cancelled', openMilli),
  restore_lines: (story) => count(story, 'cancelled', (line) => -line.cancelledMilli),
  raise_attention: (story) => {
    if (story.order.attention === '') story.tell({ type: 'AttentionRaised', code: 'workflow' })
    return null
  },
  clear_attention: (story) => {
    if (story.order.attention !== '') story.tell({ type: 'AttentionCleared' })
    return null
  },
}

/** Does these in their order; the first refusal ends it, and the whole decision with it. */
export function runEffects(story: Story, words: readonly EffectWord[]): Refusal | null {
  for (const word of words) {
    const refusal = effects[word](story)
    if (refusal) return refusal
  }
  return null
}

export function reserve(story: Story): Refusal | null {
  const { facts, order } = story
  if (story.facts.history || story.stock === null) return null
  const { allocations, misses } = story.stock
  if (allocations.length === 0 && misses.length === 0) return null
  story.stock = null
  const [first] = misses
  if (first && facts.flow.onShort === 'refuse') {
    return no('stock.too_little', {
      item: first.itemName,
      location: facts.place.name,
      wanted: first.wantedMilli,
      free: first.freeMilli,
      itemId: first.itemId,
      locationId: first.locationId,
    })
  }
  const shortfalls: Shortfall[] = misses.map(({ lineId, itemId, locationId, wantedMilli, freeMilli }) => ({
    lineId,
    itemId,
    locationId,
    milli: wantedMilli - freeMilli,
  }))
  // Woken in vain: nothing new was to be had.
  if (allocations.length === 0 && order.shortfalls.length > 0 && sameShortfalls(order.shortfalls, shortfalls)) return null
  story.tell({
    type: 'StockReserved',
    reservations: allocations.map((taken) => ({ ...taken, id: facts.newId() as Allocation['id'] })),
    shortfalls,
  })
  if (shortfalls.length > 0 && facts.flow.onShort === 'accept' && story.order.attention === '')
    story.tell({ type: 'AttentionRaised', code: 'short' })
  if (shortfalls.length === 0 && story.order.attention === 'short') story.tell({ type: 'AttentionCleared' })
  return null
}

function sameShortfalls(one: readonly Shortfall[], other: readonly Shortfall[]): boolean {
  const total = (all: readonly Shortfall[]) => all.reduce((sum, shortfall) => sum + shortfall.milli, 0)
  return one.length === other.length && total(one) === total(other)
}

export function release(story: Story, because: string): Refusal | null {
  const { order } = story
  if (order.reservations.length > 0 || order.shortfalls.length > 0) {
    story.tell({ type: 'StockReleased', reservationIds: order.reservations.map((held) => held.id), because })
  }
  return null
}

/** What is reserved leaves the stock; `withFound` also books what was handed over although the stock did not know it. */
function consume(story: Story, withFound: boolean): Refusal | null {
  const { order, facts } = story
  const cost = (itemId: ItemId, locationId: LocationId, lotId: LotId) => facts.unitCostMicro(itemId, locationId, lotId)
  const consumed: Consumption[] = order.reservations.map(({ id, lineId, itemId, locationId, lotId, milli }) => ({
    movementId: facts.newId(),
    reservationId: id,
    lineId,
    itemId,
    locationId,
    lotId,
    milli,
    unitCostMicro: cost(itemId, locationId, lotId),
  }))
  if (story.facts.history && story.stock) {
    const { allocations } = story.stock
    story.stock = null
    for (const { lineId, itemId, locationId, lotId, milli } of allocations) {
      consumed.push({
        movementId: facts.newId(),
        reservationId: null,
        lineId,
        itemId,
        locationId,
        lotId,
        milli,
        unitCostMicro: cost(itemId, locationId, lotId),
      })
    }
  }
  const found = withFound
    ? order.shortfalls.map(({ lineId, itemId, locationId, milli }) => ({
        movementId: facts.newId(),
        consumption: {
          movementId: facts.newId(),
          reservationId: null,
          lineId,
          itemId,
          locationId,
          lotId: nilId as LotId,
          milli,
          unitCostMicro: null,
        },
      }))
    : []
  if (consumed.length + found.length > 0) story.tell({ type: 'StockConsumed', consumed, found })
  return null
}

function handOver(story: Story): Refusal | null {
  const { order, facts } = story
  const short = order.shortfalls[0]
  // Waiting means that nobody may hand over what is not there; accepted orders may have been found on the shelf after all.
  if (short && facts.flow.onShort === 'wait')
    return no('stock.still_short', { wanted: short.milli, itemId: short.itemId, locationId: short.locationId })
  return consume(story, true) ?? count(story, 'handedOver', openMilli)
}

function count(
  story: Story,
  counter: 'cancelled' | 'made' | 'picked' | 'packed' | 'handedOver' | 'delivered',
  of: (line: Line) => number,
): Refusal | null {
  const deltas: { lineId: LineId; milli: number }[] = []
  let creditMinor = 0
  for (const line of story.order.lines) {
    const milli = of(line)
    if (milli === 0) continue
    deltas.push({ lineId: line.id, milli })
    if (counter === 'cancelled') creditMinor += creditFor(line, milli)
  }
  if (deltas.length > 0) story.tell({ type: 'LinesCounted', counter, deltas, creditMinor, because: counter })
  return null
}
