import type { BulkJob } from '#modules/bulk/index.ts'
import type { Answer } from '#platform/answer.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import type { Call } from '../call.ts'
import type { Engine } from '../engine.ts'
import { createBulkJob } from './create-bulk-job.ts'

/**
 * A job that takes back what another did, with a preview of its own. Orders that were changed since are skipped; what an end of an order
 * was is reopened, for `reason`, where the workflow has a way back.
 */
export function undoBulkJob(
  engine: Engine,
  call: Call,
  jobId: string,
  { reason, run, key }: { reason: string | null; run: 'preview' | 'now'; key: KeyUse | null },
): Promise<Answer<{ job: BulkJob; replayed: boolean }>> {
  return createBulkJob(engine, call, { command: { verb: 'undo', reason }, selection: { changedBy: jobId }, undoes: jobId, run, key })
}
