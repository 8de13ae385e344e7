import pg from 'pg'

/** One SQL statement; a name makes the server plan it once a connection. */
export interface Statement {
  name?: string
  text: string
  values: unknown[]
}

/** Reads. Rows come as objects; bigint as a safe integer, timestamptz as ISO 8601 in UTC, date and uuid as text. */
export interface Db {
  query<R>(statement: Statement): Promise<R[]>
}

declare const writable: unique symbol

/** A transaction that may write. It exists only inside {@link Pools.change} and its kin. */
export interface Tx extends Db {
  readonly [writable]: true
  /** Sends a write without waiting; it is awaited together with COMMIT, so writes and COMMIT share one round trip. */
  send(statement: Statement): void
}

/** What becomes of a transaction's failure: try the same again, ask whether it committed, or give up on this content. */
export class TransientDbError extends Error {
  override name = 'TransientDbError'
}

/** The connection went away after COMMIT was sent: nobody knows yet. `value` is what the transaction would have answered. */
export class LostCommit extends Error {
  override name = 'LostCommit'
  readonly value: unknown
  constructor(value: unknown, cause: unknown) {
    super('The connection was lost while COMMIT was under way', { cause })
    this.value = value
  }
}

export interface Pools {
  /** A writing transaction of one workspace: BEGIN and the setting ride with the first reads, the last writes with COMMIT. */
  change<T>(workspaceId: string, work: (tx: Tx) => Promise<T>): Promise<T>
  /** A reading transaction of one workspace on the read-only pool; one snapshot a statement. */
  view<T>(workspaceId: string, work: (db: Db) => Promise<T>): Promise<T>
  /** A transaction of `docket_system`, which sees the named tables of every workspace. */
  system<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  end(): Promise<void>
}

export interface PoolSizes {
  write: number
  read: number
  system: number
}

/** Statements and round trips since the process began; the bench divides them by batches. */
export const traffic = { transactions: 0, statements: 0, roundTrips: 0 }

/**
 * Opens the pools of one process on `url`. Every connection takes its role by option, so it never holds more than that role's rights.
 * Lock waits end after 2 s, statements after 30 s, idle transactions after 10 s.
 */
export function openPools(url: string, sizes: PoolSizes = { write: 6, read: 6, system: 3 }): Pools {
  const write = poolOf(url, 'docket_app', sizes.write, keyedPlans)
  const read = poolOf(url, 'docket_app', sizes.read, '-c default_transaction_read_only=on')
  const system = poolOf(url, 'docket_system', sizes.system, '')
  return {
    change: (workspaceId, work) => transaction(write, workspaceId, work),
    view: (workspaceId, work) => transaction(read, workspaceId, work).catch(nothingWasWritten),
    system: (work) => transaction(system, null, work),
    end: async () => {
      await Promise.all([write.end(), read.end(), system.end()])
    },
  }
}

// Writing statements find their rows by key: each names its keys as arrays beside the list it carries, and keeps its plan. A plan from when
// a table was nearly empty would live on while it grows; {@link statisticsKeeper} sees to that.
const keyedPlans = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_mergejoin=off'

/** A pool whose connections act as `role`; `options` adds server settings (`-c name=value`). */
export function poolOf(url: string, role: string, max: number, options: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    pipeline: true,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 5_000,
    types: { getTypeParser: parserOf },
    options: `-c role=${role} -c search_path=docket -c TimeZone=UTC -c DateStyle=ISO -c lock_timeout=2s -c statement_timeout=30s -c idle_in_transaction_session_timeout=10s -c jit=off ${options}`,
  } as pg.PoolConfig)
  // An idle connection that dies is replaced at the next use; whoever needs it then is told.
  pool.on('error', () => {})
  return pool
}

