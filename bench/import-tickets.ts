import { writeFileSync } from 'node:fs'
import type pg from 'pg'
import { type Docket, docketCommand, onFreshDocket } from './docket.ts'
import { floorOf } from './floor.ts'
import { commitsOf, inWorkspace, openLook } from './look.ts'
import { isVerified } from './proof.ts'
import { between, randomOf } from './random.ts'
import type { Bench, Found } from './row.ts'
import { openShop } from './shop.ts'

const tickets = 60_000
const linesATicket = 3
const articles = 139

/** `docket import bakery-tickets` of a made-up till's file: 60,000 tickets of three lines, beside a server that runs. */
export function importTickets(bench: Bench): Promise<Found> {
  return onFreshDocket(async (docket, folder) => {
    const pool = openLook(docket.databaseUrl)
    try {
      return await importFile(bench, docket, folder, pool)
    } finally {
      await pool.end()
    }
  })
}

/** What `import --json` ends with, as far as it is looked at here. */
interface Report {
  rows: number
  orders: number
  seconds: number
  peakRssMb: number
  netMinor: { file: number; placed: number }
}

async function importFile(bench: Bench, docket: Docket, folder: string, pool: pg.Pool): Promise<Found> {
  const shop = await openShop(docket, folder, { code: 'bakery', count: 0, pieces: 0 })
  const file = `${folder}.csv`
  const netMinor = writeTickets(file, randomOf(bench.seed))
  const before = { commits: await commitsOf(pool, shop.workspaceId), transactions: await transactionsOf(pool) }
  const imported = await docketCommand(folder, ['import', 'bakery-tickets', file, '--workspace', shop.code, '--json'])
  if (imported.exitCode !== 0) throw new Error(`The import failed: ${imported.output}`)
  const report = imported.last as Report
  const { orders, seconds, peakRssMb } = report
  const [stored] = await inWorkspace<{ orders: number; netMinor: string }>(
    pool,
    shop.workspaceId,
    'select count(*)::int as orders, sum(total_minor)::text as "netMinor" from orders',
  )
  const told =
    report.orders === tickets &&
    report.rows === tickets * linesATicket &&
    report.netMinor.file === netMinor &&
    report.netMinor.placed === netMinor
  const isExact = told && stored?.orders === tickets && Number(stored.netMinor) === netMinor
  bench.say(`${orders} orders in ${seconds} s; stored ${JSON.stringify(stored)}, the file's net is ${netMinor}`)
  const commits = (await commitsOf(pool, shop.workspaceId)) - before.commits
  const transactions = (await transactionsOf(pool)) - before.transactions
  const isClean = await isVerified(folder, shop, bench.say)
  const ordersABatch = orders / commits
  const floor = await floorOf(docket.databaseUrl, shop.workspaceId, ordersABatch)
  bench.say(`floor: ${floor.toFixed(0)} orders/s by plain SQL, ${ordersABatch.toFixed(1)} orders a transaction`)
  return {
    value: orders / seconds,
    unit: 'orders/s',
    floor,
    ok: isExact && isClean,
    more: { orders, seconds, peakRssMb, ordersABatch, transactionsABatch: transactions / commits },
  }
}

/** Writes the file; answers what it is worth in cents. */
function writeTickets(file: string, random: () => number): number {
  const prices = Array.from({ length: articles }, () => 5 * between(random, 10, 400))
  const lines = ['date,time,ticket_number,article,Quantity,unit_price']
  const from = Date.UTC(2021, 0, 2, 7, 0)
  let netMinor = 0
  for (let ticket = 0; ticket < tickets; ticket++) {
    // Some 400 tickets a day, one a minute or two from 7:00 on.
    const at = new Date(from + Math.floor(ticket / 400) * 86_400_000 + (ticket % 400) * 90_000).toISOString()
    for (let line = 0; line < linesATicket; line++) {
      const article = between(random, 0, articles - 1)
      const quantity = between(random, 1, 3)
      const cents = prices[article] ?? 0
      netMinor += quantity * cents
      lines.push(
        `${at.slice(0, 10)},${at.slice(11, 16)},${150_000 + ticket}.0,ARTICLE ${article},${quantity}.0,"${Math.floor(cents / 100)},${String(cents % 100).padStart(2, '0')} €"`,
      )
    }
  }
  writeFileSync(file, `${lines.join('\n')}\n`)
  return netMinor
}

async function transactionsOf(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select xact_commit as count from pg_stat_database where datname = current_database()',
  )
  return rows[0]?.count ?? 0
}
