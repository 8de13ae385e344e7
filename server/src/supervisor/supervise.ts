import { createServer } from 'node:net'
import { openDataFolder } from '#platform/data-folder.ts'
import { watchDatabaseSafety } from '#platform/database-safety.ts'
import { migrate } from '#platform/migrate.ts'
import { type Role, readSettings, roles, type Settings } from '#platform/settings.ts'
import { StartRefused, startRefusedExitCode } from '#platform/start-refused.ts'
import { takeLock } from './folder-lock.ts'
import { isListening, readHolder, removeHolder, writeHolder } from './holder.ts'
import { keepDatabase } from './keep-database.ts'
import { keepRunning } from './keep-running.ts'
import { startServer } from './server-process.ts'

/**
 * Runs Docket until it is told to stop: takes the data folder, starts the database, brings its schema up to date, starts one
 * server process a role, and keeps them running. Settles with the exit code; `stopped` asks for a clean end.
 * Throws `StartRefused` when a person has to act first.
 */
export async function supervise(entry: string, args: string[], stopped: Promise<string>, say: Say): Promise<number> {
  const settings = readSettings(process.env)
  const wanted = readRoles(args, settings)
  openDataFolder(settings.dataFolder)
  for (const role of wanted) if (!takeLock(settings.dataFolder, `server-${role}`)) return alreadyRunning(settings, role, say)
  for (const role of wanted) writeHolder(settings.dataFolder, role, holderOf(settings, undefined))
  const stopping = new AbortController()
  const unsafe = Promise.withResolvers<number>()
  const asked = stopped.then((why) => {
    say(`${why}: stopping.`)
    return 0
  })
  const exitCode = Promise.race([asked, unsafe.promise])
  const parts: Part[] = []
  try {
    void exitCode.then(() => stopping.abort())
    await startAll(parts, entry, wanted, settings, stopping.signal, unsafe.resolve, say)
    return await exitCode
  } catch (error) {
    if (!stopping.signal.aborted) throw error
    return await exitCode
  } finally {
    for (const part of parts.toReversed()) await part.stop()
    for (const role of wanted) removeHolder(settings.dataFolder, role)
    say('Stopped.')
  }
}

type Part = { stop(): Promise<void> }
type Say = (line: string) => void

async function startAll(
  parts: Part[],
  entry: string,
  wanted: Role[],
  settings: Settings,
  stopping: AbortSignal,
  end: (exitCode: number) => void,
  say: Say,
): Promise<void> {
  if (wanted.some(takesRequests)) await refuseBusyPort(settings)
  const database = await databaseOf(settings, say)
  parts.push(database)
  await migrateWhenUp(database.url, stopping, say)
  parts.push(await keepSafe(database.url, settings, end, say))
  for (const role of wanted) {
    stopping.throwIfAborted()
    parts.push(await keepServer(entry, role, database.url, settings, stopping, say))
  }
  say(`Stop it with Ctrl-C, or: kill ${process.pid}`)
}

function readRoles(args: string[], settings: Settings): Role[] {
  const wanted = args.map((arg) => {
    const role = roles.find((role) => arg === `--role=${role}`)
    if (!role)
      throw new StartRefused(
        `"${arg}" is not understood. Docket starts with --role=${roles.join(' or --role=')}, which may be given twice for two processes; everything else is a setting in the environment.`,
      )
    return role
  })
  return wanted.length > 0 ? [...new Set(wanted)] : [settings.role]
}

const takesRequests = (role: Role): boolean => role !== 'jobs'

const holderOf = (settings: Settings, url: string | undefined) => ({
  pid: process.pid,
  since: new Date().toISOString(),
  host: settings.host,
  port: settings.port,
  url,
})

