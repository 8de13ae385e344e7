import { minorDigits } from '#contract/currency.ts'
import { microPerMinor } from '#platform/currency.ts'
import { groupRows, type RowGroup, type RowKey } from './group-rows.ts'
import type {
  CsvRecord,
  HistoryCustomer,
  HistoryDocument,
  HistoryLine,
  HistoryOrder,
  ImportFormat,
  RefusalReason,
  Worth,
} from './history.ts'
import { lineAmounts, microMax, sumMinor } from './line-amounts.ts'
import { instantOfOffsetText } from './local-time.ts'
import { scaledOf } from './money-text.ts'
import { asCode, asNote, asWord, lengths, oneLine } from './plain-text.ts'
import { readGroup, refuseGroup } from './refuse-group.ts'

/**
 * The "Export orders" file of the Shopify admin: the first row of an order carries the order, each row one of its lines.
 * The columns may stand in any order and there may be more of them.
 */
export const shopifyOrders: ImportFormat = {
  name: 'shopify-orders',
  // biome-ignore format: grouped by what they tell
  columns: [
    'Name', 'Financial Status', 'Fulfillment Status', 'Currency', 'Subtotal', 'Shipping', 'Taxes', 'Total', 'Discount Code', 'Discount Amount',
    'Created at', 'Lineitem quantity', 'Lineitem name', 'Lineitem price', 'Lineitem sku',
  ],
  // biome-ignore format: grouped by what they tell
  optionalColumns: [
    'Id', 'Email', 'Phone', 'Billing Name', 'Billing Phone', 'Billing Country', 'Shipping Name', 'Shipping Phone', 'Shipping Country', 'Shipping Method',
    'Paid at', 'Fulfilled at', 'Cancelled at', 'Payment Method', 'Refunded Amount', 'Outstanding Balance', 'Duties', 'Lineitem discount',
    'Lineitem requires shipping', 'Notes', 'Note Attributes', 'Tags', 'Source', 'Tax 1 Name', 'Tax 2 Name', 'Tax 3 Name', 'Tax 4 Name', 'Tax 5 Name',
  ],
  matching: 'customer',
  timeZone: 'UTC',
  worth,
  async *read(records) {
    for await (const group of groupRows(records, orderKeys())) yield documentOf(group)
  },
}

const text = ({ cells }: CsvRecord, column: string) => (cells[column] ?? '').trim()

const isoCurrencies = new Set(Intl.supportedValuesOf('currency'))

function currencyOf(head: CsvRecord): string | null {
  const currency = text(head, 'Currency')
  return isoCurrencies.has(currency) ? currency : null
}

const isOrderRow = (record: CsvRecord) => record.fault === null && (text(record, 'Total') !== '' || text(record, 'Currency') !== '')

/** Only the first row of an order has its id; the rows after it repeat the name. A name may come again (two shops), an id may not. */
function orderKeys(): (record: CsvRecord) => RowKey | null {
  let current = { name: '', id: '' }
  return (record) => {
    const name = asCode(text(record, 'Name'), lengths.externalId)
    if (name === '') return null
    if (isOrderRow(record)) current = { name, id: asCode(text(record, 'Id'), lengths.externalId) || name }
    const id = name === current.name ? current.id : name
    return { id, key: id }
  }
}

function documentOf(group: RowGroup): HistoryDocument {
  const heads = group.records.filter(isOrderRow)
  const [head, secondHead] = heads
  const refuse = (row: number, reason: RefusalReason) => refuseGroup(group, [{ row, reason }], worth)

  const currency = head ? currencyOf(head) : null
  const read = readGroup(group, (record) => readLine(record, currency ?? 'EUR'), worth)
  if ('kind' in read) return read
  const [first] = read.rows
  if (!head || !first) return refuse(group.records[0]?.row ?? 0, 'missing_order_row')
  if (secondHead || group.part > 1) return refuse((secondHead ?? head).row, 'duplicate_order')
  if (currency === null) return refuse(head.row, 'unknown_currency')
  const money = readMoney(head, currency)
  if (typeof money === 'string') return refuse(head.row, money)
  const life = readLife(head, money)
  if (typeof life === 'string') return refuse(head.row, life)
  const lines = settle(head, money, read.rows)
  if (lines === null) return refuse(head.row, 'total_mismatch')

  return {
    kind: 'order',
    externalId: read.externalId,
    reference: asCode(text(head, 'Name'), lengths.externalId),
    currency,
    customer: customerOf(head, read.externalId),
    lines,
    refundedMinor: money.refunded,
    ...life,
    tags: tagsOf(text(head, 'Tags')),
    note: noteOf(head),
    source: asWord(text(head, 'Source')) || 'shopify',
  }
}

interface OrderLine {
  line: HistoryLine
  discountMinor: number
}

