import type { Db, Pools } from '#platform/db.ts'
import { type Call, maySee } from '#usecases/call.ts'

/** How an order stands. */
export interface OrderStanding {
  id: string
  number: number
  seq: number
  workflow: { code: string; version: number }
  phase: string
  stage: string
  payment: string
  fulfilment: string
  holds: number
  attention: string
  dueAt: string | null
  updatedAt: string
}

/** How one order stands, by id or by number; null where there is none that this call may see. */
export async function orderStatus(pools: Pools, call: Call, named: { id: string } | { number: number }): Promise<OrderStanding | null> {
  const [row] = await pools.view(call.workspaceId, (db) => standing(db, call.workspaceId, named))
  if (!row || !maySee(call, row)) return null
  const { workflowCode, workflowVersion, locationId: _, ownerId: __, customerId: ___, ...rest } = row
  return { ...rest, workflow: { code: workflowCode, version: workflowVersion } }
}

type Row = Omit<OrderStanding, 'workflow'> & {
  workflowCode: string
  workflowVersion: number
  locationId: string
  ownerId: string | null
  customerId: string | null
}

function standing(db: Db, workspaceId: string, named: { id: string } | { number: number }): Promise<Row[]> {
  const columns = `select id, number, seq, workflow_code as "workflowCode", workflow_version as "workflowVersion", phase, stage, payment, fulfilment, holds, attention,
    due_at as "dueAt", updated_at as "updatedAt", location_id as "locationId", owner_id as "ownerId", customer_id as "customerId" from orders`
  return 'id' in named
    ? db.query({ name: 'status_by_id', text: `${columns} where workspace_id = $1 and id = $2`, values: [workspaceId, named.id] })
    : db.query({
        name: 'status_by_number',
        text: `${columns} where workspace_id = $1 and number = $2`,
        values: [workspaceId, named.number],
      })
}
