import { mayLeadTo } from '#contract/workflow.ts'
import {
  balanceOf, type Consumption, type Detail, eventFrom, evolve, fulfilmentOf, type LineRow, lineRows, type Money, type MoneyEntry, type Order, type OrderEvent, orderFrom, type OrderRow, orderRow, paymentOf,
} from '#modules/orders/index.ts'
import type { Flow } from '#modules/workflow/index.ts'
import { compareRows, firstDifference, type Value } from './compare-rows.ts'
import type { Row } from './snapshot.ts'
import { tables } from './tables.ts'
import type { Example, Tally } from './tally.ts'

/** Everything the database has of one order: its row and those of each table as {@link tables} lists their columns; what follows is not looked at. */
export interface OrderRecords {
  id: string
  row: Row | undefined
  events: readonly EventRow[]
  /** By position. */
  lines: readonly Row[]
  shortfalls: readonly Row[]
  tags: readonly Row[]
  fields: readonly Row[]
  holds: readonly Row[]
  costs: readonly Row[]
  money: readonly Row[]
  /** `return_id, order_line_id, milli, amount_minor` */
  returned: readonly Row[]
  /** `name, due_at, generation` */
  timers: readonly Row[]
  /** `id` */
  notes: readonly Row[]
}

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

const nothingElsewhere: ToldElsewhere = { reservations: [], movements: [] }

/** Replays an order and names everything in which the database does not say the same. Pure. */
export function compareOrder(tally: Tally, workspaceId: string, records: OrderRecords, flowOf: (code: string, version: number) => Flow | undefined): ToldElsewhere {
  const { row, events } = records
  const of: Example = { workspace: workspaceId, order: records.id }
  tally.checked('replay.orders', 1)
  if (events.length === 0) {
    tally.wrong('replay.orders', { ...of, why: 'no event tells of it' })
    return nothingElsewhere
  }
  const told = retell(tally, of, events, flowOf)
  if (!told) return nothingElsewhere
  const { order } = told
  if (!row) {
    tally.wrong('replay.orders', { ...of, number: order.number, why: 'its row is gone' })
    return told
  }
  compareRow(tally, of, order, row, records.lines)
  const currency = order.currency
  compareRows(tally, 'replay.lines', of, tables.order_lines, records.lines, linesOf(order))
  const waiting = flowOf(order.workflow.code, order.workflow.version)?.onShort === 'wait'
  compareRows(tally, 'replay.shortfalls', of, tables.shortfalls, records.shortfalls, order.shortfalls.map(({ lineId, itemId, locationId, milli }) => [lineId, itemId, locationId, milli, waiting, order.priority, order.at]))
  compareRows(tally, 'replay.tags', of, tables.order_tags, records.tags, order.tags.map((tag) => [tag]))
  compareRows(tally, 'replay.fields', of, tables.order_fields, records.fields, Object.entries(order.fields).map(([field, { kind, value }]) => [field, kind === 'text' ? value : null, kind === 'int' ? value : null, kind === 'time' ? value : null]))
  compareRows(tally, 'replay.holds', of, tables.order_holds, records.holds, told.holds)
  compareRows(tally, 'replay.costs', of, tables.order_costs, records.costs, order.costs.map(({ id, kind, amountMinor }) => [id, kind, amountMinor, currency]))
  compareRows(tally, 'money.ledger', of, tables.money_entries, records.money, told.money.map(({ entry, commitId }) => moneyRow(entry, currency, commitId)))
  tally.checked('replay.notes', told.notes.length)
  for (const note of told.notes) if (!records.notes.some(([id]) => id === note)) tally.wrong('replay.notes', { ...of, note, why: 'its row is gone' })
  compareTimers(tally, of, told, records.timers, flowOf(order.workflow.code, order.workflow.version))
  checkSums(tally, of, row, records)
  checkReturned(tally, of, told, records)
  return told
}

// ─── The events, once more ───────────────────────────────────────────────────────────────────────────────────────────

