import type { Db, Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { RoleRights } from './store.ts'

/** A person, whatever workspaces they are in. */
export interface User {
  id: string
  /** In lower case; unique. */
  email: string
  name: string
}

/** One device that is signed in. */
export interface Session {
  id: string
  address: string
  userAgent: string
  createdAt: string
  seenAt: string
  expiresAt: string
}

// Everything here crosses workspaces: for `docket_system` only.

/** Makes a person with a password. False where the e-mail is taken: nothing is changed then. */
export async function insertUser(tx: Tx, { id, email, name }: User, passwordHash: string): Promise<boolean> {
  const rows = await tx.query({
    name: 'insert_user',
    text: 'insert into users (id, email, name) values ($1, $2, $3) on conflict (email) do nothing returning id',
    values: [id, email, name],
  })
  if (rows.length === 0) return false
  tx.send({
    name: 'insert_account',
    text: `insert into accounts (id, user_id, provider_id, account_id, password) values ($1, $2::uuid, 'credential', $2::text, $3)`,
    values: [newId(), id, passwordHash],
  })
  return true
}

export async function findUsers(
  db: Db,
  { ids = [], emails = [] }: { ids?: readonly string[]; emails?: readonly string[] },
): Promise<User[]> {
  return db.query({
    name: 'find_users',
    text: 'select id, email, name from users where id = any($1::uuid[]) or email = any($2::text[])',
    values: [ids, emails],
  })
}

/** Who has an e-mail, and what is kept of their password; null where they have none. One statement, whoever it is. */
export async function findCredential(db: Db, email: string): Promise<{ userId: string; kept: string | null } | undefined> {
  const [row] = await db.query<{ userId: string; kept: string | null }>({
    name: 'find_credential',
    text: `select u.id as "userId", a.password as kept from users u left join accounts a on a.user_id = u.id and a.provider_id = 'credential' where u.email = $1`,
    values: [email],
  })
  return row
}

/** What is kept of a person's password; undefined where they have none. */
export async function findPassword(db: Db, userId: string): Promise<string | undefined> {
  const [row] = await db.query<{ password: string | null }>({
    name: 'find_password',
    text: `select password from accounts where user_id = $1 and provider_id = 'credential'`,
    values: [userId],
  })
  return row?.password ?? undefined
}

/** A session without use ends after so long. */
export const sessionIdleSeconds = 8 * 3_600

// The name of the condition "is still alive" in every statement about sessions.
const alive = `s.expires_at > now() and s.seen_at > now() - interval '${sessionIdleSeconds} seconds'`

/** The devices of a person that are signed in, the newest use first. */
export function listSessions(db: Db, userId: string): Promise<Session[]> {
  return db.query({
    name: 'list_sessions',
    text: `select id, ip_address as address, user_agent as "userAgent", created_at as "createdAt", seen_at as "seenAt", expires_at as "expiresAt"
      from sessions s where user_id = $1 and ${alive} order by seen_at desc, id`,
    values: [userId],
  })
}

/** Ends sessions of a person: the one named, or all but it. Answers how many ended. */
export async function endSessions(tx: Tx, userId: string, which: { only: string } | { allBut: string }): Promise<number> {
  const rows = await tx.query({
    name: 'only' in which ? 'end_session' : 'end_other_sessions',
    text: `delete from sessions where user_id = $1 and id ${'only' in which ? '=' : '<>'} $2 returning id`,
    values: [userId, 'only' in which ? which.only : which.allBut],
  })
  return rows.length
}

/** Sessions that ended by themselves are thrown away. */
export function sweepSessions(tx: Tx): void {
  tx.send({ text: `delete from sessions s where not (${alive})`, values: [] })
}

/** When sessions were last used. */
export function noteSessionUse(tx: Tx, uses: readonly { id: string; at: string }[]): void {
  tx.send({
    name: 'note_session_use',
    text: `update sessions s set seen_at = greatest(s.seen_at, r.at) from json_to_recordset($1::json) as r(id uuid, at timestamptz) where s.id = r.id`,
    values: [JSON.stringify(uses)],
  })
}

/** Who is signed in with a session, where they are a member, and what they are in the workspace that was asked for. */
export interface SessionHolder {
  sessionId: string
  userId: string
  email: string
  name: string
  expiresAt: string
  workspaces: { code: string; name: string; role: string }[]
  /** Null where the workspace asked for is none of theirs, or several are and none was asked for. */
  here: MemberRights | null
}

/** A member's rights, as their role, their team and their key accounts make them. */
export interface MemberRights extends RoleRights {
  workspaceId: string
  language: string
  role: string
  locationIds: string[] | null
  /** Everybody below them by `reportsTo`. */
  teamIds: string[]
}

/**
 * Everybody below a member, as an array: SQL of a workspace and a person. Who reports to one person each comes back to where it began only
 * through that one: leaving it out ends every circle. (`union` would set aside memory for the millions that PostgreSQL expects.)
 */
export const teamOf = (workspaceId: string, userId: string): string => `array(with recursive below(id) as (
    select m.user_id from memberships m where m.workspace_id = ${workspaceId} and m.reports_to = ${userId}
    union all select m.user_id from below b cross join lateral (
      select n.user_id from memberships n where n.workspace_id = ${workspaceId} and n.reports_to = b.id and n.user_id <> ${userId} offset 0) m)
  select id from below)`

/** One look-up: session, person, memberships, role, team and grants. `workspace` is a code; null takes the only one there is. */
export async function findSessionHolder(tx: Db, tokenHash: string, workspace: string | null): Promise<SessionHolder | undefined> {
  const [row] = await tx.query<SessionHolder>({
    name: 'session_holder',
    text: `with mine as (
        select s.id as "sessionId", u.id as "userId", u.email, u.name, s.expires_at as "expiresAt", m.workspace_id, m.role, m.location_ids, w.code, w.name as workspace, w.language
        from sessions s join users u on u.id = s.user_id
          left join memberships m on m.user_id = u.id and m.status = 'active' left join workspaces w on w.workspace_id = m.workspace_id
        where s.token_hash = $1 and ${alive}
      ), here as (
        select * from mine where workspace_id is not null and (code = $2 or ($2::text is null and (select count(*) from mine) = 1))
      )
      select "sessionId", "userId", email, name, "expiresAt",
        (select coalesce(json_agg(json_build_object('code', code, 'name', workspace, 'role', role) order by code) filter (where code is not null), '[]') from mine) as workspaces,
        (select json_build_object('workspaceId', h.workspace_id, 'language', h.language, 'role', h.role, 'locationIds', h.location_ids,
            'grants', r.permissions, 'hides', r.hides, 'moneyLimits', r.money_limits,
            'customerIds', array(select g.customer_id from customer_grants g where g.workspace_id = h.workspace_id and g.principal_id = h."userId"),
            'teamIds', ${teamOf('h.workspace_id', 'h."userId"')})
          from here h join roles r on r.workspace_id = h.workspace_id and r.code = h.role) as here
      from mine limit 1`,
    values: [tokenHash, workspace],
  })
  return row
}

/** Sets another password and ends every session of the person. */
export function resetPassword(tx: Tx, userId: string, passwordHash: string): void {
  tx.send({
    name: 'reset_password',
    text: `insert into accounts (id, user_id, provider_id, account_id, password) values ($1, $2::uuid, 'credential', $2::text, $3)
      on conflict (provider_id, account_id) do update set password = excluded.password, updated_at = now()`,
    values: [newId(), userId, passwordHash],
  })
  tx.send({ name: 'end_sessions', text: 'delete from sessions where user_id = $1', values: [userId] })
}
