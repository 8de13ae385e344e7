import type { BulkOutcome } from '#contract/bulk.ts'
import { type BulkJob, type Counts, countItems, listJobs, loadJob, undoneAmong } from '#modules/bulk/index.ts'
import { orderReach, put, within } from '#modules/lists/index.ts'
import type { Reason } from '#platform/answer.ts'
import type { Db, Pools } from '#platform/db.ts'
import { type Call, sightOf } from '#usecases/call.ts'

/** A job with how its orders stand now. */
export interface StandingJob {
  job: BulkJob
  counts: Counts
  /** Whether another one takes it back, or has. */
  isUndone: boolean
}

/** Jobs of the workspace, the newest first; keyset by id. */
export function bulkJobs(pools: Pools, call: Call, page: { after: string | undefined; limit: number }): Promise<StandingJob[]> {
  return pools.view(call.workspaceId, async (db) => standing(db, call.workspaceId, await listJobs(db, call.workspaceId, page)))
}

export function bulkJob(pools: Pools, call: Call, id: string): Promise<StandingJob | undefined> {
  return pools.view(call.workspaceId, async (db) => {
    const job = await loadJob(db, call.workspaceId, id)
    return job && (await standing(db, call.workspaceId, [job]))[0]
  })
}

/** Jobs that have ended say themselves how their orders stand; of others they are counted. */
async function standing(db: Db, workspaceId: string, jobs: readonly BulkJob[]): Promise<StandingJob[]> {
  const [ended, under] = [jobs.filter(({ endedAt }) => endedAt !== null), jobs.filter(({ endedAt }) => endedAt === null)]
  const [counted, undone] = await Promise.all([
    countItems(
      db,
      workspaceId,
      under.map(({ id }) => id),
    ),
    undoneAmong(
      db,
      workspaceId,
      ended.map(({ id }) => id),
    ),
  ])
  return jobs.map((job) => {
    const { counts, total } = job
    const decided = counts.applied + counts.already + counts.skipped + counts.failed
    return { job, counts: counted.get(job.id) ?? { ...counts, waiting: total - decided }, isUndone: undone.has(job.id) }
  })
}

/** What became of one order of a job. */
export interface StandingItem {
  orderId: string
  number: number
  outcome: BulkOutcome
  foreseen: BulkOutcome | null
  reason: Reason | null
  version: number | null
}

/** Orders of a job that the caller may see, by id; undefined where there is no such job. */
export async function bulkItems(
  pools: Pools,
  call: Call,
  jobId: string,
  {
    outcome,
    foreseen,
    after,
    limit,
  }: { outcome: BulkOutcome | undefined; foreseen: BulkOutcome | undefined; after: string | undefined; limit: number },
): Promise<StandingItem[] | undefined> {
  const sight = sightOf(call)
  if (!sight) return undefined
  return pools.view(call.workspaceId, async (db) => {
    if (!(await loadJob(db, call.workspaceId, jobId))) return undefined
    const values: unknown[] = [call.workspaceId, jobId]
    const conditions = [within(sight, orderReach, values)]
    if (outcome !== undefined) conditions.push(`i.state = ${put(values, outcome, 'text')}`)
    if (foreseen !== undefined) conditions.push(`i.foreseen = ${put(values, foreseen, 'text')}`)
    if (after !== undefined) conditions.push(`i.order_id > ${put(values, after, 'uuid')}`)
    const rows = await db.query<Omit<StandingItem, 'reason'> & { code: Reason['code'] | null; params: string | null }>({
      text: `select i.order_id as "orderId", o.number, i.state as outcome, i.foreseen, i.reason_code as code, i.reason as params, i.seq_after as version
        from bulk_items i join orders o on o.workspace_id = i.workspace_id and o.id = i.order_id
        where i.workspace_id = $1 and i.job_id = $2 and ${conditions.join(' and ')} order by i.order_id limit ${put(values, limit, 'bigint')}`,
      values,
    })
    return rows.map(({ code, params, ...item }) => ({
      ...item,
      // Written as canonical text of a reason's parameters.
      reason: code === null ? null : { code, params: JSON.parse(params ?? '{}') as Reason['params'] },
    }))
  })
}
