import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

/** Where `global-setup.ts` leaves word of the server and the migrated template; read by every test process. */
export const testServerVariable = 'DOCKET_TEST_SERVER'
export type TestServer = { url: string; template: string }

/**
 * Makes a fresh database with the newest schema, a copy of the run's template; takes some tens of milliseconds.
 * `drop` removes it, also when somebody is still connected.
 */
export async function testDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { url, template } = testServer()
  const name = `docket_test_${randomBytes(6).toString('hex')}`
  await onServer(url, `create database ${name} template ${template}`)
  return { url: urlOf(url, name), drop: () => dropDatabase(url, name) }
}

/** A database without any schema, for tests of the migrator itself. */
export async function emptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { url } = testServer()
  const name = `docket_test_${randomBytes(6).toString('hex')}`
  await onServer(url, `create database ${name}`)
  return { url: urlOf(url, name), drop: () => dropDatabase(url, name) }
}

function testServer(): TestServer {
  const said = process.env[testServerVariable]
  if (!said) throw new Error('No test server: testDatabase() works where vitest.config.ts with its global setup is used.')
  const server: TestServer = JSON.parse(said)
  return server
}

/** The same server, another database. */
export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

const dropTriesMax = 50

/** Drops a database, whoever is connected. Nobody but a superuser may end what autovacuum does in it; that ends by itself. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await onServer(serverUrl, `drop database if exists ${name} with (force)`)
    } catch (error) {
      const isRefused = error instanceof Error && 'code' in error && error.code === '42501'
      if (!isRefused || tries === dropTriesMax) throw error
      await wait(100)
    }
  }
}

/** Runs one statement on the server; `create database` and its like cannot be part of a transaction. */
export async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
