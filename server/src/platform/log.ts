import { createHash } from 'node:crypto'
import type { Db, Tx } from './db.ts'
import { rowList } from './row-list.ts'

/** One thing that happened, as it is kept for ever. `payload` is canonical text; moments are ISO 8601 with milliseconds. */
export interface LogEvent {
  subject: string
  subjectId: string
  /** Gap-free per subject, from 1. */
  seq: number
  type: string
  payload: string
  version: number
  at: string
  actorKind: string
  actorId: string | null
  locationId: string | null
  registerId: string | null
  commandId: string
}

/** Which write transaction this is. `now` is the database's clock at its beginning. */
export interface Commit {
  workspaceId: string
  id: string
  now: string
}

/** Writes the transaction's row in `commits` and its events; both travel with COMMIT. A transaction does this once. */
export function recordCommit(tx: Tx, commit: Commit, events: readonly LogEvent[]): void {
  // The digest is of the text; what the database would give back otherwise could never be proved.
  for (const { at, type } of events)
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at)) throw new Error(`${at} of ${type} is no moment in UTC with milliseconds`)
  tx.send({
    name: 'insert_events',
    text: `insert into events (workspace_id, subject, subject_id, seq, type, payload, version, at, recorded_at, actor_kind, actor_id, location_id, register_id, command_id, commit_id, ordinal)
      select $1, r.subject, r."subjectId", r.seq, r.type, r.payload, r.version, r.at, $3, r."actorKind", r."actorId", r."locationId", r."registerId", r."commandId", $2, r.ordinal
      from ${eventList.from(4)}`,
    values: [commit.workspaceId, commit.id, commit.now, ...eventList.values(events.map((event, ordinal) => ({ ...event, ordinal })))],
  })
  tx.send({
    name: 'insert_commit',
    text: 'insert into commits (workspace_id, id, events, digest, recorded_at) values ($1, $2, $3, $4, $5)',
    values: [commit.workspaceId, commit.id, events.length, digestOf(events, commit.now), commit.now],
  })
}

// biome-ignore format: many columns, few lines
const eventList = rowList<LogEvent & { ordinal: number }>({
  subject: 'text', subjectId: 'uuid', seq: 'bigint', type: 'text', payload: 'canonical', version: 'bigint', at: 'timestamptz', actorKind: 'text', actorId: 'uuid', locationId: 'uuid',
  registerId: 'uuid', commandId: 'uuid', ordinal: 'bigint',
})

/** SHA-256 over every column of a commit's events, in their order; part of the hash chain. */
export function digestOf(events: readonly LogEvent[], recordedAt: string): Buffer {
  const hash = createHash('sha256')
  for (const event of events) {
    hash.update(
      `${event.subject}\n${event.subjectId}\n${event.seq}\n${event.type}\n${event.version}\n${event.at}\n${recordedAt}\n${event.actorKind}\n${event.actorId ?? ''}\n${event.locationId ?? ''}\n${event.registerId ?? ''}\n${event.commandId}\n${event.payload}\n`,
    )
  }
  return hash.digest()
}

/** The hash of a sealed commit: SHA-256 of the previous hash, the workspace, the position and the commit's id and digest. */
export function chainHash(previous: Buffer | null, workspaceId: string, position: number, commitId: string, digest: Buffer): Buffer {
  return createHash('sha256')
    .update(previous ?? Buffer.alloc(32))
    .update(`${workspaceId}\n${position}\n${commitId}\n`)
    .update(digest)
    .digest()
}

/**
 * Opens a write transaction's commit: waits for an earlier transaction of the same id to end (a redo after a lost COMMIT) and
 * reads the database's clock and the workspace's reference version.
 */
export async function openCommit(tx: Tx, workspaceId: string, id: string): Promise<Commit & { referenceVersion: number }> {
  const [row] = await tx.query<{ now: string; referenceVersion: number }>({
    name: 'open_commit',
    text: `select date_trunc('milliseconds', now()) as now, reference_version as "referenceVersion" from workspaces, pg_advisory_xact_lock(hashtextextended($2, 0)) where workspace_id = $1`,
    values: [workspaceId, id],
  })
  if (!row) throw new Error(`There is no workspace ${workspaceId}`)
  return { workspaceId, id, now: row.now, referenceVersion: row.referenceVersion }
}

/** The database's clock and the workspace's reference version, for whoever only looks. */
export async function readClock(db: Db, workspaceId: string): Promise<{ now: string; referenceVersion: number }> {
  const [row] = await db.query<{ now: string; referenceVersion: number }>({
    name: 'read_clock',
    text: `select date_trunc('milliseconds', now()) as now, reference_version as "referenceVersion" from workspaces where workspace_id = $1`,
    values: [workspaceId],
  })
  if (!row) throw new Error(`There is no workspace ${workspaceId}`)
  return row
}

/** Whether the transaction of this commit id reached the disk; waits for it to end first. */
export async function isCommitted(tx: Db, workspaceId: string, id: string): Promise<boolean> {
  await tx.query({ name: 'await_commit', text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))', values: [id] })
  const rows = await tx.query({
    name: 'is_committed',
    text: 'select 1 from commits where workspace_id = $1 and id = $2',
    values: [workspaceId, id],
  })
  return rows.length > 0
}
