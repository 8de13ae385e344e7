import type { Tx } from '#platform/db.ts'

/** What was overwritten, and whether there are more orders to look at: those after `next`. */
export interface ErasedHistory {
  contacts: number
  notes: number
  orderIds: string[]
  next: string | null
}

/**
 * Overwrites whom the orders of a customer were for and what people wrote about them, and about what they brought back: `ordersMax`
 * orders by id, those after `afterId`. Orders, lines and money stay.
 */
export async function eraseHistory(
  tx: Tx,
  workspaceId: string,
  customerId: string,
  { afterId, ordersMax }: { afterId: string; ordersMax: number },
): Promise<ErasedHistory> {
  const orders = await tx.query<{ id: string }>({
    name: 'orders_to_erase',
    text: 'select id from orders where workspace_id = $1 and customer_id = $2 and id > $3 order by id limit $4',
    values: [workspaceId, customerId, afterId, ordersMax],
  })
  const ids = orders.map(({ id }) => id)
  const returns = await tx.query<{ noteId: string }>({
    name: 'return_notes_to_erase',
    text: `select note_id as "noteId" from returns where workspace_id = $1 and note_id is not null and (customer_id = $2 or order_id = any($3::uuid[]))`,
    values: [workspaceId, customerId, ids],
  })
  const [contacts, notes, notesOfReturns] = await Promise.all([
    tx.query({
      name: 'erase_contacts',
      text: `update order_contacts set name = '', email = '', phone = '', address = '', city = '', postcode = '', country = ''
        where workspace_id = $1 and order_id = any($2::uuid[]) and (name, email, phone, address, city, postcode, country) <> ('', '', '', '', '', '', '') returning order_id`,
      values: [workspaceId, ids],
    }),
    tx.query({
      name: 'erase_notes',
      text: `update notes set text = '' where workspace_id = $1 and order_id = any($2::uuid[]) and text <> '' returning id`,
      values: [workspaceId, ids],
    }),
    tx.query({
      name: 'erase_return_notes',
      text: `update notes set text = '' where workspace_id = $1 and id = any($2::uuid[]) and text <> '' returning id`,
      values: [workspaceId, returns.map(({ noteId }) => noteId)],
    }),
  ])
  return {
    contacts: contacts.length,
    notes: notes.length + notesOfReturns.length,
    orderIds: ids,
    next: orders.length < ordersMax ? null : (ids.at(-1) ?? null),
  }
}
