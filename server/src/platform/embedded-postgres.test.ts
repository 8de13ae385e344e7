import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askDatabaseSafety } from './database-safety.ts'
import { type EmbeddedPostgres, embeddedPostgresUrl, startEmbeddedPostgres } from './embedded-postgres.ts'
import { migrate } from './migrate.ts'

// One server of its own, with a superuser: here the settings of a whole server are broken, one after the other.

const options = { allowNoChecksums: false }
let parent: string
let folder: string
let server: EmbeddedPostgres
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'docket embedded '))
  chmodSync(parent, 0o755)
  folder = join(parent, 'data')
  server = await startEmbeddedPostgres(folder, () => {})
  await migrate(server.url)
})
afterAll(async () => {
  await server.stop()
  rmSync(parent, { recursive: true })
})

async function asSuperuser(...statements: string[]): Promise<void> {
  const { superPassword }: { superPassword: string } = JSON.parse(readFileSync(join(folder, 'database.json'), 'utf8'))
  const url = new URL(server.url)
  url.username = 'postgres'
  url.password = superPassword
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

test('the server that comes along is safe, with checksums', async () => {
  expect(await askDatabaseSafety(server.url, options)).toEqual([])
})

// biome-ignore format: read it by column
test.each([
  ['fsync is off',                                 ['alter system set fsync = off', 'select pg_reload_conf()'],                     ['alter system reset fsync', 'select pg_reload_conf()']],
  ['full_page_writes is off',                      ['alter system set full_page_writes = off', 'select pg_reload_conf()'],          ['alter system reset full_page_writes', 'select pg_reload_conf()']],
  ['synchronous_commit is off',                    ['alter role docket set synchronous_commit = off'],                              ['alter role docket reset synchronous_commit']],
  ['login role "docket" is a superuser',           ['alter role docket superuser'],                                                 ['alter role docket nosuperuser']],
  ['"docket" inherits from "docket_system"',       ['grant docket_system to docket with inherit true'],                             ['grant docket_system to docket with inherit false']],
  ['"docket_app" is a superuser',                  ['alter role docket_app superuser'],                                             ['alter role docket_app nosuperuser']],
  ['"docket_app" bypasses row-level security',     ['alter role docket_app bypassrls'],                                             ['alter role docket_app nobypassrls']],
  ['"docket_app" is a member of "docket_system"',  ['grant docket_system to docket_app'],                                           ['revoke docket_system from docket_app']],
  ['"docket_app" owns "planted"',                  ['create table docket.planted ()', 'alter table docket.planted owner to docket_app'], ['drop table docket.planted']],
])('refused: %s', async (reason, plant, remove) => {
  await asSuperuser(...plant)
  // A reload reaches the sessions that come after it, a moment later.
  await expect.poll(() => askDatabaseSafety(server.url, options)).toEqual(expect.arrayContaining([expect.stringContaining(reason)]))
  await asSuperuser(...remove)
  await expect.poll(() => askDatabaseSafety(server.url, options)).toEqual([])
})

test('passwords are in a file that only its owner can read', () => {
  expect(embeddedPostgresUrl(folder)).toBe(server.url)
})

test('a second first start, after one that was killed while it made the files, begins again', async () => {
  const other = join(parent, 'killed')
  mkdirSync(join(other, 'postgres.new', 'base'), { recursive: true })
  writeFileSync(join(other, 'postgres.new', 'PG_VERSION'), '18\n')
  const second = await startEmbeddedPostgres(other, () => {})
  await second.stop()
  expect([existsSync(join(other, 'postgres.new')), existsSync(join(other, 'postgres', 'PG_VERSION'))]).toEqual([false, true])
})

test('files of another major version are refused with the way out', async () => {
  const other = join(parent, 'older')
  mkdirSync(join(other, 'postgres'), { recursive: true })
  writeFileSync(join(other, 'postgres', 'PG_VERSION'), '16\n')
  await expect(startEmbeddedPostgres(other, () => {})).rejects.toThrow('was made by PostgreSQL 16; this version brings 18')
})

test('stopped, it says so to whoever waits for its end', async () => {
  const second = await startEmbeddedPostgres(join(parent, 'stopped'), () => {})
  await second.stop()
  expect(await second.ended).toContain('database system is shut down')
})

test('a lock left by a power cut, whose number belongs to another process by now, does not stop the start', async () => {
  const other = join(parent, 'cut off')
  await (await startEmbeddedPostgres(other, () => {})).stop()
  writeFileSync(join(other, 'postgres', '.s.PGSQL.5432.lock'), `${server.pid}\n${other}/postgres\n0\n5432\n${other}/postgres\n`)
  const again = await startEmbeddedPostgres(other, () => {})
  await again.stop()
  expect(again.adopted).toBe(false)
})
