import type { Db, Tx } from '../db.ts'
import { ringForEach } from './claims.ts'
import type { Lane } from './types.ts'

/** Work that gave up and waits for a person. */
export interface Parked {
  id: string
  kind: string
  lane: Lane
  payload: unknown
  attempts: number
  error: string
  owedAt: string
  parkedAt: string
}

/** Parked work of a workspace by id; `after` is the last id of the page before. */
export function listParked(db: Db, workspaceId: string, page: { kind?: string; after?: string; limit: number }): Promise<Parked[]> {
  return db.query<Parked>({
    name: 'list_parked',
    text: `select id, kind, lane, payload, attempts, coalesce(last_error, '') as error, created_at as "owedAt", ended_at as "parkedAt"
      from owed where workspace_id = $1 and state = 'parked' and ($2::text is null or kind = $2) and ($3::uuid is null or id > $3)
      order by id limit $4`,
    values: [workspaceId, page.kind ?? null, page.after ?? null, page.limit],
  })
}

/** Makes parked work due again, with all its attempts before it. Answers the ids that were parked. */
export async function retryParked(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string; lane: Lane; kind: string }>({
    name: 'retry_parked',
    text: `update owed set state = 'due', fence = fence + 1, attempts = 0, due_at = now(), ended_at = null
      where workspace_id = $1 and state = 'parked' and id = any($2::uuid[]) returning id, lane, kind`,
    values: [workspaceId, ids],
  })
  ringForEach(tx, rows)
  return rows.map((row) => row.id)
}

export interface OwedCount {
  lane: Lane
  kind: string
  state: 'due' | 'claimed' | 'parked'
  count: number
  /** Since the oldest of them was due. */
  oldestMs: number
}

/** How much is owed, over all workspaces. */
export function countOwed(db: Db): Promise<OwedCount[]> {
  return db.query<OwedCount>({
    name: 'count_owed',
    text: `select lane, kind, state, count(*) as count, greatest(0, floor(extract(epoch from now() - min(due_at)) * 1000))::bigint as "oldestMs"
      from owed where state in ('due', 'claimed', 'parked') group by lane, kind, state order by lane, kind, state`,
    values: [],
  })
}
