import type { Pools } from '#platform/db.ts'
import { type Call, mayDo } from '#usecases/call.ts'
import { orderSeen } from './order-page.ts'

export interface ReturnPage {
  id: string
  number: number
  orderId: string | null
  locationId: string
  customerId: string | null
  connectionId: string | null
  externalId: string | null
  reasonCode: string | null
  currency: string
  totalMinor: number
  source: string
  at: string
  recordedAt: string
  businessDate: string
  lines: ReturnPageLine[]
}

export interface ReturnPageLine {
  id: string
  orderLineId: string | null
  kind: string
  itemId: string | null
  code: string
  name: string
  category: string
  milli: number
  amountMinor: number
  restocked: boolean
}

/**
 * One return with its lines; null where there is none that this call may see. One of an order is seen by whoever sees the order, and one
 * just made by whoever made it.
 */
export async function returnPage(
  pools: Pools,
  call: Call,
  returnId: string,
  why: 'asked' | 'just made' = 'asked',
): Promise<ReturnPage | null> {
  const values = [call.workspaceId, returnId]
  return pools.view(call.workspaceId, async (db) => {
    const [[row], lines] = await Promise.all([
      db.query<Omit<ReturnPage, 'lines'>>({
        name: 'return_page',
        text: `select id, number, order_id as "orderId", location_id as "locationId", customer_id as "customerId", connection_id as "connectionId", external_id as "externalId",
            reason_code as "reasonCode", currency, total_minor as "totalMinor", source, at, recorded_at as "recordedAt", business_date as "businessDate"
          from returns where workspace_id = $1 and id = $2`,
        values,
      }),
      db.query<ReturnPageLine>({
        name: 'return_page_lines',
        text: `select id, order_line_id as "orderLineId", kind, item_id as "itemId", code, name, category, milli, amount_minor as "amountMinor", restocked
          from return_lines where workspace_id = $1 and return_id = $2 order by id`,
        values,
      }),
    ])
    if (!row) return null
    if (why === 'just made') return { ...row, lines }
    const seen =
      row.orderId === null
        ? mayDo(call, 'orders:read', { locationId: row.locationId, ownerId: null })
        : (await orderSeen(db, call, row.orderId)) !== null
    return seen ? { ...row, lines } : null
  })
}
