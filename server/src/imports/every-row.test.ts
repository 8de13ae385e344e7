import fc from 'fast-check'
import { expect, test } from 'vitest'
import { documentNet } from './document-net.ts'
import { formats } from './formats.ts'
import type { HistoryDocument, ImportFormat } from './history.ts'
import { importText, quoted } from './testing/import-text.ts'

/** What may stand in a column: mostly what belongs there, sometimes dirt. */
const cell = (clean: string[], dirt: string[]) =>
  fc.oneof({ weight: 60, arbitrary: fc.constantFrom(...clean) }, { weight: 1, arbitrary: fc.constantFrom(...dirt) })
const junk = ['', ' ', 'x', '-', '1e9', '"', 'a,b', 'a\nb', '0', '-1', '1.5', '99999999999999999', 'NaN', '\0', '=1+1', 'é€']

// biome-ignore format: read it by column
const columns: Record<string, Record<string, string[]>> = {
  'bakery-tickets': {
    date: ['2021-03-28', '2021-03-29'], time: ['08:00', '08:01', '02:30'], ticket_number: ['1.0', '2.0', '3.0', '4.0'],
    article: ['PAIN', 'COUPE', '.'], Quantity: ['1.0', '2.0', '-1.0', '-2.0', '0.5'], unit_price: ['0,90 €', '1,20 €', '0,00 €', '0,333 €'],
  },
  'online-retail': {
    InvoiceNo: ['1', '2', '3', 'C4', 'C5', 'A6'], StockCode: ['22', '22a', 'POST', 'D', 'S'], Description: ['', 'MUG', ' POT '], Quantity: ['1', '3', '-1', '-7'],
    InvoiceDate: ['2011-03-27 10:00:00', '2011-03-27 10:01:00'], UnitPrice: ['1.25', '0.0', '0.001', '-3.5'], CustomerID: ['', '12.0'], Country: ['EIRE'],
  },
  'shopify-orders': {
    Name: Array.from({ length: 60 }, (_, i) => `#${i}`), Id: ['', '', '', '', '7', '8'], 'Financial Status': ['paid', 'refunded', ''], 'Fulfillment Status': ['fulfilled', ''],
    Currency: ['EUR'], Subtotal: ['10.00', '10.00', '9.00'], Shipping: ['0.00', '1.00'], Taxes: ['0.00', '1.00'], Total: ['10.00', '10.00', '11.00', '9.00'],
    'Discount Code': ['', 'OFF'], 'Discount Amount': ['0.00', '0.00', '1.00'], 'Created at': ['2025-02-03 09:15:00 +0100'], 'Lineitem quantity': ['1'],
    'Lineitem name': ['Mug', 'Pot'], 'Lineitem price': ['10.00'], 'Lineitem sku': ['', 'M'], 'Refunded Amount': ['0.00', '0.00', '1.00'], 'Lineitem discount': ['0.00', '0.00', '1.00'],
  },
}

/** Files of up to 40 rows, some with a cell too few or too many, some with a quote too many. */
function dirtyFiles(format: ImportFormat): fc.Arbitrary<string> {
  const clean = Object.entries(columns[format.name] ?? {})
  const tear = fc.oneof({ weight: 40, arbitrary: fc.constant('none') }, { weight: 1, arbitrary: fc.constantFrom('cut', 'more', 'quote') })
  const row = fc
    .tuple(fc.tuple(...clean.map(([, values]) => cell(values, junk))), tear, fc.nat())
    .map(([cells, torn, at]) => ({ cells, torn, at }))
  const written = ({ cells, torn, at }: { cells: string[]; torn: string; at: number }) => {
    const line = cells.map(quoted).join(',')
    if (torn === 'cut') return line.slice(0, 1 + (at % line.length)).replaceAll('\n', ' ')
    if (torn === 'more') return `${line},more`
    return torn === 'quote' ? line.replace(',', ',"') : line
  }
  // Every third row of a Shopify file goes on with the order before it: name and line, nothing else.
  const goesOn = (cells: string[], before: string[] | undefined) =>
    clean.map(
      ([name], at) => (name === 'Name' ? before?.[at] : name.startsWith('Lineitem') ? cells[at]?.replace('10.00', '0.00') : '') ?? '',
    )
  const joined = (rows: { cells: string[]; torn: string; at: number }[]) =>
    rows.map((row, i) => (format.name === 'shopify-orders' && i % 3 === 2 ? { ...row, cells: goesOn(row.cells, rows[i - 1]?.cells) } : row))
  return fc.array(row, { maxLength: 40 }).map((rows) => [clean.map(([name]) => name).join(','), ...joined(rows).map(written)].join('\n'))
}

const rowsOf = (document: HistoryDocument): Set<number> =>
  new Set(document.kind === 'refused' ? document.refused.map(({ row }) => row) : document.lines.map(({ row }) => row))

for (const format of formats.values()) {
  test(`${format.name}: the dirty files are neither all clean nor all refused`, async () => {
    const all = await Promise.all(fc.sample(dirtyFiles(format), 100).map((text) => importText(format, text)))
    const refused = all.flatMap(({ documents }) => documents).map(({ kind }) => kind === 'refused')
    expect(refused.filter(Boolean).length / refused.length).toBeGreaterThan(0.02)
    expect(refused.filter(Boolean).length / refused.length).toBeLessThan(0.98)
  })

  test(`${format.name}: every row of a dirty file ends in exactly one document`, async () => {
    await fc.assert(
      fc.asyncProperty(dirtyFiles(format), async (text) => {
        const { records, documents } = await importText(format, text)
        const accounted = documents.flatMap((document) => [...rowsOf(document)])
        expect(accounted.toSorted((a, b) => a - b)).toEqual(records.map(({ row }) => row))
      }),
      { numRuns: 300 },
    )
  })

  test(`${format.name}: what a dirty file is worth is what its documents are worth`, async () => {
    await fc.assert(
      fc.asyncProperty(dirtyFiles(format), async (text) => {
        const { records, documents } = await importText(format, text)
        const stated = records.reduce((sum, record) => sum + (format.worth(record)?.netMinor ?? 0), 0)
        const made = documents.map(documentNet).reduce((sum, { placed, returned, refused }) => sum + placed + returned + refused, 0)
        expect(made).toBe(stated)
      }),
      { numRuns: 300 },
    )
  })

  test(`${format.name}: no two documents of a dirty file share their kind and id`, async () => {
    await fc.assert(
      fc.asyncProperty(dirtyFiles(format), async (text) => {
        const { documents } = await importText(format, text)
        const ids = documents.flatMap((document) => (document.kind === 'refused' ? [] : [`${document.kind} ${document.externalId}`]))
        expect(ids).toEqual([...new Set(ids)])
      }),
      { numRuns: 100 },
    )
  })

  test(`${format.name}: lines hold positive quantities, and totals that follow from price and quantity`, async () => {
    await fc.assert(
      fc.asyncProperty(dirtyFiles(format), async (text) => {
        const { documents } = await importText(format, text)
        for (const document of documents) {
          if (document.kind === 'refused') continue
          for (const { quantityMilli, priceMicro, totalMinor } of document.lines) {
            if (document.kind !== 'write_off') expect(quantityMilli).toBeGreaterThan(0)
            expect(totalMinor).toBe(Math.sign(priceMicro * quantityMilli) * Math.round(Math.abs(priceMicro * quantityMilli) / 1e7) + 0)
          }
        }
      }),
      { numRuns: 100 },
    )
  })
}
