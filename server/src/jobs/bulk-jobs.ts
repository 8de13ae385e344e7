import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { finish } from '#platform/jobs/claims.ts'
import { owe } from '#platform/jobs/owe.ts'
import { type Claim, finished, type Handler, type Verdict } from '#platform/jobs/types.ts'
import { runBulkJob } from '#usecases/bulk/run-bulk-job.ts'
import type { Engine } from '#usecases/engine.ts'

// Then somebody else's job has its turn.
const turnMs = 10_000

/** Actions on many orders, a few seconds at a time. */
export function runBulkJobs(engine: Engine): Handler {
  return {
    lanes: ['bulk'],
    batchMax: 1,
    deadlineMs: 120_000,
    handle: async (workspaceId, claims, signal) => {
      const verdicts: Verdict[] = []
      for (const claim of claims) {
        const untilMs = performance.now() + turnMs
        const left = await runBulkJob(engine, workspaceId, jobOf(claim), { untilMs, signal })
        if (left === 'more') await handOn(engine.pools, claim)
        verdicts.push(finished)
      }
      return verdicts
    },
  }
}

/** What is owed next is written where the claim ends; who works it has all attempts before them. */
async function handOn(pools: Pools, claim: Claim): Promise<void> {
  const { workspaceId, kind, lane, payload } = claim
  await pools.change(workspaceId, async (tx) => {
    await finish(tx, [claim])
    owe(tx, workspaceId, [{ id: newId(), kind, lane, payload }])
  })
}

/** The job that a claim names. */
export function jobOf({ payload, id }: Pick<Claim, 'payload' | 'id'>): string {
  const { job } = payload as { job?: unknown }
  if (typeof job !== 'string') throw new Error(`Owed work ${id} names no job`)
  return job
}
