import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { askDatabaseSafety } from './database-safety.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { migrate } from './migrate.ts'
import { databaseRoles } from './roles.ts'

// Roles belong to a whole server: this file has one of its own, with a superuser, where they are dropped and made again.

let folder: string
let server: EmbeddedPostgres
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docket-roles-'))
  chmodSync(folder, 0o755)
  server = await startEmbeddedPostgres(folder, () => {})
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

beforeEach(async () => {
  await asSuperuser('postgres', 'drop database if exists docket', 'drop database if exists shop')
  await asSuperuser('postgres', ...databaseRoles.map((role) => `drop role if exists ${role}`), 'drop role if exists visitor')
})

async function asSuperuser(database: string, ...statements: string[]): Promise<void> {
  const { superPassword }: { superPassword: string } = JSON.parse(readFileSync(join(folder, 'database.json'), 'utf8'))
  const client = new pg.Client({ connectionString: urlFor('postgres', superPassword, database) })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

function urlFor(role: string, password: string, database: string): string {
  const url = new URL(server.url)
  Object.assign(url, { username: role, password, pathname: `/${database}` })
  return url.href
}

const visitor = () => urlFor('visitor', 'x', 'shop')

/** The SQL that a refusal asks an administrator to run. */
async function askedFor(databaseUrl: string): Promise<string[]> {
  const refused = await migrate(databaseUrl).catch((error: unknown) => String(error))
  if (typeof refused !== 'string') throw new Error('It was not refused.')
  return refused
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim())
}

test('a login that may make roles makes what it needs, inherits nothing, and is safe', async () => {
  await asSuperuser('postgres', `create role visitor login createrole password 'x'`, 'create database shop owner visitor')
  await migrate(visitor())
  expect(await askDatabaseSafety(visitor(), { allowNoChecksums: false })).toEqual([])
})

test('a login that may not is refused with the SQL that an administrator runs, and that SQL is enough', async () => {
  await asSuperuser('postgres', `create role visitor login password 'x'`, 'create database shop owner visitor')
  const statements = await askedFor(visitor())
  await asSuperuser('shop', ...statements)
  await migrate(visitor())
  expect(await askDatabaseSafety(visitor(), { allowNoChecksums: false })).toEqual([])
})

test('a login that does not own its database is refused until its owner allows schemas', async () => {
  await asSuperuser('postgres', `create role visitor login createrole password 'x'`, 'create database shop')
  const statements = await askedFor(visitor())
  expect(statements).toContain('grant create on database "shop" to docket_owner;')
  await asSuperuser('shop', ...statements)
  await migrate(visitor())
})

test('a refusal leaves no half of the roles behind', async () => {
  await asSuperuser('postgres', `create role visitor login createrole password 'x'`, 'create database shop')
  expect(await askedFor(visitor())).toEqual(await askedFor(visitor()))
})
