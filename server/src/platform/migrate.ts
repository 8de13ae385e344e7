import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { ensureRoles } from './roles.ts'
import { StartRefused } from './start-refused.ts'
import { refuseTransactionPooler } from './transaction-pooler.ts'

const migrationsFolder = fileURLToPath(new URL('../../migrations/', import.meta.url))
const graphileWorker = 'graphile-worker@0.18.0'
const lockKey = 5_274_118_236 // any fixed number; every Docket migrator asks for the same one
const waitForOtherMigratorMs = 120_000
const lockAttemptsMax = 15

/**
 * Brings a database to the schema of this version: roles, the schemas `docket` and `graphile_worker`, then every numbered
 * file of `server/migrations/` that it does not have yet, each in a transaction of its own as `docket_owner`.
 * Two migrators take turns. Answers the names of what was applied, in order.
 * Throws `StartRefused` when a released file was changed or is missing, or when a person has to act first.
 */
export async function migrate(databaseUrl: string, folder = migrationsFolder): Promise<{ applied: string[] }> {
  const files = await readMigrations(folder)
  await refuseTransactionPooler(() => connect(databaseUrl))
  const client = await connect(databaseUrl)
  try {
    await ensureRoles(client)
    await takeTurn(client)
    await client.query('set role docket_owner')
    const known = await readApplied(client)
    refuseRewrittenHistory(files, known)
    const applied: string[] = []
    if (!known.has(graphileWorker)) {
      await migrateGraphileWorker(databaseUrl)
      await remember(client, graphileWorker, '')
      applied.push(graphileWorker)
    }
    for (const file of files.filter((file) => !known.has(file.name))) {
      await apply(client, file)
      applied.push(file.name)
    }
    return { applied }
  } finally {
    await client.end()
  }
}

/** The files this version of Docket comes with, in order. */
export async function migrationNames(folder = migrationsFolder): Promise<string[]> {
  return (await readMigrations(folder)).map((file) => file.name)
}

export type Migration = { name: string; sql: string; checksum: string }

/** The files of a folder, in order; the checksum is what the database remembers of each. */
export async function readMigrations(folder = migrationsFolder): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const odd = names.find((name, i) => !name.startsWith(`${String(i + 1).padStart(4, '0')}_`))
  if (odd) throw new Error(`Migration ${odd} is out of line: files are numbered 0001_, 0002_, … without gaps or repeats.`)
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(`${folder}/${name}`, 'utf8')
      // Line ends depend on the checkout, not on what was released.
      return { name, sql, checksum: createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex') }
    }),
  )
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'docket migrate', connectionTimeoutMillis: 15_000 })
  await client.connect()
  return client
}

// A waiting lock would fall under lock_timeout; asking again does not.
async function takeTurn(client: pg.Client): Promise<void> {
  const deadline = performance.now() + waitForOtherMigratorMs
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [lockKey])
    if (rows[0]?.mine) return
    if (performance.now() > deadline)
      throw new StartRefused('Another process has been migrating this database for two minutes. Wait for it, or end it, and start again.')
    await wait(100)
  }
}

async function readApplied(client: pg.Client): Promise<Map<string, string>> {
  await client.query(`
    create schema if not exists docket;
    create table if not exists docket.schema_migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    );
    grant select on docket.schema_migrations to docket_system`)
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from docket.schema_migrations')
  return new Map(rows.map((row) => [row.name, row.checksum]))
}

function refuseRewrittenHistory(files: Migration[], known: Map<string, string>): void {
  const names = new Set(files.map((file) => file.name))
  for (const name of known.keys()) {
    if (!names.has(name) && name !== graphileWorker && name.endsWith('.sql')) {
      throw new StartRefused(
        `The database has migration ${name}, which this version of Docket does not have. Start the version that made it, or a newer one.`,
      )
    }
  }
  for (const file of files) {
    const checksum = known.get(file.name)
    if (checksum !== undefined && checksum !== file.checksum) {
      throw new StartRefused(
        `Migration ${file.name} was changed after this database had it. Put the released file back; what is new goes into a new file.`,
      )
    }
  }
}

async function migrateGraphileWorker(databaseUrl: string): Promise<void> {
  const { Logger, runMigrations } = await import('graphile-worker')
  const pool = new pg.Pool({ connectionString: databaseUrl, options: '-c role=docket_owner', max: 2 })
  pool.on('error', () => {}) // the query that fails says so itself
  pool.on('connect', (session) => void session.on('error', () => {}))
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) })
  } finally {
    await pool.end()
  }
}

async function remember(client: pg.Client, name: string, checksum: string): Promise<void> {
  await client.query('insert into docket.schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
}

// A migration that cannot have its locks within two seconds steps back: what queues behind it is the live traffic.
async function apply(client: pg.Client, file: Migration): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`begin; set local lock_timeout = '2s'; set local search_path = docket, public, extensions`)
      await client.query(file.sql)
      await remember(client, file.name, file.checksum)
      const { command } = await client.query('commit')
      if (command !== 'COMMIT') throw new Error(`Migration ${file.name} did not commit.`)
      return
    } catch (error) {
      await client.query('rollback')
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if ((code !== '55P03' && code !== '40P01') || attempt === lockAttemptsMax) {
        throw new Error(`Migration ${file.name} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
      await wait(200 + Math.random() * 800)
    }
  }
}
