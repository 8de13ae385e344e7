import { type BulkJob, loadJob, nextItems, writeForeseen } from '#modules/bulk/index.ts'
import { fine } from '#platform/answer.ts'
import { type Call, callOfEngine } from '../call.ts'
import type { Engine } from '../engine.ts'
import { type Carried, type Rehearsed, rehearseBatch, StaleReference } from '../orders/order-batch.ts'
import { actingCall } from './acting-call.ts'
import { bulkWorks } from './bulk-works.ts'
import { changeJob } from './change-job.ts'
import { Foresight } from './foresee.ts'

// Few enough that deciding them holds up nobody.
const previewBatch = 50

/**
 * Says what would become of a job's orders if it were started now: by the code that does it, reading only. Whoever is interrupted begins
 * again; nothing was changed.
 */
export async function previewBulkJob(engine: Engine, workspaceId: string, jobId: string, signal: AbortSignal): Promise<void> {
  const foresight = new Foresight()
  const carried: Carried = new Map()
  let after: string | null = null
  for (;;) {
    const [job, orderIds] = await engine.pools.view(workspaceId, (db) =>
      Promise.all([loadJob(db, workspaceId, jobId), nextItems(db, workspaceId, jobId, { after, limit: previewBatch })]),
    )
    if (job?.state !== 'previewing') return
    if (orderIds.length === 0) break
    signal.throwIfAborted()
    const call = await actingCall(engine.pools, workspaceId, job.by)
    const rehearsed = call ? await rehearse(engine, call, job, orderIds, carried) : orderIds.map(() => nobody)
    const items = rehearsed.map((one, i) => {
      const pin = one.before?.workflow
      const foreseen = foresight.add(one, pin && engine.reference.flows.known(workspaceId, pin))
      return { orderId: orderIds[i] ?? '', foreseen }
    })
    await engine.pools.change(workspaceId, async (tx) => writeForeseen(tx, workspaceId, jobId, items))
    after = orderIds.at(-1) ?? null
  }
  await changeJob(engine.pools, callOfEngine(workspaceId, 'system'), jobId, async (_, job) =>
    job.state === 'previewing' ? fine({ type: 'BulkJobPreviewed', to: { state: 'previewed', preview: foresight.sum() } }) : fine(null),
  )
}

const nobody: Rehearsed = { outcome: { ok: false, reason: { code: 'bulk_job.nobody', params: {} }, order: null }, before: null, events: [] }
const staleMax = 5

async function rehearse(engine: Engine, call: Call, job: BulkJob, orderIds: readonly string[], carried: Carried): Promise<Rehearsed[]> {
  const works = await bulkWorks(engine, call, job, orderIds)
  for (let attempt = 1; ; attempt++) {
    const reference = await engine.reference.get(call.workspaceId)
    if (!reference) throw new Error(`There is no workspace ${call.workspaceId}`)
    const catalogue = await engine.reference.itemsOf(reference, [])
    try {
      return await engine.pools.view(call.workspaceId, (db) => rehearseBatch(db, engine, reference, catalogue, works, carried))
    } catch (error) {
      if (!(error instanceof StaleReference) || attempt >= staleMax) throw error
      engine.reference.drop(call.workspaceId)
    }
  }
}
