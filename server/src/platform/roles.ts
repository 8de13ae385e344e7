import type { ClientBase } from 'pg'
import { escapeIdentifier } from 'pg'
import { StartRefused } from './start-refused.ts'

/** The roles that own and use the database. None can sign in; the login role of the connection changes into them. */
export const databaseRoles = ['docket_owner', 'docket_app', 'docket_system', 'docket_search'] as const

/**
 * Makes sure that the four roles exist, that the login role may change into them without inheriting from them,
 * and that `docket_owner` may create schemas in this database. Does nothing when all of that is so.
 * `login` names another login role than the one signed in as; an administrator prepares for it.
 * Throws `StartRefused` with the SQL that an administrator runs once when the login role may not do it itself.
 */
export async function ensureRoles(client: ClientBase, login?: string): Promise<void> {
  const state = await readState(client, login)
  const statements = missingStatements(state)
  if (statements.length === 0) return
  await client.query('begin')
  try {
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    if (somebodyElseJustDid(error)) return ensureRoles(client, login)
    if (codeOf(error) === insufficientPrivilege) throw new StartRefused(askAdministrator(state.login, statements))
    throw error
  }
  // A GRANT of what one may not hand on can be a warning only.
  const left = missingStatements(await readState(client, login))
  if (left.length > 0) throw new StartRefused(askAdministrator(state.login, left))
}

const insufficientPrivilege = '42501'
// Roles belong to the whole server: two databases of it may be prepared at one moment (duplicate role, duplicate key, "tuple concurrently updated").
const somebodyElseJustDid = (error: unknown): boolean =>
  codeOf(error) === '42710' || codeOf(error) === '23505' || (error instanceof Error && error.message === 'tuple concurrently updated')

type State = {
  login: string
  database: string
  major: number
  loginInherits: boolean
  missing: string[]
  notMember: string[]
  ownerMayCreate: boolean
  ownerMaySearch: boolean
}

async function readState(client: ClientBase, loginName?: string): Promise<State> {
  const { rows } = await client.query<{ login: string; database: string; version: number; inherits: boolean }>(
    `select rolname as login, current_database()::text as database, current_setting('server_version_num')::int as version,
            rolinherit as inherits
       from pg_roles login where rolname = coalesce($1, session_user)`,
    [loginName ?? null],
  )
  const login = rows[0]
  if (!login) throw new StartRefused('The role that DATABASE_URL signs in as cannot be found in pg_roles.')
  const major = Math.floor(login.version / 10_000)
  if (major < 15) throw new StartRefused(`This PostgreSQL is version ${major}; Docket needs 15 or newer.`)
  const canChangeInto = major >= 16 ? 'SET' : 'MEMBER'
  const roles = await client.query<{ name: string; found: boolean; member: boolean; may_create: boolean; may_search: boolean }>(
    `select wanted.name, r.oid is not null as found,
            coalesce(pg_has_role($3::name, r.oid, $2), false) as member,
            coalesce(has_database_privilege(r.oid, current_database(), 'CREATE'), false) as may_create,
            coalesce(pg_has_role(r.oid, (select oid from pg_roles where rolname = 'docket_search'), $2), false) as may_search
       from unnest($1::text[]) as wanted(name) left join pg_roles r on r.rolname = wanted.name`,
    [databaseRoles, canChangeInto, login.login],
  )
  const owner = roles.rows.find((role) => role.name === 'docket_owner')
  return {
    login: login.login,
    database: login.database,
    major,
    loginInherits: login.inherits,
    missing: roles.rows.filter((role) => !role.found).map((role) => role.name),
    notMember: roles.rows.filter((role) => !role.member).map((role) => role.name),
    ownerMayCreate: owner?.may_create ?? false,
    ownerMaySearch: owner?.may_search ?? false,
  }
}

// PostgreSQL 15 has no INHERIT option per membership: there the login role itself must be NOINHERIT.
function missingStatements(state: State): string[] {
  const login = escapeIdentifier(state.login)
  const separately = state.major >= 16 ? ' with inherit false, set true' : ''
  return [
    ...state.missing.map((role) => `create role ${role} nologin noinherit`),
    ...state.notMember.map((role) => `grant ${role} to ${login}${separately}`),
    ...(state.major < 16 && state.loginInherits ? [`alter role ${login} noinherit`] : []),
    // The owner hands the search functions to docket_search.
    ...(state.ownerMaySearch ? [] : [`grant docket_search to docket_owner${separately}`]),
    ...(state.ownerMayCreate ? [] : [`grant create on database ${escapeIdentifier(state.database)} to docket_owner`]),
  ]
}

function askAdministrator(login: string, statements: string[]): string {
  return [
    `The login role "${login}" may not prepare the database. An administrator of the database server runs this once, in this database:`,
    '',
    ...statements.map((statement) => `  ${statement};`),
    '',
    'Then start Docket again.',
  ].join('\n')
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
