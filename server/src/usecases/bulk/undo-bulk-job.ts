import { type BulkJob, loadJob } from '#modules/bulk/index.ts'
import { type Answer, no, type Refusal } from '#platform/answer.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import type { Call } from '../call.ts'
import type { Engine } from '../engine.ts'
import { createBulkJob } from './create-bulk-job.ts'

export const undoHours = 24

/**
 * A job that takes back what another did, with a preview of its own. Orders that were changed since are skipped; what an end of an order
 * was is reopened, for `reason`, where the workflow has a way back.
 */
export async function undoBulkJob(
  engine: Engine,
  call: Call,
  jobId: string,
  { reason, run, key }: { reason: string | null; run: 'preview' | 'now'; key: KeyUse | null },
): Promise<Answer<{ job: BulkJob; replayed: boolean }>> {
  const job = await engine.pools.view(call.workspaceId, (db) => loadJob(db, call.workspaceId, jobId))
  if (!job) return no('bulk_job.not_found', { job: jobId })
  const refusal = mayNotBeUndone(job)
  if (refusal) return refusal
  return createBulkJob(engine, call, { command: { verb: 'undo', reason }, selection: { changedBy: jobId }, undoes: jobId, run, key })
}

function mayNotBeUndone({ state, undoes, endedAt, counts }: BulkJob): Refusal | null {
  if (undoes !== null) return no('undo.undone')
  if (endedAt === null) return no('bulk_job.wrong_state', { state })
  if (counts.applied === 0) return no('bulk_job.nothing_done')
  return isTooLate(endedAt) ? no('bulk_job.too_late', { ended: endedAt, hours: undoHours }) : null
}

const isTooLate = (endedAt: string): boolean => Date.now() > Date.parse(endedAt) + undoHours * 3_600_000
