import type { Pools } from '#platform/db.ts'
import { finished, type Handler } from '#platform/jobs/types.ts'
import { eraseRest } from '#usecases/customers/erase-customers.ts'

/** What is left of the history of customers who are forgotten. */
export function eraseCustomersJob({ pools }: { pools: Pools }): Handler {
  return {
    lanes: ['bulk'],
    batchMax: 1,
    deadlineMs: 600_000,
    async handle(workspaceId, claims, signal) {
      for (const { payload } of claims) await eraseRest(pools, workspaceId, (payload as { customerId: string }).customerId, signal)
      return claims.map(() => finished)
    },
  }
}
