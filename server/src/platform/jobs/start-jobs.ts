import type { Logger } from 'pino'
import type { Pools } from '../db.ts'
import { newId } from '../ids.ts'
import { type SealerHealth, startSealer } from '../sealer.ts'
import { startHeartbeat } from './heartbeat.ts'
import { repeat } from './repeat.ts'
import { type Runner, refuseWrongRunner, startRunner } from './runner.ts'
import { sweeper } from './sweep.ts'
import { type ExpireReservations, type FireTimers, startTimers } from './timers.ts'
import { type Desk, giveBackAll } from './turn.ts'
import { type Handlers, timing } from './types.ts'

export interface JobsNeeds {
  url: string
  pools: Pools
  settings: { role: string; orderRetryAttempts: number }
  handlers: Handlers
  fireTimers: FireTimers
  expireReservations: ExpireReservations
  log: Logger
}

export interface JobsHealth {
  processId: string
  /** When the database last heard the heartbeat, and when the last sweep ended: ms since 1970, 0 for never. */
  seenAt: number
  sweptAt: number
  /** Claims under work, and turns by lane. */
  inHand: number
  lanes: ReturnType<Runner['running']>
  sealer: SealerHealth
}

export interface Jobs {
  health(): JobsHealth
  /** Finishes what is under work, at most 10 s, and gives the rest back. */
  stop(): Promise<void>
}

/** Starts everything that works without being asked: owed work, sweeps, timers, the sealer. Throws `StartRefused` when it could not work. */
export async function startJobs(needs: JobsNeeds): Promise<Jobs> {
  const { url, pools, handlers, log } = needs
  await refuseWrongRunner(url)
  const attemptsMax = Math.max(1, needs.settings.orderRetryAttempts)
  const desk: Desk = { processId: newId(), pools, log, attemptsMax, inHand: new Map(), stopping: false }
  const heartbeat = await startHeartbeat(url, desk.processId, needs.settings.role, log)
  const runner = startRunner(url, desk, handlers)
  const sweeps = sweeper(desk, handlers)
  const sweeping = repeat(timing.sweepMs, sweeps.sweep, sweeps.failed)
  const timers = startTimers(pools, log, needs.fireTimers, needs.expireReservations)
  const sealer = startSealer(url, log)
  return {
    health: () => ({
      processId: desk.processId,
      seenAt: heartbeat.seenAt(),
      sweptAt: sweeps.sweptAt(),
      inHand: desk.inHand.size,
      lanes: runner.running(),
      sealer: sealer.health(),
    }),
    stop: async () => {
      desk.stopping = true
      await sweeping.stop()
      await Promise.all([withinStop(timers.stop()), runner.stop(), sealer.stop()])
      await giveBackAll(desk).catch((error) => log.warn({ err: error }, 'Claims could not be given back; they are taken over in 20 s'))
      await heartbeat.stop()
      await pools.system((tx) => tx.query({ text: 'delete from processes where id = $1', values: [desk.processId] })).catch(() => {})
    },
  }
}

async function withinStop(ended: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, timing.stopMs)))])
  clearTimeout(timer)
}
