import { hostname } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { timing } from './types.ts'

/** What the heartbeat's thread is told at its start. */
export interface HeartbeatOrders {
  url: string
  processId: string
  role: string
  host: string
  pid: number
  beatMs: number
  muteMs: number
  /** One float: when the main loop last turned, in ms since 1970. */
  pulse: SharedArrayBuffer
}

export interface Heartbeat {
  /** When the database last heard of us, by this machine's clock in ms; 0 before the first time. */
  seenAt(): number
  stop(): Promise<void>
}

/** Shows the other processes that this one lives, from a thread with its own connection. Resolves with the first beat. */
export async function startHeartbeat(url: string, processId: string, role: string, log: Logger): Promise<Heartbeat> {
  const pulse = new SharedArrayBuffer(8)
  const turned = new Float64Array(pulse)
  turned[0] = Date.now()
  const pulsing = setInterval(() => {
    turned[0] = Date.now()
  }, 1_000)
  const orders: HeartbeatOrders = {
    url,
    processId,
    role,
    host: hostname(),
    pid: process.pid,
    beatMs: timing.beatMs,
    muteMs: timing.muteMs,
    pulse,
  }
  let stopped = false
  let seenAt = 0
  const first = Promise.withResolvers<void>()
  let thread = spawn()
  await first.promise
  return {
    seenAt: () => seenAt,
    stop: async () => {
      stopped = true
      clearInterval(pulsing)
      await thread.terminate()
    },
  }

  function spawn(): Worker {
    const worker = new Worker(new URL('./heartbeat-thread.ts', import.meta.url), { workerData: orders })
    worker.on('message', (at: number) => {
      seenAt = at
      first.resolve()
    })
    worker.on('error', (error) => log.error({ err: error }, 'The heartbeat failed'))
    worker.on('exit', () => {
      // Without it the others would take this process for dead and its work away.
      if (!stopped) setTimeout(() => (thread = stopped ? thread : spawn()), 1_000)
    })
    return worker
  }
}
