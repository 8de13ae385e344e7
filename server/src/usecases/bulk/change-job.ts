import { type BulkJob, lockJob, updateJob } from '#modules/bulk/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools, Tx } from '#platform/db.ts'
import type { Call } from '../call.ts'
import { changeNouns } from '../change-nouns.ts'

/** What changes of a job, and how it is told. */
export interface JobChange {
  type:
    | 'BulkJobPreviewed'
    | 'BulkJobStarted'
    | 'BulkJobBegun'
    | 'BulkJobPaused'
    | 'BulkJobResumed'
    | 'BulkJobCancelled'
    | 'BulkJobRetried'
    | 'BulkJobEnded'
  to: Partial<Pick<BulkJob, 'state' | 'counts' | 'preview' | 'runningSince' | 'decidedBefore' | 'endedAt'>>
}

/**
 * Changes a job while no batch of it is under way and none begins. `change` answers what changes, null where nothing has to, or why it
 * may not.
 */
export function changeJob(
  pools: Pools,
  call: Call,
  jobId: string,
  change: (tx: Tx, job: BulkJob, now: string) => Promise<Answer<JobChange | null>>,
): Promise<Answer<BulkJob>> {
  return changeNouns<Answer<BulkJob>>(pools, call, async (tx, now) => {
    const job = await lockJob(tx, call.workspaceId, jobId)
    if (!job) return { value: no('bulk_job.not_found', { job: jobId }), happened: [] }
    const answer = await change(tx, job, now)
    if (!answer.ok) return { value: answer, happened: [] }
    if (answer.value === null) return { value: fine(job), happened: [] }
    const { type, to } = answer.value
    const next: BulkJob = { ...job, ...to, version: job.version + 1 }
    updateJob(tx, call.workspaceId, next)
    const { state, counts } = next
    return {
      value: fine(next),
      happened: [
        { subject: 'bulk_job', subjectId: jobId, seq: next.version, type, payload: { state, ...(next.endedAt === null ? {} : counts) } },
      ],
    }
  })
}
