import { createHash } from 'node:crypto'
import { appliedItems, type BulkJob } from '#modules/bulk/index.ts'
import { type Done, loadEventsOf, type OrderId, replay, whyFinal } from '#modules/orders/index.ts'
import { fine } from '#platform/answer.ts'
import type { Call } from '../call.ts'
import type { Engine } from '../engine.ts'
import { type ActRequest, actWorks } from '../orders/act-on-orders.ts'
import type { Prepared, Work } from '../orders/order-batch.ts'

/** What a job does with some of its orders, ready for the lane, in the name of whoever made it and in the order of the ids. */
export async function bulkWorks(engine: Engine, call: Call, job: BulkJob, orderIds: readonly string[]): Promise<Work[]> {
  const { command } = job
  const works =
    command.verb === 'undo'
      ? await worksBack(engine, call, job.undoes ?? '', command.reason, orderIds)
      : await actWorks(
          engine,
          call,
          orderIds.map((orderId) => ({ orderId, expectedSeq: null, key: null, command })),
        )
  return works.map((work) => ({ ...work, call: { ...call, commandId: commandIdOf(job.id, work.orderId) }, bulkJobId: job.id }))
}

/** What takes back what another job did with these orders: its events told back, or where they ended an order, the workflow's reopening. */
async function worksBack(engine: Engine, call: Call, jobId: string, reason: string | null, orderIds: readonly string[]): Promise<Work[]> {
  const done = await whatWasDone(engine, call.workspaceId, jobId, orderIds)
  const hasEnded = (orderId: string) => {
    const one = done.get(orderId)
    return one !== undefined && hasEndedIt(one)
  }
  const reopened = await actWorks(
    engine,
    call,
    orderIds.filter(hasEnded).map(
      (orderId): ActRequest => ({
        orderId,
        expectedSeq: seqAfter(done.get(orderId)),
        key: null,
        command: { verb: 'reopen', ...(reason === null ? {} : { reason }) },
      }),
    ),
  )
  return orderIds.map((orderId) => (hasEnded(orderId) ? (reopened.shift() as Work) : undoWork(call, orderId as OrderId, done.get(orderId))))
}

/** Whether what was done ended an order: then its workflow says whether there is a way back. */
export function hasEndedIt(done: Pick<Done, 'events'>): boolean {
  return whyFinal(done)?.reason.code === 'undo.ended'
}

const seqAfter = (done: Done | undefined): number => (done ? done.before.seq + done.events.length : 0)

/** How each order stood before a job came to it, and what the job told of it. */
async function whatWasDone(engine: Engine, workspaceId: string, jobId: string, orderIds: readonly string[]): Promise<Map<string, Done>> {
  const [items, events] = await engine.pools.view(workspaceId, (db) =>
    Promise.all([appliedItems(db, workspaceId, jobId, orderIds), loadEventsOf(db, workspaceId, orderIds)]),
  )
  const done = new Map<string, Done>()
  for (const [orderId, { seqBefore, seqAfter }] of items) {
    const told = events.get(orderId) ?? []
    const before = replay(told.filter(({ seq }) => seq <= seqBefore))
    if (before) done.set(orderId, { before, events: told.flatMap(({ seq, event }) => (seq > seqBefore && seq <= seqAfter ? event : [])) })
  }
  return done
}

function undoWork(call: Call, orderId: OrderId, done: Done | undefined): Work {
  if (!done) throw new Error(`What was done with order ${orderId} is not known`)
  return {
    call,
    key: null,
    orderId,
    subjectId: orderId,
    expectedSeq: null,
    itemRefs: [],
    prepare: () =>
      fine<Prepared>({
        steps: [{ orderId, command: { verb: 'undo', done }, lines: [], number: 0 }],
        notes: [],
        contact: null,
        returns: [],
        looseMoney: [],
        history: null,
      }),
  }
}

/** The command by which a job acts on an order: one and the same, however often it is tried (UUIDv8). */
function commandIdOf(jobId: string, orderId: string): string {
  const hex = createHash('sha256').update(`${jobId} ${orderId}`).digest('hex')
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
