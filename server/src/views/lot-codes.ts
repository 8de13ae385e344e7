import type { Pools } from '#platform/db.ts'
import { nilId } from '#platform/ids.ts'
import type { Call } from '#usecases/call.ts'

/** What the lots of these rows are called, by id. */
export async function lotCodes(pools: Pools, { workspaceId }: Call, rows: readonly { lotId: string }[]): Promise<Map<string, string>> {
  const ids = [...new Set(rows.map(({ lotId }) => lotId))].filter((id) => id !== nilId)
  if (ids.length === 0) return new Map()
  const lots = await pools.view(workspaceId, (db) =>
    db.query<{ id: string; code: string }>({
      name: 'lot_codes',
      text: 'select id, code from lots where workspace_id = $1 and id = any($2::uuid[])',
      values: [workspaceId, ids],
    }),
  )
  return new Map(lots.map(({ id, code }) => [id, code]))
}
