import type { BulkState } from '#contract/bulk.ts'
import { limits } from '#contract/limits.ts'
import { type BulkJob, countItems, lockJob, waitAgain } from '#modules/bulk/index.ts'
import { type Answer, fine, no, type Refusal } from '#platform/answer.ts'
import type { Tx } from '#platform/db.ts'
import type { Call } from '../call.ts'
import type { Engine } from '../engine.ts'
import { changeJob, type JobChange } from './change-job.ts'
import { oweJob } from './create-bulk-job.ts'
import { isBeingUndone } from './lock-undoable.ts'

/** What somebody may ask of a job. */
export type Steer = { verb: 'start'; count: number | null } | { verb: 'pause' | 'resume' | 'cancel' | 'retry' }

/**
 * Starts a job that was previewed, stops it for a while or for good, goes on with it, or tries again what failed. Asked for what is so
 * already it changes nothing. What a job has done stays done when it is stopped.
 */
export function steerBulkJob(engine: Engine, call: Call, jobId: string, steer: Steer): Promise<Answer<BulkJob>> {
  return changeJob(engine.pools, call, jobId, async (tx, job, now) => {
    const refusal = mayNot(call, job)
    if (refusal) return refusal
    const { from, isSo } = table[steer.verb]
    if (isSo.includes(job.state)) return fine(null)
    if (!from.includes(job.state)) return no('bulk_job.wrong_state', { state: job.state })
    return steer.verb === 'start' ? start(tx, call, job, steer.count) : steps[steer.verb](tx, call, job, now)
  })
}

/** From where each is possible, and where it is so already. */
// biome-ignore format: read it by column
const table: Record<Steer['verb'], { from: readonly BulkState[]; isSo: readonly BulkState[] }> = {
  start:  { from: ['previewed'],                                               isSo: ['queued', 'running'] },
  pause:  { from: ['queued', 'running'],                                       isSo: ['paused'] },
  resume: { from: ['paused'],                                                  isSo: ['queued', 'running'] },
  cancel: { from: ['queued', 'previewing', 'previewed', 'running', 'paused'],  isSo: ['cancelled'] },
  retry:  { from: ['partly_done', 'failed'],                                   isSo: ['queued', 'running', 'done'] },
}

/** A job acts with the rights of whoever made it; those who see to stuck work may stop it, and let it go on. */
function mayNot(call: Call, job: BulkJob): Refusal | null {
  const isTheirs = call.actor.id === job.by.id
  return isTheirs || call.permissions.has('jobs:retry') ? null : no('bulk_job.not_yours')
}

type Step = Promise<Answer<JobChange | null>>

async function start(tx: Tx, call: Call, job: BulkJob, count: number | null): Step {
  if (call.actor.id !== job.by.id) return no('bulk_job.not_yours')
  const movesMoney = job.command.verb === 'pay' || job.command.verb === 'refund' || (job.preview?.money.length ?? 0) > 0
  const mustBeTyped = movesMoney || job.total > limits.bulkAtOnce
  if (count === null ? mustBeTyped : count !== job.total) return no('bulk_job.wrong_count', { orders: job.total })
  oweJob(tx, call.workspaceId, { id: job.id, state: 'queued' })
  return fine({ type: 'BulkJobStarted', to: { state: 'queued' } })
}

const steps: Record<Exclude<Steer['verb'], 'start'>, (tx: Tx, call: Call, job: BulkJob, now: string) => Step> = {
  pause: async () => fine({ type: 'BulkJobPaused', to: { state: 'paused', runningSince: null } }),

  resume: async (tx, call, job) => {
    oweJob(tx, call.workspaceId, { id: job.id, state: 'queued' })
    return fine({ type: 'BulkJobResumed', to: { state: 'queued' } })
  },

  cancel: async (tx, call, job, now) => {
    const { waiting: _, ...counts } = await countsOf(tx, call.workspaceId, job)
    return fine({ type: 'BulkJobCancelled', to: { state: 'cancelled', counts, runningSince: null, endedAt: now } })
  },

  retry: async (tx, call, job) => {
    // What takes a job back takes back what it did by then; and of those who take one back only one may be under way.
    if (job.undoes !== null) await lockJob(tx, call.workspaceId, job.undoes)
    const rival = await isBeingUndone(tx, call.workspaceId, job.undoes ?? job.id)
    if (rival && rival.reason.params.job !== job.id) return rival
    const again = await waitAgain(tx, call.workspaceId, job.id, passing)
    if (again === 0) return fine(null)
    oweJob(tx, call.workspaceId, { id: job.id, state: 'queued' })
    const counts = { applied: 0, already: 0, skipped: 0, failed: 0 }
    return fine({ type: 'BulkJobRetried', to: { state: 'queued', counts, endedAt: null } })
  },
}

/** Refusals that pass by themselves; what the order or its workflow says is so until somebody changes it. */
const passing = ['stock.too_little', 'stock.still_short', 'stock.busy', 'undo.stock_gone']

async function countsOf(tx: Tx, workspaceId: string, job: BulkJob) {
  return (await countItems(tx, workspaceId, [job.id])).get(job.id) ?? { waiting: 0, ...job.counts }
}
