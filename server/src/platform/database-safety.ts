import pg from 'pg'
import { StartRefused } from './start-refused.ts'

/** What is known about a database's safety; every fact as the application's own sessions see it. */
export type SafetyFacts = {
  versionNumber: number
  fsync: string
  fullPageWrites: string
  synchronousCommit: string
  dataChecksums: string
  login: string
  loginIsSuperuser: boolean
  loginInherits: string[]
  appRole: string
  appIsSuperuser: boolean
  appBypassesRls: boolean
  appInherits: string[]
  appOwns: string[]
  tablesWithoutForcedRls: string[]
  openPolicies: string[]
}

export type SafetyOptions = { allowNoChecksums: boolean }

const everyMs = 60_000

/**
 * Looks whether a database may hold orders, and throws `StartRefused` with every reason against it.
 * Then looks again every minute; `onUnsafe` gets the reasons when it has become unsafe (a database that cannot be asked is not).
 * Answers how to stop looking.
 */
export async function watchDatabaseSafety(
  databaseUrl: string,
  options: SafetyOptions,
  onUnsafe: (problems: string[]) => void,
): Promise<() => void> {
  const problems = await askDatabaseSafety(databaseUrl, options)
  if (problems.length > 0)
    throw new StartRefused(['This database is not safe for orders:', ...problems.map((problem) => `- ${problem}`)].join('\n'))
  const again = async () => {
    try {
      const found = await askDatabaseSafety(databaseUrl, options)
      if (found.length > 0) onUnsafe(found)
    } catch {
      // Out of reach: the pools notice that themselves.
    }
  }
  const timer = setInterval(() => void again(), everyMs).unref()
  return () => clearInterval(timer)
}

/** One look: what speaks against the database, in sentences with the way out; empty when nothing does. */
export async function askDatabaseSafety(databaseUrl: string, options: SafetyOptions): Promise<string[]> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    options: '-c role=docket_app',
    application_name: 'docket safety',
    connectionTimeoutMillis: 15_000,
  })
  await client.connect()
  try {
    return unsafeBecause(await readFacts(client), options)
  } finally {
    await client.end()
  }
}

/** The checks themselves, without a database. */
export function unsafeBecause(facts: SafetyFacts, { allowNoChecksums }: SafetyOptions): string[] {
  const names = (list: string[]) => list.map((name) => `"${name}"`).join(', ')
  // biome-ignore format: read it by column
  const checks: Array<[unsafe: boolean, because: string]> = [
    [facts.versionNumber < 150_000,        `PostgreSQL is older than 15. Move to a newer one.`],
    [facts.fsync !== 'on',                 `fsync is ${facts.fsync}: a power cut would lose orders or destroy the database. Set fsync = on in postgresql.conf.`],
    [facts.fullPageWrites !== 'on',        `full_page_writes is ${facts.fullPageWrites}: a page torn by a power cut could not be repaired. Set full_page_writes = on.`],
    [!flushed(facts.synchronousCommit),    `synchronous_commit is ${facts.synchronousCommit} for our sessions: an accepted order could be lost. Set it to on (look at ALTER ROLE and ALTER DATABASE settings too).`],
    [facts.dataChecksums !== 'on' && !allowNoChecksums,
                                           `data checksums are off: a page damaged on disk would be read as if it were right. Stop the server, run pg_checksums --enable, start it; or accept the risk with DOCKET_ALLOW_NO_CHECKSUMS=1.`],
    [facts.loginIsSuperuser,               `the login role "${facts.login}" is a superuser. Make one that is not: create role docket login noinherit createrole password '…'; alter database … owner to docket;`],
    [facts.loginInherits.length > 0,       `the login role "${facts.login}" inherits from ${names(facts.loginInherits)}. Run: ${facts.loginInherits.map((role) => separate(role, facts)).join(' ')}`],
    [facts.appIsSuperuser,                 `the role "${facts.appRole}" is a superuser. Run: alter role ${facts.appRole} nosuperuser;`],
    [facts.appBypassesRls,                 `the role "${facts.appRole}" bypasses row-level security. Run: alter role ${facts.appRole} nobypassrls;`],
    [facts.appInherits.length > 0,         `the role "${facts.appRole}" is a member of ${names(facts.appInherits)}. Run: revoke ${facts.appInherits.join(', ')} from ${facts.appRole};`],
    [facts.appOwns.length > 0,             `the role "${facts.appRole}" owns ${names(facts.appOwns)}. Give them to docket_owner.`],
    [facts.tablesWithoutForcedRls.length > 0,
                                           `row-level security is not forced on ${names(facts.tablesWithoutForcedRls)}. Run for each: alter table docket.… enable row level security, force row level security;`],
    [facts.openPolicies.length > 0,        `a policy lets "${facts.appRole}" see more than one workspace: ${names(facts.openPolicies)}. Drop it.`],
  ]
  return checks.filter(([unsafe]) => unsafe).map(([, because]) => because)
}

