import { mayLeadTo } from '#contract/workflow.ts'
import { type Consumption, eventFrom, evolve, type MoneyEntry, type Order, type OrderEvent } from '#modules/orders/index.ts'
import type { Flow } from '#modules/workflow/index.ts'
import type { Value } from './compare-rows.ts'
import { tables } from './tables.ts'
import type { Example, Tally } from './tally.ts'

/** An event of any subject. */
export interface EventRow {
  subjectId: string
  seq: number
  subject: string
  type: string
  payload: string
  recordedAt: string
  commitId: string
}

/** Rows that an order's events tell of and that lie by themselves, in the columns of {@link tables}. */
export interface ToldElsewhere {
  reservations: Value[][]
  movements: Value[][]
}

/** The compiled workflow that orders of this workspace pin; undefined where it is not there or cannot be read. */
export type FlowOf = (code: string, version: number) => Flow | undefined

/** An order and all that its events say beside it. */
export interface Told extends ToldElsewhere {
  order: Order
  holds: Value[][]
  money: { entry: MoneyEntry; commitId: string }[]
  notes: string[]
  /** What each return took back: thousandths by line, and what was credited. */
  returns: Map<string, { credit: number; milli: Map<string, number> }>
  stageRecordedAt: string
  /** When its last hold ended since; what was due by then is due at that moment. */
  freedAt: string | null
}

/** Replays the events of an order, each checked against how the order stood; null when they cannot be followed. Pure. */
export function retell(tally: Tally, of: Example, events: readonly EventRow[], flowOf: FlowOf): Told | null {
  const ledger = new Ledger()
  let order: Order | null = null
  for (const recorded of events) {
    try {
      const event = eventFrom(recorded.type, recorded.payload)
      checkStage(tally, of, order, event, recorded.seq, flowOf)
      order = evolve(order, { seq: recorded.seq, event })
      if (event.type === 'OrderPlaced' || event.type === 'LinesCounted' || event.type === 'LinesReturned')
        checkCounters(tally, of, order, recorded.seq)
      ledger.note(order, event, recorded)
    } catch (error) {
      tally.wrong('replay.orders', {
        ...of,
        seq: recorded.seq,
        event: recorded.type,
        why: error instanceof Error ? error.message : String(error),
      })
      return null
    }
  }
  return order && ledger.told(order)
}

const stateAt = tables.reservations.columns.indexOf('state')
const releasedByAt = tables.order_holds.columns.indexOf('released_by')

class Ledger {
  private readonly reservations = new Map<string, Value[]>()
  private readonly movements: Value[][] = []
  private readonly holds = new Map<string, Value[]>()
  private readonly money: Told['money'] = []
  private readonly notes: string[] = []
  private readonly returns: Told['returns'] = new Map()
  private stageRecordedAt = ''
  private freedAt: string | null = null

  told(order: Order): Told {
    const { movements, money, notes, returns, stageRecordedAt, freedAt } = this
    return {
      order,
      reservations: [...this.reservations.values()],
      movements,
      holds: [...this.holds.values()],
      money,
      notes,
      returns,
      stageRecordedAt,
      freedAt,
    }
  }

  private enter(recordedAt: string): void {
    this.stageRecordedAt = recordedAt
    this.freedAt = null
  }

  note(order: Order, event: OrderEvent, { recordedAt, commitId }: EventRow): void {
    switch (event.type) {
      case 'OrderPlaced':
        this.enter(recordedAt)
        return
      case 'StageChanged':
        this.enter(recordedAt)
        if (event.noteId !== null) this.notes.push(event.noteId)
        return
      case 'MoveUndone':
        this.enter(recordedAt)
        return
      case 'StockReserved':
        for (const { id, lineId, itemId, locationId, lotId, milli } of event.reservations) {
          this.reservations.set(id, [id, order.id, lineId, itemId, locationId, lotId, milli, 'open', commitId])
        }
        return
      case 'StockReleased':
        for (const id of event.reservationIds) this.end(id, 'released')
        return
      case 'StockConsumed':
        for (const consumption of event.consumed) {
          if (consumption.reservationId !== null) this.end(consumption.reservationId, 'consumed')
          this.movements.push(consumed(order, consumption, commitId))
        }
        for (const { movementId, consumption } of event.found) {
          const { milli, itemId, locationId, lotId, lineId } = consumption
          this.movements.push(
            [movementId, 'found', milli, itemId, locationId, lotId, null, order.id, lineId, null, null, commitId],
            consumed(order, consumption, commitId),
          )
        }
        return
      case 'LinesReturned': {
        for (const { movementId, lineId, itemId, locationId, lotId, milli } of event.restocked) {
          this.movements.push([
            movementId,
            'return',
            milli,
            itemId,
            locationId,
            lotId,
            null,
            order.id,
            lineId,
            null,
            event.returnId,
            commitId,
          ])
        }
        const back = this.returns.get(event.returnId) ?? { credit: 0, milli: new Map<string, number>() }
        back.credit += event.creditMinor
        for (const { lineId, milli } of event.deltas) back.milli.set(lineId, (back.milli.get(lineId) ?? 0) + milli)
        this.returns.set(event.returnId, back)
        return
      }
      case 'HoldPlaced': {
        const { id, reasonCode, noteId, placedBy, placedAt, until } = event.hold
        this.holds.set(id, [id, reasonCode, noteId, placedBy, placedAt, until, null, null])
        if (noteId !== null) this.notes.push(noteId)
        return
      }
      case 'HoldReleased':
        this.holds.get(event.holdId)?.splice(releasedByAt, 2, event.by, recordedAt)
        this.freedAt = recordedAt
        return
      case 'NoteAdded':
        this.notes.push(event.noteId)
        return
      case 'MoneyRecorded':
        this.money.push({ entry: event.entry, commitId })
        if (event.entry.noteId !== null) this.notes.push(event.entry.noteId)
        return
      case 'LinesCounted':
      case 'Assigned':
      case 'TagsChanged':
      case 'AttentionRaised':
      case 'AttentionCleared':
        return
    }
  }

