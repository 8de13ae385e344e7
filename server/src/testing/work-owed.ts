import { newId } from '#platform/ids.ts'
import { claimDue, settle } from '#platform/jobs/claims.ts'
import type { Handlers, Lane } from '#platform/jobs/types.ts'
import type { TestShop } from './test-shop.ts'

/** Works everything of these kinds that is owed by now, and what is owed because of it, as the worker would. Answers how many rows. */
export async function workOwed({ pools }: Pick<TestShop, 'pools'>, lane: Lane, handlers: Handlers): Promise<number> {
  const processId = newId()
  for (let worked = 0; ; ) {
    let found = 0
    for (const [kind, handler] of Object.entries(handlers)) {
      const claims = await pools.system((tx) => claimDue(tx, processId, lane, kind, handler.batchMax))
      const [first] = claims
      if (!first) continue
      found += claims.length
      const verdicts = await handler.handle(first.workspaceId, claims, AbortSignal.timeout(60_000))
      await pools.system(async (tx) => settle(tx, claims, verdicts))
    }
    if (found === 0) return worked
    worked += found
  }
}
