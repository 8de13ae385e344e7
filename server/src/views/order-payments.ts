import type { Pools } from '#platform/db.ts'
import type { Call } from '#usecases/call.ts'
import { orderSeen } from './order-page.ts'

/** One signed entry of an order's ledger: what came in is positive. */
export interface LedgerEntry {
  id: string
  orderId: string | null
  returnId: string | null
  kind: string
  amountMinor: number
  currency: string
  method: string
  provider: string
  reference: string | null
  reasonCode: string | null
  at: string
  recordedAt: string
  businessDate: string
}

/** The ledger of an order, first to last; null where there is no order that this call may see. */
export async function orderPayments(pools: Pools, call: Call, orderId: string): Promise<LedgerEntry[] | null> {
  return pools.view(call.workspaceId, async (db) => {
    const [order, entries] = await Promise.all([
      orderSeen(db, call, orderId),
      db.query<LedgerEntry>({
        name: 'order_ledger',
        text: `select id, order_id as "orderId", return_id as "returnId", kind, amount_minor as "amountMinor", currency, method, provider, reference, reason_code as "reasonCode", at,
            recorded_at as "recordedAt", business_date as "businessDate"
          from money_entries where workspace_id = $1 and order_id = $2 order by recorded_at, id`,
        values: [call.workspaceId, orderId],
      }),
    ])
    return order ? entries : null
  })
}
