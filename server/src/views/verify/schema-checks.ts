import { readMigrations } from '#platform/migrate.ts'
import { databaseRoles } from '#platform/roles.ts'
import type { Reader, Row } from './snapshot.ts'
import type { Tally } from './tally.ts'

/** The schema itself: made by our migrations and nothing else, and still keeping workspaces and roles apart. */
export async function checkSchema(reader: Reader, tally: Tally): Promise<void> {
  for (const [invariant, check] of [
    ['schema.migrations', checkMigrations],
    ['workspaces.isolation', checkIsolation],
    ['workspaces.references', checkWorkspaces],
  ] as const) {
    const startedAt = performance.now()
    await check(reader, tally)
    tally.took(invariant, performance.now() - startedAt)
  }
}

async function checkMigrations(reader: Reader, tally: Tally): Promise<void> {
  const files = await readMigrations()
  const applied = new Map((await reader.rows('select name, checksum from schema_migrations')).map(([name, checksum]) => [name, checksum]))
  tally.checked('schema.migrations', files.length)
  for (const { name, checksum } of files) {
    if (!applied.has(name)) tally.wrong('schema.migrations', { migration: name, why: 'the database does not have it' })
    else if (applied.get(name) !== checksum)
      tally.wrong('schema.migrations', { migration: name, stored: applied.get(name) ?? null, expected: checksum })
    applied.delete(name)
  }
  for (const name of applied.keys())
    if (name?.endsWith('.sql')) tally.wrong('schema.migrations', { migration: name, why: 'this version does not have it' })
  const invalid = await reader.rows(
    `select 'index', indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = 'docket'::regnamespace and not i.indisvalid
     union all select 'constraint', conrelid::regclass || '.' || conname from pg_constraint where connamespace = 'docket'::regnamespace and not convalidated`,
  )
  for (const [what, name] of invalid) tally.wrong('schema.migrations', { [what ?? '']: name ?? '', why: 'it is not valid' })
}

// ─── Who may touch what ──────────────────────────────────────────────────────────────────────────────────────────────

const ofThisWorkspace = /^\(workspace_id = \( ?SELECT \(?current_setting\('docket\.workspace'::text\)\)?::uuid AS current_setting\)\)$/
const ofADemo = /^demo$|^\(EXISTS \( SELECT FROM (docket\.)?workspaces w WHERE \(\(w\.workspace_id = \w+\.workspace_id\) AND w\.demo\)\)\)$/

// biome-ignore format: read it by column
const policies: Record<string, { role: string; command: string; using: RegExp; check: RegExp }> = {
  app_workspace: { role: 'docket_app',    command: '*', using: ofThisWorkspace, check: ofThisWorkspace },
  system_all:    { role: 'docket_system', command: '*', using: /^true$/,        check: /^true$/ },
  owner_reads:   { role: 'docket_owner',  command: 'r', using: /^true$/,        check: /^$/ },
  search_reads:  { role: 'docket_search', command: 'r', using: /^true$/,        check: /^$/ },
  owner_removes: { role: 'docket_owner',  command: 'd', using: ofADemo,         check: /^$/ },
}

/** What nobody but the owner may do to history. */
// biome-ignore format: read it by column
const kept: Record<string, readonly string[]> = {
  orders:        ['DELETE', 'TRUNCATE'],
  order_lines:   ['DELETE', 'TRUNCATE'],
  returns:       ['UPDATE', 'DELETE', 'TRUNCATE'],
  return_lines:  ['UPDATE', 'DELETE', 'TRUNCATE'],
  movements:     ['UPDATE', 'DELETE', 'TRUNCATE'],
  reservations:  ['DELETE', 'TRUNCATE'],
  money_entries: ['UPDATE', 'DELETE', 'TRUNCATE'],
  events:        ['UPDATE', 'DELETE', 'TRUNCATE'],
  commits:       ['UPDATE', 'DELETE', 'TRUNCATE'],
}

