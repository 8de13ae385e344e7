import type { Pools } from '#platform/db.ts'
import { finished, type Handler, retryLater, type Verdict } from '#platform/jobs/types.ts'
import { eraseRest } from '#usecases/customers/erase-customers.ts'

const lookAgainMs = 60_000

/** What is left of the history of customers who are forgotten. */
export function eraseCustomersJob({ pools }: { pools: Pools }): Handler {
  return {
    lanes: ['bulk'],
    batchMax: 1,
    deadlineMs: 600_000,
    async handle(workspaceId, claims, signal) {
      const verdicts: Verdict[] = []
      for (const { payload } of claims) {
        const isAll = await eraseRest(pools, workspaceId, (payload as { customerId: string }).customerId, signal)
        verdicts.push(isAll ? finished : retryLater(lookAgainMs, 'A job on many orders is still writing'))
      }
      return verdicts
    },
  }
}
