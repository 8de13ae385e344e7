import { type Docket, onFreshDocket } from './docket.ts'
import { floorOf } from './floor.ts'
import { type Answered, percentile, runLoad } from './load/run.ts'
import { commitsOf, inWorkspace, openLook } from './look.ts'
import { prove } from './proof.ts'
import type { Bench, Found } from './row.ts'
import { openShop, type Shop, stockItems } from './shop.ts'

const itemCount = 600
/** More of each item than any run can sell. */
export const plenty = 1_000_000
export const measured = { warmUpMs: 5_000, measureMs: Number(process.env.DOCKET_BENCH_SECONDS ?? 20) * 1_000 }

/** `POST /orders` over so many connections, three of 600 items an order. */
export async function placeSpread(bench: Bench, connections: number): Promise<Found> {
  return onFreshShop(bench, itemCount, async ({ load, finish }) => finish(await load({ connections, batch: null, until: measured })))
}

/**
 * The same where every order wants the same three items; afterwards 300 more takers than units want three others, of which there are
 * 2,000 each, and exactly 2,000 may get them.
 */
export async function placeHot(bench: Bench, connections: number): Promise<Found> {
  return onFreshShop(bench, 3, async ({ docket, shop, pool, load, finish }) => {
    const answered = await load({ connections, batch: null, until: measured })
    const scarce = ['SCARCE-1', 'SCARCE-2', 'SCARCE-3']
    await stockItems(docket, shop, scarce, units)
    const rush = await load({ connections, batch: null, items: scarce, until: { requests: units + tooMany } })
    const [left] = await inWorkspace<{ free: number }>(
      pool,
      shop.workspaceId,
      'select sum(on_hand_milli - reserved_milli)::int as free from stock s join items i using (workspace_id) where i.id = s.item_id and i.code = any($1)',
      [scarce],
    )
    const exactly = rush.placed.length === units && rush.refused['409 stock.too_little'] === tooMany && left?.free === 0
    bench.say(
      `${units + tooMany} takers of ${units}: ${rush.placed.length} placed, refused ${JSON.stringify(rush.refused)}, left ${left?.free}`,
    )
    const found = await finish({ ...answered, placed: [...answered.placed, ...rush.placed] })
    return { ...found, ok: found.ok && exactly, more: { ...found.more, units, takers: units + tooMany, sold: rush.placed.length } }
  })
}

const units = 2_000
const tooMany = 300

type Wanted = Pick<Parameters<typeof runLoad>[1], 'connections' | 'batch' | 'until'> & { items?: string[] }

interface Stand {
  docket: Docket
  shop: Shop
  pool: ReturnType<typeof openLook>
  load(wanted: Wanted): Promise<Answered>
  /** Proves what was answered, measures the floor of the same rows and makes the row of it. */
  finish(answered: Answered): Promise<Found>
}

/** A Docket with a stocked shop, for as long as `work` takes. */
export function onFreshShop(bench: Bench, items: number, work: (stand: Stand) => Promise<Found>): Promise<Found> {
  return onFreshDocket(async (docket, folder) => {
    const pool = openLook(docket.databaseUrl)
    try {
      const shop = await openShop(docket, folder, { code: 'bench', count: items, pieces: plenty })
      bench.say(`started in ${docket.startedIn.toFixed(1)} s; ${items} items stocked`)
      return await work({
        docket,
        shop,
        pool,
        load: (wanted) =>
          runLoad(docket, { apiKey: shop.apiKey, seed: bench.seed, items: shop.items, ...wanted }, () => commitsOf(pool, shop.workspaceId)),
        finish: (answered) => finish(bench, folder, docket.databaseUrl, pool, shop, answered),
      })
    } finally {
      await pool.end()
    }
  })
}

async function finish(
  bench: Bench,
  folder: string,
  databaseUrl: string,
  pool: ReturnType<typeof openLook>,
  shop: Shop,
  answered: Answered,
): Promise<Found> {
  const { placedASecond, latenciesMs, placed, refused, work } = answered
  const ms = (share: number) => percentile(latenciesMs, share)
  const perBatch = (count: number) => count / work.commits
  const orders = placedASecond * (measured.measureMs / 1_000)
  bench.say(
    `${placedASecond.toFixed(0)} orders/s, p50 ${ms(0.5).toFixed(1)} ms, p99 ${ms(0.99).toFixed(1)} ms, refused ${JSON.stringify(refused)}`,
  )
  const proved = await prove(pool, folder, shop, placed, bench)
  const ordersABatch = perBatch(orders)
  const floor = await floorOf(databaseUrl, shop.workspaceId, ordersABatch)
  bench.say(`floor: ${floor.toFixed(0)} orders/s by plain SQL, ${ordersABatch.toFixed(1)} orders a transaction`)
  return {
    value: placedASecond,
    unit: 'orders/s',
    p50Ms: ms(0.5),
    p95Ms: ms(0.95),
    p99Ms: ms(0.99),
    floor,
    ok: proved && Object.keys(refused).length === 0,
    more: {
      ordersABatch,
      statementsABatch: perBatch(work.statements),
      roundTripsABatch: perBatch(work.roundTrips),
      transactionsABatch: perBatch(work.transactions),
      serverCpuMsAnOrder: work.serverCpuMs / orders,
      databaseCpuMsAnOrder: work.databaseCpuMs / orders,
      loadCpuMsAnOrder: work.loadCpuMs / orders,
    },
  }
}
