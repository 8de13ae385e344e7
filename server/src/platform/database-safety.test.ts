import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { testDatabase } from '#server/testing/test-database.ts'
import { askDatabaseSafety, type SafetyFacts, unsafeBecause, watchDatabaseSafety } from './database-safety.ts'
import { StartRefused } from './start-refused.ts'

// Debian's PostgreSQL 15 has checksums off; the check itself is read from the facts below.
const options = { allowNoChecksums: true }

let database: Awaited<ReturnType<typeof testDatabase>>
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

async function asOwner(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('set role docket_owner')
  await client.query(statement)
  await client.end()
}

test('the database that Docket makes is safe', async () => {
  expect(await askDatabaseSafety(database.url, options)).toEqual([])
})

const safe: SafetyFacts = {
  versionNumber: 180_004,
  fsync: 'on',
  fullPageWrites: 'on',
  synchronousCommit: 'on',
  dataChecksums: 'on',
  login: 'docket',
  loginIsSuperuser: false,
  loginInherits: [],
  appRole: 'docket_app',
  appIsSuperuser: false,
  appBypassesRls: false,
  appInherits: [],
  appOwns: [],
  tablesWithoutForcedRls: [],
  openPolicies: [],
}

// biome-ignore format: read it by column
test.each<[Partial<SafetyFacts>, string]>([
  [{ versionNumber: 140_012 },            'older than 15'],
  [{ fsync: 'off' },                      'fsync is off'],
  [{ fullPageWrites: 'off' },             'full_page_writes is off'],
  [{ synchronousCommit: 'off' },          'synchronous_commit is off'],
  [{ synchronousCommit: 'local' },        'synchronous_commit is local'],
  [{ synchronousCommit: 'remote_write' }, 'synchronous_commit is remote_write'],
  [{ dataChecksums: 'off' },              'data checksums are off'],
  [{ loginIsSuperuser: true },            'login role "docket" is a superuser'],
  [{ loginInherits: ['docket_system'] },  'grant docket_system to "docket" with inherit false'],
  [{ appIsSuperuser: true },              'docket_app nosuperuser'],
  [{ appBypassesRls: true },              'bypasses row-level security'],
  [{ appInherits: ['docket_system'] },    'revoke docket_system from docket_app'],
  [{ appOwns: ['orders'] },               'owns "orders"'],
  [{ tablesWithoutForcedRls: ['orders'] },'not forced on "orders"'],
  [{ openPolicies: ['all on orders'] },   'see more than one workspace'],
])('%o alone is refused, and it is said why', (broken, reason) => {
  expect(unsafeBecause({ ...safe, ...broken }, { allowNoChecksums: false })).toEqual([expect.stringContaining(reason)])
})

test('checksums that are off can be accepted by name', () => {
  expect(unsafeBecause({ ...safe, dataChecksums: 'off' }, { allowNoChecksums: true })).toEqual([])
})

test('a stronger synchronous_commit is accepted', () => {
  expect(unsafeBecause({ ...safe, synchronousCommit: 'remote_apply' }, options)).toEqual([])
})

// Each is planted in a real database, seen, and taken away again.
// biome-ignore format: read it by column
test.each([
  ['a table without row-level security',          'create table docket.planted (workspace_id uuid)',                                                     'not forced on "planted"',      'drop table docket.planted'],
  ['a table whose owner is exempt',               'create table docket.planted (workspace_id uuid); alter table docket.planted enable row level security','not forced on "planted"',      'drop table docket.planted'],
  ['a policy for everybody that asks for nothing','create policy planted on docket.orders using (true)',                                                 'planted on orders',            'drop policy planted on docket.orders'],
])('%s is refused', async (_what, plant, reason, remove) => {
  await asOwner(plant)
  const found = await askDatabaseSafety(database.url, options)
  await asOwner(remove)
  expect([found, await askDatabaseSafety(database.url, options)]).toEqual([[expect.stringContaining(reason)], []])
})

async function loseCommits(lose: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const change = lose ? 'set synchronous_commit = off' : 'reset synchronous_commit'
  await client.query(`do $$ begin execute format('alter database %I ${change}', current_database()); end $$`)
  await client.end()
}

test('a database set to lose commits is refused at the start', async () => {
  await loseCommits(true)
  const refused = await watchDatabaseSafety(database.url, options, () => {}).catch((error: unknown) => error)
  await loseCommits(false)
  expect(refused).toBeInstanceOf(StartRefused)
})

test('a database that is changed to lose commits while we run is noticed within a minute', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const noticed = Promise.withResolvers<string[]>()
  const stopLooking = await watchDatabaseSafety(database.url, options, noticed.resolve)
  await loseCommits(true)
  vi.advanceTimersByTime(60_000)
  const problems = await noticed.promise
  stopLooking()
  vi.useRealTimers()
  await loseCommits(false)
  expect(problems).toEqual([expect.stringContaining('synchronous_commit is off')])
})
