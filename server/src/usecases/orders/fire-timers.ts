import type { Command, OrderId } from '#modules/orders/index.ts'
import { fine } from '#platform/answer.ts'
import { type Call, callOfEngine } from '../call.ts'
import type { Engine } from '../engine.ts'
import type { Outcome, Prepared, Work } from './order-batch.ts'

export interface DueTimer {
  orderId: string
  name: string
  generation: number
}

/**
 * What is due happens: a stage's time is up, or a hold ends by itself. A timer of a stage that was left meanwhile changes nothing.
 * Each timer's row goes in the same transaction that acts on it or finds it out of date.
 */
export async function fireTimers(engine: Engine, workspaceId: string, timers: readonly DueTimer[]): Promise<void> {
  if (timers.length === 0) return
  const outcomes = await engine.lane.submit(
    workspaceId,
    'timers',
    timers.map((timer) => timerWork(callOfEngine(workspaceId, 'timer'), timer)),
  )
  const failed = outcomes.find((outcome) => !outcome.ok && outcome.reason.code === 'internal')
  if (failed) throw new Error(`A timer of workspace ${workspaceId} could not be fired`)
}

function timerWork(call: Call, { orderId, name, generation }: DueTimer): Work {
  const hold = /^hold (.+)$/.exec(name)?.[1]
  const command: Command = hold
    ? { verb: 'release', holdId: hold }
    : { verb: 'move', action: name, by: 'timer', generation, reason: null, noteId: null, fields: {}, idChecked: false, at: null }
  return { ...engineWork(call, orderId, command), firedTimer: { orderId, name, generation } }
}

/** A command of the engine itself on one order. */
export function engineWork(call: Call, orderId: string, command: Command): Work {
  return {
    call,
    key: null,
    orderId: orderId as OrderId,
    subjectId: orderId,
    expectedSeq: null,
    itemRefs: [],
    prepare: () =>
      fine<Prepared>({
        steps: [{ orderId: orderId as OrderId, command, lines: [], number: 0 }],
        notes: [],
        contact: null,
        returns: [],
        looseMoney: [],
        history: null,
      }),
  }
}

/** Stock came: orders that wait take what they can, in the order given. */
export async function wakeOrders(engine: Engine, workspaceId: string, orderIds: readonly string[]): Promise<Outcome[]> {
  if (orderIds.length === 0) return []
  const call = callOfEngine(workspaceId, 'system')
  return engine.lane.submit(
    workspaceId,
    'wake',
    orderIds.map((orderId) => engineWork(call, orderId, { verb: 'wake' })),
  )
}