const flushed = (synchronousCommit: string): boolean => synchronousCommit === 'on' || synchronousCommit === 'remote_apply'

const separate = (role: string, facts: SafetyFacts): string =>
  facts.versionNumber >= 160_000
    ? `grant ${role} to "${facts.login}" with inherit false, set true;`
    : `alter role "${facts.login}" noinherit;`

// "Inherits" is PostgreSQL's own word (pg_has_role … USAGE), so that every grantor's grant and every chain of roles counts.
async function readFacts(client: pg.Client): Promise<SafetyFacts> {
  const { rows } = await client.query<SafetyFacts>(`
    with login as (select * from pg_roles where rolname = session_user),
         app as (select * from pg_roles where rolname = current_user),
         strong as (select oid, rolname from pg_roles where rolname in ('docket_owner', 'docket_system', 'docket_search')),
         ours as (select c.* from pg_class c where c.relnamespace = to_regnamespace('docket') and c.relkind in ('r', 'p')),
         shared as (select ours.* from ours join pg_attribute a on a.attrelid = ours.oid and a.attname = 'workspace_id' and not a.attisdropped)
    select current_setting('server_version_num')::int as "versionNumber",
           current_setting('fsync') as "fsync",
           current_setting('full_page_writes') as "fullPageWrites",
           current_setting('synchronous_commit') as "synchronousCommit",
           current_setting('data_checksums') as "dataChecksums",
           login.rolname::text as "login",
           login.rolsuper as "loginIsSuperuser",
           array(select rolname::text from pg_roles where rolname like 'docket\\_%' and rolname <> login.rolname
                  and not login.rolsuper and pg_has_role(login.oid, oid, 'USAGE') order by 1) as "loginInherits",
           app.rolname::text as "appRole",
           app.rolsuper as "appIsSuperuser",
           app.rolbypassrls as "appBypassesRls",
           array(select rolname::text from strong where not app.rolsuper and pg_has_role(app.oid, oid, 'MEMBER') order by 1) as "appInherits",
           array(select relname::text from ours where relowner = app.oid order by 1) as "appOwns",
           array(select relname::text from shared where not (relrowsecurity and relforcerowsecurity) order by 1) as "tablesWithoutForcedRls",
           array(select p.polname || ' on ' || shared.relname from pg_policy p join shared on shared.oid = p.polrelid
                  where p.polpermissive
                    and exists (select from unnest(p.polroles) as r(oid) where r.oid = 0 or (not app.rolsuper and pg_has_role(app.oid, r.oid, 'MEMBER')))
                    and (pg_get_expr(p.polqual, p.polrelid) not like '%docket.workspace%'
                         or pg_get_expr(p.polwithcheck, p.polrelid) not like '%docket.workspace%') order by 1) as "openPolicies"
      from login, app`)
  const facts = rows[0]
  if (!facts) throw new Error('The database answered the question about its safety with nothing.')
  return facts
}
