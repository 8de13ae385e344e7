import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { formats } from '#server/imports/formats.ts'
import type { ImportFormat } from '#server/imports/history.ts'
import { readCsv } from '#server/imports/read-csv.ts'
import { type TestShop, testShop } from '../../testing/test-shop.ts'
import type { ImportReport } from './history-site.ts'
import { importHistory } from './import-history.ts'

let shop: TestShop
afterEach(() => shop.end())

const sample = (name: string) => fileURLToPath(new URL(`../../imports/samples/${name}`, import.meta.url))

async function run(
  formatName: string,
  file: string,
  more: { dryRun?: boolean } = {},
): Promise<ImportReport & { seconds: number; peakRssMb: number }> {
  const format = formats.get(formatName) as ImportFormat
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
  const began = performance.now()
  let peak = 0
  const report = await importHistory(shop.engine, {
    workspaceId: shop.workspaceId,
    location: 'main',
    format,
    open: () => readCsv(file, format),
    digest,
    dryRun: more.dryRun ?? false,
    onProgress: () => {
      peak = Math.max(peak, process.memoryUsage().rss)
    },
  })
  return { ...report, seconds: (performance.now() - began) / 1_000, peakRssMb: Math.round(peak / 1e6) }
}

function balances({ nets }: ImportReport): boolean {
  return [...nets.values()].every(({ file, placed, returned, refused }) => file === placed + returned + refused)
}

test.each([
  ['bakery-tickets', 'bakery-tickets.sample.csv'],
  ['online-retail', 'online-retail.sample.csv'],
  ['shopify-orders', 'shopify-orders.sample.csv'],
])('%s: the sample goes in once, whole, and a repeat changes nothing', async (format, file) => {
  shop = await testShop()
  const first = await run(format, sample(file))
  expect(balances(first)).toBe(true)
  const before = await counts()
  const again = await run(format, sample(file))
  expect({ ...again, already: 0, seconds: 0, peakRssMb: 0, returnLines: null }).toEqual({
    ...first,
    already: 0,
    seconds: 0,
    peakRssMb: 0,
    returnLines: null,
  })
  expect(await counts()).toEqual(before)
  expect(shop.reports).toEqual([])
})

const full = process.env.DOCKET_HISTORY_FILES ?? ''

test.skipIf(full === '' || !existsSync(full)).each([
  ['bakery-tickets', 'bakery-sales.csv.gz', 43_636_448],
  ['online-retail', 'online-retail.csv.gz', 541_283_841],
])('%s: the full file goes in and balances to the cent', { timeout: 600_000 }, async (format, file, net) => {
  shop = await testShop()
  const report = await run(format, `${full}/${file}`)
  console.info(
    JSON.stringify({
      ...report,
      nets: [...report.nets],
      refused: report.refused.length,
      ordersPerSecond: Math.round(report.orders / report.seconds),
    }),
  )
  expect(report.nets.get(report.currency)?.file).toBe(net)
  expect(balances(report)).toBe(true)
  expect(shop.reports).toEqual([])
})

async function counts(): Promise<unknown> {
  return shop.pools.view(shop.workspaceId, async (db) => {
    const tables = [
      'orders',
      'order_lines',
      'events',
      'movements',
      'money_entries',
      'returns',
      'return_lines',
      'customers',
      'items',
      'lots',
    ]
    return Promise.all(
      tables.map(async (table) => ({ table, rows: await db.query({ text: `select count(*)::bigint as rows from ${table}`, values: [] }) })),
    )
  })
}
