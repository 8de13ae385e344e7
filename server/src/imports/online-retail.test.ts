import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { HistoryDocument } from './history.ts'
import { onlineRetail } from './online-retail.ts'
import { importFile, importText, reasonsOf } from './testing/import-text.ts'

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n'
const documentsOf = async (...rows: string[]) => (await importText(onlineRetail, `${header}${rows.join('\n')}\n`)).documents
const short = (documents: HistoryDocument[]) =>
  documents.map((document) =>
    document.kind === 'refused'
      ? 'refused'
      : `${document.kind} ${document.externalId}: ${document.lines.map((line) => `${line.kind} ${line.code} ${line.quantityMilli} ${line.totalMinor}`).join(', ')}`,
  )

/** A row of invoice 536365 by default: `row('POST', 1, '18.0')`. */
const row = (
  code: string,
  quantity: number,
  price: string,
  { invoice = '536365', name = 'THING', customer = '17850.0', time = '2010-12-01 08:26:00' } = {},
) => `${invoice},${code},${name},${quantity},${time},${price},${customer},France`

test('an invoice is an order that is done, of a customer with a country, and says nothing of payment', async () => {
  const [order] = await documentsOf(row('85123A', 6, '2.55', { name: ' WHITE HEART ' }))
  expect(order).toEqual({
    kind: 'order',
    externalId: '536365',
    reference: '536365',
    at: '2010-12-01T08:26:00Z',
    currency: 'GBP',
    customer: { externalId: '17850', name: '', email: '', phone: '', country: 'France' },
    lines: [
      {
        row: 2,
        kind: 'goods',
        code: '85123A',
        name: 'WHITE HEART',
        category: '',
        quantityMilli: 6_000,
        priceMicro: 2_550_000,
        totalMinor: 1_530,
      },
    ],
    payment: null,
    refundedMinor: 0,
    ended: 'done',
    endedAt: '2010-12-01T08:26:00Z',
    tags: [],
    note: '',
    source: 'mail-order',
  })
})

test('a credit note is a return of positive quantities', async () => {
  expect(short(await documentsOf(row('22556', -12, '1.65', { invoice: 'C536383' })))).toEqual(['return C536383: goods 22556 12000 1980'])
})

test('a positive line on a credit note is an order beside the return', async () => {
  const documents = await documentsOf(row('22556', -12, '1.65', { invoice: 'C1' }), row('22557', 1, '2.00', { invoice: 'C1' }))
  expect(short(documents)).toEqual(['order C1-O: goods 22557 1000 200', 'return C1: goods 22556 12000 1980'])
})

test('goods taken back on an ordinary invoice are a return beside the order', async () => {
  expect(short(await documentsOf(row('22556', 3, '1.00'), row('22557', -1, '2.00')))).toEqual([
    'order 536365: goods 22556 3000 300',
    'return 536365-R: goods 22557 1000 200',
  ])
})

test('bad debt is a charge, also below zero', async () => {
  const documents = await documentsOf(row('B', 1, '11062.06', { invoice: 'A563185' }), row('B', 1, '-11062.06', { invoice: 'A563186' }))
  expect(short(documents)).toEqual(['order A563185: charge B 1000 1106206', 'order A563186: charge B 1000 -1106206'])
  expect(documents.flatMap((document) => (document.kind === 'order' ? document.lines.map(({ category }) => category) : []))).toEqual([
    'bad-debt',
    'bad-debt',
  ])
})

// biome-ignore format: read it by column
const codes: [code: string, kind: string, category: string][] = [
  ['POST', 'charge', 'postage'], ['DOT', 'charge', 'postage'], ['C2', 'charge', 'carriage'], ['M', 'charge', 'manual'], ['m', 'charge', 'manual'],
  ['AMAZONFEE', 'charge', 'fee'], ['BANK CHARGES', 'charge', 'bank-charges'], ['CRUK', 'charge', 'commission'], ['ADJUST2', 'charge', 'adjustment'],
  ['S', 'service', 'samples'], ['PADS', 'goods', ''], ['DCGSSGIRL', 'goods', ''], ['gift_0001_20', 'goods', ''], ['85123a', 'goods', ''],
]

test.each(codes)('%s is %s %s', async (code, kind, category) => {
  const [order] = await documentsOf(row(code, 1, '5.00'))
  expect(order?.kind === 'order' && order.lines.map((line) => [line.code, line.kind, line.category])).toEqual([
    [code.toUpperCase(), kind, category],
  ])
})

test('a discount on a credit note is money given back, on an invoice a negative price', async () => {
  const documents = await documentsOf(row('D', -1, '27.5', { invoice: 'C1' }), row('22556', 1, '50.00'), row('D', -2, '5.00'))
  expect(short(documents)).toEqual(['return C1: discount D 1000 2750', 'order 536365: goods 22556 1000 5000, discount D 2000 -1000'])
})

