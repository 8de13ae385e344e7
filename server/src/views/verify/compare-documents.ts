import type { EventRow, ToldElsewhere } from './compare-order.ts'
import { compareRows, type Value } from './compare-rows.ts'
import type { Reader } from './snapshot.ts'
import { tables } from './tables.ts'
import type { Tally } from './tally.ts'

interface StockMoved {
  movements: { id: string; itemId: string; locationId: string; lotId: string; kind: string; deltaMilli: number; unitCostMicro: number | null }[]
}

interface StockKept {
  itemId: string
  locationId: string
  lotId: string
  milli: number
}

interface ReturnRecorded {
  number: number
  orderId: string | null
  locationId: string
  customerId: string | null
  connectionId: string | null
  externalId: string | null
  reasonCode: string | null
  noteId: string | null
  currency: string
  totalMinor: number
  source: string
  at: string
  businessDate: string
  lines: { id: string; orderId: string | null; orderLineId: string | null; kind: string; itemId: string | null; code: string; name: string; category: string; milli: number; amountMinor: number; restocked: boolean }[]
  restocked: { movementId: string; itemId: string; lotId: string; milli: number }[]
}

const endings: Record<string, string> = { StockGivenBack: 'released', StockExpired: 'expired' }

/** Compares returns with their events, and answers the rows that events of stock tell of. Events come by subject, first to last. */
export async function compareDocuments(reader: Reader, workspaceId: string, events: readonly EventRow[], tally: Tally): Promise<ToldElsewhere> {
  const movements: Value[][] = []
  const kept = new Map<string, Value[]>()
  const returns: Value[][] = []
  const returnLines = new Map<string, Value[][]>()
  for (const { subjectId: id, type, payload, commitId } of events) {
    if (type === 'StockMoved') {
      const { movements: moved } = JSON.parse(payload) as StockMoved
      for (const one of moved) movements.push([one.id, one.kind, one.deltaMilli, one.itemId, one.locationId, one.lotId, one.unitCostMicro, null, null, null, null, commitId])
    }
    if (type === 'StockKept') {
      const { itemId, locationId, lotId, milli } = JSON.parse(payload) as StockKept
      kept.set(id, [id, null, null, itemId, locationId, lotId, milli, 'open', commitId])
    }
    const ending = endings[type]
    if (ending !== undefined) kept.get(id)?.splice(stateAt, 1, ending)
    if (type === 'ReturnRecorded') {
      const document = JSON.parse(payload) as ReturnRecorded
      const { number, orderId, locationId, customerId, connectionId, externalId, reasonCode, noteId, currency, totalMinor, source, at, businessDate } = document
      returns.push([id, number, orderId, locationId, customerId, connectionId, externalId, reasonCode, noteId, currency, totalMinor, source, at, businessDate, commitId])
      returnLines.set(id, document.lines.map((line) => [line.id, line.orderId, line.orderLineId, line.kind, line.itemId, line.code, line.name, line.category, line.milli, line.amountMinor, line.restocked]))
      for (const { movementId, itemId, lotId, milli } of document.restocked) movements.push([movementId, 'return', milli, itemId, locationId, lotId, null, null, null, null, id, commitId])
    }
  }
  await compareReturns(reader, workspaceId, returns, returnLines, tally)
  return { movements, reservations: [...kept.values()] }
}

const stateAt = tables.reservations.columns.indexOf('state')

async function compareReturns(reader: Reader, workspaceId: string, returns: readonly Value[][], lines: ReadonlyMap<string, Value[][]>, tally: Tally): Promise<void> {
  if (returns.length === 0) return
  const values = [workspaceId, [...lines.keys()]]
  const [rows, lineRows] = await Promise.all([
    reader.rows(`select ${tables.returns.columns.join(', ')} from returns where workspace_id = $1 and id = any($2::uuid[])`, values),
    reader.rows(`select ${tables.return_lines.columns.join(', ')}, return_id from return_lines where workspace_id = $1 and return_id = any($2::uuid[])`, values),
  ])
  compareRows(tally, 'replay.returns', { workspace: workspaceId }, tables.returns, rows, returns)
  const linesOf = Map.groupBy(lineRows, (row) => row.at(-1) ?? '')
  for (const [id, told] of lines) {
    const own = linesOf.get(id) ?? []
    compareRows(tally, 'replay.returns', { workspace: workspaceId, return: id }, tables.return_lines, own, told)
    const total = Number(rows.find(([one]) => one === id)?.[totalAt])
    const sum = own.reduce((all, line) => all + Number(line[amountAt]), 0)
    tally.checked('money.returns', 1)
    if (total !== sum) tally.wrong('money.returns', { workspace: workspaceId, return: id, column: 'total_minor', stored: total, expected: sum })
  }
}

const totalAt = tables.returns.columns.indexOf('total_minor')
const amountAt = tables.return_lines.columns.indexOf('amount_minor')
