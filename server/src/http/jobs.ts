import { listParked, retryParked } from '#platform/jobs/parked.ts'
import type { Engine } from '#usecases/engine.ts'
import { pageUsual } from './lists.ts'
import { refused } from './problems.ts'
import type { Handlers } from './serve.ts'

/** Work that gave up and waits for a person. */
export function jobHandlers({ pools }: Engine) {
  return {
    listParkedJobs: async ({ call, query }) => {
      const limit = query.limit ?? pageUsual
      const parked = await pools.view(call.workspaceId, (db) =>
        listParked(db, call.workspaceId, { ...(query.after === undefined ? {} : { after: query.after }), limit }),
      )
      const rows = parked.map(({ id, kind, lane, attempts, error, owedAt, parkedAt }) => ({
        id,
        kind,
        lane,
        attempts,
        error,
        owedAt,
        parkedAt,
      }))
      return { status: 200, body: { rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) } }
    },

    retryJob: async ({ call, params }) => {
      const [id] = await pools.change(call.workspaceId, (tx) => retryParked(tx, call.workspaceId, [params.id]))
      return id === undefined ? refused('job.not_found', { job: params.id }) : { status: 200, body: { id } }
    },
  } satisfies Partial<Handlers>
}
