import type { BulkOutcome } from '#contract/bulk.ts'
import { canonicalText } from '#platform/canonical.ts'
import type { Db, Tx } from '#platform/db.ts'
import { nilId } from '#platform/ids.ts'
import { rowList } from '#platform/row-list.ts'
import type { BulkJob, Counts, Foreseen, ItemResult } from './types.ts'

// ─── Jobs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface JobRow extends Omit<BulkJob, 'counts' | 'preview' | 'by'> {
  applied: number
  already: number
  skipped: number
  failed: number
  preview: string | null
  byKind: BulkJob['by']['kind']
  byId: string
}

const jobColumns = `id, action, command, filter, undoes, state, total, missing, applied, already, skipped, failed, preview, created_by_kind as "byKind",
  created_by as "byId", created_at as "createdAt", running_since as "runningSince", decided_before as "decidedBefore", ended_at as "endedAt", version`

function jobFrom({ applied, already, skipped, failed, preview, byKind, byId, ...kept }: JobRow): BulkJob {
  return {
    ...kept,
    counts: { applied, already, skipped, failed },
    // Written by saveJob.
    preview: preview === null ? null : (JSON.parse(preview) as Foreseen),
    by: { kind: byKind, id: byId },
  }
}

export async function loadJob(db: Db, workspaceId: string, id: string): Promise<BulkJob | undefined> {
  const [row] = await db.query<JobRow>({
    name: 'bulk_job',
    text: `select ${jobColumns} from bulk_jobs where workspace_id = $1 and id = $2`,
    values: [workspaceId, id],
  })
  return row && jobFrom(row)
}

/** The job, nobody else's until the transaction ends: batches that are under way have then ended, and none begins. */
export async function lockJob(tx: Tx, workspaceId: string, id: string): Promise<BulkJob | undefined> {
  const [row] = await tx.query<JobRow>({
    name: 'lock_bulk_job',
    text: `select ${jobColumns} from bulk_jobs where workspace_id = $1 and id = $2 for update`,
    values: [workspaceId, id],
  })
  return row && jobFrom(row)
}

