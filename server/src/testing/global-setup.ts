import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '#platform/embedded-postgres.ts'
import { isAlive } from '#platform/is-alive.ts'
import { migrate } from '#platform/migrate.ts'
import { dropDatabase, onServer, type TestServer, testServerVariable, urlOf } from './test-database.ts'

/**
 * One database server for the whole run, with one migrated template: the embedded PostgreSQL in a folder of its own,
 * or the server of `DATABASE_URL`, whose role must be allowed to create databases and roles and need not be superuser.
 */
export default async function setup(): Promise<() => Promise<void>> {
  process.stdout.write(`Seed of this run: DOCKET_SEED=${process.env.DOCKET_SEED}\n`)
  const { url, end } = process.env.DATABASE_URL ? { url: process.env.DATABASE_URL, end: async () => {} } : await ownServer()
  try {
    const template = `docket_template_${process.pid}`
    await dropDatabase(url, template)
    await onServer(url, `create database ${template}`)
    await migrate(urlOf(url, template))
    process.env[testServerVariable] = JSON.stringify({ url, template } satisfies TestServer)
    return async () => {
      await onServer(url, `drop database if exists ${template} with (force)`)
      await end()
    }
  } catch (error) {
    await end()
    throw error
  }
}

const folderPrefix = 'docket-test-'

async function ownServer(): Promise<{ url: string; end(): Promise<void> }> {
  await sweepKilledRuns()
  const folder = join(tmpdir(), `${folderPrefix}${process.pid}`)
  mkdirSync(folder, { mode: 0o711 })
  const server = await startEmbeddedPostgres(folder, () => {})
  return {
    url: server.url,
    end: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// A run that was killed leaves its server behind: the next one ends it.
async function sweepKilledRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((name) => new RegExp(`^${folderPrefix}\\d+$`).test(name))) {
    if (isAlive(Number(name.slice(folderPrefix.length)))) continue
    const folder = join(tmpdir(), name)
    try {
      await (await startEmbeddedPostgres(folder, () => {})).stop()
    } catch {
      // What cannot be started has nothing to be stopped.
    }
    rmSync(folder, { recursive: true, force: true })
  }
}
