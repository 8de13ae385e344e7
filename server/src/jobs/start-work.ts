import type { Logger } from 'pino'
import { type Jobs, startJobs } from '#platform/jobs/start-jobs.ts'
import type { Settings } from '#platform/settings.ts'
import type { Demo } from '#usecases/demo/start-demo.ts'
import type { Engine } from '#usecases/engine.ts'
import { fireTimers } from '#usecases/orders/fire-timers.ts'
import { expireReservations } from '#usecases/stock/keep-stock.ts'
import { runBulkJobs } from './bulk-jobs.ts'
import { previewBulkJobs } from './bulk-previews.ts'
import { demoJob } from './demo.ts'
import { eraseCustomersJob } from './erase-customers.ts'
import { expireExports, writeExports } from './export-lists.ts'
import { wakeOrdersJob } from './wake-orders.ts'

/** Starts everything that works without being asked: each kind of owed work with the use case it is done by, timers, the sealer. */
export function startWork(
  url: string,
  engine: Engine,
  settings: Pick<Settings, 'role' | 'orderRetryAttempts'>,
  log: Logger,
  demo: Demo | null = null,
): Promise<Jobs> {
  return startJobs({
    url,
    pools: engine.pools,
    settings,
    log,
    handlers: {
      wake_orders: wakeOrdersJob(engine),
      run_bulk_job: runBulkJobs(engine),
      preview_bulk_job: previewBulkJobs(engine),
      write_export: writeExports(engine),
      expire_export: expireExports(engine),
      erase_customer: eraseCustomersJob(engine),
      demo: demoJob(engine, demo, log),
    },
    fireTimers: (workspaceId, timers) => fireTimers(engine, workspaceId, timers),
    expireReservations: (workspaceId, ids) => expireReservations(engine, workspaceId, ids),
  })
}