function readLine(record: CsvRecord, currency: string): OrderLine | RefusalReason {
  if (text(record, 'Name') === '') return 'missing_id'
  const name = oneLine(text(record, 'Lineitem name') || text(record, 'Lineitem sku'), lengths.name)
  if (name === '') return 'missing_item'
  const amounts = lineAmounts(scaledOf(text(record, 'Lineitem quantity'), 3), scaledOf(text(record, 'Lineitem price'), 6), currency)
  if (typeof amounts === 'string') return amounts
  if (amounts.quantityMilli === 0) return 'zero_quantity'
  if (amounts.quantityMilli < 0) return 'negative_quantity'
  if (amounts.priceMicro < 0) return 'negative_price'
  const discountMinor = amountMinor(record, 'Lineitem discount', currency)
  if (discountMinor === null || discountMinor < 0) return 'unreadable_amount'
  const code = asCode(text(record, 'Lineitem sku') || text(record, 'Lineitem name'), lengths.code)
  // What needs no shipping (a tip, a voucher, an hour of work) leaves no shelf.
  const kind = text(record, 'Lineitem requires shipping') === 'false' ? 'service' : 'goods'
  return { line: { row: record.row, kind, code, name, category: '', ...amounts }, discountMinor }
}

/** The order's amounts in minor units, none below zero. */
interface OrderMoney {
  currency: string
  subtotal: number
  shipping: number
  taxes: number
  duties: number
  discount: number
  total: number
  refunded: number
  outstanding: number
}

function readMoney(head: CsvRecord, currency: string): OrderMoney | RefusalReason {
  const read = (column: string) => amountMinor(head, column, currency)
  const subtotal = text(head, 'Subtotal') === '' ? null : read('Subtotal')
  const total = text(head, 'Total') === '' ? null : read('Total')
  const shipping = read('Shipping')
  const taxes = read('Taxes')
  const duties = read('Duties')
  const discount = read('Discount Amount')
  const refunded = read('Refunded Amount')
  const outstanding = read('Outstanding Balance')
  if (subtotal === null || total === null || shipping === null || taxes === null || duties === null) return 'unreadable_amount'
  if (discount === null || refunded === null || outstanding === null) return 'unreadable_amount'
  if (Math.min(subtotal, total, shipping, taxes, duties, discount, refunded) < 0) return 'unreadable_amount'
  return { currency, subtotal, shipping, taxes, duties, discount, total, refunded, outstanding }
}

/** An amount in minor units, 0 where the cell is empty, null where it is no whole number of them. */
function amountMinor(record: CsvRecord, column: string, currency: string): number | null {
  const amount = text(record, column)
  if (amount === '') return 0
  const micro = scaledOf(amount, 6)
  return micro === null || Math.abs(micro) > microMax ? null : scaledOf(amount, minorDigits(currency))
}

// biome-ignore format: read it by column
const paidOf = new Map<string, (money: OrderMoney) => number>([
  ['paid',               ({ total }) => total],
  ['refunded',           ({ total }) => total],
  ['partially_refunded', ({ total }) => total],
  ['partially_paid',     ({ total, outstanding }) => Math.max(0, total - outstanding)],
  ['pending',            () => 0],
  ['authorized',         () => 0],
  ['unpaid',             () => 0],
  ['expired',            () => 0],
  ['voided',             () => 0],
])

// biome-ignore format: read it by column
const endOf = new Map<string, HistoryOrder['ended']>([
  ['fulfilled',   'done'],
  ['',            'open'],
  ['unfulfilled', 'open'],
  ['partial',     'open'],
  ['pending',     'open'],
  ['scheduled',   'open'],
  ['on_hold',     'open'],
  ['in_progress', 'open'],
  ['open',        'open'],
  ['restocked',   'cancelled'],
])

/** When it was placed, paid and ended, and how. */
function readLife(head: CsvRecord, money: OrderMoney): Pick<HistoryOrder, 'at' | 'payment' | 'ended' | 'endedAt'> | RefusalReason {
  const at = instantOfOffsetText(text(head, 'Created at'))
  const paidAt = optionalInstant(head, 'Paid at')
  const fulfilledAt = optionalInstant(head, 'Fulfilled at')
  const cancelledAt = optionalInstant(head, 'Cancelled at')
  if (at === null || paidAt === null || fulfilledAt === null || cancelledAt === null) return 'unreadable_time'

  const status = text(head, 'Financial Status').toLowerCase()
  const paid = paidOf.get(status)
  const fulfilled = endOf.get(text(head, 'Fulfillment Status').toLowerCase())
  if ((!paid && status !== '') || !fulfilled) return 'unknown_status'
  const payment = paid
    ? { method: oneLine(text(head, 'Payment Method'), lengths.person) || 'unknown', amountMinor: paid(money), at: paidAt || at }
    : null
  if (money.refunded > (payment?.amountMinor ?? 0)) return 'refund_exceeds_payment'

  const ended = cancelledAt === '' ? fulfilled : 'cancelled'
  const endedAt = ended === 'cancelled' ? cancelledAt : ended === 'done' ? fulfilledAt : ''
  return { at, payment, ended, endedAt: endedAt || at }
}

