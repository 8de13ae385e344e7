import { type Contact, loadOrders, type Order, type OrderId } from '#modules/orders/index.ts'
import type { Db, Pools } from '#platform/db.ts'
import { type Call, maySee } from '#usecases/call.ts'

/** Everything one order's page shows; personal data is here and nowhere else. */
export interface OrderPage {
  order: Order
  contact: Omit<Contact, 'orderId'> | null
  notes: { id: string; text: string; createdAt: string }[]
  returns: { id: string; number: number; totalMinor: number; at: string }[]
}

/** One order with its contact, notes and returns, in one flight; null where there is none that this call may see. */
export async function orderPage(pools: Pools, call: Call, orderId: string): Promise<OrderPage | null> {
  const { workspaceId } = call
  return pools.view(workspaceId, async (db) => {
    const [orders, contacts, notes, returns] = await Promise.all([
      loadOrders(db, workspaceId, [orderId]),
      contactsOf(db, workspaceId, orderId),
      notesOf(db, workspaceId, orderId),
      returnsOf(db, workspaceId, orderId),
    ])
    const order = orders.get(orderId as OrderId)
    return order && maySee(call, order) ? { order, contact: contacts[0] ?? null, notes, returns } : null
  })
}

/** One order as it stands; null where there is none that this call may see. */
export async function orderSeen(db: Db, call: Call, orderId: string): Promise<Order | null> {
  const order = (await loadOrders(db, call.workspaceId, [orderId])).get(orderId as OrderId)
  return order && maySee(call, order) ? order : null
}

function contactsOf(db: Db, workspaceId: string, orderId: string): Promise<NonNullable<OrderPage['contact']>[]> {
  return db.query({
    name: 'page_contact',
    text: 'select name, email, phone, address, city, postcode, country from order_contacts where workspace_id = $1 and order_id = $2',
    values: [workspaceId, orderId],
  })
}

function notesOf(db: Db, workspaceId: string, orderId: string): Promise<OrderPage['notes']> {
  return db.query({
    name: 'page_notes',
    text: 'select id, text, created_at as "createdAt" from notes where workspace_id = $1 and order_id = $2 order by created_at, id',
    values: [workspaceId, orderId],
  })
}

function returnsOf(db: Db, workspaceId: string, orderId: string): Promise<OrderPage['returns']> {
  return db.query({
    name: 'page_returns',
    text: 'select id, number, total_minor as "totalMinor", at from returns where workspace_id = $1 and order_id = $2 order by number',
    values: [workspaceId, orderId],
  })
}
