import { setTimeout as sleep } from 'node:timers/promises'
import { type BulkJob, countItems, endWaiting, loadJob, nextItems } from '#modules/bulk/index.ts'
import { fine, no } from '#platform/answer.ts'
import { type Call, callOfEngine } from '../call.ts'
import type { Engine } from '../engine.ts'
import { actingCall } from './acting-call.ts'
import { bulkWorks } from './bulk-works.ts'
import { changeJob } from './change-job.ts'

/** Orders that share a transaction: few enough that whoever waits for the processor or a row beside them hardly notices. */
export const bulkBatch = 10
/** The pace at which a job goes at the most: the rest of the machine is for whoever stands there and waits. */
const ordersASecond = 1_250
/** What it fell behind its pace by, it makes up for no more than this: no rush of batches in a row. */
const catchUpMs = 40
/** Orders looked up at a time; whoever does them first, does them. */
const lookedUp = 500

/**
 * Works off a job: batch after batch through the commit lane, with the rights that whoever made it has at that moment. What becomes of an
 * order is written where the order is, so it may be killed anywhere, and run twice at once. Answers whether more is to be done: one
 * batch is, and more until `untilMs` (on the clock of `performance`) or the signal.
 */
export async function runBulkJob(
  engine: Engine,
  workspaceId: string,
  jobId: string,
  { untilMs, signal }: { untilMs: number; signal: AbortSignal },
): Promise<'over' | 'more'> {
  const job = await begin(engine, workspaceId, jobId)
  if (job?.state !== 'running') return 'over'
  let waiting: string[] = []
  let last: string | null = null
  let dueMs = performance.now()
  for (;;) {
    if (waiting.length === 0) {
      const after = last
      waiting = await engine.pools.view(workspaceId, (db) => nextItems(db, workspaceId, jobId, { after, limit: lookedUp }))
      last = waiting.at(-1) ?? null
    }
    const orderIds = waiting.splice(0, bulkBatch)
    if (orderIds.length === 0) break
    const call = await actingCall(engine.pools, workspaceId, job.by)
    if (!call) await endAll(engine, workspaceId, jobId)
    else if ((await runItems(engine, call, job, orderIds)) === 'stopped') return 'over'
    dueMs = Math.max(dueMs, performance.now() - catchUpMs) + (orderIds.length * 1_000) / ordersASecond
    await sleep(Math.max(0, dueMs - performance.now()))
    if (signal.aborted || performance.now() > untilMs) return 'more'
  }
  return end(engine, workspaceId, jobId)
}

/** The first who comes to a job sets it running. */
async function begin(engine: Engine, workspaceId: string, jobId: string): Promise<BulkJob | undefined> {
  const job = await engine.pools.view(workspaceId, (db) => loadJob(db, workspaceId, jobId))
  if (job?.state !== 'queued') return job
  const begun = await changeJob(engine.pools, callOfEngine(workspaceId, 'system'), jobId, async (tx, standing, now) => {
    if (standing.state !== 'queued') return fine(null)
    const { waiting } = (await countItems(tx, workspaceId, [jobId])).get(jobId) ?? { waiting: 0 }
    return fine({ type: 'BulkJobBegun', to: { state: 'running', runningSince: now, decidedBefore: standing.total - waiting } })
  })
  return begun.ok ? begun.value : undefined
}

async function runItems(engine: Engine, call: Call, job: BulkJob, orderIds: readonly string[]): Promise<'went on' | 'stopped'> {
  const { workspaceId } = call
  const outcomes = await engine.lane.submit(workspaceId, 'bulk', await bulkWorks(engine, call, job, orderIds))
  const failed = orderIds.filter((_, i) => {
    const outcome = outcomes[i]
    return outcome && !outcome.ok && outcome.reason.code === 'internal'
  })
  // The lane undid what went wrong, its result with it.
  if (failed.length > 0) {
    await engine.pools.change(workspaceId, async (tx) =>
      endWaiting(tx, workspaceId, job.id, {
        orderIds: failed,
        state: 'failed',
        reason: { code: 'internal', params: { request: call.commandId } },
      }),
    )
  }
  if (!outcomes.some((outcome) => !outcome.ok && outcome.reason.code === 'bulk_job.not_waiting')) return 'went on'
  const standing = await engine.pools.view(workspaceId, (db) => loadJob(db, workspaceId, job.id))
  return standing?.state === 'running' ? 'went on' : 'stopped'
}

/** Nobody is there any more in whose name the rest could be done. */
function endAll(engine: Engine, workspaceId: string, jobId: string): Promise<void> {
  return engine.pools.change(workspaceId, async (tx) =>
    endWaiting(tx, workspaceId, jobId, { orderIds: null, state: 'skipped', reason: { code: 'bulk_job.nobody', params: {} } }),
  )
}

async function end(engine: Engine, workspaceId: string, jobId: string): Promise<'over' | 'more'> {
  let isMore = false
  const ended = await changeJob(engine.pools, callOfEngine(workspaceId, 'system'), jobId, async (tx, job, now) => {
    if (job.state !== 'running') return fine(null)
    const { waiting, ...counts } = (await countItems(tx, workspaceId, [jobId])).get(jobId) ?? { waiting: 0, ...job.counts }
    isMore = waiting > 0
    if (isMore) return fine(null)
    const isWhole = counts.skipped + counts.failed === 0
    const state = isWhole ? 'done' : counts.applied + counts.already > 0 ? 'partly_done' : 'failed'
    return fine({ type: 'BulkJobEnded', to: { state, counts, endedAt: now, runningSince: null } })
  })
  if (!ended.ok) throw new Error(`Bulk job ${jobId} is gone: ${no('bulk_job.not_found', { job: jobId }).reason.code}`)
  return isMore ? 'more' : 'over'
}