async function transaction<T>(pool: pg.Pool, workspaceId: string | null, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await connect(pool)
  let lost: Error | null = null
  const onError = (error: Error) => {
    lost = error
  }
  client.on('error', onError)
  const release = () => {
    client.off('error', onError)
    client.release(lost !== null)
  }
  // Every statement is watched from the start: in a pipeline the first failure makes all later ones fail too.
  const issue = (statement: Statement | string) => {
    traffic.statements++
    cork(client)
    const result = client.query(statement as pg.QueryConfig)
    result.catch((error: unknown) => {
      if (isConnectionLoss(error)) lost ??= error as Error
    })
    return result
  }
  traffic.transactions++
  traffic.roundTrips++
  const sent: Promise<unknown>[] = [issue('begin')]
  if (workspaceId !== null)
    sent.push(issue({ name: 'workspace', text: "select set_config('docket.workspace', $1, true)", values: [workspaceId] }))
  let answered = false
  const tx = {
    query: <R>(statement: Statement) => {
      if (answered) {
        traffic.roundTrips++
        answered = false
      }
      const rows = issue(statement).then((result) => {
        answered = true
        return result.rows as R[]
      })
      // Whoever asked may have failed on an earlier answer and never look at this one.
      rows.catch(() => {})
      return rows
    },
    send: (statement: Statement) => {
      sent.push(issue(statement))
    },
  }
  let value: T
  try {
    // The brand exists for the compiler alone.
    value = await work(tx as unknown as Tx)
  } catch (error) {
    if (!lost) await issue('rollback').catch(() => {})
    release()
    throw classified(error)
  }
  traffic.roundTrips++
  const commit = issue('commit')
  try {
    await Promise.all(sent)
    const tag = (await commit).command
    if (tag !== 'COMMIT') throw new Error(`The transaction ended with ${tag} instead of COMMIT`)
    return value
  } catch (error) {
    await Promise.allSettled([...sent, commit])
    if (lost) throw new LostCommit(value, error)
    throw classified(error)
  } finally {
    release()
  }
}

/** The end of a reading transaction that was lost loses nothing. */
function nothingWasWritten(error: unknown): never {
  throw error instanceof LostCommit ? new TransientDbError('The database connection was lost', { cause: error }) : error
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw new TransientDbError('The database cannot be reached', { cause: error })
  }
}

/** Statements issued in one turn of the event loop leave in one write. */
function cork(client: pg.PoolClient): void {
  const stream = (client as unknown as { connection?: { stream?: { cork(): void; uncork(): void; writableCorked?: number } } }).connection
    ?.stream
  if (!stream || stream.writableCorked) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

// biome-ignore format: read it by column
const transientCodes = /^(40001|40P01|55P03|57P0\d|57014|53\d{3}|08\d{3}|25P03)$/

function classified(error: unknown): unknown {
  if (isConnectionLoss(error)) return new TransientDbError('The database connection was lost', { cause: error })
  const code = codeOf(error)
  return code && transientCodes.test(code) ? new TransientDbError(`The database asked to try again (${code})`, { cause: error }) : error
}

/** The SQLSTATE of a database error, if it is one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** The constraint a database error names, if any. */
export function constraintOf(error: unknown): string | undefined {
  const name = (error as { constraint?: unknown } | null)?.constraint
  return typeof name === 'string' ? name : undefined
}

function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error)
  if (code && /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|57P0[12])/.test(code)) return true
  return (
    error instanceof Error &&
    /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect)/.test(
      error.message,
    )
  )
}

const oid = { int8: 20, timestamptz: 1184, date: 1082, numeric: 1700 } as const

function parserOf(type: number, format?: string): (text: string) => unknown {
  if (type === oid.int8) return safeInteger
  if (type === oid.timestamptz) return isoMoment
  if (type === oid.date) return (text) => text
  return pg.types.getTypeParser(type, (format ?? 'text') as 'text') as (text: string) => unknown
}

function safeInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new Error(`${text} is beyond what is counted exactly (2^53)`)
  return number
}

/** `2026-01-05 09:00:00.5+00` → `2026-01-05T09:00:00.500Z`. */
export function isoMoment(text: string): string {
  const day = text.slice(0, 10)
  const dot = text.indexOf('.')
  const zone = text.indexOf('+', 19)
  if (zone < 0) return text
  const fraction = dot < 0 ? '' : text.slice(dot + 1, zone)
  return `${day}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`
}
