import type { FieldGroup, Grant, MoneyLimits, Permission } from '#contract/permissions.ts'
import type { Db, Tx } from '#platform/db.ts'
import type { ApiKey, Role } from './types.ts'

/** Every role of a workspace. */
export function loadRoles(db: Db, workspaceId: string): Promise<Role[]> {
  return db.query({
    name: 'roles',
    text: 'select code, label, permissions, hides, money_limits as "moneyLimits" from roles where workspace_id = $1 order by code',
    values: [workspaceId],
  })
}

/** New roles are inserted, known ones overwritten. */
export function writeRoles(tx: Tx, workspaceId: string, roles: readonly Role[]): void {
  if (roles.length === 0) return
  tx.send({
    name: 'write_roles',
    text: `insert into roles (workspace_id, code, label, permissions, hides, money_limits)
      select $1, r.code, r.label, r.permissions, array(select json_array_elements_text(r.hides)), r."moneyLimits"
      from json_to_recordset($2::json) as r(code text, label jsonb, permissions jsonb, hides json, "moneyLimits" jsonb)
      on conflict (workspace_id, code) do update
        set label = excluded.label, permissions = excluded.permissions, hides = excluded.hides, money_limits = excluded.money_limits`,
    values: [workspaceId, JSON.stringify(roles)],
  })
}

// A kiosk acts where its register stands, every other key where it says.
const keyPlaces = `case k.kind when 'kiosk' then array(select g.location_id from registers g where g.workspace_id = k.workspace_id and g.id = k.register_id) else k.location_ids end`

/** Every API key of a workspace, without secrets; the newest first. */
export function listApiKeys(db: Db, workspaceId: string): Promise<ApiKey[]> {
  return db.query({
    name: 'api_keys',
    text: `select k.id, k.kind, k.register_id as "registerId", k.name, k.role, k.permissions, ${keyPlaces} as "locationIds", k.expires_at as "expiresAt", k.revoked_at as "revokedAt",
        k.last_used_at as "lastUsedAt", k.created_at as "createdAt", e.actor_id as "madeBy"
      from api_keys k left join events e on e.workspace_id = k.workspace_id and e.subject = 'api_key' and e.subject_id = k.id and e.seq = 1
      where k.workspace_id = $1 order by k.created_at desc, k.id`,
    values: [workspaceId],
  })
}

export interface ApiKeyToInsert {
  id: string
  /** The register that a kiosk stands at; null for every other key. */
  registerId: string | null
  name: string
  secretHash: string
  role: string
  permissions: readonly Permission[] | null
  locationIds: readonly string[] | null
  expiresAt: string | null
}

export function insertApiKeys(tx: Tx, workspaceId: string, keys: readonly ApiKeyToInsert[]): void {
  if (keys.length === 0) return
  tx.send({
    name: 'insert_api_keys',
    text: `insert into api_keys (workspace_id, id, kind, register_id, name, secret_hash, role, permissions, location_ids, expires_at)
      select $1, r.id, case when r."registerId" is null then 'api' else 'kiosk' end, r."registerId", r.name, r."secretHash", r.role,
        case when json_typeof(r.permissions) = 'array' then array(select json_array_elements_text(r.permissions)) end,
        case when json_typeof(r."locationIds") = 'array' then array(select json_array_elements_text(r."locationIds")::uuid) end, r."expiresAt"
      from json_to_recordset($2::json) as r(id uuid, "registerId" uuid, name text, "secretHash" text, role text, permissions json, "locationIds" json, "expiresAt" timestamptz)`,
    values: [workspaceId, JSON.stringify(keys)],
  })
}

/** Which of these keys there are, what each may do and since when it is revoked, locked in the order of their ids. */
export function lockApiKeys(
  tx: Tx,
  workspaceId: string,
  ids: readonly string[],
): Promise<Pick<ApiKey, 'id' | 'role' | 'permissions' | 'locationIds' | 'revokedAt'>[]> {
  return tx.query({
    name: 'lock_api_keys',
    text: `select k.id, k.role, k.permissions, ${keyPlaces} as "locationIds", k.revoked_at as "revokedAt"
      from api_keys k where k.workspace_id = $1 and k.id = any($2::uuid[]) order by k.id for update of k`,
    values: [workspaceId, ids],
  })
}

export function markRevoked(tx: Tx, workspaceId: string, ids: readonly string[], at: string): void {
  tx.send({
    name: 'revoke_api_keys',
    text: 'update api_keys set revoked_at = $3 where workspace_id = $1 and id = any($2::uuid[])',
    values: [workspaceId, ids, at],
  })
}

