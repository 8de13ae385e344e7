import { groupRows, type RowKey } from './group-rows.ts'
import type { CsvRecord, HistoryCustomer, HistoryDocument, HistoryLine, ImportFormat, RefusalReason, Worth } from './history.ts'
import { type LineAmounts, lineAmounts, reversed } from './line-amounts.ts'
import { clockOf } from './local-time.ts'
import { scaledOf } from './money-text.ts'
import { asCode, asNote, lengths, oneLine } from './plain-text.ts'
import { type ReadGroup, type RowFault, readGroup, refuseGroup } from './refuse-group.ts'

const timeZone = 'Europe/London'

/**
 * Invoices of a British mail-order wholesaler: one row a line, prices in GBP, `C…` invoices are credit notes, `A…` bad debt.
 * Nothing is known of payment.
 */
export const onlineRetail: ImportFormat = {
  name: 'online-retail',
  columns: ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country'],
  optionalColumns: [],
  matching: 'customer',
  timeZone,
  worth,
  async *read(records) {
    const clock = clockOf(timeZone)
    const nameOf = rememberNames()
    for await (const group of groupRows(records, keyOf)) {
      const read = readGroup(group, (record) => readRow(record, clock), worth)
      if ('kind' in read) yield read
      else {
        const faults = strangers(read.rows)
        if (faults.length > 0) yield refuseGroup(group, faults, worth)
        else yield* documentsOf(read, nameOf)
      }
    }
  },
}

type Kind = [kind: HistoryLine['kind'], category: string]

// biome-ignore format: read it by column
const codesThatAreNoGoods = new Map<string, Kind>([
  ['POST',         ['charge',   'postage']],
  ['DOT',          ['charge',   'postage']],
  ['C2',           ['charge',   'carriage']],
  ['M',            ['charge',   'manual']],
  ['B',            ['charge',   'bad-debt']],
  ['AMAZONFEE',    ['charge',   'fee']],
  ['BANK CHARGES', ['charge',   'bank-charges']],
  ['CRUK',         ['charge',   'commission']],
  ['D',            ['discount', 'discount']],
  ['S',            ['service',  'samples']],
])

function keyOf({ cells }: CsvRecord): RowKey | null {
  const id = asCode(cells.InvoiceNo ?? '', lengths.externalId).toUpperCase()
  return id === '' ? null : { id, key: id }
}

interface InvoiceRow {
  at: string
  customerId: string
  country: string
  description: string
  line: HistoryLine
}

function readRow(record: CsvRecord, clock: (local: string) => string | null): InvoiceRow | RefusalReason {
  const { cells, row } = record
  if (keyOf(record) === null) return 'missing_id'
  const at = clock((cells.InvoiceDate ?? '').trim().replace(' ', 'T'))
  if (at === null) return 'unreadable_time'
  // Codes that differ only by letter case are typing, not two items: written in capitals, they are one.
  const code = asCode((cells.StockCode ?? '').toUpperCase(), lengths.code)
  if (code === '') return 'missing_item'
  const amounts = readAmounts(record)
  if (typeof amounts === 'string') return amounts
  if (amounts.quantityMilli === 0) return 'zero_quantity'
  const [kind, category] = kindOf(cells.InvoiceNo ?? '', code)
  if (amounts.priceMicro < 0 && (kind === 'goods' || kind === 'service')) return 'negative_price'
  return {
    at,
    customerId: asCode(cells.CustomerID ?? '', lengths.externalId).replace(/\.0+$/, ''),
    country: oneLine(cells.Country ?? '', lengths.country),
    description: oneLine(cells.Description ?? '', lengths.name),
    line: { row, kind, code, name: code, category, ...amounts },
  }
}

function kindOf(invoice: string, code: string): Kind {
  if (/^\s*A/i.test(invoice)) return ['charge', 'bad-debt']
  if (code.startsWith('ADJUST')) return ['charge', 'adjustment']
  return codesThatAreNoGoods.get(code) ?? ['goods', '']
}

function strangers(rows: InvoiceRow[]): RowFault[] {
  return rows.filter((row) => row.customerId !== rows[0]?.customerId).map(({ line }) => ({ row: line.row, reason: 'conflicting_customer' }))
}

