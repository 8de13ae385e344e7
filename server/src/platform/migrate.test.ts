import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDatabase } from '#server/testing/test-database.ts'
import { migrate } from './migrate.ts'

let database: Awaited<ReturnType<typeof emptyDatabase>>
let folder: string
beforeEach(async () => {
  database = await emptyDatabase()
  folder = mkdtempSync(join(tmpdir(), 'docket-migrations-'))
  file('0001_cups.sql', 'create table cups (id int)')
})
afterEach(async () => {
  await database.drop()
  rmSync(folder, { recursive: true })
})

const file = (name: string, sql: string): void => writeFileSync(join(folder, name), sql)

async function asOwner<R extends pg.QueryResultRow>(statement: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('set role docket_owner')
  const { rows } = await client.query<R>(statement)
  await client.end()
  return rows
}

test('an empty database gets everything, owned by docket_owner and not by the role that signs in', async () => {
  expect(await migrate(database.url, folder)).toEqual({ applied: ['graphile-worker@0.18.0', '0001_cups.sql'] })
  const owners = await asOwner(`
    select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace in ('docket'::regnamespace, 'graphile_worker'::regnamespace)`)
  expect(owners).toEqual([{ owner: 'docket_owner' }])
})

test('a second time there is nothing to do', async () => {
  await migrate(database.url, folder)
  expect(await migrate(database.url, folder)).toEqual({ applied: [] })
})

test('two at once take turns, and each migration is applied once', async () => {
  const done = await Promise.all([migrate(database.url, folder), migrate(database.url, folder)])
  expect(done.flatMap(({ applied }) => applied).sort()).toEqual(['0001_cups.sql', 'graphile-worker@0.18.0'])
})

test('a released migration that was changed is refused', async () => {
  await migrate(database.url, folder)
  file('0001_cups.sql', 'create table cups (id bigint)')
  await expect(migrate(database.url, folder)).rejects.toThrow('0001_cups.sql was changed after this database had it')
})

test('another kind of line end is no change', async () => {
  file('0001_cups.sql', 'create table cups (\n  id int\n)')
  await migrate(database.url, folder)
  file('0001_cups.sql', 'create table cups (\r\n  id int\r\n)')
  expect(await migrate(database.url, folder)).toEqual({ applied: [] })
})

test('a database from a newer version is refused', async () => {
  file('0002_saucers.sql', 'create table saucers (id int)')
  await migrate(database.url, folder)
  rmSync(join(folder, '0002_saucers.sql'))
  await expect(migrate(database.url, folder)).rejects.toThrow('has migration 0002_saucers.sql, which this version of Docket does not have')
})

test('numbers without a gap or a repeat are asked for', async () => {
  file('0003_spoons.sql', 'create table spoons (id int)')
  await expect(migrate(database.url, folder)).rejects.toThrow('0003_spoons.sql is out of line')
})

test('a migration that fails leaves nothing of itself behind, and those before it stand', async () => {
  file('0002_saucers.sql', 'create table saucers (id int); select 1 / 0')
  await expect(migrate(database.url, folder)).rejects.toThrow('Migration 0002_saucers.sql failed: division by zero')
  expect(
    await asOwner(`select to_regclass('docket.cups') is not null as cups, to_regclass('docket.saucers') is not null as saucers`),
  ).toEqual([{ cups: true, saucers: false }])
})

test('a migration that meets a lock steps back and comes again', async () => {
  await migrate(database.url, folder)
  file('0002_saucers.sql', 'alter table cups add column colour text')
  const reader = new pg.Client({ connectionString: database.url })
  await reader.connect()
  await reader.query('set role docket_owner; begin; select from docket.cups')
  const migrated = migrate(database.url, folder)
  // Longer than lock_timeout: the first try fails.
  setTimeout(() => void reader.query('commit').then(() => reader.end()), 2_500)
  expect(await migrated).toEqual({ applied: ['0002_saucers.sql'] })
})