/** Jobs, the newest first; keyset by id. */
export async function listJobs(
  db: Db,
  workspaceId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<BulkJob[]> {
  const rows = await db.query<JobRow>({
    name: 'bulk_jobs',
    text: `select ${jobColumns} from bulk_jobs where workspace_id = $1 and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') order by id desc limit $3`,
    values: [workspaceId, after ?? null, limit],
  })
  return rows.map(jobFrom)
}

export function insertJob(tx: Tx, workspaceId: string, job: BulkJob): void {
  tx.send({
    name: 'insert_bulk_job',
    text: `insert into bulk_jobs (workspace_id, id, action, command, filter, undoes, state, total, missing, created_by_kind, created_by, created_at, version)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    values: [
      workspaceId,
      job.id,
      job.action,
      JSON.stringify(job.command),
      job.filter,
      job.undoes,
      job.state,
      job.total,
      job.missing,
      job.by.kind,
      job.by.id,
      job.createdAt,
      job.version,
    ],
  })
}

/** Writes what of a job changes. */
export function updateJob(tx: Tx, workspaceId: string, job: BulkJob): void {
  const { applied, already, skipped, failed } = job.counts
  tx.send({
    name: 'update_bulk_job',
    text: `update bulk_jobs set state = $3, applied = $4, already = $5, skipped = $6, failed = $7, preview = $8, running_since = $9, decided_before = $10,
        ended_at = $11, version = $12
      where workspace_id = $1 and id = $2`,
    values: [
      workspaceId,
      job.id,
      job.state,
      applied,
      already,
      skipped,
      failed,
      job.preview && canonicalText(job.preview),
      job.runningSince,
      job.decidedBefore,
      job.endedAt,
      job.version,
    ],
  })
}

// ─── Items ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The orders to freeze a job over: makes a condition over `orders o`, and puts what it needs behind the statement's values. */
export type Chosen = (values: unknown[]) => string

const findMaxMs = 10_000

/**
 * Freezes a job over the orders that a condition finds now, `most` and one more at the most. Answers how many; the database cancels what
 * takes too long.
 */
export async function freezeItems(tx: Tx, workspaceId: string, jobId: string, chosen: Chosen, most: number): Promise<number> {
  // What a filter finds is best looked for by what its values are, unlike everything that is written by key.
  tx.send({
    name: 'plan_by_values',
    text: `select set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'on', true), set_config('enable_mergejoin', 'on', true),
      set_config('statement_timeout', $1, true)`,
    values: [String(findMaxMs)],
  })
  const values: unknown[] = [workspaceId, jobId, most + 1]
  const [row] = await tx.query<{ count: number }>({
    text: `with chosen as (select o.id from orders o where o.workspace_id = $1 and (${chosen(values)}) limit $3),
      frozen as (insert into bulk_items (workspace_id, job_id, order_id) select $1, $2, id from chosen returning 1)
      select count(*) as count from frozen`,
    values,
  })
  return row?.count ?? 0
}

/** The job that takes this one back, if there is one that was not given up. */
export async function findUndoing(db: Db, workspaceId: string, jobId: string): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>({
    name: 'undoing_job',
    text: `select id from bulk_jobs where workspace_id = $1 and undoes = $2 and state not in ('cancelled', 'failed')`,
    values: [workspaceId, jobId],
  })
  return row?.id
}

/** Which of these jobs another one takes back, or has. */
export async function undoneAmong(db: Db, workspaceId: string, jobIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ undoes: string }>({
    name: 'undone_jobs',
    text: `select undoes from bulk_jobs where workspace_id = $1 and undoes = any($2::uuid[]) and state not in ('cancelled', 'failed')`,
    values: [workspaceId, jobIds],
  })
  return new Set(rows.map(({ undoes }) => undoes))
}

/** The next orders of a job that nothing has become of yet. */
export async function nextItems(
  db: Db,
  workspaceId: string,
  jobId: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<string[]> {
  const rows = await db.query<{ orderId: string }>({
    name: 'next_bulk_items',
    text: `select order_id as "orderId" from bulk_items
      where workspace_id = $1 and job_id = $2 and order_id > $3 and state = 'waiting' order by order_id limit $4`,
    values: [workspaceId, jobId, after ?? nilId, limit],
  })
  return rows.map((row) => row.orderId)
}

/**
 * Takes these items for the transaction, in their order: those that still wait, of jobs that run. Nobody else takes them meanwhile, and
 * the job neither stops nor ends before the transaction does. Answers `job order`.
 */
export async function takeItems(tx: Tx, workspaceId: string, items: readonly { jobId: string; orderId: string }[]): Promise<Set<string>> {
  const rows = await tx.query<{ jobId: string; orderId: string }>({
    name: 'take_bulk_items',
    text: `select i.job_id as "jobId", i.order_id as "orderId" from bulk_jobs j join bulk_items i on i.workspace_id = j.workspace_id and i.job_id = j.id
      where j.workspace_id = $1 and j.id = any($2::uuid[]) and j.state = 'running' and i.order_id = any($3::uuid[]) and i.state = 'waiting'
      order by i.job_id, i.order_id for update of i for share of j`,
    values: [workspaceId, [...new Set(items.map(({ jobId }) => jobId))], items.map(({ orderId }) => orderId)],
  })
  return new Set(rows.map(({ jobId, orderId }) => `${jobId} ${orderId}`))
}

/** Writes what became of items that the transaction has taken. */
export function writeResults(tx: Tx, workspaceId: string, commitId: string, results: readonly ItemResult[]): void {
  if (results.length === 0) return
  tx.send({
    name: 'write_bulk_results',
    text: `update bulk_items i set state = r.state, seq_before = r."seqBefore", seq_after = r."seqAfter", reason_code = r."reasonCode", reason = r.reason,
        commit_id = case r.state when 'applied' then $2::uuid end
      from ${resultList.from(5)}
      where i.workspace_id = $1 and i.job_id = any($3::uuid[]) and i.order_id = any($4::uuid[]) and i.job_id = r."jobId" and i.order_id = r."orderId" and i.state = 'waiting'`,
    values: [
      workspaceId,
      commitId,
      [...new Set(results.map(({ jobId }) => jobId))],
      results.map(({ orderId }) => orderId),
      ...resultList.values(results.map(resultRow)),
    ],
  })
}

interface ResultRow extends Omit<ItemResult, 'reason'> {
  reasonCode: string | null
  reason: string | null
}

function resultRow({ reason, ...kept }: ItemResult): ResultRow {
  return { ...kept, reasonCode: reason?.code ?? null, reason: reason && canonicalText(reason.params) }
}

// biome-ignore format: many columns, few lines
const resultList = rowList<ResultRow>({ jobId: 'uuid', orderId: 'uuid', state: 'text', seqBefore: 'bigint', seqAfter: 'bigint', reasonCode: 'text', reason: 'text' })

/** Writes the same of every item that waits, of all orders or of some, as long as the job runs. */
export function endWaiting(
  tx: Tx,
  workspaceId: string,
  jobId: string,
  { orderIds, state, reason }: { orderIds: readonly string[] | null } & Pick<ItemResult, 'state' | 'reason'>,
): void {
  tx.send({
    name: orderIds ? 'end_some_waiting' : 'end_all_waiting',
    text: `with job as (select 1 from bulk_jobs where workspace_id = $1 and id = $2 and state = 'running' for share)
      update bulk_items set state = $3, reason_code = $4, reason = $5 from job
      where workspace_id = $1 and job_id = $2 and state = 'waiting' ${orderIds ? 'and order_id = any($6::uuid[])' : ''}`,
    values: [workspaceId, jobId, state, reason?.code ?? null, reason && canonicalText(reason.params), ...(orderIds ? [orderIds] : [])],
  })
}

/** Lets items that failed, or were skipped for one of these reasons, wait again. Answers how many. */
export async function waitAgain(tx: Tx, workspaceId: string, jobId: string, codes: readonly string[]): Promise<number> {
  const rows = await tx.query({
    name: 'wait_again',
    text: `update bulk_items set state = 'waiting', seq_before = null, seq_after = null, reason_code = null, reason = null
      where workspace_id = $1 and job_id = $2 and (state = 'failed' or (state = 'skipped' and reason_code = any($3::text[]))) returning 1`,
    values: [workspaceId, jobId, codes],
  })
  return rows.length
}

/** Writes what a preview foresees of items. */
export function writeForeseen(
  tx: Tx,
  workspaceId: string,
  jobId: string,
  items: readonly { orderId: string; foreseen: Exclude<BulkOutcome, 'waiting'> }[],
): void {
  tx.send({
    name: 'write_foreseen',
    text: `update bulk_items i set foreseen = r.foreseen from ${foreseenList.from(4)}
      where i.workspace_id = $1 and i.job_id = $2 and i.order_id = any($3::uuid[]) and i.order_id = r."orderId"`,
    values: [workspaceId, jobId, items.map(({ orderId }) => orderId), ...foreseenList.values(items)],
  })
}

const foreseenList = rowList<{ orderId: string; foreseen: string }>({ orderId: 'uuid', foreseen: 'text' })

/** How many items of these jobs stand how. */
export async function countItems(db: Db, workspaceId: string, jobIds: readonly string[]): Promise<Map<string, Counts>> {
  const rows =
    jobIds.length === 0
      ? []
      : await db.query<{ jobId: string; state: BulkOutcome; count: number }>({
          name: 'count_bulk_items',
          text: 'select job_id as "jobId", state, count(*) as count from bulk_items where workspace_id = $1 and job_id = any($2::uuid[]) group by 1, 2',
          values: [workspaceId, jobIds],
        })
  const counts = new Map(jobIds.map((id) => [id, { waiting: 0, applied: 0, already: 0, skipped: 0, failed: 0 }]))
  for (const { jobId, state, count } of rows) {
    const of = counts.get(jobId)
    if (of) of[state] = count
  }
  return counts
}

/** Where a job found and left these orders of it, by order: only those that it changed. */
export async function appliedItems(
  db: Db,
  workspaceId: string,
  jobId: string,
  orderIds: readonly string[],
): Promise<Map<string, { seqBefore: number; seqAfter: number }>> {
  const rows = await db.query<{ orderId: string; seqBefore: number; seqAfter: number }>({
    name: 'applied_items',
    text: `select order_id as "orderId", seq_before as "seqBefore", seq_after as "seqAfter" from bulk_items
      where workspace_id = $1 and job_id = $2 and order_id = any($3::uuid[]) and state = 'applied'`,
    values: [workspaceId, jobId, orderIds],
  })
  return new Map(rows.map(({ orderId, ...seqs }) => [orderId, seqs]))
}
