import type { KeyUse } from '#platform/idempotency.ts'
import type { Call } from '#usecases/call.ts'
import type { Refused } from './problems.ts'
import { fingerprintOf } from './repeats.ts'

/** Rows of a page where nobody says how many. */
export const pageUsual = 100

/** An entry of a list, read; or why it cannot be. */
export type Entry<R> = { request: R } | { refusal: Refused }

/** What an entry is known by: its own key counts as if it came alone; without one, the list's key and its place. */
export function entryKey(
  routes: { alone: string; list: string },
  own: string | undefined,
  key: string | null,
  at: number,
  params: unknown,
  body: unknown,
): KeyUse | null {
  if (own !== undefined) return { route: routes.alone, key: own, fingerprint: fingerprintOf(params, body) }
  return key === null ? null : { route: routes.list, key: `${key}/${at}`, fingerprint: fingerprintOf(params, body) }
}

/** Machines repeat, so what they make must be told apart: by the list's key, or one of each entry's own. */
export function lacksKey<R extends { key: KeyUse | null }>(call: Call, entries: readonly Entry<R>[]): boolean {
  return call.actor.kind !== 'person' && entries.some((entry) => 'request' in entry && entry.request.key === null)
}
