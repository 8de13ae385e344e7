import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, LostCommit, TransientDbError } from './db.ts'
import { newId } from './ids.ts'

/** What a lane needs: how to do a batch in one transaction, and how to ask later whether one was committed. */
export interface LaneWork<Item, Outcome> {
  /** Does all items in one transaction whose row in `commits` has this id; one outcome an item, refusals included. */
  run(workspaceId: string, items: Item[], commitId: string): Promise<Outcome[]>
  /** Whether the transaction with this commit id is in the database; it first waits until that transaction has ended. */
  isCommitted(workspaceId: string, commitId: string): Promise<boolean>
  /** The outcome of an item that cannot be done, for a reason that is its own. */
  failed(item: Item, error: unknown): Outcome
}

export interface LaneLimits {
  /** Items in one transaction. */
  batchMax: number
  /** Items waiting in one workspace and family before newcomers are turned away. */
  waitingMax: number
  /** Transactions under way for one (workspace, family). */
  inFlightMax: number
  /** Transactions under way in the whole process. */
  processMax: number
  /** How long a batch is tried again after transient failures. */
  deadlineMs: number
}

export const laneDefaults: LaneLimits = { batchMax: 256, waitingMax: 4_000, inFlightMax: 2, processMax: 6, deadlineMs: 10_000 }

/** Too much is waiting already; nothing was done. */
export class LaneFull extends Error {
  override name = 'LaneFull'
  readonly retryAfterMs = 1_000
}

/** The database could not say in time whether this was done; asking again with the same key finds out. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown'
  readonly retryAfterMs = 2_000
}

const uniqueViolation = '23505'
// Whoever comes second finds what the first has made; more than this is no race.
const racesMax = 3

interface Waiting<Item, Outcome> {
  items: Item[]
  resolve(outcomes: Outcome[]): void
  reject(error: unknown): void
}

interface Queue<Item, Outcome> {
  workspaceId: string
  family: string
  waiting: Waiting<Item, Outcome>[]
  count: number
  inFlight: number
  /** Stands in the line of queues that have something to send. */
  lined: boolean
}

export interface CommitLane<Item, Outcome> {
  /** Adds items to the next transaction of their workspace and verb family; outcomes in their order. Throws {@link LaneFull} when too many wait. */
  submit(workspaceId: string, family: string, items: Item[]): Promise<Outcome[]>
}

/**
 * The commit lane: requests that arrive while a transaction is on its way share the next one. A lone request commits at once;
 * a thousand at once share a few commits. Workspaces take turns. Outcomes come in the order of the items.
 */
export function commitLane<Item, Outcome>(work: LaneWork<Item, Outcome>, limits: LaneLimits = laneDefaults): CommitLane<Item, Outcome> {
  const queues = new Map<string, Queue<Item, Outcome>>()
  const line: Queue<Item, Outcome>[] = []
  let inFlight = 0

  return { submit }

  function submit(workspaceId: string, family: string, items: Item[]): Promise<Outcome[]> {
    const queue = queueOf(workspaceId, family)
    if (queue.count + items.length > limits.waitingMax && queue.count > 0)
      return Promise.reject(new LaneFull('Too many changes are waiting'))
    return new Promise((resolve, reject) => {
      queue.waiting.push({ items, resolve, reject })
      queue.count += items.length
      lineUp(queue)
      // Requests parsed in the same turn of the event loop ride together.
      setImmediate(pump)
    })
  }

  function queueOf(workspaceId: string, family: string): Queue<Item, Outcome> {
    const key = `${workspaceId} ${family}`
    let queue = queues.get(key)
    if (!queue) {
      queue = { workspaceId, family, waiting: [], count: 0, inFlight: 0, lined: false }
      queues.set(key, queue)
    }
    return queue
  }

  function lineUp(queue: Queue<Item, Outcome>): void {
    if (queue.lined || queue.waiting.length === 0 || queue.inFlight >= limits.inFlightMax) return
    queue.lined = true
    line.push(queue)
  }

  function pump(): void {
    while (inFlight < limits.processMax) {
      const queue = line.shift()
      if (!queue) return
      queue.lined = false
      void send(queue)
    }
  }

  async function send(queue: Queue<Item, Outcome>): Promise<void> {
    const batch = take(queue)
    queue.inFlight++
    inFlight++
    lineUp(queue)
    try {
      const items = batch.flatMap((waiting) => waiting.items)
      const outcomes = await settle(queue.workspaceId, items, performance.now() + limits.deadlineMs)
      let at = 0
      for (const waiting of batch) {
        waiting.resolve(outcomes.slice(at, at + waiting.items.length))
        at += waiting.items.length
      }
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    } finally {
      queue.inFlight--
      inFlight--
      if (queue.count === 0 && queue.inFlight === 0) queues.delete(`${queue.workspaceId} ${queue.family}`)
      else lineUp(queue)
      pump()
    }
  }

  /** Takes whole requests up to the batch size; one larger request goes alone. */
  function take(queue: Queue<Item, Outcome>): Waiting<Item, Outcome>[] {
    let count = 0
    let requests = 0
    for (const waiting of queue.waiting) {
      if (requests > 0 && count + waiting.items.length > limits.batchMax) break
      count += waiting.items.length
      requests++
    }
    queue.count -= count
    return queue.waiting.splice(0, requests)
  }

  /**
   * Tries until it is known what became of every item: transient → again; made by somebody else at the same moment → again, which then
   * finds it; lost → ask, then answer or redo; anything else → halves.
   */
  async function settle(workspaceId: string, items: Item[], deadline: number): Promise<Outcome[]> {
    const commitId = newId()
    let lost: LostCommit | null = null
    for (let attempt = 0; ; attempt++) {
      try {
        if (lost && (await work.isCommitted(workspaceId, commitId))) return lost.value as Outcome[]
        lost = null
        return await work.run(workspaceId, items, commitId)
      } catch (error) {
        // While one is lost it was the question that failed, whatever with, and it is asked again: doing it anew could do it twice.
        if (lost === null && error instanceof LostCommit) lost = error
        else if (lost === null && !(error instanceof TransientDbError) && !(codeOf(error) === uniqueViolation && attempt < racesMax)) {
          if (items.length === 1) return items.map((item) => work.failed(item, error))
          return halves(workspaceId, items, deadline)
        }
        if (performance.now() > deadline) {
          if (lost) throw new OutcomeUnknown('The database did not answer in time', { cause: error })
          throw error
        }
        await sleep(Math.min(500, 5 * 2 ** attempt) * (0.5 + Math.random()))
      }
    }
  }

  async function halves(workspaceId: string, items: Item[], deadline: number): Promise<Outcome[]> {
    const middle = items.length >> 1
    const first = await settle(workspaceId, items.slice(0, middle), deadline)
    return [...first, ...(await settle(workspaceId, items.slice(middle), deadline))]
  }
}
