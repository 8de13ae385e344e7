import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { isAbsolute, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { renameDurably, writeDurably } from './durable-file.ts'
import { isAlive } from './is-alive.ts'
import { type PostgresPrograms, postgresPrograms } from './postgres-programs.ts'
import { as, canEnter, databaseUser, type SystemUser } from './postgres-user.ts'
import { ensureRoles } from './roles.ts'
import { StartRefused } from './start-refused.ts'

/** A running database server that this project brought along. */
export type EmbeddedPostgres = {
  /** Signs in to the database `docket` as the role `docket`, who is no superuser. */
  url: string
  pid: number
  /** Whether it was found running, left by a process that was killed. */
  adopted: boolean
  /** Where its files lie. */
  directory: string
  /** Settles when the server has ended, wanted or not, with the end of what it logged. */
  ended: Promise<string>
  /** Ends it cleanly (PostgreSQL's "fast" shutdown) and waits for that. */
  stop(): Promise<void>
}

/**
 * Starts the embedded PostgreSQL whose files belong to the data folder, and makes them at the first start.
 * A server that is already running on these files is taken over when it answers and was started as this version would,
 * and stopped first when not. `say` gets a line for whatever a person should know.
 * Throws `StartRefused` when a person has to act.
 */
export async function startEmbeddedPostgres(folder: string, say: (line: string) => void): Promise<EmbeddedPostgres> {
  const user = databaseUser()
  mkdirSync(folder, { recursive: true, mode: user ? 0o711 : 0o700 })
  const place = findPlace(realpathSync(folder), user, say)
  const programs = postgresPrograms(user, place.spareFolder, say)
  const server: Server = { ...place, user, programs, log: join(place.folder, 'postgres.log') }
  if (existsSync(join(server.directory, 'PG_VERSION'))) refuseForeignFiles(server)
  else makeFiles(server)
  const running = await adopt(server, say)
  const { pid, ended } = running ?? (await launch(server))
  await prepare(server)
  return {
    url: url(server, 'docket', server.memory.password),
    pid,
    adopted: running !== undefined,
    directory: server.directory,
    ended,
    stop: () => stop(server, pid),
  }
}

/** The connection of the role `docket` to the server that some process runs on this data folder, once it has been made. */
export function embeddedPostgresUrl(folder: string): string | undefined {
  const memory = recall(folder)
  return memory?.prepared ? url({ memory, directory: resolve(folder, memory.directory) }, 'docket', memory.password) : undefined
}

/** Kept in `database.json`, readable by nobody else. `directory` is relative to the data folder when it lies inside. */
type Memory = { directory: string; superPassword: string; password: string; port: number; byTcp: boolean; prepared: boolean }
type Place = { folder: string; directory: string; spareFolder: string; memory: Memory }
type Server = Place & { user: SystemUser | undefined; programs: PostgresPrograms; log: string }

const memoryFile = (folder: string): string => join(folder, 'database.json')

function recall(folder: string): Memory | undefined {
  const file = memoryFile(folder)
  if (!existsSync(file)) return undefined
  const memory: Memory = JSON.parse(readFileSync(file, 'utf8'))
  return memory
}

function remember(place: Place): void {
  writeDurably(memoryFile(place.folder), `${JSON.stringify(place.memory, null, 2)}\n`)
}

// The place is chosen once and remembered: were it worked out anew after somebody changed the rights of a folder, the orders would seem gone.
function findPlace(folder: string, user: SystemUser | undefined, say: (line: string) => void): Place {
  const inside = canEnter(user, folder)
  const outside = join('/var/lib/docket', createHash('sha256').update(folder).digest('hex').slice(0, 12))
  const known = recall(folder)
  const memory = known ?? {
    directory: inside ? 'postgres' : join(outside, 'postgres'),
    superPassword: randomBytes(24).toString('base64url'),
    password: randomBytes(24).toString('base64url'),
    port: 5432,
    byTcp: false,
    prepared: false,
  }
  const place = { folder, directory: resolve(folder, memory.directory), spareFolder: inside ? folder : outside, memory }
  if (isAbsolute(memory.directory)) {
    mkdirSync(outside, { recursive: true, mode: 0o711 })
    say(`The database lies in ${place.directory}, because its user "${user?.name}" cannot enter ${folder}.`)
  }
  if (!known) remember(place)
  return place
}

// A socket's path may have 104 bytes on macOS and 108 on Linux, and PostgreSQL's list of folders has quotes and commas of its own.
const fitsSocket = (directory: string): boolean =>
  process.platform !== 'win32' && Buffer.byteLength(join(directory, '.s.PGSQL.5432')) < 104 && !/["',\\]/.test(directory)

function makeFiles(server: Server): void {
  // Made beside and renamed: a first start that was killed half-way begins again.
  const unfinished = `${server.directory}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  const passwordFile = join(unfinished, '..', `initdb-${process.pid}`)
  writeFileSync(passwordFile, server.memory.superPassword, { mode: 0o600 })
  if (server.user) for (const path of [unfinished, passwordFile]) chownSync(path, server.user.uid, server.user.gid)
  // biome-ignore format: one option a line
  const options = [
    '--pgdata', unfinished, '--username', 'postgres', '--pwfile', passwordFile,
    '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale-provider', 'builtin', '--locale', 'C.UTF-8', '--data-checksums', '--no-instructions',
  ]
  const done = spawnSync(server.programs.initdb, options, { ...as(server.user), cwd: '/', env: environment(), encoding: 'utf8' })
  rmSync(passwordFile)
  if (done.status !== 0)
    throw new StartRefused(`The database files could not be made in ${server.directory}: ${done.stderr || done.error?.message}`)
  renameDurably(unfinished, server.directory)
}

function refuseForeignFiles(server: Server): void {
  const made = readFileSync(join(server.directory, 'PG_VERSION'), 'utf8').trim()
  const brought = server.programs.version.split('.')[0]
  if (made !== brought)
    throw new StartRefused(
      `The database in ${server.directory} was made by PostgreSQL ${made}; this version brings ${brought}. Start the version of Docket that made it.`,
    )
  const owner = statSync(server.directory).uid
  if (server.user && owner !== 0 && owner !== server.user.uid)
    server.user = { name: `uid ${owner}`, uid: owner, gid: statSync(server.directory).gid }
}

const environment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, LC_ALL: 'C', TZ: 'UTC' })

// Sizes suit a machine with 2 cores and 1 GB that it shares with us. What makes a commit durable stays as PostgreSQL ships it.
// biome-ignore format: read it by column
const settings: Record<string, string> = {
  max_connections:                       '60',
  shared_buffers:                        '192MB',
  work_mem:                              '8MB',
  maintenance_work_mem:                  '64MB',
  effective_cache_size:                  '512MB',
  random_page_cost:                      '1.1',
  jit:                                   'off',
  io_method:                             'sync',   // no pool of I/O processes beside us
  wal_compression:                       'on',
  max_wal_size:                          '768MB',  // what a restart after a crash replays at most
  min_wal_size:                          '160MB',
  checkpoint_timeout:                    '10min',
  autovacuum_naptime:                    '15s',
  autovacuum_vacuum_scale_factor:        '0.05',
  autovacuum_vacuum_insert_scale_factor: '0.1',
  idle_in_transaction_session_timeout:   '60s',
  timezone:                              'UTC',
  log_timezone:                          'UTC',
  log_checkpoints:                       'off',
  log_autovacuum_min_duration:           '-1',
  log_min_error_statement:               'panic',  // statements and details may hold personal data
  log_error_verbosity:                   'terse',
  log_line_prefix:                       '%m [%p] ',
}

function commandLine({ directory, memory, programs }: Server): string[] {
  const where = memory.byTcp
    ? { listen_addresses: '127.0.0.1', unix_socket_directories: '' }
    : { listen_addresses: '', unix_socket_directories: `"${directory}"` }
  const all = { ...settings, ...where, port: String(memory.port), cluster_name: `docket-${programs.version}` }
  return ['-D', directory, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function url(
  { memory, directory }: Pick<Server, 'memory' | 'directory'>,
  role: 'docket' | 'postgres',
  password: string,
  database = role,
): string {
  const host = memory.byTcp ? '' : `?host=${encodeURIComponent(directory)}`
  return `postgres://${role}:${password}@127.0.0.1:${memory.port}/${database}${host}`
}

type Running = { pid: number; ended: Promise<string> }

async function adopt(server: Server, say: (line: string) => void): Promise<Running | undefined> {
  const pid = postmasterOf(server.directory)
  if (pid === undefined) return undefined
  if (startedAlike(server) && (await answers(server, 30_000, () => isAlive(pid)))) {
    say(`Took over the database server (process ${pid}) that an earlier run left behind.`)
    return { pid, ended: untilGone(pid).then(() => lastLines(server.log)) }
  }
  say(`Stopping the database server (process ${pid}) that an earlier run left behind.`)
  await stop(server, pid)
  return undefined
}

// The number in postmaster.pid may by now belong to somebody else; a postmaster stands in its own directory.
function postmasterOf(directory: string): number | undefined {
  const file = join(directory, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (isAlive(pid) && standsIn(pid, directory)) return pid
  rmSync(file, { force: true })
  return undefined
}

function standsIn(pid: number, directory: string): boolean {
  if (process.platform === 'win32') return true
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(directory)
  } catch {
    return false
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes(directory)
}

// postmaster.opts holds the command line of the last start, every argument in double quotes.
function startedAlike(server: Server): boolean {
  const file = join(server.directory, 'postmaster.opts')
  const quoted = commandLine(server).map((argument) => `"${argument}"`)
  return existsSync(file) && readFileSync(file, 'utf8').trimEnd() === [server.programs.postgres, ...quoted].join(' ')
}

async function launch(server: Server): Promise<Running> {
  await choosePort(server)
  const deadline = performance.now() + 60_000
  for (;;) {
    // The socket has a lock of its own, whose number may belong to somebody else by now as well; nobody runs in this directory any more.
    rmSync(join(server.directory, `.s.PGSQL.${server.memory.port}.lock`), { force: true })
    const running = spawnPostmaster(server)
    const failed = await Promise.race([running.ended, readyOrGone(server, running.pid)])
    if (failed === undefined) return running
    // Sessions of a killed postmaster need a moment to notice that it is gone.
    if ((failed !== unreachable && !failed.includes('is still in use')) || performance.now() > deadline)
      throw new StartRefused(`The database server did not start:\n${failed}`)
    await wait(50)
  }
}

async function choosePort(server: Server): Promise<void> {
  if (fitsSocket(server.directory)) return
  // The port of last time while it is free: a server that is being started again keeps its address.
  const port = (server.memory.byTcp && (await portIfFree(server.memory.port))) || (await portIfFree(0))
  if (port === undefined) throw new StartRefused('No port of 127.0.0.1 is free for the database server.')
  server.memory = { ...server.memory, byTcp: true, port }
  remember(server)
}

function portIfFree(wanted: number): Promise<number | undefined> {
  return new Promise((done) => {
    const probe = createServer().once('error', () => done(undefined))
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => done(address && typeof address === 'object' ? address.port : undefined))
    })
  })
}

