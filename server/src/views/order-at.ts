import { loadEvents, type Order, replay } from '#modules/orders/index.ts'
import type { Pools } from '#platform/db.ts'
import type { Call } from '#usecases/call.ts'
import { orderSeen } from './order-page.ts'

/** An order as it stood after its event `seq`, replayed from the log; null where there is no such event of an order this call may see. */
export async function orderAt(pools: Pools, call: Call, orderId: string, seq: number): Promise<Order | null> {
  return pools.view(call.workspaceId, async (db) => {
    const [order, events] = await Promise.all([orderSeen(db, call, orderId), loadEvents(db, call.workspaceId, orderId, seq)])
    return order && seq <= order.seq ? replay(events) : null
  })
}