// Whoever starts twice what is already there has what they want; whoever wants it otherwise has to stop the first.
async function alreadyRunning(settings: Settings, role: Role, say: Say): Promise<number> {
  const holder = readHolder(settings.dataFolder, role)
  const who = `Docket${role === 'all' ? '' : ` (${role})`} already runs on the data folder ${settings.dataFolder}`
  if (!holder) {
    say(`${who}; it is just starting or stopping. Try again in a moment.`)
    return 1
  }
  const where = `${who}: process ${holder.pid}, since ${holder.since}${holder.url ? `, at ${holder.url}` : ''}.`
  const wayOut = `Stop it first (kill ${holder.pid}), or give this one a data folder and a port of its own (DOCKET_DATA, PORT).`
  const sameAddress = holder.host === settings.host && holder.port === settings.port
  const content = !takesRequests(role) || (sameAddress && (await isListening(holder.host, holder.port)))
  say(content ? where : `${where} ${wayOut}`)
  return content ? 0 : 1
}

function refuseBusyPort({ host, port }: Settings): Promise<void> {
  return new Promise((done, refuse) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => refuse(new StartRefused(whyNotListen(error, host, port))))
    probe.listen(port, host, () => probe.close(() => done()))
  })
}

// biome-ignore format: read it by column
function whyNotListen(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE')    return `Port ${port} of ${host} is taken by another program. Choose another one, e.g.: PORT=${port + 1} npm start`
  if (error.code === 'EACCES')        return `Port ${port} may not be used by this user. Choose one above 1023, e.g.: PORT=8787 npm start`
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return `HOST=${host} is no address of this machine. Use 127.0.0.1, 0.0.0.0 or one that it has.`
  return `Nothing can listen at ${host} port ${port}: ${error.message}`
}

async function databaseOf(settings: Settings, say: Say): Promise<Part & { url: string }> {
  if (settings.databaseUrl) return { url: settings.databaseUrl, stop: async () => {} }
  return keepDatabase(settings.dataFolder, say)
}

const databaseWithinMs = 30_000

// An outside database may come up after us, e.g. when a machine boots.
async function migrateWhenUp(databaseUrl: string, stopping: AbortSignal, say: Say): Promise<void> {
  const deadline = performance.now() + databaseWithinMs
  for (let told = false; !stopping.aborted; told = true) {
    try {
      const { applied } = await migrate(databaseUrl)
      if (applied.length > 0) say(`Brought the database up to date: ${applied.join(', ')}.`)
      return
    } catch (error) {
      if (!isOutOfReach(error)) throw error
      if (performance.now() > deadline)
        throw new StartRefused(`The database cannot be reached: ${error.message}. Look at DATABASE_URL and whether its server runs.`)
      if (!told) say('Waiting for the database.')
      await new Promise((done) => setTimeout(done, 200))
    }
  }
}

// 57P03: the database system is starting up.
const isOutOfReach = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN', '57P03'].includes(String(error.code))

// What made the database unsafe while we ran may have cost nothing yet; the next order could be the first.
async function keepSafe(databaseUrl: string, settings: Settings, end: (exitCode: number) => void, say: Say): Promise<Part> {
  const stopLooking = await watchDatabaseSafety(databaseUrl, settings, (problems) => {
    say(['The database is no longer safe for orders; stopping:', ...problems.map((problem) => `- ${problem}`)].join('\n'))
    end(startRefusedExitCode)
  })
  return { stop: async () => stopLooking() }
}

async function keepServer(
  entry: string,
  role: Role,
  databaseUrl: string,
  settings: Settings,
  stopping: AbortSignal,
  say: Say,
): Promise<Part> {
  const name = role === 'all' ? 'The server' : `The server (${role})`
  return keepRunning(
    name,
    async () => {
      const server = await startServer(entry, role, databaseUrl, stopping, say)
      writeHolder(settings.dataFolder, role, holderOf(settings, server.url))
      say(`${name} is ready${server.url ? ` at ${server.url}` : ''} (process ${server.pid}, data in ${settings.dataFolder}).`)
      return server
    },
    say,
  )
}