const logBytesMax = 5_000_000

function spawnPostmaster(server: Server): Running {
  if (existsSync(server.log) && statSync(server.log).size > logBytesMax) renameSync(server.log, `${server.log}.1`)
  const log = openSync(server.log, 'a', 0o600)
  chmodSync(server.directory, 0o700)
  // A session of its own: Ctrl-C in a terminal is for the supervisor, who ends us in the right order.
  const child = spawn(server.programs.postgres, commandLine(server), {
    ...as(server.user),
    cwd: '/',
    env: environment(),
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<string>((done) => {
    child.once('error', (error) => done(error.message))
    child.once('exit', () => done(lastLines(server.log)))
  })
  child.unref()
  return { pid: child.pid ?? 0, ended }
}

async function readyOrGone(server: Server, pid: number): Promise<string | undefined> {
  if (await answers(server, 120_000, () => isAlive(pid))) return undefined
  if (!isAlive(pid)) return lastLines(server.log)
  await stop(server, pid)
  return unreachable
}

const unreachable = 'It said that it was ready, and nobody could reach it.\n'
const deafMs = 5_000

async function answers(server: Server, withinMs: number, stillThere: () => boolean): Promise<boolean> {
  const deadline = performance.now() + withinMs
  let readySince: number | undefined
  while (performance.now() < deadline && stillThere()) {
    if (saysReady(server.directory)) {
      if (await knock(server)) return true
      // Ready by its own word and still not heard: its socket went with the predecessor that was killed.
      readySince ??= performance.now()
      if (performance.now() - readySince > deafMs) return false
    }
    await wait(10)
  }
  return false
}

// Line 8 of postmaster.pid: "starting", "ready" or "stopping".
function saysReady(directory: string): boolean {
  const file = join(directory, 'postmaster.pid')
  return existsSync(file) && readFileSync(file, 'utf8').split('\n')[7]?.trim() === 'ready'
}

async function knock(server: Server): Promise<boolean> {
  const client = new pg.Client({ connectionString: url(server, 'postgres', server.memory.superPassword), connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await wait(200)
}

async function stop(server: Server, pid: number): Promise<void> {
  if (!isAlive(pid)) return
  for (const mode of ['fast', 'immediate']) {
    const done = spawn(server.programs.pgCtl, ['stop', '-D', server.directory, '-m', mode, '-t', '30', '-s'], {
      ...as(server.user),
      cwd: '/',
      env: environment(),
      stdio: 'ignore',
    })
    await new Promise((settled) => done.once('exit', settled).once('error', settled))
    if (!isAlive(pid)) return
  }
  throw new StartRefused(`The database server (process ${pid}) does not stop. End it by hand and start again.`)
}

// Once: the role that Docket signs in as, its database, and what an administrator of an outside database would be asked to run.
async function prepare(server: Server): Promise<void> {
  if (server.memory.prepared) return
  await asSuperuser(server, 'postgres', async (client) => {
    const { rows } = await client.query<{ role: boolean; database: boolean }>(
      `select exists (select from pg_roles where rolname = 'docket') as role, exists (select from pg_database where datname = 'docket') as database`,
    )
    const password = pg.escapeLiteral(server.memory.password)
    if (!rows[0]?.role) await client.query(`create role docket login noinherit createdb password ${password}`)
    if (!rows[0]?.database) await client.query('create database docket owner docket')
  })
  await asSuperuser(server, 'docket', (client) => ensureRoles(client, 'docket'))
  server.memory = { ...server.memory, prepared: true }
  remember(server)
}

async function asSuperuser(server: Server, database: 'postgres' | 'docket', work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url(server, 'postgres', server.memory.superPassword, database) })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function lastLines(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : ''
}
