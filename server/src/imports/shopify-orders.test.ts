import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { HistoryDocument, HistoryOrder } from './history.ts'
import { shopifyOrders } from './shopify-orders.ts'
import { importFile, importText, quoted, reasonsOf } from './testing/import-text.ts'

type Cells = Record<string, string>

const plain: Cells = {
  Name: '#1',
  Id: '700',
  'Financial Status': 'paid',
  'Fulfillment Status': 'fulfilled',
  Currency: 'EUR',
  Subtotal: '10.00',
  Shipping: '0.00',
  Taxes: '0.00',
  Total: '10.00',
  'Discount Code': '',
  'Discount Amount': '0.00',
  'Created at': '2025-02-03 09:15:00 +0100',
  'Lineitem quantity': '1',
  'Lineitem name': 'Mug',
  'Lineitem price': '10.00',
  'Lineitem sku': 'MUG',
  'Payment Method': 'Card',
}
const moreLine = (name: string, line: Cells): Cells => ({
  Name: name,
  'Created at': plain['Created at'] ?? '',
  'Lineitem quantity': '1',
  ...line,
})

/** A file of the rows; its columns are those that any row has. */
function fileOf(rows: Cells[]): string {
  const columns = [...new Set([...Object.keys(plain), ...rows.flatMap(Object.keys)])]
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))].map((cells) => cells.map(quoted).join(',')).join('\n')
}

const documentsOf = async (...rows: Cells[]) => (await importText(shopifyOrders, fileOf(rows))).documents
const ordersOf = (documents: HistoryDocument[]): HistoryOrder[] => documents.filter((document) => document.kind === 'order')
const linesOf = (order: HistoryOrder | undefined) => order?.lines.map((line) => `${line.kind} ${line.code} ${line.totalMinor}`)

async function sample(): Promise<Map<string, HistoryOrder>> {
  const { documents } = await importFile(shopifyOrders, join(import.meta.dirname, 'samples/shopify-orders.sample.csv'))
  return new Map(ordersOf(documents).map((order) => [order.reference, order]))
}

test('an order is known by its id, called by its name, and has the lines of all its rows', async () => {
  const order = (await sample()).get('#1001')
  expect(order).toMatchObject({
    externalId: '7000000000001',
    reference: '#1001',
    at: '2025-02-03T08:15:00Z',
    currency: 'EUR',
    ended: 'done',
    endedAt: '2025-02-04T10:00:00Z',
    source: 'web',
    tags: ['vip', 'newsletter'],
    payment: { method: 'Card', amountMinor: 4790, at: '2025-02-03T08:15:20Z' },
    customer: { externalId: 'ana@example.com', name: 'Sample, Ana', email: 'ana@example.com', phone: '', country: 'ES' },
  })
})

test('tax inside the prices makes no line, shipping does', async () => {
  expect(linesOf((await sample()).get('#1001'))).toEqual(['goods MUG-BL 2500', 'goods TOWEL-SA 1800', 'charge SHIPPING 490'])
})

test('tax on top, a line discount and an order discount are lines of their own, and a line without SKU goes by its name', async () => {
  const lines = [
    'goods MUG-BL 1250',
    'goods Tea sampler 1200',
    'discount LINE-DISCOUNT -120',
    'discount WELCOME10 -233',
    'charge SHIPPING 600',
    'charge TAX 173',
  ]
  expect(linesOf((await sample()).get('#1002'))).toEqual(lines)
})

test('cash on delivery is an open order of which nothing is paid, its phone and its note are kept as written', async () => {
  expect((await sample()).get('#1003')).toMatchObject({
    ended: 'open',
    payment: { method: 'Cash on Delivery (COD)', amountMinor: 0 },
    note: 'Ring twice\n\nGate: north\nColour: "sand"',
    customer: { externalId: '+8801700000009', phone: '+8801700000009' },
  })
})

test('a cancelled order that was refunded ends when it was cancelled', async () => {
  expect((await sample()).get('#1004')).toMatchObject({
    ended: 'cancelled',
    endedAt: '2025-02-05T09:30:00Z',
    refundedMinor: 1990,
    payment: { amountMinor: 1990 },
  })
})

test('a partial refund is money only', async () => {
  expect((await sample()).get('#1005')).toMatchObject({ ended: 'done', refundedMinor: 995, payment: { amountMinor: 4895 } })
})

test('a voided payment is no payment', async () => {
  expect((await sample()).get('#1006')).toMatchObject({ ended: 'cancelled', refundedMinor: 0, payment: { amountMinor: 0 } })
})

test('amounts of a currency without minor units are whole', async () => {
  const order = (await sample()).get('#1007')
  expect([order?.currency, linesOf(order), order?.payment?.amountMinor]).toEqual([
    'JPY',
    ['goods SENCHA 2400', 'charge SHIPPING 300'],
    2700,
  ])
})

test('a discount that pays the shipping is taken off there', async () => {
  expect(linesOf((await sample()).get('#1008'))).toEqual(['goods TRAY-OAK 3900', 'discount FREESHIP -490', 'charge SHIPPING 490'])
})

test('an order whose lines do not make its total is refused whole', async () => {
  const { documents } = await importFile(shopifyOrders, join(import.meta.dirname, 'samples/shopify-orders.sample.csv'))
  expect(documents.filter(({ kind }) => kind === 'refused')).toEqual([
    {
      kind: 'refused',
      refused: [
        { row: 14, reason: 'total_mismatch', netMinor: 6000, currency: 'EUR' },
        { row: 15, reason: 'document_refused', netMinor: 0, currency: null },
      ],
    },
  ])
})