test('a discount that adds money is a charge', async () => {
  expect(short(await documentsOf(row('D', 1, '5.00')))).toEqual(['order 536365: charge D 1000 500'])
})

test('one row of goods at no price for nobody corrects the stock, away or found, and its text is why', async () => {
  const documents = await documentsOf(
    row('22139', -56, '0.0', { invoice: '1', customer: '', name: 'damages' }),
    row('22139', 3, '0.0', { invoice: '2', customer: '', name: 'found' }),
  )
  expect(short(documents)).toEqual(['write_off 1: goods 22139 -56000 0', 'write_off 2: goods 22139 3000 0'])
  expect(documents.map((document) => document.kind === 'write_off' && [document.note, document.lines[0]?.name])).toEqual([
    ['damages', '22139'],
    ['found', '22139'],
  ])
})

test('goods without a price for a customer, or several, are an order', async () => {
  const documents = await documentsOf(
    row('1', 1, '0.0', { invoice: '1' }),
    row('1', 1, '0.0', { invoice: '2', customer: '' }),
    row('2', 1, '0.0', { invoice: '2', customer: '' }),
  )
  expect(short(documents)).toEqual(['order 1: goods 1 1000 0', 'order 2: goods 1 1000 0, goods 2 1000 0'])
})

test('stock written off on an invoice that also sells is a document beside it', async () => {
  expect(short(await documentsOf(row('1', 1, '2.00'), row('2', -5, '0.0')))).toEqual([
    'order 536365: goods 1 1000 200',
    'write_off 536365-W: goods 2 -5000 0',
  ])
})

test('a line without a description gets the first the file had for the code', async () => {
  const [, order] = await documentsOf(
    row('85123a', 1, '2.55', { invoice: '1', name: 'WHITE HEART' }),
    row('85123A', 1, '2.55', { invoice: '2', name: '' }),
  )
  expect(order?.kind === 'order' && order.lines[0]?.name).toBe('WHITE HEART')
})

test('an invoice of two minutes, with rows of another between, is one document at its first', async () => {
  const documents = await documentsOf(
    row('1', 1, '1.00'),
    row('9', -1, '1.00', { invoice: 'C5' }),
    row('2', 1, '1.00', { time: '2010-12-01 08:27:00' }),
  )
  expect(short(documents)).toEqual(['return C5: goods 9 1000 100', 'order 536365: goods 1 1000 100, goods 2 1000 100'])
  expect(documents.map((document) => document.kind === 'order' && document.at)).toEqual([false, '2010-12-01T08:26:00Z'])
})

test('an invoice of two customers is refused', async () => {
  expect(reasonsOf(await documentsOf(row('1', 1, '1.00'), row('2', 1, '1.00', { customer: '17851.0' })))).toEqual({
    2: 'document_refused',
    3: 'conflicting_customer',
  })
})

// biome-ignore format: read it by column
const faults: [row: string, reason: string][] = [
  [row('1', 1, '1.00', { invoice: ' ' }),                 'missing_id'],
  [row('1', 1, '1.00', { time: '12/1/2010 8:26' }),       'unreadable_time'],
  [row('', 1, '1.00'),                                    'missing_item'],
  [row('1', Number.NaN, '1.00'),                          'unreadable_quantity'],
  [row('1', 0, '1.00'),                                   'zero_quantity'],
  [row('1', 1, '1.0000001'),                              'unreadable_price'],
  [row('1', 9e15, '9000000'),                             'unreadable_quantity'],
  [row('1', 1, '-1.00'),                                  'negative_price'],
  [row('1', 1, '1.00', { name: 'A\0B' }),                 'unreadable_text'],
  [row('1', 1, '1.00', { name: 'BIG, RED' }),             'torn_row'],
]

test.each(faults)('%s is refused as %s', async (text, reason) => {
  expect(reasonsOf(await documentsOf(text))).toEqual({ 2: reason })
})

test('the sample of real invoices becomes orders, returns and stock corrections, and nothing is refused', async () => {
  const { records, documents } = await importFile(onlineRetail, join(import.meta.dirname, 'samples/online-retail.sample.csv'))
  const count = (kind: HistoryDocument['kind']) => documents.filter((document) => document.kind === kind).length
  expect({
    rows: records.length,
    order: count('order'),
    return: count('return'),
    writeOff: count('write_off'),
    refused: count('refused'),
  }).toEqual({
    rows: 340,
    order: 28,
    return: 11,
    writeOff: 6,
    refused: 0,
  })
})
