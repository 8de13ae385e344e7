import { finished, type Handler } from '#platform/jobs/types.ts'
import { previewBulkJob } from '#usecases/bulk/preview-bulk-job.ts'
import type { Engine } from '#usecases/engine.ts'
import { jobOf } from './bulk-jobs.ts'

/** What would become of many orders. */
export function previewBulkJobs(engine: Engine): Handler {
  return {
    lanes: ['bulk'],
    batchMax: 1,
    deadlineMs: 300_000,
    handle: async (workspaceId, claims, signal) => {
      for (const claim of claims) await previewBulkJob(engine, workspaceId, jobOf(claim), signal)
      return claims.map(() => finished)
    },
  }
}
