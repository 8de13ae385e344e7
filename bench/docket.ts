import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { embeddedPostgresUrl } from '#platform/embedded-postgres.ts'
import { isAlive } from '#platform/is-alive.ts'
import { readHolder } from '#server/supervisor/holder.ts'

/** A Docket that runs as it does for everybody: supervisor, server and the database it brings, on a data folder of its own. */
export interface Docket {
  url: string
  databaseUrl: string
  /** The supervisor's process id. */
  pid: number
  /** From the command to the first answer of `/health/ready`, in seconds. */
  startedIn: number
  /** What the server counts: the lines of `/metrics` without labels, by name. */
  metrics(): Promise<Map<string, number>>
  /** Ends it cleanly and waits for that. */
  stop(): Promise<void>
}

const project = fileURLToPath(new URL('..', import.meta.url))
const readyWithinMs = 120_000

/** A data folder that nobody used before, for as long as `work` takes. */
export async function onFreshFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = mkdtempSync(join(process.env.DOCKET_BENCH_FOLDER ?? tmpdir(), 'docket-bench-'))
  // As root the database runs as a user of its own, who has to get in.
  chmodSync(parent, 0o755)
  return inTheEnd(
    () => work(join(parent, 'data')),
    async () => rmSync(parent, { recursive: true, force: true }),
  )
}

/** A Docket on such a folder, started as by `npm start` and stopped at the end. */
export function onFreshDocket<T>(work: (docket: Docket, folder: string) => Promise<T>): Promise<T> {
  return onFreshFolder(async (folder) => {
    const docket = await startDocket(folder)
    return inTheEnd(() => work(docket, folder), docket.stop)
  })
}

const ends = new Set<() => Promise<void>>()

/** Does work and then what must be done in the end, also when the bench is told to stop meanwhile. */
async function inTheEnd<T>(work: () => Promise<T>, end: () => Promise<void>): Promise<T> {
  ends.add(end)
  try {
    return await work()
  } finally {
    if (ends.delete(end)) await end()
  }
}

/** Stops what was started and removes its folder, for whoever ends the bench in the middle. */
export async function giveUp(): Promise<void> {
  const left = [...ends].reverse()
  ends.clear()
  for (const end of left) await end()
}

/** What every command of the bench sees: our data folder and nothing of the settings of whoever runs it; limits raised, not off. */
export function environment(folder: string, port: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // Under npm Docket ends when whoever started it has gone: killed outright, we leave nobody behind.
    npm_lifecycle_event: 'start',
    DOCKET_DATA: folder,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATABASE_URL: '',
    DOCKET_DEMO: '0',
    RATE_LIMIT: '1000000',
    TLS_CERT: '',
    TLS_KEY: '',
  }
}

/** Starts Docket with `command` (`npm start`'s own program where nothing is said) and waits until it takes requests. */
export async function startDocket(
  folder: string,
  { command = [process.execPath, 'start.mjs'], env = {} }: { command?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Docket> {
  const port = await freePort()
  const logFile = `${folder}.log`
  const log = openSync(logFile, 'a')
  const [program = '', ...args] = command
  const began = performance.now()
  const child = spawn(program, args, { cwd: project, env: { ...environment(folder, port), ...env }, stdio: ['ignore', log, log] })
  const url = `http://127.0.0.1:${port}`
  await untilReady(child, url, logFile)
  const startedIn = (performance.now() - began) / 1_000
  const databaseUrl = embeddedPostgresUrl(folder)
  const holder = readHolder(folder, 'all')
  if (databaseUrl === undefined || !holder) throw new Error(`Docket is ready at ${url} but left nothing in ${folder}`)
  return {
    url,
    databaseUrl,
    pid: holder.pid,
    startedIn,
    metrics: async () => metricsOf(await (await fetch(`${url}/metrics`)).text()),
    stop: async () => {
      const ended = child.exitCode === null ? new Promise((done) => child.once('exit', done)) : Promise.resolve()
      process.kill(holder.pid, 'SIGTERM')
      while (isAlive(holder.pid)) await wait(20)
      await ended
    },
  }
}

async function untilReady(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const deadline = performance.now() + readyWithinMs
  for (;;) {
    const answer = await fetch(`${url}/health/ready`).catch(() => null)
    if (answer?.ok) return
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`Docket did not become ready. It said:\n${readFileSync(logFile, 'utf8').slice(-4_000)}`)
    await wait(10)
  }
}

function metricsOf(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^(\w+) ([\d.e+-]+)$/gm)].map(([, name = '', value]) => [name, Number(value)]))
}

/** Runs a command of Docket's own on the same data folder; answers its last line of output as JSON, and its exit code. */
export async function docketCommand(folder: string, args: readonly string[]): Promise<{ exitCode: number; last: unknown; output: string }> {
  const run = promisify(execFile)
  const options = { cwd: project, env: environment(folder, 1), maxBuffer: 2 ** 28 }
  const { stdout, code } = await run(process.execPath, ['server/src/cli/main.ts', ...args], options)
    .then(({ stdout }) => ({ stdout, code: 0 }))
    .catch((error: { stdout?: string; stderr?: string; code?: number }) => ({
      stdout: `${error.stdout ?? ''}${error.stderr ?? ''}`,
      code: error.code ?? -1,
    }))
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  return { exitCode: code, last: last.startsWith('{') ? JSON.parse(last) : null, output: stdout }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => done(address && typeof address === 'object' ? address.port : 0))
    })
  })
}