  private end(id: string, state: 'released' | 'consumed'): void {
    const held = this.reservations.get(id)
    if (held?.[stateAt] !== 'open') throw new Error(`Reservation ${id} is ${state} without being open`)
    held[stateAt] = state
  }
}

function consumed(
  { id: orderId }: Order,
  { movementId, reservationId, lineId, itemId, locationId, lotId, milli, unitCostMicro }: Consumption,
  commitId: string,
): Value[] {
  return [movementId, 'consume', -milli, itemId, locationId, lotId, unitCostMicro, orderId, lineId, reservationId, null, commitId]
}

// ─── What must hold at every step ────────────────────────────────────────────────────────────────────────────────────

function checkCounters(tally: Tally, of: Example, order: Order, seq: number): void {
  tally.checked('orders.counters', order.lines.length)
  for (const line of order.lines) {
    const { orderedMilli, cancelledMilli, madeMilli, pickedMilli, packedMilli, handedOverMilli, deliveredMilli, returnedMilli } = line
    const openMilli = orderedMilli - cancelledMilli - handedOverMilli
    const lowest = Math.min(
      openMilli,
      cancelledMilli,
      madeMilli,
      pickedMilli,
      packedMilli,
      handedOverMilli,
      deliveredMilli,
      returnedMilli,
      handedOverMilli - returnedMilli,
    )
    if (lowest < 0)
      tally.wrong('orders.counters', {
        ...of,
        line: line.id,
        seq,
        orderedMilli,
        cancelledMilli,
        handedOverMilli,
        deliveredMilli,
        returnedMilli,
      })
  }
}

function checkStage(tally: Tally, of: Example, before: Order | null, event: OrderEvent, seq: number, flowOf: FlowOf): void {
  if (event.type !== 'StageChanged' && event.type !== 'OrderPlaced' && event.type !== 'MoveUndone') return
  tally.checked('orders.stages', 1)
  const why = whyNotThere(before, event, flowOf)
  if (why !== null) tally.wrong('orders.stages', { ...of, seq, why })
}

function whyNotThere(before: Order | null, event: StageEvent, flowOf: FlowOf): string | null {
  if (event.type === 'OrderPlaced') return whyNotPlaced(event, flowOf)
  if (!before) return null
  return event.type === 'StageChanged' ? whyNotMoved(before, event, flowOf) : whyNotUndone(before, event, flowOf)
}

type StageEvent = Extract<OrderEvent, { type: 'OrderPlaced' | 'StageChanged' | 'MoveUndone' }>

/** Back along a move that the workflow has. */
function whyNotUndone(
  { phase, stage, workflow }: Order,
  event: Extract<OrderEvent, { type: 'MoveUndone' }>,
  flowOf: FlowOf,
): string | null {
  if (event.from !== stage || event.fromPhase !== phase)
    return `taken back from ${event.from} (${event.fromPhase}) while it stood in ${stage} (${phase})`
  const flow = flowOf(workflow.code, workflow.version)
  if (!flow) return null
  if (!flow.movesFrom(event.to).some((move) => move.on === event.undoes && move.to === stage))
    return `the workflow has no move ${event.undoes} from ${event.to} to ${stage} to be taken back`
  return whyNotPhase(flow, event.to, event.toPhase)
}

function whyNotPlaced({ order: { workflow, stage, phase } }: Extract<OrderEvent, { type: 'OrderPlaced' }>, flowOf: FlowOf): string | null {
  const flow = flowOf(workflow.code, workflow.version)
  if (!flow) return `workflow ${workflow.code} version ${workflow.version} is not there or cannot be read`
  if (flow.initial !== stage) return `orders of ${workflow.code} begin in ${flow.initial}, this one in ${stage}`
  return whyNotPhase(flow, stage, phase)
}

function whyNotMoved(
  { phase, stage, workflow }: Order,
  event: Extract<OrderEvent, { type: 'StageChanged' }>,
  flowOf: FlowOf,
): string | null {
  if (event.from !== stage || event.fromPhase !== phase)
    return `moved from ${event.from} (${event.fromPhase}) while it stood in ${stage} (${phase})`
  if (event.toPhase !== phase && !mayLeadTo[phase].includes(event.toPhase)) return `${phase} may not lead to ${event.toPhase}`
  const flow = flowOf(workflow.code, workflow.version)
  if (!flow) return null
  if (!flow.movesFrom(stage).some((move) => move.on === event.on && move.to === event.to))
    return `the workflow has no move ${event.on} from ${stage} to ${event.to}`
  return whyNotPhase(flow, event.to, event.toPhase)
}

function whyNotPhase(flow: Flow, stage: string, phase: string): string | null {
  const known = flow.stage(stage)?.phase
  return known === phase ? null : `stage ${stage} is ${known ?? 'unknown'}, not ${phase}`
}
