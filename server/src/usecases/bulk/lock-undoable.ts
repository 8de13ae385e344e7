import { type BulkJob, findUndoing, lockJob } from '#modules/bulk/index.ts'
import { type Answer, fine, no, type Refusal } from '#platform/answer.ts'
import type { Tx } from '#platform/db.ts'

export const undoHours = 24

/** A job that may be taken back now; until the transaction ends nobody else begins to, and it does not go on. */
export async function lockUndoable(tx: Tx, workspaceId: string, jobId: string): Promise<Answer<BulkJob>> {
  const job = await lockJob(tx, workspaceId, jobId)
  if (!job) return no('bulk_job.not_found', { job: jobId })
  return mayNotBeUndone(job) ?? (await isBeingUndone(tx, workspaceId, jobId)) ?? fine(job)
}

/** Why a job is nobody's to go on with: another one takes it back. Null where none does. */
export async function isBeingUndone(tx: Tx, workspaceId: string, jobId: string): Promise<Refusal | null> {
  const undoing = await findUndoing(tx, workspaceId, jobId)
  return undoing === undefined ? null : no('bulk_job.undone', { job: undoing })
}

function mayNotBeUndone({ state, undoes, endedAt, counts }: BulkJob): Refusal | null {
  if (undoes !== null) return no('undo.undone')
  if (endedAt === null) return no('bulk_job.wrong_state', { state })
  if (counts.applied === 0) return no('bulk_job.nothing_done')
  return isTooLate(endedAt) ? no('bulk_job.too_late', { ended: endedAt, hours: undoHours }) : null
}

const isTooLate = (endedAt: string): boolean => Date.now() > Date.parse(endedAt) + undoHours * 3_600_000
