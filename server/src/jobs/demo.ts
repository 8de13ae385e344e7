import type { Logger } from 'pino'
import { finished, type Handler } from '#platform/jobs/types.ts'
import { nextPart } from '#usecases/demo/next-part.ts'
import type { Demo } from '#usecases/demo/start-demo.ts'
import type { Engine } from '#usecases/engine.ts'

// Orders between two lines of the log.
const told = 200

/** A demo shop lives on, part by part; where there is no demo to be, it stands still. */
export function demoJob(engine: Engine, demo: Demo | null, log: Logger): Handler {
  return {
    lanes: ['bulk'],
    batchMax: 1,
    deadlineMs: 120_000,
    async handle(workspaceId, claims) {
      const progress = demo && (await nextPart(engine, demo, workspaceId, claims))
      if (progress?.isFilling && progress.orders % told === 0)
        log.info({ workspace: progress.code, orders: progress.orders, of: demo?.size.orders }, 'The demo is being filled')
      if (progress && progress.refused.length > 0)
        log.warn({ workspace: progress.code, refused: progress.refused }, 'Something of the demo was refused')
      return claims.map(() => finished)
    },
  }
}
