import { setTimeout as wait } from 'node:timers/promises'
import { newId } from '#platform/ids.ts'
import { type Asker, openAsker, percentiles } from './asking.ts'
import { onFreshDocket } from './docket.ts'
import { openLook } from './look.ts'
import { plenty } from './placements.ts'
import { prove } from './proof.ts'
import { between, randomOf } from './random.ts'
import type { Bench, Found } from './row.ts'
import { openShop, type Shop } from './shop.ts'

const ordersASecond = 100
const looksASecond = 200
const seconds = Number(process.env.DOCKET_BENCH_STEADY_SECONDS ?? 600)
const connections = 64
const warmUpMs = 5_000

/** A hundred orders a second for ten minutes, whether answers come or not, with two look-ups beside each. */
export function holdSteady(bench: Bench): Promise<Found> {
  return onFreshDocket(async (docket, folder) => {
    const pool = openLook(docket.databaseUrl)
    const asker = openAsker(docket.url, connections)
    try {
      const shop = await openShop(docket, folder, { code: 'bench', count: 600, pieces: plenty })
      const random = randomOf(bench.seed)
      const placed: string[] = []
      const refused: Record<string, number> = {}
      const place = async () => {
        const { id, ms, status } = await placeOne(asker, shop, random)
        if (id !== null) placed.push(id)
        else refused[status] = (refused[status] ?? 0) + 1
        return ms
      }
      const look = async () => {
        const id = placed[between(random, 0, placed.length - 1)]
        if (id === undefined) return 0
        const { status, ms } = await asker.ask({ path: `/api/v1/orders/${id}/status`, headers: { authorization: `Bearer ${shop.apiKey}` } })
        if (status !== 200) refused[`look ${status}`] = (refused[`look ${status}`] ?? 0) + 1
        return ms
      }
      await Promise.all([atPace(ordersASecond, warmUpMs, place), atPace(looksASecond, warmUpMs, look)])
      const [placing, looking] = await Promise.all([
        atPace(ordersASecond, seconds * 1_000, place),
        atPace(looksASecond, seconds * 1_000, look),
      ])
      const found = percentiles(placing)
      const looked = percentiles(looking)
      bench.say(
        `${placing.length} orders in ${seconds} s, p95 ${found.p95Ms.toFixed(1)} ms; look-ups p95 ${looked.p95Ms.toFixed(1)} ms; refused ${JSON.stringify(refused)}`,
      )
      const proved = await prove(pool, folder, shop, placed, bench)
      return {
        value: placing.length / seconds,
        unit: 'orders/s',
        ...found,
        floor: null,
        ok: proved && Object.keys(refused).length === 0,
        more: { seconds, looksASecond, lookP50Ms: looked.p50Ms, lookP95Ms: looked.p95Ms, lookP99Ms: looked.p99Ms },
      }
    } finally {
      asker.close()
      await pool.end()
    }
  })
}

/** Places one order of three items; its id, or null and why not. */
export async function placeOne(
  asker: Asker,
  { apiKey, items }: Shop,
  random: () => number,
): Promise<{ id: string | null; ms: number; status: number }> {
  const chosen = new Set<number>()
  while (chosen.size < 3) chosen.add(between(random, 0, items.length - 1))
  const lines = [...chosen].map((at) => ({ item: items[at], quantityMilli: 1_000 }))
  const { status, text, ms } = await asker.ask({
    method: 'POST',
    path: '/api/v1/orders',
    headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': newId() },
    body: JSON.stringify({ channel: 'web', location: 'main', lines }),
  })
  return { id: status === 201 ? (JSON.parse(text) as { id: string }).id : null, ms, status }
}

/** Begins `work` so many times a second, never waiting for it; answers the milliseconds each said it took. */
export async function atPace(aSecond: number, forMs: number, work: () => Promise<number>): Promise<number[]> {
  const began = performance.now()
  const under: Promise<number>[] = []
  for (let n = 0; (n * 1_000) / aSecond < forMs; n++) {
    const dueMs = began + (n * 1_000) / aSecond - performance.now()
    if (dueMs > 0) await wait(dueMs)
    under.push(work())
  }
  return Promise.all(under)
}
