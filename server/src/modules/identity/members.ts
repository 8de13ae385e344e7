import type { Db, Tx } from '#platform/db.ts'

/** What a person is in a workspace. */
export interface Membership {
  userId: string
  role: string
  /** Where "location" scope is: null = every location. */
  locationIds: string[] | null
  reportsTo: string | null
  status: 'active' | 'disabled'
  version: number
  createdAt: string
}

/** A way in that waits for somebody. */
export interface Invitation {
  id: string
  email: string
  role: string
  locationIds: string[] | null
  reportsTo: string | null
  invitedBy: string | null
  expiresAt: string
  acceptedAt: string | null
  revokedAt: string | null
  createdAt: string
}

const memberColumns = `user_id as "userId", role, location_ids as "locationIds", reports_to as "reportsTo", status, version, created_at as "createdAt"`

/** Every member of a workspace, disabled ones too, who has been there longest first. */
export function loadMembers(db: Db, workspaceId: string): Promise<Membership[]> {
  return db.query({
    name: 'members',
    text: `select ${memberColumns} from memberships where workspace_id = $1 order by created_at, user_id`,
    values: [workspaceId],
  })
}

/** The same for a change: nobody else changes members of the workspace until it is over, which keeps an owner and makes no circles. */
export async function lockMembers(tx: Tx, workspaceId: string): Promise<Membership[]> {
  await tx.query({
    name: 'lock_members',
    text: `select pg_advisory_xact_lock(hashtextextended('members ' || $1, 0))`,
    values: [workspaceId],
  })
  return loadMembers(tx, workspaceId)
}

/** New members are inserted, known ones overwritten. */
export function writeMembers(tx: Tx, workspaceId: string, members: readonly Omit<Membership, 'createdAt'>[]): void {
  if (members.length === 0) return
  tx.send({
    name: 'write_members',
    text: `insert into memberships (workspace_id, user_id, role, location_ids, reports_to, status, version)
      select $1, r."userId", r.role, case when json_typeof(r."locationIds") = 'array' then array(select json_array_elements_text(r."locationIds")::uuid) end, r."reportsTo", r.status, r.version
      from json_to_recordset($2::json) as r("userId" uuid, role text, "locationIds" json, "reportsTo" uuid, status text, version bigint)
      on conflict (workspace_id, user_id) do update
        set role = excluded.role, location_ids = excluded.location_ids, reports_to = excluded.reports_to, status = excluded.status, version = excluded.version`,
    values: [workspaceId, JSON.stringify(members)],
  })
}

const invitationColumns = `id, email, role, location_ids as "locationIds", reports_to as "reportsTo", invited_by as "invitedBy", expires_at as "expiresAt",
  accepted_at as "acceptedAt", revoked_at as "revokedAt", created_at as "createdAt"`

/** The newest first. */
export function loadInvitations(db: Db, workspaceId: string): Promise<Invitation[]> {
  return db.query({
    name: 'invitations',
    text: `select ${invitationColumns} from invitations where workspace_id = $1 order by created_at desc, id limit 500`,
    values: [workspaceId],
  })
}

export async function lockInvitation(tx: Tx, workspaceId: string, id: string): Promise<Invitation | undefined> {
  const [row] = await tx.query<Invitation>({
    name: 'lock_invitation',
    text: `select ${invitationColumns} from invitations where workspace_id = $1 and id = $2 for update`,
    values: [workspaceId, id],
  })
  return row
}

export function insertInvitation(
  tx: Tx,
  workspaceId: string,
  { id, email, role, locationIds, reportsTo, invitedBy, expiresAt }: Omit<Invitation, 'acceptedAt' | 'revokedAt' | 'createdAt'>,
  tokenHash: string,
): void {
  tx.send({
    name: 'insert_invitation',
    text: `insert into invitations (workspace_id, id, token_hash, email, role, location_ids, reports_to, invited_by, expires_at) values ($1, $2, $3, $4, $5, $6::uuid[], $7, $8, $9)`,
    values: [workspaceId, id, tokenHash, email, role, locationIds, reportsTo, invitedBy, expiresAt],
  })
}

/** Which invitation a link is of, in any workspace, where it may still be accepted: for `docket_system` only. */
export async function findOpenInvitation(
  tx: Tx,
  tokenHash: string,
): Promise<{ workspaceId: string; id: string; email: string } | undefined> {
  const [row] = await tx.query<{ workspaceId: string; id: string; email: string }>({
    name: 'open_invitation',
    text: `select workspace_id as "workspaceId", id, email from invitations
      where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > now()`,
    values: [tokenHash],
  })
  return row
}

export function markInvitation(tx: Tx, workspaceId: string, id: string, how: { acceptedBy: string } | 'revoked', at: string): void {
  const [set, values] = how === 'revoked' ? ['revoked_at = $3', []] : ['accepted_at = $3, accepted_by = $4', [how.acceptedBy]]
  tx.send({
    name: how === 'revoked' ? 'revoke_invitation' : 'accept_invitation',
    text: `update invitations set ${set} where workspace_id = $1 and id = $2`,
    values: [workspaceId, id, at, ...values],
  })
}
