import { limits } from '#contract/limits.ts'
import { type BulkCommand, type BulkJob, type BulkJobId, freezeItems, insertJob, loadJob } from '#modules/bulk/index.ts'
import { type Answer, fine, no, type Refusal } from '#platform/answer.ts'
import { codeOf, type Tx } from '#platform/db.ts'
import { type KeyUse, takeKeys } from '#platform/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import { openCommit } from '#platform/log.ts'
import type { Call } from '../call.ts'
import { record, untilKnown } from '../change-nouns.ts'
import type { Engine } from '../engine.ts'
import { choose, type Selected } from './choose.ts'
import { lockUndoable } from './lock-undoable.ts'

export interface BulkRequest {
  command: BulkCommand
  selection: Selected
  run: 'preview' | 'now'
  /** The job that this one takes back. */
  undoes: string | null
  key: KeyUse | null
}

/** A job over the orders that are chosen now: what matches later does not join it. It is previewed, or begins, by itself. */
export async function createBulkJob(
  engine: Engine,
  call: Call,
  request: BulkRequest,
): Promise<Answer<{ job: BulkJob; replayed: boolean }>> {
  const { command, selection, run, key } = request
  const { workspaceId } = call
  const { kind, id: principalId } = call.actor
  if ((kind !== 'person' && kind !== 'api_key') || principalId === null) return no('permission.denied', { permission: 'orders:move' })
  // Money moves on nobody's mistake: first it is said how much of it.
  if (run === 'now' && (command.verb === 'pay' || command.verb === 'refund')) return no('bulk_job.preview_first', { action: command.verb })
  const chosen = await choose(engine, call, selection)
  if (!chosen.ok) return chosen
  const id = newId() as BulkJobId
  try {
    return await untilKnown(engine.pools, workspaceId, (commitId) =>
      engine.pools.change(workspaceId, async (tx) => {
        const [commit, stood] = await Promise.all([
          openCommit(tx, workspaceId, commitId),
          takeKeys(tx, workspaceId, commitId, key ? [{ ...key, principalId, subjectId: id }] : []),
        ])
        const [used] = stood
        if (used) return await repeated(tx, workspaceId, used.fingerprint === key?.fingerprint ? used.subjectId : null, key)
        const undone = request.undoes === null ? null : await lockUndoable(tx, workspaceId, request.undoes)
        if (undone && !undone.ok) throw new Refused(undone)
        const total = await freezeItems(tx, workspaceId, id, chosen.value.chosen, limits.bulkOrders).catch(refuseSlow)
        const refusal = (undone && seesTooFew(call, undone.value, total)) ?? refusesTotal(total, run)
        // Nothing of it may stay, its key neither.
        if (refusal) throw new Refused(refusal)
        const job: BulkJob = {
          id,
          action: command.verb === 'move' ? command.action : command.verb,
          command,
          filter: 'text' in selection ? selection.text : null,
          undoes: request.undoes,
          state: run === 'now' ? 'queued' : 'previewing',
          total,
          missing: chosen.value.asked === null ? 0 : chosen.value.asked - total,
          counts: { applied: 0, already: 0, skipped: 0, failed: 0 },
          preview: null,
          by: { kind, id: principalId },
          createdAt: commit.now,
          runningSince: null,
          decidedBefore: 0,
          endedAt: null,
          version: 1,
        }
        insertJob(tx, workspaceId, job)
        oweJob(tx, workspaceId, job)
        await record(tx, commit, call, [
          {
            subject: 'bulk_job',
            subjectId: id,
            seq: 1,
            type: 'BulkJobCreated',
            payload: { action: job.action, state: job.state, total, missing: job.missing, undoes: job.undoes },
          },
        ])
        return fine({ job, replayed: false })
      }),
    )
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

class Refused extends Error {
  override name = 'Refused'
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.reason.code)
    this.refusal = refusal
  }
}

const queryCanceled = '57014'

/** What takes too long to find takes too long the next time, too: it is refused with the way out. */
function refuseSlow(error: unknown): never {
  throw codeOf(error) === queryCanceled ? new Refused(no('list.too_slow', {})) : error
}

async function repeated(
  tx: Tx,
  workspaceId: string,
  jobId: string | null,
  key: KeyUse | null,
): Promise<Answer<{ job: BulkJob; replayed: boolean }>> {
  const job = jobId === null ? undefined : await loadJob(tx, workspaceId, jobId)
  return job ? fine({ job, replayed: true }) : no('idempotency.other_body', { key: key?.key ?? '' })
}

function refusesTotal(total: number, run: 'preview' | 'now'): Refusal | null {
  if (total === 0) return no('bulk_job.no_orders')
  if (total > limits.bulkOrders) return no('bulk_job.too_many', { most: limits.bulkOrders })
  return run === 'now' && total > limits.bulkAtOnce ? no('bulk_job.too_many_at_once', { orders: total, most: limits.bulkAtOnce }) : null
}

/** Taken back is once: whoever sees only some of its orders does not do it for somebody else by half. */
function seesTooFew(call: Call, { by, counts }: BulkJob, total: number): Refusal | null {
  return call.actor.id === by.id || total >= counts.applied ? null : no('bulk_job.out_of_sight', { orders: counts.applied - total })
}

/** Rings for what a job waits for: its preview, or its turn. */
export function oweJob(tx: Tx, workspaceId: string, { id, state }: Pick<BulkJob, 'id' | 'state'>): void {
  const kind = state === 'previewing' ? 'preview_bulk_job' : 'run_bulk_job'
  owe(tx, workspaceId, [{ id: newId(), kind, lane: 'bulk', payload: { job: id } }])
}
