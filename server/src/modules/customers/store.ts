import type { Db, Tx } from '#platform/db.ts'
import type { Customer } from './types.ts'

/** Loads the customers that are named by id or by their id outside; what is unknown is left out. */
export function loadCustomers(
  db: Db,
  workspaceId: string,
  refs: { ids: readonly string[]; externalIds: readonly string[] },
): Promise<Customer[]> {
  return db.query({
    name: 'customers_by_refs',
    text: `${columns} where workspace_id = $1 and (id = any($2::uuid[]) or external_id = any($3::text[]))`,
    values: [workspaceId, refs.ids, refs.externalIds],
  })
}

/** The same, locked in the order of their ids until the transaction ends. */
export function lockCustomers(
  tx: Tx,
  workspaceId: string,
  refs: { ids: readonly string[]; externalIds: readonly string[] },
): Promise<Customer[]> {
  return tx.query({
    name: 'customers_locked',
    text: `${columns} where workspace_id = $1 and (id = any($2::uuid[]) or external_id = any($3::text[])) order by id for update`,
    values: [workspaceId, refs.ids, refs.externalIds],
  })
}

const columns =
  'select id, external_id as "externalId", name, email, phone, country, tier, segment, owner_id as "ownerId", version, erased_at as "erasedAt" from customers'

/** New customers are inserted, known ones overwritten. */
export function writeCustomers(tx: Tx, workspaceId: string, customers: readonly Customer[]): void {
  if (customers.length === 0) return
  tx.send({
    name: 'write_customers',
    text: `insert into customers (workspace_id, id, external_id, name, email, phone, country, tier, segment, owner_id, version, erased_at)
      select $1, r.id, r."externalId", r.name, r.email, r.phone, r.country, r.tier, r.segment, r."ownerId", r.version, r."erasedAt"
      from json_to_recordset($2::json) as r(id uuid, "externalId" text, name text, email text, phone text, country text, tier text, segment text, "ownerId" uuid, version bigint, "erasedAt" timestamptz)
      on conflict (workspace_id, id) do update set external_id = excluded.external_id, name = excluded.name, email = excluded.email, phone = excluded.phone,
        country = excluded.country, tier = excluded.tier, segment = excluded.segment, owner_id = excluded.owner_id, version = excluded.version, erased_at = excluded.erased_at, updated_at = now()`,
    values: [workspaceId, JSON.stringify(customers)],
  })
}
