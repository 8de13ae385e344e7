import type { Pools } from '#platform/db.ts'
import type { Call } from '#usecases/call.ts'
import { orderSeen } from './order-page.ts'

/** An event of an order with its place in the workspace's proof; null until it is sealed. */
export interface ListedEvent {
  seq: number
  type: string
  payload: string
  at: string
  recordedAt: string
  actorKind: string
  actorId: string | null
  locationId: string | null
  registerId: string | null
  commandId: string
  position: number | null
}

/** What happened to an order after its event `after`, first to last; null where there is none that this call may see. */
export async function orderEvents(
  pools: Pools,
  call: Call,
  orderId: string,
  page: { after: number; limit: number },
): Promise<ListedEvent[] | null> {
  const { workspaceId } = call
  return pools.view(workspaceId, async (db) => {
    const [order, events] = await Promise.all([
      orderSeen(db, call, orderId),
      db.query<ListedEvent>({
        name: 'order_events',
        text: `select e.seq, e.type, e.payload, e.at, e.recorded_at as "recordedAt", e.actor_kind as "actorKind", e.actor_id as "actorId", e.location_id as "locationId",
            e.register_id as "registerId", e.command_id as "commandId", c.position
          from events e join commits c on c.workspace_id = e.workspace_id and c.id = e.commit_id
          where e.workspace_id = $1 and e.subject_id = $2 and e.subject = 'order' and e.seq > $3 order by e.seq limit $4`,
        values: [workspaceId, orderId, page.after, page.limit],
      }),
    ])
    return order ? events : null
  })
}
