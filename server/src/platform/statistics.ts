import type { Pools } from './db.ts'

/**
 * Makes the database look at its tables anew while they are young: after this process did 500 things, then each time that number
 * doubled, up to a million. Until somebody looks, the planner takes a table for what it was when its plans were made, and the database's own
 * look comes a minute late at the earliest. Never waited for; what fails is tried at the next step.
 */
export function statisticsKeeper(pools: Pools): { did(workspaceId: string, things: number): void } {
  let done = 0
  let next = 500
  return {
    did(workspaceId, things) {
      done += things
      if (done < next || next > 1_000_000) return
      while (next <= done) next *= 2
      pools.change(workspaceId, (tx) => tx.query({ text: 'select docket.refresh_statistics()', values: [] })).catch(() => {})
    },
  }
}
