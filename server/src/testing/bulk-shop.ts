import { type BulkJob, loadJob } from '#modules/bulk/index.ts'
import type { Answer } from '#platform/answer.ts'
import { type BulkRequest, createBulkJob } from '#usecases/bulk/create-bulk-job.ts'
import { type Steer, steerBulkJob } from '#usecases/bulk/steer-bulk-job.ts'
import { undoBulkJob } from '#usecases/bulk/undo-bulk-job.ts'
import { placeOrders } from '#usecases/orders/place-orders.ts'
import { runBulkJobs } from '../jobs/bulk-jobs.ts'
import { previewBulkJobs } from '../jobs/bulk-previews.ts'
import { everything } from './books.ts'
import { orderOf, type TestShop, testShop } from './test-shop.ts'
import { workOwed } from './work-owed.ts'

/** A shop with jobs: made, steered, worked off when the test says so. */
export interface BulkShop extends TestShop {
  /** Places orders of one cup each; answers their ids, as they lie in a job. */
  placeMany(count: number, more?: Partial<Parameters<TestShop['place']>[1]>): Promise<string[]>
  /** A job that starts every order, unless something else is said. */
  make(orderIds: readonly string[], more?: Partial<BulkRequest>): Promise<BulkJob>
  tryToMake(orderIds: readonly string[], more?: Partial<BulkRequest>): Promise<Answer<{ job: BulkJob; replayed: boolean }>>
  steer(job: BulkJob, steer: Steer): Promise<BulkJob>
  undo(job: BulkJob, more?: { reason?: string; run?: 'preview' | 'now' }): Promise<BulkJob>
  /** Works off everything that is owed by now. */
  work(): Promise<void>
  job(id: string): Promise<BulkJob>
  items(id: string): Promise<{ orderId: string; state: string; foreseen: string | null; code: string | null }[]>
  stages(orderIds: readonly string[]): Promise<Record<string, number>>
  /** What stands of orders, stock and money. */
  orders(): Promise<unknown>
}

export async function bulkShop(blueprint = 'counter'): Promise<BulkShop> {
  const shop = await testShop(blueprint)
  const { engine, pools, workspaceId } = shop
  const tryToMake: BulkShop['tryToMake'] = (orderIds, more = {}) =>
    createBulkJob(engine, shop.call(), {
      command: { verb: 'move', action: 'start' },
      selection: { orderIds },
      run: 'now',
      undoes: null,
      key: null,
      ...more,
    })
  const job: BulkShop['job'] = async (id) => {
    const found = await pools.view(workspaceId, (db) => loadJob(db, workspaceId, id))
    if (!found) throw new Error(`There is no job ${id}`)
    return found
  }
  return {
    ...shop,
    placeMany: async (count, more = {}) => {
      const body = { channel: 'desk', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1_000 }], ...more }
      const placed = await placeOrders(
        engine,
        shop.call(),
        Array.from({ length: count }, () => ({ key: null, body })),
      )
      return placed.map((outcome) => orderOf(outcome).id).sort()
    },
    tryToMake,
    make: async (orderIds, more) => made(await tryToMake(orderIds, more)).job,
    steer: async ({ id }, steer) => made(await steerBulkJob(engine, shop.call(), id, steer)),
    undo: async ({ id }, { reason = null, run = 'now' }: { reason?: string | null; run?: 'preview' | 'now' } = {}) =>
      made(await undoBulkJob(engine, shop.call(), id, { reason, run, key: null })).job,
    work: async () => {
      await workOwed(shop, 'bulk', { preview_bulk_job: previewBulkJobs(engine), run_bulk_job: runBulkJobs(engine) })
    },
    job,
    items: (id) =>
      pools.view(workspaceId, (db) =>
        db.query({
          text: 'select order_id as "orderId", state, foreseen, reason_code as code from bulk_items where job_id = $1 order by order_id',
          values: [id],
        }),
      ),
    stages: async (orderIds) => {
      const rows = await pools.view(workspaceId, (db) =>
        db.query<{ stage: string; count: number }>({
          text: 'select stage, count(*) as count from orders where id = any($1::uuid[]) group by 1',
          values: [orderIds],
        }),
      )
      return Object.fromEntries(rows.map(({ stage, count }) => [stage, count]))
    },
    orders: async () => {
      const all = (await everything(shop)) as { table: string }[]
      return all.filter(({ table }) => !['events', 'commits', 'owed'].includes(table))
    },
  }
}

/** What a refusal says; throws where it went well. */
export function codeOf(answer: Answer<unknown>): string {
  if (answer.ok) throw new Error('It went well')
  return answer.reason.code
}

export function made<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(`Refused: ${answer.reason.code} ${JSON.stringify(answer.reason.params)}`)
  return answer.value
}