test('every order sums to its total', async () => {
  const totals = [...(await sample()).values()].map((order) => order.lines.reduce((sum, line) => sum + line.totalMinor, 0))
  expect(totals).toEqual([4790, 2870, 3900, 1990, 4895, 995, 2700, 3900])
})

test('a discount amount that holds the discounts of the lines is counted once', async () => {
  const [order] = ordersOf(
    await documentsOf({ ...plain, Subtotal: '7.00', Total: '7.00', 'Discount Amount': '3.00', 'Lineitem discount': '2.00' }),
  )
  expect(linesOf(order)).toEqual(['goods MUG 1000', 'discount LINE-DISCOUNT -200', 'discount DISCOUNT -100'])
})

test('a discount is never turned into a surcharge to make the total', async () => {
  const documents = await documentsOf({ ...plain, Subtotal: '9.00', Total: '9.00', 'Discount Amount': '1.00', 'Lineitem discount': '2.00' })
  expect(reasonsOf(documents)).toEqual({ 2: 'total_mismatch' })
})

test('duties and tax on top are charges', async () => {
  const [order] = ordersOf(await documentsOf({ ...plain, Taxes: '2.00', Duties: '1.50', Total: '13.50', 'Tax 1 Name': 'VAT' }))
  expect(linesOf(order)).toEqual(['goods MUG 1000', 'charge DUTIES 150', 'charge TAX 200'])
})

test('a long product name without SKU makes a code that is short enough', async () => {
  const [order] = ordersOf(await documentsOf({ ...plain, 'Lineitem sku': '', 'Lineitem name': `Tea ${'x'.repeat(100)}` }))
  expect(order?.lines[0]?.code).toHaveLength(64)
  expect(order?.lines[0]?.name).toHaveLength(104)
})

test('what needs no shipping is a service', async () => {
  const [order] = ordersOf(await documentsOf({ ...plain, 'Lineitem requires shipping': 'false' }))
  expect(linesOf(order)).toEqual(['service MUG 1000'])
})

test('part of the total was paid where the source says what is outstanding', async () => {
  const [order] = ordersOf(await documentsOf({ ...plain, 'Financial Status': 'partially_paid', 'Outstanding Balance': '4.00' }))
  expect(order?.payment?.amountMinor).toBe(600)
})

test('a buyer with a name only is a person of that order, one without anything is nobody', async () => {
  const documents = await documentsOf({ ...plain, 'Billing Name': 'Ada' }, { ...plain, Name: '#2', Id: '701' })
  expect(ordersOf(documents).map(({ customer }) => customer?.externalId ?? null)).toEqual(['order 700', null])
})

test('two shops may use the same name for two orders, each with its own rows', async () => {
  const two = { ...plain, Id: '900', Subtotal: '11.00', Total: '11.00' }
  const documents = await documentsOf({ ...plain, Id: '800' }, two, moreLine('#1', { 'Lineitem name': 'Pot', 'Lineitem price': '1.00' }))
  expect(ordersOf(documents).map((order) => [order.externalId, linesOf(order)])).toEqual([
    ['800', ['goods MUG 1000']],
    ['900', ['goods MUG 1000', 'goods Pot 100']],
  ])
})

test('an order that comes twice, at once or later, is not made twice', async () => {
  const others = Array.from({ length: 10 }, (_, i) => ({ ...plain, Name: `#${i + 2}`, Id: `${701 + i}` }))
  const documents = await documentsOf(plain, ...others, plain)
  expect(ordersOf(documents)).toHaveLength(11)
  expect(reasonsOf(documents)).toEqual({ 13: 'duplicate_order' })
})

// biome-ignore format: read it by column
const faults: [change: Cells, reason: string][] = [
  [{ Name: '' },                                                       'missing_id'],
  [{ Currency: '', Total: '', Subtotal: '' },                          'missing_order_row'],
  [{ 'Lineitem name': '', 'Lineitem sku': '' },                        'missing_item'],
  [{ 'Lineitem quantity': 'x' },                                       'unreadable_quantity'],
  [{ 'Lineitem quantity': '0' },                                       'zero_quantity'],
  [{ 'Lineitem quantity': '-1' },                                      'negative_quantity'],
  [{ 'Lineitem price': '10,00' },                                      'unreadable_price'],
  [{ 'Lineitem price': '-10.00' },                                     'negative_price'],
  [{ 'Lineitem discount': 'x' },                                       'unreadable_amount'],
  [{ Total: '' },                                                      'unreadable_amount'],
  [{ Taxes: '1.005' },                                                 'unreadable_amount'],
  [{ Shipping: '-1.00' },                                              'unreadable_amount'],
  [{ Currency: 'XYZ' },                                                'unknown_currency'],
  [{ 'Financial Status': 'gone' },                                     'unknown_status'],
  [{ 'Fulfillment Status': 'gone' },                                   'unknown_status'],
  [{ 'Created at': '2025-02-03 09:15:00' },                            'unreadable_time'],
  [{ 'Cancelled at': 'soon' },                                         'unreadable_time'],
  [{ 'Refunded Amount': '12.00' },                                     'refund_exceeds_payment'],
  [{ Total: '10.01' },                                                 'total_mismatch'],
  [{ Subtotal: '9.99', Total: '9.99' },                                'total_mismatch'],
]

test.each(faults)('an order row with %j is refused as %s', async (change, reason) => {
  expect(reasonsOf(await documentsOf({ ...plain, ...change }))).toEqual({ 2: reason })
})