/** The first document of an invoice takes its number; what else it holds takes the number with `-O`, `-R` or `-W`. */
function* documentsOf({ externalId, rows }: ReadGroup<InvoiceRow>, nameOf: NameOf): Generator<HistoryDocument> {
  const isCredit = externalId.startsWith('C')
  const { sold, back, gone } = isCredit
    ? sortCredit(rows)
    : isStockCorrection(rows)
      ? { sold: [], back: [], gone: rows }
      : sortInvoice(rows)
  const at = rows[0]?.at ?? ''
  const invoice = { at, currency: 'GBP', customer: customerOf(rows[0]) }

  if (sold.length > 0) {
    const id = isCredit && back.length > 0 ? `${externalId}-O` : externalId
    yield {
      ...invoice,
      kind: 'order',
      externalId: id,
      reference: id,
      lines: sold.map((row) => asOrderLine(named(row, nameOf))),
      payment: null,
      refundedMinor: 0,
      ended: 'done',
      endedAt: at,
      tags: [],
      note: '',
      source: 'mail-order',
    }
  }
  if (back.length > 0) {
    const id = isCredit || sold.length === 0 ? externalId : `${externalId}-R`
    yield { ...invoice, kind: 'return', externalId: id, lines: back.map((row) => reversed(named(row, nameOf))) }
  }
  if (gone.length > 0) {
    const id = gone.length === rows.length ? externalId : `${externalId}-W`
    const note = [...new Set(gone.map((row) => row.description))].filter((text) => text !== '').join('; ')
    // What stands in the place of the name is why the stock was corrected: the name is known from sales, or not at all.
    yield {
      kind: 'write_off',
      externalId: id,
      at,
      lines: gone.map(({ line }) => ({ ...line, name: nameOf(line.code, '') })),
      note: asNote(note),
    }
  }
}

interface Sorted {
  sold: InvoiceRow[]
  back: InvoiceRow[]
  gone: InvoiceRow[]
}

function sortCredit(rows: InvoiceRow[]): Sorted {
  return { sold: rows.filter(({ line }) => line.quantityMilli > 0), back: rows.filter(({ line }) => line.quantityMilli < 0), gone: [] }
}

function sortInvoice(rows: InvoiceRow[]): Sorted {
  const sorted: Sorted = { sold: [], back: [], gone: [] }
  for (const row of rows) {
    const { kind, quantityMilli, priceMicro } = row.line
    if (quantityMilli > 0 || kind === 'charge' || kind === 'discount') sorted.sold.push(row)
    else if (priceMicro === 0) sorted.gone.push(row)
    else sorted.back.push(row)
  }
  return sorted
}

/** One row of goods, at no price, for nobody: stock that was counted away (negative) or found (positive), with a word of why. */
function isStockCorrection(rows: InvoiceRow[]): boolean {
  const [row] = rows
  return rows.length === 1 && row?.line.kind === 'goods' && row.line.priceMicro === 0 && row.customerId === ''
}

/** A line of an order has a positive quantity: money off is a negative price. What adds money is no discount. */
function asOrderLine(line: HistoryLine): HistoryLine {
  const upright = line.quantityMilli > 0 ? line : { ...line, quantityMilli: -line.quantityMilli, priceMicro: 0 - line.priceMicro }
  return upright.kind === 'discount' && upright.totalMinor > 0 ? { ...upright, kind: 'charge' } : upright
}

function customerOf(row: InvoiceRow | undefined): HistoryCustomer | null {
  return row && row.customerId !== '' ? { externalId: row.customerId, name: '', email: '', phone: '', country: row.country } : null
}

const named = ({ line, description }: InvoiceRow, nameOf: NameOf): HistoryLine => ({ ...line, name: nameOf(line.code, description) })

type NameOf = (code: string, description: string) => string

/** What an item is called: this row's description; where it has none the first one that the file had for the code, or the code itself. */
function rememberNames(): NameOf {
  const first = new Map<string, string>()
  return (code, description) => {
    if (description === '') return first.get(code) ?? code
    if (!first.has(code)) first.set(code, description)
    return description
  }
}

function worth(record: CsvRecord): Worth | null {
  const amounts = record.fault ?? readAmounts(record)
  return typeof amounts === 'string' ? null : { netMinor: amounts.totalMinor, currency: 'GBP' }
}

function readAmounts({ cells }: CsvRecord): LineAmounts | RefusalReason {
  return lineAmounts(scaledOf((cells.Quantity ?? '').trim(), 3), scaledOf((cells.UnitPrice ?? '').trim(), 6), 'GBP')
}