/** What a role gives and keeps from its holder, and the customers granted to them. */
export interface RoleRights {
  grants: Grant[]
  hides: FieldGroup[]
  moneyLimits: MoneyLimits
  customerIds: string[]
}

/** Whose key it is, and what its role gives; a role that is gone gives nothing. */
export interface KeyHolder extends RoleRights {
  workspaceId: string
  language: string
  keyId: string
  kind: 'api' | 'kiosk'
  /** Where a kiosk stands; null for other keys. */
  registerId: string | null
  permissions: Permission[] | null
  /** Of a kiosk, the place of its register. */
  locationIds: string[] | null
  expiresAt: string | null
  revokedAt: string | null
}

/** Whose key this is, in any workspace: for `docket_system` only. */
export async function findKeyHolder(tx: Tx, secretHash: string): Promise<KeyHolder | undefined> {
  const [row] = await tx.query<KeyHolder>({
    name: 'key_holder',
    text: `select k.workspace_id as "workspaceId", w.language, k.id as "keyId", k.kind, k.register_id as "registerId", k.permissions,
        ${keyPlaces} as "locationIds", k.expires_at as "expiresAt", k.revoked_at as "revokedAt",
        coalesce(r.permissions, '[]') as grants, coalesce(r.hides, '{}') as hides, coalesce(r.money_limits, '{}') as "moneyLimits",
        array(select c.customer_id::text from customer_grants c where c.workspace_id = k.workspace_id and c.principal_id = k.id) as "customerIds"
      from api_keys k join workspaces w on w.workspace_id = k.workspace_id left join roles r on r.workspace_id = k.workspace_id and r.code = k.role
      where k.secret_hash = $1`,
    values: [secretHash],
  })
  return row
}

/** When keys were last used, in any workspace: for `docket_system` only. */
export function noteUse(tx: Tx, uses: readonly { workspaceId: string; keyId: string; at: string }[]): void {
  tx.send({
    name: 'note_key_use',
    text: `update api_keys k set last_used_at = greatest(k.last_used_at, r.at)
      from json_to_recordset($1::json) as r("workspaceId" uuid, "keyId" uuid, at timestamptz)
      where k.workspace_id = r."workspaceId" and k.id = r."keyId"`,
    values: [JSON.stringify(uses)],
  })
}

/** Lets a principal read the orders of customers wherever they are; repeating it changes nothing. */
export function grantCustomers(
  tx: Tx,
  workspaceId: string,
  grants: readonly { principalId: string; customerId: string; grantedBy: string }[],
): void {
  if (grants.length === 0) return
  tx.send({
    name: 'grant_customers',
    text: `insert into customer_grants (workspace_id, principal_id, customer_id, granted_by)
      select $1, r."principalId", r."customerId", r."grantedBy" from json_to_recordset($2::json) as r("principalId" uuid, "customerId" uuid, "grantedBy" uuid)
      on conflict do nothing`,
    values: [workspaceId, JSON.stringify(grants)],
  })
}

/** Of these ids, those of people and machines that the workspace knows. */
export async function knownPrincipals(db: Db, workspaceId: string, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>({
    name: 'known_principals',
    text: `select id from api_keys where workspace_id = $1 and id = any($2::uuid[])
      union all select user_id from memberships where workspace_id = $1 and user_id = any($2::uuid[])`,
    values: [workspaceId, ids],
  })
  return new Set(rows.map((row) => row.id))
}

/** A customer whose orders a principal may read wherever they are. */
export interface KeyAccount {
  principalId: string
  customerId: string
  grantedBy: string
  grantedAt: string
}

/** Every key account of a workspace, or those of one principal. */
export function loadKeyAccounts(db: Db, workspaceId: string, principalId: string | null): Promise<KeyAccount[]> {
  return db.query({
    name: 'key_accounts',
    text: `select principal_id as "principalId", customer_id as "customerId", granted_by as "grantedBy", granted_at as "grantedAt"
      from customer_grants where workspace_id = $1 and ($2::uuid is null or principal_id = $2) order by granted_at, customer_id limit 10000`,
    values: [workspaceId, principalId],
  })
}

export function revokeCustomers(tx: Tx, workspaceId: string, principalId: string, customerIds: readonly string[]): void {
  tx.send({
    name: 'revoke_customers',
    text: 'delete from customer_grants where workspace_id = $1 and principal_id = $2 and customer_id = any($3::uuid[])',
    values: [workspaceId, principalId, customerIds],
  })
}
