import type { Tx } from '../db.ts'
import type { Owed } from './types.ts'

/**
 * Leaves work behind: its rows and one alarm a lane and kind travel with this transaction's COMMIT. When only later work is owed,
 * the alarm rings for the first of it; what is due after that is found by the sweep.
 */
export function owe(tx: Tx, workspaceId: string, rows: readonly Owed[]): void {
  if (rows.length === 0) return
  tx.send({
    name: 'owe',
    text: `with rows as (
        insert into owed (workspace_id, id, kind, lane, payload, due_at, priority)
        select $1, id, kind, lane, payload, coalesce("dueAt", now()), coalesce(priority, 0)
        from json_to_recordset($2::json) as r(id uuid, kind text, lane text, payload jsonb, "dueAt" timestamptz, priority bigint)
        returning lane, kind, due_at)
      select docket.ring(lane, kind, min(due_at)) from rows group by lane, kind`,
    values: [workspaceId, JSON.stringify(rows)],
  })
}
