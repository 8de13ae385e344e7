import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { compile, type Flow, readDefinition } from '#modules/workflow/index.ts'
import type { Invariant } from './invariants.ts'
import { proveChain, proveCommits } from './prove-log.ts'
import { replaySubjects, type ToldCounts } from './replay-subjects.ts'
import type { Slice } from './slices.ts'
import { joinSnapshot, type Reader } from './snapshot.ts'
import { type Finding, Tally } from './tally.ts'

/** What one slice came to. */
export interface Worked extends ToldCounts {
  findings: Finding[]
}

/** One connection that works slices of a snapshot, one or two at a time. */
export interface Bench {
  work(slice: Slice): Promise<Worked>
  close(): Promise<void>
}

/** Opens a bench in this thread. */
export async function openBench(url: string, snapshotId: string): Promise<Bench> {
  const reader = await joinSnapshot(url, snapshotId)
  // Every slice lies in one stretch of an index; a planner without statistics (after an import) would read the whole table instead.
  await reader.rows('set local enable_seqscan = off')
  await reader.rows('set local max_parallel_workers_per_gather = 0')
  const flows = await readFlows(reader)
  const flowOf = (workspaceId: string, code: string, version: number) => flows.get(`${workspaceId} ${code} ${version}`)
  return {
    work: async (slice) => {
      const tally = new Tally()
      const told = await workSlice(reader, slice, flowOf, tally)
      return { ...told, findings: tally.all() }
    },
    close: () => reader.close(),
  }
}

async function workSlice(
  reader: Reader,
  slice: Slice,
  flowOf: (workspaceId: string, code: string, version: number) => Flow | undefined,
  tally: Tally,
): Promise<ToldCounts> {
  if (slice.of === 'subjects') return replaySubjects(reader, slice, flowOf, tally)
  if (slice.of === 'commits') await proveCommits(reader, slice, tally)
  else await proveChain(reader, slice, tally)
  return { reservations: 0, movements: 0 }
}

/** Versions that cannot be read are absent. */
async function readFlows(reader: Reader): Promise<Map<string, Flow>> {
  const flows = new Map<string, Flow>()
  for (const [workspaceId, code, version, text] of await reader.rows('select workspace_id, code, version, definition from workflows')) {
    const definition = readDefinition(JSON.parse(text ?? 'null'))
    const flow = definition.ok ? compile(definition.value, { version: Number(version) }) : definition
    if (flow.ok) flows.set(`${workspaceId} ${code} ${version}`, flow.value)
  }
  return flows
}

// ─── Threads ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a thread is told at its start. */
export interface ThreadOrders {
  url: string
  snapshotId: string
}

const worthThreads = 20

/** As many threads as are worth their start; none for a small log. */
export function threadsFor(slices: readonly Slice[]): number {
  return slices.length < worthThreads ? 0 : Math.min(4, availableParallelism())
}

/**
 * Works all slices, on this thread where `threads` is 0. Each bench has a second slice waiting, so that the database reads while it compares.
 * `worked` hears of every slice.
 */
export async function workSlices(
  url: string,
  snapshotId: string,
  slices: readonly Slice[],
  threads: number,
  worked: (slice: Slice, what: Worked) => void,
): Promise<void> {
  const benches = await openAll(
    threads === 0 ? [openBench(url, snapshotId)] : Array.from({ length: threads }, () => openThread(url, snapshotId)),
  )
  try {
    let next = 0
    const lane = async (bench: Bench) => {
      for (let slice = slices[next++]; slice; slice = slices[next++]) worked(slice, await bench.work(slice))
    }
    await Promise.all(benches.flatMap((bench) => [lane(bench), lane(bench)]))
  } finally {
    await Promise.all(benches.map((bench) => bench.close()))
  }
}

async function openAll(opening: Promise<Bench>[]): Promise<Bench[]> {
  const opened = await Promise.allSettled(opening)
  const benches = opened.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const failed = opened.find((one) => one.status === 'rejected')
  if (!failed) return benches
  await Promise.all(benches.map((bench) => bench.close()))
  throw failed.reason
}

/** A bench in a thread of its own. */
async function openThread(url: string, snapshotId: string): Promise<Bench> {
  const worker = new Worker(new URL('./slice-thread.ts', import.meta.url), {
    workerData: { url, snapshotId } satisfies ThreadOrders,
    // A slice is short-lived rubbish: with room for it, hardly any is copied before it is gone. The rest is a ceiling.
    resourceLimits: { maxYoungGenerationSizeMb: 64, maxOldGenerationSizeMb: 512 },
  })
  const waiting: PromiseWithResolvers<Worked>[] = []
  const opened = Promise.withResolvers<void>()
  let over: Error | null = null
  const fail = (error: Error) => {
    over ??= error
    opened.reject(over)
    for (const one of waiting.splice(0)) one.reject(over)
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('A thread of verify ended early')))
  // Answers come in the order of the slices.
  worker.on('message', (what: Worked | 'open') => (what === 'open' ? opened.resolve() : waiting.shift()?.resolve(what)))
  await opened.promise
  return {
    work: (slice) => {
      const answer = Promise.withResolvers<Worked>()
      if (over) answer.reject(over)
      else {
        waiting.push(answer)
        worker.postMessage(slice)
      }
      return answer.promise
    },
    close: async () => {
      await worker.terminate()
    },
  }
}

/** Which invariants a kind of slice looks at. */
export const foundIn: Record<Slice['of'], readonly Invariant[]> = {
  subjects: [
    'log.sequences',
    'replay.orders',
    'replay.lines',
    'replay.shortfalls',
    'replay.tags',
    'replay.fields',
    'replay.holds',
    'replay.costs',
    'replay.notes',
    'replay.timers',
    'replay.reservations',
    'replay.movements',
    'replay.returns',
    'replay.items',
    'reservations.consumed',
    'orders.counters',
    'orders.derived',
    'orders.stages',
    'money.ledger',
    'money.sums',
    'money.lines',
    'money.returns',
  ],
  commits: ['log.commits'],
  positions: ['log.chain'],
}
