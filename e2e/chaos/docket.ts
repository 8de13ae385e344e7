import { fileURLToPath } from 'node:url'
import { isAlive } from '#platform/is-alive.ts'
import { type DocketProcess, kill, postmasterPid, startProgram, until } from '../fixtures/docket-process.ts'
import type { Mutant } from '../fixtures/mutants.ts'
import { serverEnvironment } from '../fixtures/server-process.ts'

export const victims = ['http', 'jobs', 'database'] as const
/** What can be killed: the server that takes requests, the one that works jobs, the database. */
export type Victim = (typeof victims)[number]

/** Docket as `npm start` runs it, in two roles and so in four processes with its embedded database. */
export interface Docket {
  url: string
  process: DocketProcess
  pidOf(victim: Victim): number
  /** Kills at once (SIGKILL) and waits until the successor runs. */
  kill(victim: Victim): Promise<void>
}

const supervisor = fileURLToPath(new URL('../../server/src/supervisor/main.ts', import.meta.url))
const startWithinMs = 30_000
const backWithinMs = 30_000

export async function startDocket(folder: string, port: number, mutant?: Mutant): Promise<Docket> {
  const env = { ...serverEnvironment(mutant), DATABASE_URL: '', DOCKET_DATA: folder, PORT: String(port) }
  const process_ = startProgram(process.execPath, [supervisor, '--role=http', '--role=jobs'], '.', env)
  const isUp = () => process_.said().includes('Stop it with Ctrl-C')
  const otherwise = () => `Docket did not start:\n${process_.said()}`
  await until(() => isUp() || !isAlive(process_.child.pid ?? 0), otherwise, startWithinMs)
  if (!isUp()) throw new Error(otherwise())
  const pidOf = (victim: Victim): number => {
    const pid = victim === 'database' ? postmasterPid(folder) : serverPid(process_.said(), victim)
    if (!pid) throw new Error(`There is no ${victim} process. What was said:\n${process_.said()}`)
    return pid
  }
  return {
    url: `http://127.0.0.1:${port}`,
    process: process_,
    pidOf,
    kill: async (victim) => {
      const pid = pidOf(victim)
      const told = process_.said().length
      kill(pid)
      await until(
        () => process_.said().slice(told).includes('runs again') && pidOf(victim) !== pid,
        () => `The ${victim} did not come back:\n${process_.said().slice(told)}`,
        backWithinMs,
      )
    },
  }
}

function serverPid(said: string, role: string): number {
  return Number([...said.matchAll(new RegExp(`The server \\(${role}\\) is ready.*\\(process (\\d+)`, 'g'))].at(-1)?.[1] ?? 0)
}
