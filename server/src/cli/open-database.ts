import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { openDataFolder } from '#platform/data-folder.ts'
import { migrate } from '#platform/migrate.ts'
import type { Settings } from '#platform/settings.ts'
import { StartRefused } from '#platform/start-refused.ts'
import { keepDatabase } from '#server/supervisor/keep-database.ts'

/**
 * The database of these settings. The embedded one is used where it runs, else started for the duration, and brought to this version's
 * schema; a database of one's own is only looked at: whoever owns it says when it is migrated.
 */
export async function openDatabase(settings: Settings, say: (line: string) => void): Promise<{ url: string; close(): Promise<void> }> {
  if (settings.databaseUrl !== undefined) {
    await refuseUnprepared(settings.databaseUrl)
    return { url: settings.databaseUrl, close: async () => {} }
  }
  const database = await openEmbedded(settings, say)
  try {
    await migrate(database.url)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

/** The same without a look at the schema, for whoever is about to make it. */
export async function openUnprepared(settings: Settings, say: (line: string) => void): Promise<{ url: string; close(): Promise<void> }> {
  return settings.databaseUrl === undefined ? openEmbedded(settings, say) : { url: settings.databaseUrl, close: async () => {} }
}

async function openEmbedded(settings: Settings, say: (line: string) => void): Promise<{ url: string; close(): Promise<void> }> {
  openDataFolder(settings.dataFolder)
  const database = await keepDatabase(settings.dataFolder, say)
  await untilItAnswers(database.url)
  return { url: database.url, close: () => database.stop() }
}

const startsWithinMs = 60_000

// Another process may be starting it at this moment.
async function untilItAnswers(url: string): Promise<void> {
  const deadline = performance.now() + startsWithinMs
  for (;;) {
    try {
      return await asked(url, async () => {})
    } catch (error) {
      if (performance.now() > deadline) throw error
      await wait(200)
    }
  }
}

async function refuseUnprepared(url: string): Promise<void> {
  const prepared = await asked(url, async (client) => {
    // By the catalogue, which anyone may read: the login role itself may not enter the schema.
    const { rows } = await client.query(
      `select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'docket' and c.relname = 'schema_migrations'`,
    )
    return rows.length > 0
  })
  if (!prepared) throw new StartRefused('This database has not been prepared for Docket. Run: npm run -s docket -- migrate')
}

async function asked<T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
    return await question(client)
  } catch (error) {
    throw new StartRefused(
      `The database does not answer: ${error instanceof Error ? error.message : error}. Check DATABASE_URL and that it runs.`,
    )
  } finally {
    await client.end().catch(() => {})
  }
}