interface Told extends ToldElsewhere {
  order: Order
  holds: Value[][]
  money: { entry: MoneyEntry; commitId: string }[]
  notes: string[]
  /** What each return took back: thousandths by line, and what was credited. */
  returns: Map<string, { credit: number; milli: Map<string, number> }>
  stageRecordedAt: string
}

/** The order and all that its events say beside it; null when they cannot be followed. */
function retell(tally: Tally, of: Example, events: readonly EventRow[], flowOf: (code: string, version: number) => Flow | undefined): Told | null {
  const ledger = new Ledger()
  let order: Order | null = null
  for (const recorded of events) {
    try {
      const event = eventFrom(recorded.type, recorded.payload)
      checkStage(tally, of, order, event, recorded.seq, flowOf)
      order = evolve(order, { seq: recorded.seq, event })
      if (event.type === 'OrderPlaced' || event.type === 'LinesCounted' || event.type === 'LinesReturned') checkCounters(tally, of, order, recorded.seq)
      ledger.note(order, event, recorded)
    } catch (error) {
      tally.wrong('replay.orders', { ...of, seq: recorded.seq, event: recorded.type, why: error instanceof Error ? error.message : String(error) })
      return null
    }
  }
  return order && ledger.told(order)
}

class Ledger {
  private readonly reservations = new Map<string, Value[]>()
  private readonly movements: Value[][] = []
  private readonly holds = new Map<string, Value[]>()
  private readonly money: Told['money'] = []
  private readonly notes: string[] = []
  private readonly returns: Told['returns'] = new Map()
  private stageRecordedAt = ''

  told(order: Order): Told {
    const { movements, money, notes, returns, stageRecordedAt } = this
    return { order, reservations: [...this.reservations.values()], movements, holds: [...this.holds.values()], money, notes, returns, stageRecordedAt }
  }

