import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { BulkJob } from '#contract/bulk.ts'
import { openPools, type Pools } from '#platform/db.ts'
import { embeddedPostgresUrl } from '#platform/embedded-postgres.ts'
import { newId } from '#platform/ids.ts'
import type { Client } from '#sdk/client.ts'
import { verify } from '#views/verify/verify.ts'
import { freePort } from '../fixtures/docket-process.ts'
import { type Docket, startDocket, type Victim } from './docket.ts'
import { openShops, receiveOfEach, type Shop, untilReady } from './shop.ts'
import { openFolder } from './under-load.ts'

export interface PiecesOptions {
  orders: number
  /** Who is killed, one after the other, while the job runs; the first of them again while it is taken back. */
  victims: readonly Victim[]
  say(line: string): void
}

const ordersAtOnce = 500
const overWithinMs = 180_000
const readyWithinMs = 30_000

/** Moves orders by one job while Docket's parts are killed, takes the job back while one is killed, and says what is wrong then. */
export async function bulkInPieces({ orders, victims, say }: PiecesOptions): Promise<string[]> {
  const { folder, remove } = openFolder()
  const data = join(folder, 'data')
  const docket = await startDocket(data, await freePort())
  const databaseUrl = embeddedPostgresUrl(data) ?? ''
  const pools = openPools(databaseUrl, { write: 1, read: 1, system: 1 })
  try {
    const [shop] = await openShops(databaseUrl, docket.url)
    if (!shop) throw new Error('There is no shop')
    await receiveOfEach(shop, orders * 1_000)
    const ids = await placeMany(shop, orders)
    say(`${ids.length} orders placed`)
    const moved = await runAndKill(docket, shop.api, victims, say, () =>
      shop.api.call('createBulkJob', {
        body: { action: 'start', selection: { filter: 'stage:AWAITING_PROCESSING' }, run: 'preview' },
        idempotencyKey: newId(),
      }),
    )
    const back = await runAndKill(docket, shop.api, victims.slice(0, 1), say, () =>
      shop.api.call('undoBulkJob', { params: { id: moved.id }, body: {}, idempotencyKey: newId() }),
    )
    const told = await timesTold(pools, shop, ids)
    const { findings } = await verify(databaseUrl)
    return [
      ...[moved, back]
        .filter((job) => job.state !== 'done' || job.applied !== orders)
        .map((job) => `Job ${job.action} is ${JSON.stringify(job)}`),
      ...(['StageChanged', 'MoveUndone'] as const).flatMap((type) =>
        told[type]?.times === orders && told[type].orders === orders
          ? []
          : `${type} was told ${JSON.stringify(told[type])} instead of ${orders} times`,
      ),
      ...findings.filter(({ violations }) => violations > 0).map((finding) => `verify: ${JSON.stringify(finding)}`),
    ]
  } finally {
    await pools.end()
    docket.process.child.kill('SIGTERM')
    await docket.process.exit
    remove()
  }
}

async function placeMany({ api, items }: Shop, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const orders = Array.from({ length: Math.min(ordersAtOnce, count - ids.length) }, (_, i) => ({
      channel: 'web',
      location: 'main',
      lines: [{ item: items[(ids.length + i) % items.length] ?? '', quantityMilli: 1_000 }],
    }))
    const { results } = must(await api.call('placeOrders', { body: { orders }, idempotencyKey: newId() }))
    for (const { order } of results) if (order) ids.push(order.id)
  }
  return ids
}

/** Makes a job, starts it when it was previewed, kills the victims at even distances, and waits until it is over. */
async function runAndKill(
  docket: Docket,
  api: Client,
  victims: readonly Victim[],
  say: (line: string) => void,
  make: () => Promise<Parameters<typeof must<BulkJob>>[0]>,
): Promise<BulkJob> {
  const { id } = must(await make())
  const previewed = await jobWhen(api, id, ({ state }) => state === 'previewed')
  must(await api.call('startBulkJob', { params: { id }, body: { count: previewed.total } }))
  const startedAt = performance.now()
  for (const [n, victim] of victims.entries()) {
    const share = (n + 1) / (victims.length + 1)
    const { applied } = await jobWhen(api, id, (job) => job.applied >= share * job.total || isOver(job))
    await docket.kill(victim)
    await untilReady(docket.url, readyWithinMs)
    say(`${victim} killed after ${applied} of ${previewed.total}`)
  }
  const job = await jobWhen(api, id, isOver)
  say(`${job.action} is ${job.state} after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s: ${job.applied} done`)
  return job
}

const isOver = ({ state }: BulkJob): boolean => ['done', 'partly_done', 'failed', 'cancelled'].includes(state)

async function jobWhen(api: Client, id: string, is: (job: BulkJob) => boolean): Promise<BulkJob> {
  const deadline = performance.now() + overWithinMs
  for (;;) {
    // While a part is away there is no answer.
    const answer = await api.call('getBulkJob', { params: { id } }).catch(() => null)
    if (answer?.ok && is(answer.body)) return answer.body
    if (performance.now() > deadline) throw new Error(`The job did not come so far: ${JSON.stringify(answer)}`)
    await wait(50)
  }
}

async function timesTold(
  pools: Pools,
  { workspaceId }: Shop,
  ids: readonly string[],
): Promise<Record<string, { times: number; orders: number }>> {
  const rows = await pools.view(workspaceId, (db) =>
    db.query<{ type: string; times: number; orders: number }>({
      text: 'select type, count(*) as times, count(distinct subject_id) as orders from events where subject_id = any($1::uuid[]) group by 1',
      values: [ids],
    }),
  )
  return Object.fromEntries(rows.map(({ type, ...counts }) => [type, counts]))
}

function must<T>(answer: { ok: true; body: T } | { ok: false; status: number; problem: unknown }): T {
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(answer.problem)}`)
  return answer.body
}
