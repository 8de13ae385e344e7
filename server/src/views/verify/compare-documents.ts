import { loadItems } from '#modules/catalogue/index.ts'
import { compareRows, type Value } from './compare-rows.ts'
import type { EventRow, ToldElsewhere } from './retell-order.ts'
import type { Reader } from './snapshot.ts'
import { tables } from './tables.ts'
import type { Tally } from './tally.ts'

interface StockMoved {
  movements: {
    id: string
    itemId: string
    locationId: string
    lotId: string
    kind: string
    deltaMilli: number
    unitCostMicro: number | null
  }[]
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
  lines: {
    id: string
    orderId: string | null
    orderLineId: string | null
    kind: string
    itemId: string | null
    code: string
    name: string
    category: string
    milli: number
    amountMinor: number
    restocked: boolean
  }[]
  restocked: { movementId: string; itemId: string; lotId: string; milli: number }[]
}

const endings: Record<string, string> = { StockGivenBack: 'released', StockExpired: 'expired' }

/** Compares returns and items with their events, and answers the rows that events of stock tell of. Events come by subject, first to last. */
export async function compareDocuments(
  reader: Reader,
  workspaceId: string,
  events: readonly EventRow[],
  tally: Tally,
): Promise<ToldElsewhere> {
  const documents = new Documents()
  for (const event of events) {
    try {
      documents.note(event)
    } catch {
      tally.wrong('log.commits', {
        workspace: workspaceId,
        commit: event.commitId,
        subject: event.subjectId,
        seq: event.seq,
        why: 'what the event says cannot be read',
      })
    }
  }
  const { returns, returnLines, items, movements, kept } = documents
  await compareReturns(reader, workspaceId, returns, returnLines, tally)
  await compareItems(reader, workspaceId, items, tally)
  return { movements, reservations: [...kept.values()] }
}

/** What events tell of, in the columns of {@link tables}. */
class Documents {
  readonly movements: Value[][] = []
  readonly kept = new Map<string, Value[]>()
  readonly returns: Value[][] = []
  readonly returnLines = new Map<string, Value[][]>()
  readonly items = new Map<string, object>()

  note({ subjectId: id, subject, type, payload, commitId }: EventRow): void {
    if (subject === 'item') this.items.set(id, JSON.parse(payload))
    if (type === 'StockMoved') {
      for (const { id: movementId, kind, deltaMilli, itemId, locationId, lotId, unitCostMicro } of (JSON.parse(payload) as StockMoved)
        .movements) {
        this.movements.push([movementId, kind, deltaMilli, itemId, locationId, lotId, unitCostMicro, null, null, null, null, commitId])
      }
    }
    if (type === 'StockKept') {
      const { itemId, locationId, lotId, milli } = JSON.parse(payload) as StockKept
      this.kept.set(id, [id, null, null, itemId, locationId, lotId, milli, 'open', commitId])
    }
    const ending = endings[type]
    if (ending !== undefined) this.kept.get(id)?.splice(stateAt, 1, ending)
    if (type === 'ReturnRecorded') this.noteReturn(id, JSON.parse(payload) as ReturnRecorded, commitId)
  }

  private noteReturn(id: string, told: ReturnRecorded, commitId: string): void {
    // biome-ignore format: the columns of tables.returns, in their order
    this.returns.push([
      id, told.number, told.orderId, told.locationId, told.customerId, told.connectionId, told.externalId, told.reasonCode, told.noteId, told.currency, told.totalMinor, told.source, told.at,
      told.businessDate, commitId,
    ])
    // biome-ignore format: the columns of tables.return_lines, in their order
    this.returnLines.set(id, told.lines.map((line) => [
      line.id, line.orderId, line.orderLineId, line.kind, line.itemId, line.code, line.name, line.category, line.milli, line.amountMinor, line.restocked,
    ]))
    for (const { movementId, itemId, lotId, milli } of told.restocked) {
      this.movements.push([movementId, 'return', milli, itemId, told.locationId, lotId, null, null, null, null, id, commitId])
    }
  }
}

const stateAt = tables.reservations.columns.indexOf('state')

async function compareReturns(
  reader: Reader,
  workspaceId: string,
  returns: readonly Value[][],
  lines: ReadonlyMap<string, Value[][]>,
  tally: Tally,
): Promise<void> {
  if (returns.length === 0) return
  const values = [workspaceId, [...lines.keys()]]
  const [rows, lineRows] = await Promise.all([
    reader.rows(`select ${tables.returns.columns.join(', ')} from returns where workspace_id = $1 and id = any($2::uuid[])`, values),
    reader.rows(
      `select ${tables.return_lines.columns.join(', ')}, return_id from return_lines where workspace_id = $1 and return_id = any($2::uuid[])`,
      values,
    ),
  ])
  compareRows(tally, 'replay.returns', { workspace: workspaceId }, tables.returns, rows, returns)
  const linesOf = Map.groupBy(lineRows, (row) => row.at(-1) ?? '')
  for (const [id, told] of lines) {
    const own = linesOf.get(id) ?? []
    compareRows(tally, 'replay.returns', { workspace: workspaceId, return: id }, tables.return_lines, own, told)
    const total = Number(rows.find(([one]) => one === id)?.[totalAt])
    const sum = own.reduce((all, line) => all + Number(line[amountAt]), 0)
    tally.checked('money.returns', 1)
    if (total !== sum)
      tally.wrong('money.returns', { workspace: workspaceId, return: id, column: 'total_minor', stored: total, expected: sum })
  }
}

const totalAt = tables.returns.columns.indexOf('total_minor')
const amountAt = tables.return_lines.columns.indexOf('amount_minor')

/** An item is what its last event says; what that event does not speak of (fields of a later version) is not asked. */
async function compareItems(reader: Reader, workspaceId: string, items: ReadonlyMap<string, object>, tally: Tally): Promise<void> {
  if (items.size === 0) return
  const loaded = await loadItems(reader.db, workspaceId, { ids: [...items.keys()], codes: [], variants: [], barcodes: [] })
  const byId = new Map(loaded.map((item) => [item.id as string, item]))
  for (const [id, told] of items) {
    tally.checked('replay.items', 1)
    const stored = byId.get(id)
    const difference = stored ? firstUnlike(told, stored, '') : { why: 'its row is gone' }
    if (difference) tally.wrong('replay.items', { workspace: workspaceId, item: id, ...difference })
  }
}

function firstUnlike(told: unknown, stored: unknown, column: string): { column: string; stored: string; expected: string } | null {
  const unlike = { column, stored: JSON.stringify(stored) ?? '', expected: JSON.stringify(told) }
  if (typeof told !== 'object' || told === null) return told === stored ? null : unlike
  if (typeof stored !== 'object' || stored === null) return unlike
  if (Array.isArray(told) && told.length !== (stored as unknown[]).length) return unlike
  for (const [name, value] of Object.entries(told)) {
    const difference = firstUnlike(value, (stored as Record<string, unknown>)[name], column === '' ? name : `${column}.${name}`)
    if (difference) return difference
  }
  return null
}
