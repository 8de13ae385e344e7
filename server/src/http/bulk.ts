import type * as Contract from '#contract/bulk.ts'
import { orderFields } from '#contract/filter/order-fields.ts'
import { type actionInputs, inputOfAction, isOrderVerb } from '#contract/orders.ts'
import { type Code, tellsMoney, textOf } from '#contract/texts.ts'
import type { BulkCommand, BulkJob } from '#modules/bulk/index.ts'
import type { Answer, Reason } from '#platform/answer.ts'
import type { Selected } from '#usecases/bulk/choose.ts'
import { createBulkJob } from '#usecases/bulk/create-bulk-job.ts'
import { undoHours } from '#usecases/bulk/lock-undoable.ts'
import { type Steer, steerBulkJob } from '#usecases/bulk/steer-bulk-job.ts'
import { undoBulkJob } from '#usecases/bulk/undo-bulk-job.ts'
import { type Call, sightOf } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { readFilter } from '#usecases/lists/read-filter.ts'
import { bulkItems, bulkJob, bulkJobs, type StandingItem, type StandingJob } from '#views/bulk-jobs.ts'
import { filterProblem } from './filter-problem.ts'
import { pageUsual } from './lists.ts'
import { type Refused, refused } from './problems.ts'
import { readInput } from './read-input.ts'
import { referenceOf } from './reference-of.ts'
import type { Handlers } from './serve.ts'

/** One action on many orders. */
export function bulkHandlers(engine: Engine) {
  return {
    createBulkJob: async ({ call, body, key, fingerprint }) => {
      const { action, input = {}, run } = body
      if (isOfOneOrder(action, input)) return refused('bulk_job.one_by_one', { action })
      const read = readInput(inputOfAction(action), input, 'body', call.language, '/input')
      if (!read.ok) return read
      const selected = await selectedBy(engine, call, body.selection)
      if ('refused' in selected) return selected
      // The input was read by the schema of this very action.
      const command = (
        isOrderVerb(action) ? { verb: action, ...(read.value as object) } : { verb: 'move', action, ...(read.value as object) }
      ) as BulkCommand
      const made = await createBulkJob(engine, call, {
        command,
        selection: selected,
        run,
        undoes: null,
        key: key === null ? null : { route: 'createBulkJob', key, fingerprint },
      })
      return made.ok ? madeJob(call, made.value) : { refused: made.reason }
    },

    undoBulkJob: async ({ call, params, body, key, fingerprint }) => {
      const made = await undoBulkJob(engine, call, params.id, {
        reason: body.reason ?? null,
        run: body.run ?? 'preview',
        key: key === null ? null : { route: 'undoBulkJob', key, fingerprint },
      })
      return made.ok ? madeJob(call, made.value) : { refused: made.reason }
    },

    listBulkJobs: async ({ call, query }) => {
      const limit = query.limit ?? pageUsual
      const rows = (await bulkJobs(engine.pools, call, { after: query.after, limit })).map((job) => jobReply(call, job))
      return { status: 200, body: { rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) } }
    },

    getBulkJob: async ({ call, params }) => {
      const job = await bulkJob(engine.pools, call, params.id)
      return job ? { status: 200, body: jobReply(call, job) } : refused('bulk_job.not_found', { job: params.id })
    },

    listBulkItems: async ({ call, params, query }) => {
      const limit = query.limit ?? pageUsual
      const items = await bulkItems(engine.pools, call, params.id, {
        outcome: query.outcome,
        foreseen: query.foreseen,
        after: query.after,
        limit,
      })
      if (!items) return refused('bulk_job.not_found', { job: params.id })
      const rows = items.map((item) => itemReply(call, item))
      return { status: 200, body: { rows, next: rows.length < limit ? null : (rows.at(-1)?.orderId ?? null) } }
    },

    startBulkJob: ({ call, params, body }) => steered(call, params.id, { verb: 'start', count: body.count ?? null }),
    pauseBulkJob: ({ call, params }) => steered(call, params.id, { verb: 'pause' }),
    resumeBulkJob: ({ call, params }) => steered(call, params.id, { verb: 'resume' }),
    cancelBulkJob: ({ call, params }) => steered(call, params.id, { verb: 'cancel' }),
    retryBulkJob: ({ call, params }) => steered(call, params.id, { verb: 'retry' }),
  } satisfies Partial<Handlers>

  async function madeJob(call: Call, { job, replayed }: { job: BulkJob; replayed: boolean }) {
    const standing = await bulkJob(engine.pools, call, job.id)
    if (!standing) throw new Error(`Bulk job ${job.id} is not there`)
    return { status: 201 as const, body: jobReply(call, standing), replayed }
  }

  async function steered(call: Call, id: string, steer: Steer) {
    const answer: Answer<BulkJob> = await steerBulkJob(engine, call, id, steer)
    if (!answer.ok) return { refused: answer.reason }
    const standing = await bulkJob(engine.pools, call, id)
    if (!standing) throw new Error(`Bulk job ${id} is not there`)
    return { status: 200 as const, body: jobReply(call, standing) }
  }
}

