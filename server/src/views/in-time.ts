import { type Answer, fine, no } from '#platform/answer.ts'
import { type Db, type Pools, TransientDbError } from '#platform/db.ts'

/** What a list may take of the database, a statement. */
const statementMaxMs = 2_000

/** Reads for a list; one that takes too long is refused with the way out, instead of holding up the others. */
export async function inTime<T>(pools: Pools, workspaceId: string, work: (db: Db) => Promise<T>): Promise<Answer<T>> {
  try {
    return fine(
      await pools.view(workspaceId, (db) => {
        // Leaves in one flight with what follows. A page is read sooner than machine code for it is made, or a second process begins.
        void db.query({
          name: 'list_settings',
          text: "select set_config('statement_timeout', $1, true), set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)",
          values: [String(statementMaxMs)],
        })
        return work(db)
      }),
    )
  } catch (error) {
    if (isTooSlow(error)) return no('list.too_slow', {})
    throw error
  }
}

const queryCanceled = '57014'

function isTooSlow(error: unknown): boolean {
  return error instanceof TransientDbError && (error.cause as { code?: unknown } | undefined)?.code === queryCanceled
}
