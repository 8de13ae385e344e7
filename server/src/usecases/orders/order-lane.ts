import { no } from '#platform/answer.ts'
import { type CommitLane, commitLane, laneDefaults } from '#platform/commit-lane.ts'
import { isCommitted } from '#platform/log.ts'
import type { Engine } from '../engine.ts'
import { isOversold, type Outcome, runBatch, StaleReference, type Work } from './order-batch.ts'

/** What went wrong with one item that is nobody's fault but ours; told to whoever watches the process. */
export type Report = (error: unknown, work: Work) => void

const staleMax = 5

/** The road of every change of an order: items of many callers share transactions, workspace by workspace. */
export function orderLane(engine: () => Engine, report: Report, batchMax: number): CommitLane<Work, Outcome> {
  return commitLane<Work, Outcome>(
    {
      run: async (workspaceId, items, commitId) => {
        const { pools, reference: cache } = engine()
        let stock: 'seen' | 'locked' = 'seen'
        for (let attempt = 1; ; attempt++) {
          const reference = await cache.get(workspaceId)
          if (!reference) return items.map(() => ({ ...no('workspace.not_found', { workspace: workspaceId }), order: null }))
          const catalogue = await cache.itemsOf(
            reference,
            items.flatMap((item) => item.itemRefs),
          )
          try {
            const outcomes = await pools.change(workspaceId, (tx) => runBatch(tx, engine(), reference, catalogue, items, commitId, stock))
            engine().statistics.did(workspaceId, outcomes.length)
            return outcomes
          } catch (error) {
            if (stock === 'seen' && isOversold(error)) stock = 'locked'
            else if (error instanceof StaleReference && attempt < staleMax) cache.drop(workspaceId)
            else throw error
          }
        }
      },
      isCommitted: (workspaceId, commitId) => engine().pools.view(workspaceId, (db) => isCommitted(db, workspaceId, commitId)),
      failed: (work, error) => {
        report(error, work)
        return { ...no('internal', { request: work.call.commandId }), order: null }
      },
    },
    { ...laneDefaults, batchMax },
  )
}