  note(order: Order, event: OrderEvent, { recordedAt, commitId }: EventRow): void {
    switch (event.type) {
      case 'OrderPlaced':
        this.stageRecordedAt = recordedAt
        return
      case 'StageChanged':
        this.stageRecordedAt = recordedAt
        if (event.noteId !== null) this.notes.push(event.noteId)
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
          this.movements.push([movementId, 'found', milli, itemId, locationId, lotId, null, order.id, lineId, null, null, commitId], consumed(order, consumption, commitId))
        }
        return
      case 'LinesReturned': {
        for (const { movementId, lineId, itemId, locationId, lotId, milli } of event.restocked) {
          this.movements.push([movementId, 'return', milli, itemId, locationId, lotId, null, order.id, lineId, null, event.returnId, commitId])
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
        this.holds.get(event.holdId)?.splice(6, 2, event.by, recordedAt)
        return
      case 'NoteAdded':
        this.notes.push(event.noteId)
        return
      case 'MoneyRecorded':
        this.money.push({ entry: event.entry, commitId })
        if (event.entry.noteId !== null) this.notes.push(event.entry.noteId)
        return
      default:
        return
    }
  }

  private end(id: string, state: 'released' | 'consumed'): void {
    const held = this.reservations.get(id)
    if (!held || held[7] !== 'open') throw new Error(`Reservation ${id} is ${state} without being open`)
    held[7] = state
  }
}

function consumed({ id: orderId }: Order, { movementId, reservationId, lineId, itemId, locationId, lotId, milli, unitCostMicro }: Consumption, commitId: string): Value[] {
  return [movementId, 'consume', -milli, itemId, locationId, lotId, unitCostMicro, orderId, lineId, reservationId, null, commitId]
}

function moneyRow({ id, kind, amountMinor, method, provider, reference, reasonCode, noteId, returnId, at }: MoneyEntry, currency: string, commitId: string): Value[] {
  return [id, kind, amountMinor, currency, method, provider, reference, reasonCode, noteId, returnId, at, commitId]
}

// ─── The row ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const at = Object.fromEntries(tables.orders.columns.map((column, i) => [column, i])) as Record<keyof OrderRow, number>
const lineAt = Object.fromEntries(tables.order_lines.columns.map((column, i) => [column, i])) as Record<keyof LineRow, number>

function compareRow(tally: Tally, of: Example, order: Order, stored: Row, storedLines: readonly Row[]): void {
  const expected = orderRow(order)
  const values = tables.orders.columns.map((column) => expected[column])
  const difference = firstDifference(tables.orders.columns, stored, values)
  tally.checked('orders.derived', 1)
  if (!difference) return
  tally.wrong('replay.orders', { ...of, number: order.number, ...difference })
  checkDerived(tally, of, stored, values, storedLines)
}

/** Asked only of rows that are not what their events say: for all others the replay derived the same values from the same lines and money. */
function checkDerived(tally: Tally, of: Example, stored: Row, like: readonly Value[], storedLines: readonly Row[]): void {
  // Text again as what each column holds; what a column holds is read off the row the events give.
  const row = Object.fromEntries(tables.orders.columns.map((column, i) => [column, valueLike(stored[i] ?? null, like[i] ?? null)])) as unknown as OrderRow
  const lines = storedLines.map((line) => Object.fromEntries(tables.order_lines.columns.map((column, i) => [column, /_milli$/.test(column) ? Number(line[i]) : line[i]])) as unknown as LineRow)
  let order: Order
  try {
    order = orderFrom(row, lines, [], [])
  } catch {
    return
  }
  const derived = { balance_minor: balanceOf(order), payment: paymentOf(order), fulfilment: fulfilmentOf(order) }
  for (const [column, value] of Object.entries(derived)) {
    const difference = firstDifference([column], [stored[at[column as keyof typeof derived]] ?? null], [value])
    if (difference) tally.wrong('orders.derived', { ...of, ...difference })
  }
}

function valueLike(text: string | null, like: Value): Value {
  return text !== null && typeof like === 'number' ? Number(text) : text
}

function linesOf(order: Order): Value[][] {
  return lineRows(order).map((line) => tables.order_lines.columns.map((column) => line[column]))
}

// ─── What must hold whatever the events say ──────────────────────────────────────────────────────────────────────────

function checkCounters(tally: Tally, of: Example, order: Order, seq: number): void {
  tally.checked('orders.counters', order.lines.length)
  for (const line of order.lines) {
    const { orderedMilli, cancelledMilli, madeMilli, pickedMilli, packedMilli, handedOverMilli, deliveredMilli, returnedMilli } = line
    const openMilli = orderedMilli - cancelledMilli - handedOverMilli
    const lowest = Math.min(openMilli, cancelledMilli, madeMilli, pickedMilli, packedMilli, handedOverMilli, deliveredMilli, returnedMilli, handedOverMilli - returnedMilli)
    if (lowest < 0) tally.wrong('orders.counters', { ...of, line: line.id, seq, orderedMilli, cancelledMilli, handedOverMilli, deliveredMilli, returnedMilli })
  }
}

function checkStage(tally: Tally, of: Example, before: Order | null, event: OrderEvent, seq: number, flowOf: (code: string, version: number) => Flow | undefined): void {
  if (event.type !== 'StageChanged' && event.type !== 'OrderPlaced') return
  tally.checked('orders.stages', 1)
  const why = event.type === 'OrderPlaced' ? whyNotPlaced(event, flowOf) : before ? whyNotMoved(before, event, flowOf) : null
  if (why !== null) tally.wrong('orders.stages', { ...of, seq, why })
}

function whyNotPlaced({ order: { workflow, stage, phase } }: Extract<OrderEvent, { type: 'OrderPlaced' }>, flowOf: (code: string, version: number) => Flow | undefined): string | null {
  const flow = flowOf(workflow.code, workflow.version)
  if (!flow) return `workflow ${workflow.code} version ${workflow.version} is not there or cannot be read`
  if (flow.initial !== stage) return `orders of ${workflow.code} begin in ${flow.initial}, this one in ${stage}`
  return whyNotPhase(flow, stage, phase)
}

function whyNotMoved({ phase, stage, workflow }: Order, event: Extract<OrderEvent, { type: 'StageChanged' }>, flowOf: (code: string, version: number) => Flow | undefined): string | null {
  if (event.from !== stage || event.fromPhase !== phase) return `moved from ${event.from} (${event.fromPhase}) while it stood in ${stage} (${phase})`
  if (event.toPhase !== phase && !mayLeadTo[phase].includes(event.toPhase)) return `${phase} may not lead to ${event.toPhase}`
  const flow = flowOf(workflow.code, workflow.version)
  if (!flow) return null
  if (!flow.movesFrom(stage).some((move) => move.on === event.on && move.to === event.to)) return `the workflow has no move ${event.on} from ${stage} to ${event.to}`
  return whyNotPhase(flow, event.to, event.toPhase)
}

function whyNotPhase(flow: Flow, stage: string, phase: string): string | null {
  const known = flow.stage(stage)?.phase
  return known === phase ? null : `stage ${stage} is ${known ?? 'unknown'}, not ${phase}`
}

function compareTimers(tally: Tally, of: Example, { order, holds, stageRecordedAt }: Told, timers: readonly Row[], flow: Flow | undefined): void {
  tally.checked('replay.timers', timers.length)
  const stage = flow?.stage(order.stage)
  for (const [name, dueAt, generation] of timers) {
    const hold = name?.startsWith('hold ') ? holds.find(([id]) => name === `hold ${id}`) : undefined
    const expected = hold
      ? { due_at: hold[5] ?? null }
      : stage?.lateOn && stage.lateOn === name && stage.lateAfterMs !== null
        ? { due_at: new Date(Date.parse(stageRecordedAt) + stage.lateAfterMs).toISOString(), generation: order.generation }
        : null
    const timer = { ...of, timer: name ?? '' }
    if (!expected) tally.wrong('replay.timers', { ...timer, why: `no hold and no lateness of stage ${order.stage}` })
    else {
      const difference = firstDifference(Object.keys(expected), [dueAt ?? null, generation ?? null], Object.values(expected))
      if (difference) tally.wrong('replay.timers', { ...timer, ...difference })
    }
  }
}

const moneyOf = {
  authorise: 'authorisedMinor',
  void: 'authorisedMinor',
  capture: 'capturedMinor',
  refund: 'refundedMinor',
  write_off: 'writtenOffMinor',
  rounding: 'roundingMinor',
  points: 'pointsMinor',
} as const satisfies Record<MoneyEntry['kind'], keyof Money>

/** Sums over rows alone: the ledger against the order, the lines against the order. */
function checkSums(tally: Tally, of: Example, row: Row, { lines, money }: OrderRecords): void {
  tally.checked('money.sums', 1)
  tally.checked('money.lines', 1)
  const sums: Money = { authorisedMinor: 0, capturedMinor: 0, refundedMinor: 0, writtenOffMinor: 0, roundingMinor: 0, pointsMinor: 0 }
  for (const [, kind, amount] of money) {
    const sum = moneyOf[kind as MoneyEntry['kind']]
    if (sum) sums[sum] += kind === 'refund' || kind === 'void' ? -Number(amount) : Number(amount)
  }
  const detail = detailOf(row)
  const minor = (column: keyof OrderRow) => Number(row[at[column]])
  const paid = sums.capturedMinor - sums.refundedMinor + sums.writtenOffMinor + sums.roundingMinor + sums.pointsMinor
  // biome-ignore format: read it by column
  const bySums: Sum[] = [
    ['captured_minor', minor('captured_minor'), sums.capturedMinor],
    ['refunded_minor', minor('refunded_minor'), sums.refundedMinor],
    ['balance_minor',  minor('balance_minor'),  minor('total_minor') - (detail?.creditedMinor ?? 0) - paid],
    ...Object.entries(sums).map(([name, sum]): Sum => [`detail.money.${name}`, detail?.money[name as keyof Money] ?? 0, sum]),
  ]
  sayFirst(tally, 'money.sums', of, bySums)
  if (sums.refundedMinor > sums.capturedMinor) tally.wrong('money.sums', { ...of, why: 'more was refunded than captured', captured: sums.capturedMinor, refunded: sums.refundedMinor })

  let [gross, discounts, shared, tax, net] = [0, 0, 0, 0, 0]
  for (const line of lines) {
    const amount = (column: keyof LineRow) => Number(line[lineAt[column]])
    gross += amount('gross_minor')
    if (line[lineAt.kind] === 'discount') discounts -= amount('gross_minor')
    shared += amount('discount_minor')
    tax += amount('tax_minor')
    net += amount('net_minor')
    const expected = amount('gross_minor') - amount('discount_minor') + (line[lineAt.tax_included] === 't' ? 0 : amount('tax_minor'))
    if (amount('net_minor') !== expected) tally.wrong('money.lines', { ...of, line: line[lineAt.id] ?? '', column: 'net_minor', stored: amount('net_minor'), expected })
  }
  // biome-ignore format: read it by column
  sayFirst(tally, 'money.lines', of, [
    ['gross_minor',      minor('gross_minor'),    gross + discounts],
    ['discount_minor',   minor('discount_minor'), discounts],
    ['tax_minor',        minor('tax_minor'),      tax],
    ['total_minor',      minor('total_minor'),    net],
    ['shared discounts', shared,                  0],
  ])
}

type Sum = [what: string, stored: number, expected: number]

function sayFirst(tally: Tally, invariant: 'money.sums' | 'money.lines', of: Example, sums: readonly Sum[]): void {
  const wrong = sums.find(([, stored, expected]) => stored !== expected)
  if (wrong) tally.wrong(invariant, { ...of, column: wrong[0], stored: wrong[1], expected: wrong[2] })
}

function detailOf(row: Row): Pick<Detail, 'creditedMinor' | 'money'> | null {
  try {
    return JSON.parse(row[at.detail] ?? 'null') as Detail | null
  } catch {
    // What is damaged so far is named by the replay of the row.
    return null
  }
}

/** What came back: counter of the line, lines of return documents and the order's own events say the same. */
function checkReturned(tally: Tally, of: Example, { returns }: Told, { lines, returned }: OrderRecords): void {
  tally.checked('money.returns', returned.length)
  const byLine = new Map<string, number>()
  const documents = new Map<string, { credit: number; milli: Map<string, number> }>()
  for (const [returnId, lineId, milli, amount] of returned) {
    byLine.set(lineId ?? '', (byLine.get(lineId ?? '') ?? 0) + Number(milli))
    const document = documents.get(returnId ?? '') ?? { credit: 0, milli: new Map<string, number>() }
    document.credit += Number(amount)
    document.milli.set(lineId ?? '', (document.milli.get(lineId ?? '') ?? 0) + Number(milli))
    documents.set(returnId ?? '', document)
  }
  for (const line of lines) {
    const id = line[lineAt.id] ?? ''
    const difference = firstDifference(['returned_milli'], [line[lineAt.returned_milli] ?? null], [byLine.get(id) ?? 0])
    if (difference) tally.wrong('money.returns', { ...of, line: id, ...difference })
  }
  for (const [id, told] of returns) {
    const document = documents.get(id)
    documents.delete(id)
    if (!document) tally.wrong('money.returns', { ...of, return: id, why: 'its lines are gone' })
    else if (document.credit !== told.credit) tally.wrong('money.returns', { ...of, return: id, column: 'amount_minor', stored: document.credit, expected: told.credit })
    else if ([...told.milli].some(([lineId, milli]) => document.milli.get(lineId) !== milli)) tally.wrong('money.returns', { ...of, return: id, why: 'other quantities than the order was told' })
  }
  for (const id of documents.keys()) tally.wrong('money.returns', { ...of, return: id, why: 'the order does not know of it' })
}
