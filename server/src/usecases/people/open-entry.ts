import { openSignIn, sweepSessions } from '#modules/identity/index.ts'
import type { Pools } from '#platform/db.ts'
import type { Entry } from './sign-in.ts'
import { signInGuard } from './sign-in-guard.ts'
import { sessionLookUp } from './signed-in.ts'

// Sessions that ended by themselves let nobody in: throwing them away is no hurry, and what failed is done the next time.
const sweepEveryMs = 3_600_000

/** Puts together what lets people in, for one process. `secret` is 32 bytes, the same in every process of a server. */
export function openEntry(pools: Pools, secret: Buffer): Entry & { end(): Promise<void> } {
  const sessions = sessionLookUp(pools)
  const sweep = () => void pools.system(async (tx) => sweepSessions(tx)).catch(() => {})
  const timer = setInterval(sweep, sweepEveryMs)
  timer.unref()
  return {
    signIn: openSignIn(pools, secret),
    guard: signInGuard(),
    sessions,
    end: async () => {
      clearInterval(timer)
      await sessions.end()
    },
  }
}
