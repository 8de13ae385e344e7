import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bakeryTickets } from './bakery-tickets.ts'
import type { HistoryDocument } from './history.ts'
import { importFile, importText, reasonsOf } from './testing/import-text.ts'

const header = 'date,time,ticket_number,article,Quantity,unit_price\n'
const documentsOf = async (rows: string) => (await importText(bakeryTickets, header + rows)).documents
const short = (documents: HistoryDocument[]) =>
  documents.map((document) =>
    document.kind === 'refused'
      ? 'refused'
      : `${document.kind} ${document.externalId}: ${document.lines.map((line) => `${line.code} ${line.quantityMilli} ${line.totalMinor}`).join(', ')}`,
  )

test('a ticket is an order that was paid at the till and is done', async () => {
  const [order] = await documentsOf(
    '2021-07-02,08:38,150040.0,BAGUETTE,1.0,"0,90 €"\n2021-07-02,08:38,150040.0,PAIN AU LAIT,3.0,"1,20 €"\n',
  )
  expect(order).toEqual({
    kind: 'order',
    externalId: '150040',
    reference: '150040',
    at: '2021-07-02T06:38:00Z',
    currency: 'EUR',
    customer: null,
    lines: [
      {
        row: 2,
        kind: 'goods',
        code: 'BAGUETTE',
        name: 'BAGUETTE',
        category: '',
        quantityMilli: 1_000,
        priceMicro: 900_000,
        totalMinor: 90,
      },
      {
        row: 3,
        kind: 'goods',
        code: 'PAIN AU LAIT',
        name: 'PAIN AU LAIT',
        category: '',
        quantityMilli: 3_000,
        priceMicro: 1_200_000,
        totalMinor: 360,
      },
    ],
    payment: { method: 'till', amountMinor: 450, at: '2021-07-02T06:38:00Z' },
    refundedMinor: 0,
    ended: 'done',
    endedAt: '2021-07-02T06:38:00Z',
    tags: [],
    note: '',
    source: 'till',
  })
})

test('a wholly negative ticket is a return of positive quantities under its own number', async () => {
  expect(short(await documentsOf('2021-07-02,08:40,7.0,BAGUETTE,-2.0,"0,90 €"\n'))).toEqual(['return 7: BAGUETTE 2000 180'])
})

test('a ticket of both signs is an order and a return beside it', async () => {
  const documents = await documentsOf('2021-07-02,08:40,7.0,FORMULE,3.0,"6,50 €"\n2021-07-02,08:40,7.0,FORMULE,-1.0,"6,50 €"\n')
  expect(short(documents)).toEqual(['order 7: FORMULE 3000 1950', 'return 7-R: FORMULE 1000 650'])
})

test('the same article rung twice stays two lines', async () => {
  expect(short(await documentsOf('2021-07-02,08:40,7.0,CAFE,1.0,"1,50 €"\n2021-07-02,08:40,7.0,CAFE,1.0,"1,50 €"\n'))).toEqual([
    'order 7: CAFE 1000 150, CAFE 1000 150',
  ])
})

test('slicing is a service, a set price for several pieces is goods', async () => {
  const [order] = await documentsOf('2021-07-02,08:40,7.0,COUPE,1.0,"0,15 €"\n2021-07-02,08:40,7.0,REDUCTION SUCREES 12,1.0,"10,00 €"\n')
  expect(order?.kind === 'order' && order.lines.map(({ code, kind, category }) => [code, kind, category])).toEqual([
    ['COUPE', 'service', 'slicing'],
    ['REDUCTION SUCREES 12', 'goods', ''],
  ])
})

test('a dot is an article and a price of nothing is a price', async () => {
  expect(short(await documentsOf('2021-07-02,08:40,7.0,.,2.0,"0,00 €"\n'))).toEqual(['order 7: . 2000 0'])
})

test('a number that comes again on another day is another ticket', async () => {
  const documents = await documentsOf('2021-07-02,08:40,7.0,CAFE,1.0,"1,50 €"\n2021-07-03,08:40,7.0,CAFE,2.0,"1,50 €"\n')
  expect(short(documents)).toEqual(['order 7: CAFE 1000 150', 'order 7-2: CAFE 2000 300'])
})

test('one row that cannot be read refuses its ticket, names the row first, and spares the neighbours', async () => {
  const documents = await documentsOf(
    '2021-07-02,08:40,7.0,CAFE,1.0,"1,50 €"\n2021-07-02,08:40,7.0,CAFE,one,"1,50 €"\n2021-07-02,08:40,7.0,THE,2.0,"1,50 €"\n2021-07-02,08:41,8.0,CAFE,1.0,"1,50 €"\n',
  )
  expect(documents[0]).toEqual({
    kind: 'refused',
    refused: [
      { row: 3, reason: 'unreadable_quantity', netMinor: 0, currency: null },
      { row: 2, reason: 'document_refused', netMinor: 150, currency: 'EUR' },
      { row: 4, reason: 'document_refused', netMinor: 300, currency: 'EUR' },
    ],
  })
  expect(short(documents)).toEqual(['refused', 'order 8: CAFE 1000 150'])
})

// biome-ignore format: read it by column
const faults: [row: string, reason: string][] = [
  ['2021-07-02,08:40,,CAFE,1.0,"1,50 €"',      'missing_id'],
  ['2021-02-30,08:40,7.0,CAFE,1.0,"1,50 €"',   'unreadable_time'],
  ['2021-07-02,8h40,7.0,CAFE,1.0,"1,50 €"',    'unreadable_time'],
  ['2021-07-02,08:40,7.0, ,1.0,"1,50 €"',      'missing_item'],
  ['2021-07-02,08:40,7.0,CAFE,,"1,50 €"',      'unreadable_quantity'],
  ['2021-07-02,08:40,7.0,CAFE,1e3,"1,50 €"',   'unreadable_quantity'],
  ['2021-07-02,08:40,7.0,CAFE,0.0,"1,50 €"',   'zero_quantity'],
  ['2021-07-02,08:40,7.0,CAFE,1.0,1.50',       'unreadable_price'],
  ['2021-07-02,08:40,7.0,CAFE,1.0,"-1,50 €"',  'negative_price'],
  ['2021-07-02,08:40,7.0,CAFE,1.0,1,50 €',     'torn_row'],
]

test.each(faults)('%s is refused as %s', async (row, reason) => {
  expect(reasonsOf(await documentsOf(`${row}\n`))).toEqual({ 2: reason })
})

test('the sample becomes the documents it was made to become', async () => {
  const { documents } = await importFile(bakeryTickets, join(import.meta.dirname, 'samples/bakery-tickets.sample.csv'))
  const returns = documents.filter(({ kind }) => kind === 'return')
  expect(short(returns)).toEqual([
    'return 900103: ESCARGOT NOISETTE 2000 370, PAIN DU MOULIN 1000 135',
    'return 900104-R: FORMULE MIDI 1000 790',
    'return 900108: PAIN DU MOULIN 200000 27000',
    'return 900112: COUPE 1000 15',
    'return 900115-R: PAIN DU MOULIN 1000 140',
  ])
  expect(documents.filter(({ kind }) => kind === 'order')).toHaveLength(15)
})
