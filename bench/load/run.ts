import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Docket } from '../docket.ts'
import { isDatabase, processesOf } from '../processes.ts'
import type { Plan, Told } from './plan.ts'

/** What was answered. Milliseconds are of requests answered in the measured time, sorted. */
export interface Answered {
  placedASecond: number
  latenciesMs: number[]
  /** Ids of all orders that were answered with 2xx, warm-up included. */
  placed: string[]
  /** Orders that were not placed, by status and code. */
  refused: Record<string, number>
  /** What the server and the database did in the measured time; nothing where as many requests were asked for as had to be sent. */
  work: Work
}

export interface Work {
  transactions: number
  statements: number
  roundTrips: number
  commits: number
  /** Milliseconds of one core. */
  serverCpuMs: number
  databaseCpuMs: number
  loadCpuMs: number
}

/** Runs the load generator in a process of its own; `commits` counts the rows of the workspace's log. */
export async function runLoad(docket: Docket, plan: Omit<Plan, 'host' | 'port'>, commits: () => Promise<number>): Promise<Answered> {
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)), {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const { hostname, port } = new URL(docket.url)
  child.send({ ...plan, host: hostname, port: Number(port) } satisfies Plan)
  const look = () => workOf(docket, child.pid ?? 0, commits)
  const looks: Promise<Work>[] = []
  return new Promise((done, failed) => {
    child.once('exit', (code) => failed(new Error(`The load generator ended with ${code}`)))
    child.on('message', (told: Told) => {
      if (told.what !== 'done') return void looks.push(look())
      const { seconds, placedMeasured, latenciesMs, placed, refused } = told
      latenciesMs.sort((a, b) => a - b)
      const answered = { placedASecond: placedMeasured / seconds, latenciesMs, placed, refused }
      Promise.all(looks).then(
        ([before, after]) => done({ ...answered, work: before && after ? difference(before, after) : noWork }),
        failed,
      )
    })
  })
}

async function workOf(docket: Docket, load: number, commits: () => Promise<number>): Promise<Work> {
  const [metrics, count] = await Promise.all([docket.metrics(), commits()])
  const of = (name: string) => metrics.get(`docket_database_${name}`) ?? 0
  const processes = processesOf(docket.pid)
  const cpuMs = (some: typeof processes) => some.reduce((sum, one) => sum + one.cpuMs, 0)
  return {
    transactions: of('transactions'),
    statements: of('statements'),
    roundTrips: of('round_trips'),
    commits: count,
    serverCpuMs: cpuMs(processes.filter((one) => !isDatabase(one))),
    databaseCpuMs: cpuMs(processes.filter(isDatabase)),
    loadCpuMs: cpuMs(processesOf(load)),
  }
}

const noWork: Work = { transactions: 0, statements: 0, roundTrips: 0, commits: 0, serverCpuMs: 0, databaseCpuMs: 0, loadCpuMs: 0 }

function difference(before: Work, after: Work): Work {
  const of = (name: keyof Work) => [name, after[name] - before[name]] as const
  // Its keys are those of a Work.
  return Object.fromEntries((Object.keys(noWork) as (keyof Work)[]).map(of)) as unknown as Work
}

/** The value that `share` of the sorted values do not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}
