import { isWithin } from '#contract/permissions.ts'
import type { CustomerData } from '#contract/personal-data.ts'
import { type Customer, loadCustomers } from '#modules/customers/index.ts'
import type { Db, Pools } from '#platform/db.ts'
import { nilId } from '#platform/ids.ts'
import { type Call, reachOf } from '#usecases/call.ts'

type Held = Omit<CustomerData, 'customer'> & { customer: Customer }

/** Everything that is held of a customer, a page of orders at a time; null where there is none that this call may forget, too. */
export function customerData(
  pools: Pools,
  call: Call,
  customerId: string,
  page: { after: string | null; limit: number },
): Promise<Held | null> {
  const { workspaceId } = call
  const reach = reachOf(call, 'customers:erase')
  return pools.view(workspaceId, async (db) => {
    const [customer] = await loadCustomers(db, workspaceId, { ids: [customerId], externalIds: [] })
    if (!customer || !reach || !isWithin({ ...reach, locationIds: null }, { locationId: null, ownerId: customer.ownerId })) return null
    const [orders, returns] = await Promise.all([
      ordersHeld(db, workspaceId, customerId, page),
      page.after === null ? returnsHeld(db, workspaceId, customerId) : [],
    ])
    return { customer, orders, returns, next: orders.length < page.limit ? null : (orders.at(-1)?.id ?? null) }
  })
}

function ordersHeld(
  db: Db,
  workspaceId: string,
  customerId: string,
  page: { after: string | null; limit: number },
): Promise<Held['orders']> {
  return db.query({
    name: 'orders_held',
    text: `select o.id, o.number, o.at, o.channel, o.stage, o.external_id as "externalId", o.currency, o.total_minor as "totalMinor",
        (select json_build_object('name', c.name, 'email', c.email, 'phone', c.phone, 'address', c.address, 'city', c.city, 'postcode', c.postcode, 'country', c.country)
          from order_contacts c where c.workspace_id = $1 and c.order_id = o.id) as contact,
        (select coalesce(json_agg(json_build_object('name', l.name, 'quantityMilli', l.ordered_milli) order by l.position), '[]')
          from order_lines l where l.workspace_id = $1 and l.order_id = o.id) as lines,
        (select coalesce(json_object_agg(f.field, coalesce(to_json(f.text_value), to_json(f.int_value), to_json(${iso('f.time_value')}))), '{}')
          from order_fields f where f.workspace_id = $1 and f.order_id = o.id) as fields,
        (select coalesce(json_agg(t.tag order by t.tag), '[]') from order_tags t where t.workspace_id = $1 and t.order_id = o.id) as tags,
        (select coalesce(json_agg(json_build_object('kind', m.kind, 'method', m.method, 'amountMinor', m.amount_minor, 'at', ${iso('m.at')}) order by m.at, m.id), '[]')
          from money_entries m where m.workspace_id = $1 and m.order_id = o.id) as payments,
        (select coalesce(json_agg(json_build_object('text', n.text, 'at', ${iso('n.created_at')}) order by n.created_at, n.id), '[]')
          from notes n where n.workspace_id = $1 and n.order_id = o.id) as notes
      from orders o where o.workspace_id = $1 and o.customer_id = $2 and o.id > $3 order by o.id limit $4`,
    values: [workspaceId, customerId, page.after ?? nilId, page.limit],
  })
}

function returnsHeld(db: Db, workspaceId: string, customerId: string): Promise<Held['returns']> {
  return db.query({
    name: 'returns_held',
    text: `select r.id, r.number, r.at, r.total_minor as "totalMinor", r.currency,
        (select coalesce(json_agg(json_build_object('text', n.text, 'at', ${iso('n.created_at')})), '[]') from notes n where n.workspace_id = $1 and n.id = r.note_id) as notes
      from returns r where r.workspace_id = $1 and r.customer_id = $2 and r.order_id is null order by r.id`,
    values: [workspaceId, customerId],
  })
}

/** A moment inside JSON, as the pools write it outside. */
function iso(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}
