import { randomUUID } from 'node:crypto'
import { StartRefused } from './start-refused.ts'

/** What the check needs of a connection: one session, as far as it can tell. */
export type Session = {
  query(sql: string, values: string[]): Promise<{ rows: Array<{ pid: number; mark: string }> }>
  end(): Promise<void>
}

/**
 * Throws `StartRefused` when the connection goes through a pooler that hands every transaction to another server session
 * (PgBouncer `pool_mode = transaction`, Supabase port 6543): roles, settings and advisory locks of a session would be lost.
 * Two sessions each leave a mark and look for it again; they may not share a backend nor lose what they left.
 */
export async function refuseTransactionPooler(connect: () => Promise<Session>): Promise<void> {
  const sessions = [await connect(), await connect()] as const
  try {
    const [a, b] = sessions
    const left = [await leaveMark(a), await leaveMark(b)] as const
    const found = [await readMark(b), await readMark(a)] as const
    const shared = left[0].pid === left[1].pid
    if (shared || left[1].mark !== found[0].mark || left[0].mark !== found[1].mark) {
      throw new StartRefused(
        'DATABASE_URL leads to a connection pooler in transaction mode, which loses roles and settings between statements. ' +
          'Use the direct connection or a session-mode pooler (Supabase: the port 5432, not 6543; PgBouncer: pool_mode = session).',
      )
    }
  } finally {
    await Promise.all(sessions.map((session) => session.end()))
  }
}

const leaveMark = (session: Session) =>
  ask(session, `select pg_backend_pid() as pid, set_config('docket.mark', $1, false) as mark`, [randomUUID()])
const readMark = (session: Session) =>
  ask(session, `select pg_backend_pid() as pid, coalesce(current_setting('docket.mark', true), '') as mark`, [])

async function ask(session: Session, sql: string, values: string[]): Promise<{ pid: number; mark: string }> {
  const row = (await session.query(sql, values)).rows[0]
  if (!row) throw new Error('The database answered a question about the session with nothing.')
  return row
}
