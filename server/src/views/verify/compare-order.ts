import {
  balanceOf,
  fulfilmentOf,
  type LineRow,
  lineRows,
  type MoneyEntry,
  type Order,
  type OrderRow,
  orderFrom,
  orderRow,
  paymentOf,
} from '#modules/orders/index.ts'
import type { Flow } from '#modules/workflow/index.ts'
import { checkReturned, checkSums } from './check-money.ts'
import { compareRows, firstDifference, type Value } from './compare-rows.ts'
import { type EventRow, type FlowOf, retell, type Told, type ToldElsewhere } from './retell-order.ts'
import type { Row } from './snapshot.ts'
import { orderAt, tables } from './tables.ts'
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

const nothingElsewhere: ToldElsewhere = { reservations: [], movements: [] }

/** Replays an order and names everything in which the database does not say the same. Pure. */
export function compareOrder(tally: Tally, workspaceId: string, records: OrderRecords, flowOf: FlowOf): ToldElsewhere {
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
  try {
    compareAll(tally, of, told, records, row, flowOf)
  } catch (error) {
    // An event that was damaged in what it says, not in how it follows, leaves an order that cannot be told.
    tally.wrong('replay.orders', { ...of, why: error instanceof Error ? error.message : String(error) })
  }
  return told
}

function compareAll(tally: Tally, of: Example, told: Told, records: OrderRecords, row: Row, flowOf: FlowOf): void {
  const { order } = told
  compareRow(tally, of, order, row, records.lines)
  const currency = order.currency
  compareRows(tally, 'replay.lines', of, tables.order_lines, records.lines, linesOf(order))
  const waiting = flowOf(order.workflow.code, order.workflow.version)?.onShort !== 'refuse'
  compareRows(
    tally,
    'replay.shortfalls',
    of,
    tables.shortfalls,
    records.shortfalls,
    order.shortfalls.map(({ lineId, itemId, locationId, milli }) => [lineId, itemId, locationId, milli, waiting, order.priority, order.at]),
  )
  compareRows(
    tally,
    'replay.tags',
    of,
    tables.order_tags,
    records.tags,
    order.tags.map((tag) => [tag]),
  )
  compareRows(
    tally,
    'replay.fields',
    of,
    tables.order_fields,
    records.fields,
    Object.entries(order.fields).map(([field, { kind, value }]) => [
      field,
      kind === 'text' ? value : null,
      kind === 'int' ? value : null,
      kind === 'time' ? value : null,
    ]),
  )
  compareRows(tally, 'replay.holds', of, tables.order_holds, records.holds, told.holds)
  compareRows(
    tally,
    'replay.costs',
    of,
    tables.order_costs,
    records.costs,
    order.costs.map(({ id, kind, amountMinor }) => [id, kind, amountMinor, currency]),
  )
  compareRows(
    tally,
    'money.ledger',
    of,
    tables.money_entries,
    records.money,
    told.money.map(({ entry, commitId }) => moneyRow(entry, currency, commitId)),
  )
  tally.checked('replay.notes', told.notes.length)
  for (const note of told.notes)
    if (!records.notes.some(([id]) => id === note)) tally.wrong('replay.notes', { ...of, note, why: 'its row is gone' })
  compareTimers(tally, of, told, records.timers, flowOf(order.workflow.code, order.workflow.version))
  checkSums(tally, of, row, records)
  checkReturned(tally, of, told, records)
}

function moneyRow(
  { id, kind, amountMinor, method, provider, reference, reasonCode, noteId, returnId, at }: MoneyEntry,
  currency: string,
  commitId: string,
): Value[] {
  return [id, kind, amountMinor, currency, method, provider, reference, reasonCode, noteId, returnId, at, commitId]
}

// ─── The row ─────────────────────────────────────────────────────────────────────────────────────────────────────────

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
  const row = Object.fromEntries(
    tables.orders.columns.map((column, i) => [column, valueLike(stored[i] ?? null, like[i] ?? null)]),
  ) as unknown as OrderRow
  const lines = storedLines.map(
    (line) =>
      Object.fromEntries(
        tables.order_lines.columns.map((column, i) => [column, /_milli$/.test(column) ? Number(line[i]) : line[i]]),
      ) as unknown as LineRow,
  )
  let order: Order
  try {
    order = orderFrom(row, lines, [], [])
  } catch {
    return
  }
  const derived = { balance_minor: balanceOf(order), payment: paymentOf(order), fulfilment: fulfilmentOf(order) }
  for (const [column, value] of Object.entries(derived)) {
    const difference = firstDifference([column], [stored[orderAt[column as keyof typeof derived]] ?? null], [value])
    if (difference) tally.wrong('orders.derived', { ...of, ...difference })
  }
}

function valueLike(text: string | null, like: Value): Value {
  return text !== null && typeof like === 'number' ? Number(text) : text
}

function linesOf(order: Order): Value[][] {
  return lineRows(order).map((line) => tables.order_lines.columns.map((column) => line[column]))
}

// ─── Timers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const untilAt = tables.order_holds.columns.indexOf('until')

function compareTimers(
  tally: Tally,
  of: Example,
  { order, holds, stageRecordedAt, freedAt }: Told,
  timers: readonly Row[],
  flow: Flow | undefined,
): void {
  tally.checked('replay.timers', timers.length)
  const stage = flow?.stage(order.stage)
  for (const [name, dueAt, generation] of timers) {
    const hold = name?.startsWith('hold ') ? holds.find(([id]) => name === `hold ${id}`) : undefined
    const expected = hold
      ? { due_at: hold[untilAt] ?? null }
      : stage?.lateOn && stage.lateOn === name && stage.lateAfterMs !== null
        ? {
            due_at: dueAt === freedAt ? freedAt : new Date(Date.parse(stageRecordedAt) + stage.lateAfterMs).toISOString(),
            generation: order.generation,
          }
        : null
    const timer = { ...of, timer: name ?? '' }
    if (!expected) tally.wrong('replay.timers', { ...timer, why: `no hold and no lateness of stage ${order.stage}` })
    else {
      const difference = firstDifference(Object.keys(expected), [dueAt ?? null, generation ?? null], Object.values(expected))
      if (difference) tally.wrong('replay.timers', { ...timer, ...difference })
    }
  }
}
