import { setTimeout as sleep } from 'node:timers/promises'
import { bumpReference, lockReference } from '#modules/places/index.ts'
import type { Refusal } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import { codeOf, LostCommit, type Pools, TransientDbError, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { isCommitted, type LogEvent, openCommit, recordCommit } from '#platform/log.ts'
import type { Call } from './call.ts'
import type { ReferenceCache } from './reference.ts'

/** What the verbs of items, customers, places and keys work with. */
export interface Desk {
  pools: Pools
  reference: ReferenceCache
}

/** What became of one entry of a list: kept (or found to be so already), or refused. */
export type Saved<T> = { ok: true; value: T; already: boolean } | Refusal

/** One thing that happened to a noun; references only, never personal data. */
export interface Happened {
  subject:
    | 'item'
    | 'customer'
    | 'location'
    | 'register'
    | 'workflow'
    | 'workspace'
    | 'api_key'
    | 'member'
    | 'role'
    | 'invitation'
    | 'view'
    | 'bulk_job'
    | 'export'
  subjectId: string
  /** The row's version; where a row has none, its place after what the log holds of the subject, found under the workspace's lock. */
  seq: number | null
  type: string
  payload: unknown
  locationId?: string
}

/**
 * One transaction of changes to reference data: those of a workspace take turns, each that changes something makes a new version of it,
 * and this process forgets the old one. `work` may run again after a passing obstacle, so it starts from what it reads.
 */
export async function changeReference<T>(
  desk: Desk,
  call: Call,
  work: (tx: Tx, now: string) => Promise<{ value: T; happened: Happened[] }>,
): Promise<T> {
  let changed = false
  const value = await changeNouns(desk.pools, call, async (tx, now) => {
    await lockReference(tx, call.workspaceId)
    const done = await work(tx, now)
    changed = done.happened.length > 0
    if (changed) bumpReference(tx, call.workspaceId)
    return done
  })
  if (changed) desk.reference.drop(call.workspaceId)
  return value
}

/** One transaction of changes to what no cache holds (customers, keys), with its events. */
export function changeNouns<T>(
  pools: Pools,
  call: Call,
  work: (tx: Tx, now: string) => Promise<{ value: T; happened: Happened[] }>,
): Promise<T> {
  return untilKnown(pools, call.workspaceId, (commitId) =>
    pools.change(call.workspaceId, async (tx) => {
      const commit = await openCommit(tx, call.workspaceId, commitId)
      const { value, happened } = await work(tx, commit.now)
      await record(tx, commit, call, happened)
      return value
    }),
  )
}

/** Writes what happened into the log; a transaction that changed nothing leaves no trace. */
export async function record(
  tx: Tx,
  commit: { workspaceId: string; id: string; now: string },
  by: Pick<Call, 'actor' | 'commandId'>,
  happened: readonly Happened[],
): Promise<void> {
  if (happened.length === 0) return
  const next = await nextSeqs(tx, commit.workspaceId, happened)
  const events = happened.map(({ subject, subjectId, seq, type, payload, locationId }): LogEvent => {
    const place = seq ?? next.get(subjectId) ?? 1
    if (seq === null) next.set(subjectId, place + 1)
    return {
      subject,
      subjectId,
      seq: place,
      type,
      payload: canonicalText(payload),
      version: 1,
      at: commit.now,
      actorKind: by.actor.kind,
      actorId: by.actor.id,
      locationId: locationId ?? null,
      registerId: null,
      commandId: by.commandId,
    }
  })
  recordCommit(tx, commit, events)
}

async function nextSeqs(tx: Tx, workspaceId: string, happened: readonly Happened[]): Promise<Map<string, number>> {
  const subjects = [...new Set(happened.filter(({ seq }) => seq === null).map(({ subjectId }) => subjectId))]
  if (subjects.length === 0) return new Map()
  const rows = await tx.query<{ subjectId: string; next: number }>({
    name: 'next_seqs',
    text: 'select subject_id as "subjectId", max(seq) + 1 as next from events where workspace_id = $1 and subject_id = any($2::uuid[]) group by subject_id',
    values: [workspaceId, subjects],
  })
  return new Map(rows.map((row) => [row.subjectId, row.next]))
}

const deadlineMs = 10_000
const uniqueViolation = '23505'
const collisionsMax = 3

/**
 * Runs a transaction until it is known what became of it: again after a passing obstacle, again when somebody else was quicker to take a
 * code (it then shows when reading), and after a COMMIT whose answer was lost only when it is not in the log.
 */
export async function untilKnown<T>(pools: Pools, workspaceId: string, run: (commitId: string) => Promise<T>): Promise<T> {
  const commitId = newId()
  const deadline = performance.now() + deadlineMs
  let collisions = 0
  let lost: LostCommit | null = null
  for (let attempt = 0; ; attempt++) {
    try {
      // The value is what `run` answered before COMMIT was sent.
      if (lost && (await pools.view(workspaceId, (db) => isCommitted(db, workspaceId, commitId)))) return lost.value as T
      lost = null
      return await run(commitId)
    } catch (error) {
      if (error instanceof LostCommit) lost = error
      else if (codeOf(error) === uniqueViolation && ++collisions <= collisionsMax) continue
      else if (!(error instanceof TransientDbError)) throw error
      if (performance.now() > deadline) throw error
      await sleep(Math.min(500, 5 * 2 ** attempt) * (0.5 + Math.random()))
    }
  }
}
