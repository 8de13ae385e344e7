import { openSignIn } from '#modules/identity/index.ts'
import type { Pools } from '#platform/db.ts'
import type { Entry } from './sign-in.ts'
import { signInGuard } from './sign-in-guard.ts'
import { sessionLookUp } from './signed-in.ts'

/** Puts together what lets people in, for one process. `secret` is 32 bytes, the same in every process of a server. */
export function openEntry(pools: Pools, secret: Buffer): Entry & { end(): Promise<void> } {
  const sessions = sessionLookUp(pools)
  return { signIn: openSignIn(pools, secret), guard: signInGuard(), sessions, end: () => sessions.end() }
}
