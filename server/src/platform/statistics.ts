import type { Pools, Tx } from './db.ts'

/**
 * Makes the database look at its tables anew while they are young: after this process did 500 things, then each time that number
 * doubled, up to a million; those that have not doubled since are passed by. Until somebody looks, the planner takes a table for what it was when its plans were made, and the database's own
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
      pools.change(workspaceId, look).catch(() => {})
    },
  }
}

async function look(tx: Tx): Promise<void> {
  // A tenth of the usual sample says how large a table is, which is all that statements want to know that go by keys.
  tx.send({ text: 'set local default_statistics_target = 10', values: [] })
  await tx.query({ text: 'select docket.refresh_statistics()', values: [] })
}
