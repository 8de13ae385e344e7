import type { ViewedList } from '#contract/views.ts'
import type { Db, Tx } from '#platform/db.ts'
import type { SavedView } from './types.ts'

const columns = `select id, list, code, label, audience, locked, owner_id as "ownerId", filter, sort, columns, layout, density, pinned, position, roles, version from saved_views`

/** The views of a list that everybody has, and those of one principal; all lists where none is named. */
export function listViews(db: Db, workspaceId: string, ownerId: string | null, list: ViewedList | null): Promise<SavedView[]> {
  return db.query({
    name: 'views_listed',
    text: `${columns} where workspace_id = $1 and ($3::text is null or list = $3) and (audience = 'shared' or owner_id = $2) order by list, position, id`,
    values: [workspaceId, ownerId, list],
  })
}

/** Views by id, locked in the order of their ids until the transaction ends. */
export function lockViews(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<SavedView[]> {
  return tx.query({
    name: 'views_locked',
    text: `${columns} where workspace_id = $1 and id = any($2::uuid[]) order by id for update`,
    values: [workspaceId, ids],
  })
}

/** How many views there are that are shared, or personal of this owner. */
export async function countOwn(db: Db, workspaceId: string, audience: SavedView['audience'], ownerId: string | null): Promise<number> {
  const [row] = await db.query<{ count: number }>({
    name: 'views_counted',
    text: `select count(*) as count from saved_views where workspace_id = $1 and audience = $2 and ($2 = 'shared' or owner_id = $3)`,
    values: [workspaceId, audience, ownerId],
  })
  return row?.count ?? 0
}

/** The place after all others of a list. */
export async function nextPosition(db: Db, workspaceId: string, list: ViewedList): Promise<number> {
  const [row] = await db.query<{ next: number }>({
    name: 'views_next',
    text: 'select coalesce(max(position), 0) + 1 as next from saved_views where workspace_id = $1 and list = $2',
    values: [workspaceId, list],
  })
  return row?.next ?? 1
}

/** New views are inserted, known ones overwritten. */
export function writeViews(tx: Tx, workspaceId: string, views: readonly SavedView[]): void {
  if (views.length === 0) return
  tx.send({
    name: 'write_views',
    text: `insert into saved_views (workspace_id, id, list, code, label, audience, locked, owner_id, filter, sort, columns, layout, density, pinned, position, roles, version)
      select $1, r.id, r.list, r.code, r.label, r.audience, r.locked, r."ownerId", r.filter, r.sort, r.columns, r.layout, r.density, r.pinned, r.position, r.roles, r.version
      from json_to_recordset($2::json) as r(id uuid, list text, code text, label jsonb, audience text, locked boolean, "ownerId" uuid, filter text, sort text, columns jsonb,
        layout text, density text, pinned boolean, position bigint, roles text[], version bigint)
      on conflict (workspace_id, id) do update set label = excluded.label, audience = excluded.audience, locked = excluded.locked, owner_id = excluded.owner_id,
        filter = excluded.filter, sort = excluded.sort, columns = excluded.columns, layout = excluded.layout, density = excluded.density, pinned = excluded.pinned,
        position = excluded.position, roles = excluded.roles, version = excluded.version, updated_at = now()`,
    values: [workspaceId, JSON.stringify(views)],
  })
}

export function deleteViews(tx: Tx, workspaceId: string, ids: readonly string[]): void {
  if (ids.length === 0) return
  tx.send({
    name: 'delete_views',
    text: 'delete from saved_views where workspace_id = $1 and id = any($2::uuid[])',
    values: [workspaceId, ids],
  })
}