async function checkIsolation(reader: Reader, tally: Tally): Promise<void> {
  const wrong = (of: string, why: string) => tally.wrong('workspaces.isolation', { of, why })
  const tables = await reader.rows(
    `select c.relname, c.relrowsecurity, c.relforcerowsecurity from pg_class c where c.oid in (${tablesOfWorkspaces}) order by 1`,
  )
  tally.checked('workspaces.isolation', tables.length)
  const found = await reader.rows(
    `select c.relname, p.polname, p.polcmd, p.polpermissive, (select string_agg(r.rolname, ' ') from pg_roles r where r.oid = any(p.polroles)),
       coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
     from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = 'docket'::regnamespace`,
  )
  const policiesOf = Map.groupBy(found, ([table]) => table ?? '')
  for (const [table = '', secured, forced] of tables) {
    if (secured !== 't' || forced !== 't') wrong(table ?? '', 'row-level security is not forced')
    const own = policiesOf.get(table ?? '') ?? []
    for (const needed of ['app_workspace', 'owner_reads'])
      if (!own.some(([, name]) => name === needed)) wrong(table ?? '', `policy ${needed} is missing`)
    for (const policy of own) if (!isAsMade(policy)) wrong(table ?? '', `policy ${policy[1]} is not as it was made`)
  }
  const tooMuch = await reader.rows(
    `select r.rolname, 'it is superuser or bypasses row-level security' from pg_roles r where r.rolname = any($1::text[]) and (r.rolsuper or r.rolbypassrls)
     union all
     select m.rolname, 'it is a member of ' || r.rolname from pg_roles m, pg_roles r
       where m.rolname = any($1::text[]) and r.rolname = any($1::text[]) and m.oid <> r.oid and pg_has_role(m.oid, r.oid, 'USAGE')
     union all
     select role, 'it may ' || lower(privilege) || ' ' || name from unnest($2::text[], $3::text[]) as k(name, privilege), unnest(array['docket_app', 'docket_system', 'public']) as role
       where has_table_privilege(role, 'docket.' || name, privilege)`,
    [databaseRoles, ...columnsOfKept()],
  )
  for (const [role, why] of tooMuch) wrong(role ?? '', why ?? '')
}

function isAsMade([, name, command, permissive, roles, using, check]: Row): boolean {
  const made = policies[name ?? '']
  const flat = (text: string | null | undefined) => (text ?? '').replaceAll(/\s+/g, ' ')
  return (
    made !== undefined &&
    permissive === 't' &&
    roles === made.role &&
    command === made.command &&
    made.using.test(flat(using)) &&
    made.check.test(flat(check))
  )
}

function columnsOfKept(): [string[], string[]] {
  const pairs = Object.entries(kept).flatMap(([table, privileges]) => privileges.map((privilege) => [table, privilege] as const))
  return [pairs.map(([table]) => table), pairs.map(([, privilege]) => privilege)]
}

const tablesOfWorkspaces = `select c.oid from pg_class c where c.relnamespace = 'docket'::regnamespace and c.relkind = 'r'
  and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped)`

/** Rows of a workspace that is not there; each table is asked for its workspaces alone, index step by index step. */
async function checkWorkspaces(reader: Reader, tally: Tally): Promise<void> {
  const tables = await reader.rows(`select c.relname from pg_class c where c.oid in (${tablesOfWorkspaces}) order by 1`)
  for (const [table] of tables) {
    const strays = await reader.rows(
      `with recursive seen as (
         (select workspace_id from ${table} order by 1 limit 1)
         union all
         select (select t.workspace_id from ${table} t where t.workspace_id > s.workspace_id order by 1 limit 1) from seen s where s.workspace_id is not null)
       select workspace_id from seen s where workspace_id is not null and not exists (select from workspaces w where w.workspace_id = s.workspace_id)`,
    )
    for (const [workspaceId] of strays)
      tally.wrong('workspaces.references', {
        workspace: workspaceId ?? '',
        reference: `${table}.workspace_id`,
        why: 'there is no such workspace',
      })
  }
}