/** A return, and whatever names one entry of another book, can be of one order only. */
const isOfOneOrder = (action: string, input: object): boolean =>
  action === 'return' || ((action === 'pay' || action === 'refund') && ('reference' in input || 'returnId' in input))

/** A selection with its filter read; what is wrong with it otherwise. */
async function selectedBy(engine: Engine, call: Call, selection: Contract.Selection): Promise<Selected | Refused> {
  if ('orderIds' in selection) return selection
  const { filter: text, asOf } = selection
  const read = await readFilter(engine.pools, call, await referenceOf(engine, call), orderFields, text)
  if (!read.ok) return filterProblem(read.errors, call.language, '/selection/filter', 'body')
  return { filter: read.filter, text, asOf: asOf === undefined ? null : new Date(asOf).toISOString() }
}

function jobReply(call: Call, { job, counts, isUndone }: StandingJob): Contract.BulkJob {
  const { ratePerSecond, secondsLeft } = speedOf(job, counts.waiting)
  return {
    id: job.id,
    version: job.version,
    action: job.action,
    state: job.state,
    total: job.total,
    missing: job.missing,
    waiting: counts.waiting,
    applied: counts.applied,
    already: counts.already,
    skipped: counts.skipped,
    failed: counts.failed,
    ratePerSecond,
    secondsLeft,
    // It sums up orders that its maker saw: reasons, money and stock.
    preview: call.actor.id === job.by.id || seesEveryOrder(call) ? previewReply(call, job) : null,
    undoes: job.undoes,
    undoUntil: isUndone ? null : undoUntil(job, counts.applied),
    by: { kind: job.by.kind, id: job.by.id },
    filter: call.actor.id === job.by.id ? job.filter : null,
    createdAt: job.createdAt,
    endedAt: job.endedAt,
  }
}

function seesEveryOrder(call: Call): boolean {
  const sight = sightOf(call)
  return sight !== null && sight.locationIds === null && sight.ownerIds === null
}

function previewReply(call: Call, { preview }: BulkJob): Contract.BulkJob['preview'] {
  if (!preview) return null
  const spoken = ({ code, params, count }: (typeof preview.skipped)[number]) => ({
    // Written from reasons, whose codes the catalogue has.
    ...reasonReply(call, { code: code as Code, params }),
    count,
  })
  return {
    applied: preview.applied,
    already: preview.already,
    skipped: preview.skipped.map(spoken),
    money: call.hides.has('prices')
      ? null
      : preview.money.map(({ currency, creditedMinor, takenMinor, givenBackMinor }) => ({
          currency,
          creditedMinor,
          takenMinor,
          givenBackMinor,
        })),
    stock: preview.stock.map(({ itemId, reservedMilli, releasedMilli, consumedMilli, restockedMilli }) => ({
      itemId,
      reservedMilli,
      releasedMilli,
      consumedMilli,
      restockedMilli,
    })),
    final: preview.final.map(spoken),
  }
}

function speedOf(
  { state, runningSince, decidedBefore, total }: BulkJob,
  waiting: number,
): Pick<Contract.BulkJob, 'ratePerSecond' | 'secondsLeft'> {
  if (state !== 'running' || runningSince === null) return { ratePerSecond: null, secondsLeft: null }
  const seconds = Math.max(0.001, (Date.now() - Date.parse(runningSince)) / 1_000)
  const rate = (total - waiting - decidedBefore) / seconds
  return { ratePerSecond: Math.round(rate), secondsLeft: rate > 0 ? Math.ceil(waiting / rate) : null }
}

/** What every order does for good says so at once. */
const neverUndone: ReadonlySet<string> = new Set(['note', 'pay', 'refund', 'undo'] satisfies (keyof typeof actionInputs | 'undo')[])

function undoUntil({ endedAt, command }: BulkJob, applied: number): string | null {
  if (endedAt === null || applied === 0 || neverUndone.has(command.verb)) return null
  const until = Date.parse(endedAt) + undoHours * 3_600_000
  return until > Date.now() ? new Date(until).toISOString() : null
}

/** Why something is not done, without the amounts that a role does not see. */
function reasonReply({ hides, language }: Call, { code, params }: Reason): { code: string; text: string } {
  const text = hides.has('prices') && tellsMoney(code) ? textOf('money.hidden', {}, language) : textOf(code, params, language)
  return { code, text }
}

function itemReply(call: Call, { orderId, number, outcome, foreseen, reason, version }: StandingItem): Contract.BulkItem {
  return {
    orderId,
    number,
    outcome,
    foreseen,
    reason: reason && reasonReply(call, reason),
    version,
  }
}
