import { setTimeout as wait } from 'node:timers/promises'
import { type Client, client } from '#sdk/client.ts'
import { type Docket, onFreshDocket } from './docket.ts'
import { percentile } from './load/run.ts'
import { inWorkspace, openLook } from './look.ts'
import { prove } from './proof.ts'
import type { Bench, Found } from './row.ts'
import { openShop, type Shop } from './shop.ts'

const liveASecond = 100
const atOnce = 500

/**
 * Moves orders on by one job, while others are placed at a steady pace, and takes the job back afterwards. The figure is orders moved a
 * second; `liveP95Ms` is of the placements before the job and during it.
 */
export function moveInBulk(bench: Bench, orders: number): Promise<Found> {
  return onFreshDocket(async (docket, folder) => {
    const pool = openLook(docket.databaseUrl)
    try {
      const shop = await openShop(docket, folder, { code: 'bench', count: 100, pieces: 1_000_000 })
      const api = client({ url: docket.url, apiKey: shop.apiKey })
      const ids = await placeMany(api, shop, orders, bench)
      const placed = [...ids]
      bench.say(`${ids.length} orders placed`)
      await wait(3_000)
      const before = await live(docket, shop, wait(10_000), placed)
      const made = expectOk(
        await api.call('createBulkJob', {
          body: { action: 'start', selection: { filter: 'stage:AWAITING_PROCESSING' }, run: 'preview' },
          idempotencyKey: 'move',
        }),
      )
      const previewedIn = await secondsUntil(api, made.id, 'previewed')
      const job = expectOk(await api.call('getBulkJob', { params: { id: made.id } }))
      expectOk(await api.call('startBulkJob', { params: { id: made.id }, body: { count: job.total } }))
      const moving = secondsUntil(api, made.id, 'done')
      const during = await live(docket, shop, moving, placed)
      const seconds = await moving
      bench.say(
        `${job.total} moved in ${seconds.toFixed(1)} s (previewed in ${previewedIn.toFixed(1)} s); live p95 ${p95(before)} → ${p95(during)} ms of ${before.length} and ${during.length}`,
      )
      const undo = expectOk(await api.call('undoBulkJob', { params: { id: made.id }, body: {}, idempotencyKey: 'back' }))
      await secondsUntil(api, undo.id, 'previewed')
      expectOk(await api.call('startBulkJob', { params: { id: undo.id }, body: { count: undo.total } }))
      const undoneIn = await secondsUntil(api, undo.id, 'done')
      const [moved] = await inWorkspace<{ count: number }>(
        pool,
        shop.workspaceId,
        `select count(*)::int as count from events where type = 'MoveUndone' and subject_id = any($1::uuid[])`,
        [ids],
      )
      const proved = await prove(pool, folder, shop, placed, bench)
      return {
        value: job.total / seconds,
        unit: 'orders/s',
        p50Ms: percentile(during, 0.5),
        p95Ms: percentile(during, 0.95),
        p99Ms: percentile(during, 0.99),
        floor: null,
        ok: moved?.count === ids.length && proved,
        more: {
          orders: job.total,
          seconds,
          previewedIn,
          undoneIn,
          liveASecond,
          liveP95MsBefore: percentile(before, 0.95),
          liveP95MsDuring: percentile(during, 0.95),
        },
      }
    } finally {
      await pool.end()
    }
  })
}

const p95 = (latencies: number[]): string => percentile(latencies, 0.95).toFixed(1)

async function placeMany(api: Client, { items }: Shop, count: number, bench: Bench): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const orders = Array.from({ length: Math.min(atOnce, count - ids.length) }, (_, i) => orderOf(items, ids.length + i))
    const { results } = expectOk(await api.call('placeOrders', { body: { orders }, idempotencyKey: `${bench.seed} ${ids.length}` }))
    for (const { order } of results) if (order) ids.push(order.id)
  }
  return ids
}

function orderOf(items: readonly string[], at: number) {
  const item = (by: number) => items[(at * 7 + by * 31) % items.length] ?? ''
  return { channel: 'web', location: 'main', lines: [0, 1, 2].map((by) => ({ item: item(by), quantityMilli: 1_000 })) }
}

/** Places orders at a steady pace until something is over; answers how long each took, sorted, in milliseconds. Adds their ids to `placed`. */
async function live(docket: Docket, { apiKey, items }: Shop, over: Promise<unknown>, placed: string[]): Promise<number[]> {
  const api = client({ url: docket.url, apiKey })
  const latencies: number[] = []
  const under: Promise<void>[] = []
  let isOver = false
  void over.then(() => (isOver = true))
  const startedAt = performance.now()
  for (let sent = 0; !isOver; sent++) {
    const dueMs = startedAt + (sent * 1_000) / liveASecond - performance.now()
    if (dueMs > 0) await wait(dueMs)
    const sentAt = performance.now()
    under.push(
      api.call('placeOrder', { body: orderOf(items, sent), idempotencyKey: crypto.randomUUID() }).then((answer) => {
        placed.push(expectOk(answer).id)
        latencies.push(performance.now() - sentAt)
      }),
    )
  }
  await Promise.all(under)
  return latencies.sort((a, b) => a - b)
}

async function secondsUntil(api: Client, id: string, state: string): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const job = expectOk(await api.call('getBulkJob', { params: { id } }))
    if (job.state === state) return (performance.now() - startedAt) / 1_000
    if (['failed', 'partly_done', 'cancelled'].includes(job.state)) throw new Error(`The job is ${job.state}`)
    await wait(200)
  }
}

function expectOk<T>(answer: { ok: true; body: T } | { ok: false; problem: unknown }): T {
  if (!answer.ok) throw new Error(JSON.stringify(answer.problem))
  return answer.body
}
