import { spawn } from 'node:child_process'
import { isAlive } from '#platform/is-alive.ts'
import type { Role } from '#platform/settings.ts'
import { StartRefused, startRefusedExitCode } from '#platform/start-refused.ts'
import type { Running } from './keep-running.ts'

/** What a server process says when it takes requests (or, without HTTP, jobs). */
export type Ready = { ready: true; url?: string }
/** A line for whoever started Docket. */
export type Said = { say: string }

const readyWithinMs = 60_000
const stopWithinMs = 25_000

// What a batch of orders needs is let go of with its answers: with twice the room for young objects than usual, few of them grow old by accident.
const nodeOptions = ['--max-semi-space-size=32']

/**
 * Starts one server process and waits until it says that it is ready. It gets the database by its environment, never by
 * its command line, which everybody on the machine can read. It ends by itself when this process does (IPC disconnect).
 * `stopping` gives the start up.
 */
export async function startServer(
  entry: string,
  role: Role,
  databaseUrl: string,
  stopping: AbortSignal,
  say: (line: string) => void,
): Promise<Running & { url: string | undefined }> {
  const child = spawn(process.execPath, [...nodeOptions, entry], {
    env: { ...process.env, DOCKET_DATABASE_URL: databaseUrl, DOCKET_ROLE: role },
    // A session of its own: Ctrl-C in a terminal is for the supervisor, who ends us in the right order.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.on('message', (message) => isSaid(message) && say(message.say))
  let exitCode: number | null = null
  const ended = new Promise<string>((done) => {
    child.once('error', (error) => done(error.message))
    child.once('exit', (code, signal) => {
      exitCode = code
      done(signal ? `killed by ${signal}` : `exit code ${code}`)
    })
  })
  const stop = async () => {
    if (!isAlive(child.pid ?? 0)) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
    await ended
    clearTimeout(timer)
  }
  const ready = new Promise<Ready>((done) => child.on('message', (message) => isReady(message) && done(message)))
  const tooLate = new Promise<'too late'>((done) => setTimeout(done, readyWithinMs, 'too late').unref())
  const giveUp = () => void child.kill('SIGTERM')
  stopping.addEventListener('abort', giveUp)
  const first = await Promise.race([ready, ended, tooLate])
  stopping.removeEventListener('abort', giveUp)
  if (typeof first === 'object') return { pid: child.pid ?? 0, url: first.url, ended, stop }
  if (exitCode === startRefusedExitCode) throw new StartRefused('The server has said above what it needs.')
  if (first === 'too late') await stop()
  throw new Error(first === 'too late' ? `it was not ready after ${readyWithinMs / 1000} s` : first)
}

const isReady = (message: unknown): message is Ready =>
  typeof message === 'object' && message !== null && 'ready' in message && message.ready === true

const isSaid = (message: unknown): message is Said =>
  typeof message === 'object' && message !== null && 'say' in message && typeof message.say === 'string'
