import { groupRows, type RowKey } from './group-rows.ts'
import type { CsvRecord, HistoryDocument, HistoryLine, ImportFormat, RefusalReason, Worth } from './history.ts'
import { type LineAmounts, lineAmounts, reversed, sumMinor } from './line-amounts.ts'
import { clockOf } from './local-time.ts'
import { microOfEuroText, scaledOf } from './money-text.ts'
import { asCode, lengths, oneLine } from './plain-text.ts'
import { type ReadGroup, readGroup } from './refuse-group.ts'

const timeZone = 'Europe/Paris'

/**
 * Till tickets of a French bakery: one row a line, prices in EUR with tax, no customer, paid at the till.
 * A ticket's positive lines are an order, its negative lines a return.
 */
export const bakeryTickets: ImportFormat = {
  name: 'bakery-tickets',
  columns: ['date', 'time', 'ticket_number', 'article', 'Quantity', 'unit_price'],
  optionalColumns: [],
  matching: 'day',
  timeZone,
  worth,
  async *read(records) {
    const clock = clockOf(timeZone)
    for await (const group of groupRows(records, keyOf)) {
      const read = readGroup(group, (record) => readRow(record, clock), worth)
      if ('kind' in read) yield read
      else yield* documentsOf(read)
    }
  },
}

/** Services that the till sells like goods. All else is goods, `REDUCTION …` too: a number of pieces at a set price. */
const services = new Map([['COUPE', 'slicing']])

/** Rows of one ticket share number, date and minute; the number alone may come again on another day. */
function keyOf({ cells }: CsvRecord): RowKey | null {
  const id = asCode(cells.ticket_number ?? '', lengths.externalId).replace(/\.0+$/, '')
  return id === '' ? null : { id, key: `${id} ${cells.date} ${cells.time}` }
}

interface TicketRow {
  at: string
  line: HistoryLine
}

function readRow(record: CsvRecord, clock: (local: string) => string | null): TicketRow | RefusalReason {
  const { cells, row } = record
  if (keyOf(record) === null) return 'missing_id'
  const at = clock(`${cells.date?.trim()}T${cells.time?.trim()}`)
  if (at === null) return 'unreadable_time'
  // The till knows no codes: the article's text is one, `.` too, and names that are nearly the same stay two items.
  const name = oneLine(cells.article ?? '', lengths.name)
  const code = asCode(cells.article ?? '', lengths.code)
  if (code === '') return 'missing_item'
  const amounts = readAmounts(record)
  if (typeof amounts === 'string') return amounts
  if (amounts.quantityMilli === 0) return 'zero_quantity'
  if (amounts.priceMicro < 0) return 'negative_price'
  const service = services.get(code)
  return { at, line: { row, kind: service ? 'service' : 'goods', code, name, category: service ?? '', ...amounts } }
}

function* documentsOf({ externalId, rows }: ReadGroup<TicketRow>): Generator<HistoryDocument> {
  const at = rows[0]?.at ?? ''
  const sold = rows.map(({ line }) => line).filter((line) => line.quantityMilli > 0)
  const back = rows.map(({ line }) => line).filter((line) => line.quantityMilli < 0)
  const ticket = { at, currency: 'EUR', customer: null }
  if (sold.length > 0) {
    yield {
      ...ticket,
      kind: 'order',
      externalId,
      reference: externalId,
      lines: sold,
      payment: { method: 'till', amountMinor: sumMinor(sold), at },
      refundedMinor: 0,
      ended: 'done',
      endedAt: at,
      tags: [],
      note: '',
      source: 'till',
    }
  }
  if (back.length > 0)
    yield { ...ticket, kind: 'return', externalId: sold.length > 0 ? `${externalId}-R` : externalId, lines: back.map(reversed) }
}

function worth(record: CsvRecord): Worth | null {
  const amounts = record.fault ?? readAmounts(record)
  return typeof amounts === 'string' ? null : { netMinor: amounts.totalMinor, currency: 'EUR' }
}

function readAmounts({ cells }: CsvRecord): LineAmounts | RefusalReason {
  return lineAmounts(scaledOf((cells.Quantity ?? '').trim(), 3), microOfEuroText(cells.unit_price ?? ''), 'EUR')
}