/** '' where the cell is empty, null where it holds no time. */
function optionalInstant(record: CsvRecord, column: string): string | null {
  const cell = text(record, column)
  return cell === '' ? '' : instantOfOffsetText(cell)
}

/**
 * The lines of the order with its discounts, shipping, duties and tax as lines of their own, so that they sum to the total;
 * null when no reading of the amounts does. Whether prices contain the tax is not in the file: the total tells.
 */
function settle(head: CsvRecord, money: OrderMoney, rows: OrderLine[]): HistoryLine[] | null {
  const goods = sumMinor(rows.map(({ line }) => line))
  const onLines = rows.reduce((sum, row) => sum + row.discountMinor, 0)
  const { discount } = money
  // biome-ignore format: read it by column
  const ways = [
    { onGoods: discount,           onShipping: 0 },          // beside the discounts of the lines
    { onGoods: discount - onLines, onShipping: 0 },          // the discounts of the lines are in it
    { onGoods: 0,                  onShipping: discount },   // taken off the shipping
    { onGoods: 0,                  onShipping: 0 },          // taken off the shipping, which is stated without it
  ]
  for (const { onGoods, onShipping } of ways) {
    if (onGoods < 0 || goods - onLines - onGoods !== money.subtotal) continue
    for (const duties of [money.duties, 0]) {
      for (const tax of [0, money.taxes]) {
        if (money.subtotal + money.shipping - onShipping + duties + tax !== money.total) continue
        const line = (kind: 'charge' | 'discount', word: string, name: string, category: string, minor: number) =>
          amountLine(
            { row: head.row, kind, code: asCode(word, lengths.code), name: oneLine(name || word, lengths.name), category },
            minor,
            money.currency,
          )
        return [
          ...rows.flatMap((row) => withDiscount(row, money.currency)),
          ...line('discount', text(head, 'Discount Code') || 'DISCOUNT', '', 'discount', -onGoods - onShipping),
          ...line('charge', 'SHIPPING', text(head, 'Shipping Method'), 'shipping', money.shipping),
          ...line('charge', 'DUTIES', '', 'duties', duties),
          ...line('charge', 'TAX', taxNames(head), 'tax', tax),
        ]
      }
    }
  }
  return null
}

function withDiscount({ line, discountMinor }: OrderLine, currency: string): HistoryLine[] {
  const { row, name } = line
  return [line, ...amountLine({ row, kind: 'discount', code: 'LINE-DISCOUNT', name, category: 'discount' }, -discountMinor, currency)]
}

/** One line worth an amount; none for nothing. */
function amountLine(
  words: Pick<HistoryLine, 'row' | 'kind' | 'code' | 'name' | 'category'>,
  minor: number,
  currency: string,
): HistoryLine[] {
  return minor === 0 ? [] : [{ ...words, quantityMilli: 1000, priceMicro: minor * microPerMinor(currency), totalMinor: minor }]
}

function taxNames(head: CsvRecord): string {
  const names = [1, 2, 3, 4, 5].map((number) => text(head, `Tax ${number} Name`))
  return names.filter((name) => name !== '').join(', ')
}

function tagsOf(cell: string): string[] {
  const tags = cell.split(',').map((tag) => oneLine(tag, lengths.tag))
  return [...new Set(tags)].filter((tag) => tag !== '')
}

/** What people wrote, then what the shop's forms did, with its line ends. */
function noteOf(head: CsvRecord): string {
  const note = [text(head, 'Notes'), text(head, 'Note Attributes')].filter((part) => part !== '').join('\n\n')
  return asNote(note)
}

/** Who ordered: known by e-mail, else by phone (as written), else a person of this one order; null where the file names nobody. */
function customerOf(head: CsvRecord, orderId: string): HistoryCustomer | null {
  const name = oneLine(text(head, 'Billing Name') || text(head, 'Shipping Name'), lengths.person)
  const email = oneLine(text(head, 'Email').toLowerCase(), lengths.email)
  const phone = oneLine(text(head, 'Phone') || text(head, 'Billing Phone') || text(head, 'Shipping Phone'), lengths.phone)
  if (name === '' && email === '' && phone === '') return null
  return {
    externalId: asCode(email || phone || `order ${orderId}`, lengths.externalId),
    name,
    email,
    phone,
    country: oneLine(text(head, 'Shipping Country') || text(head, 'Billing Country'), lengths.country),
  }
}

function worth(record: CsvRecord): Worth | null {
  const currency = isOrderRow(record) ? currencyOf(record) : null
  if (currency === null) return null
  const total = amountMinor(record, 'Total', currency)
  const refunded = amountMinor(record, 'Refunded Amount', currency)
  return total === null || refunded === null ? null : { netMinor: total - refunded, currency }
}
