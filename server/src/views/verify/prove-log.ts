import { chainHash, digestOf, type LogEvent } from '#platform/log.ts'
import { compareRows, type Value } from './compare-rows.ts'
import { compareElsewhere, type Told } from './replay-orders.ts'
import type { Slice } from './slices.ts'
import type { Reader, Row } from './snapshot.ts'
import { tables } from './tables.ts'
import type { Tally } from './tally.ts'

const eventColumns = [
  'commit_id', 'ordinal', 'subject', 'subject_id', 'seq', 'type', 'payload', 'version', 'at', 'recorded_at', 'actor_kind', 'actor_id', 'location_id', 'register_id', 'command_id',
] as const
const place = Object.fromEntries(eventColumns.map((column, i) => [column, i])) as Record<(typeof eventColumns)[number], number>

/** Reads a slice of commits with their events: digest, count and order must be what the commit says, and documents what their events say. */
export async function proveCommits(reader: Reader, { workspaceId, from, to }: Slice, tally: Tally): Promise<Told> {
  const values = [workspaceId, from, to]
  const range = (id: string) => `workspace_id = $1 and ${id} >= $2 and ($3::uuid is null or ${id} < $3)`
  const [commits, events] = await Promise.all([
    reader.rows(`select id, events, encode(digest, 'hex'), recorded_at, position from commits where ${range('id')} order by id`, values),
    reader.rows(`select ${eventColumns.join(', ')} from events where ${range('commit_id')} order by commit_id, ordinal`, values),
  ])
  const ofCommit = Map.groupBy(events, ([id]) => id ?? '')
  tally.checked('log.commits', commits.length)
  for (const [id = '', count, digest, recordedAt, position] of commits) {
    const own = ofCommit.get(id ?? '') ?? []
    ofCommit.delete(id ?? '')
    const why = whyNot(own, Number(count), recordedAt ?? '', digest ?? '')
    if (why) tally.wrong('log.commits', { workspace: workspaceId, commit: id, position: position === null || position === undefined ? null : Number(position), ...why })
  }
  for (const [id, strays] of ofCommit) {
    const [first] = strays
    tally.wrong('log.commits', { workspace: workspaceId, commit: id, why: 'there is no such commit', subject: first?.[place.subject_id] ?? null, seq: Number(first?.[place.seq]), events: strays.length })
  }
  return compareDocuments(reader, workspaceId, events, tally)
}

function whyNot(events: readonly Row[], count: number, recordedAt: string, digest: string) {
  if (events.length !== count) return { why: 'events are missing or too many', stored: count, expected: events.length }
  const odd = events.findIndex((row, i) => row[place.ordinal] !== String(i) || row[place.recorded_at] !== recordedAt)
  if (odd >= 0) return { why: 'an event has another place or moment than its commit gave it', subject: events[odd]?.[place.subject_id] ?? null, seq: Number(events[odd]?.[place.seq]) }
  const computed = digestOf(events.map(logEvent), recordedAt).toString('hex')
  if (computed === digest) return null
  return { why: 'its events are not those it was made from', stored: digest, expected: computed, subjects: [...new Set(events.map((row) => row[place.subject_id]))].slice(0, 5).join(' ') }
}

function logEvent(row: Row): LogEvent {
  const text = (column: (typeof eventColumns)[number]) => row[place[column]] ?? ''
  return {
    subject: text('subject'),
    subjectId: text('subject_id'),
    seq: Number(text('seq')),
    type: text('type'),
    payload: text('payload'),
    version: Number(text('version')),
    at: text('at'),
    actorKind: text('actor_kind'),
    actorId: row[place.actor_id] ?? null,
    locationId: row[place.location_id] ?? null,
    registerId: row[place.register_id] ?? null,
    commandId: text('command_id'),
  }
}

// ─── Documents: what is told by one event, and lies in rows ──────────────────────────────────────────────────────────

interface MovedPayload {
  movements: { id: string; itemId: string; locationId: string; lotId: string; kind: string; deltaMilli: number; unitCostMicro: number | null }[]
}

interface KeptPayload {
  itemId: string
  locationId: string
  lotId: string
  milli: number
  expiresAt: string | null
}

interface ReturnPayload {
  number: number
  orderId: string | null
  locationId: string
  customerId: string | null
  connectionId: string | null
  externalId: string | null
  reasonCode: string | null
  noteId: string | null
  currency: string
  totalMinor: number
  source: string
  at: string
  businessDate: string
  lines: { id: string; orderId: string | null; orderLineId: string | null; kind: string; itemId: string | null; code: string; name: string; category: string; milli: number; amountMinor: number; restocked: boolean }[]
  restocked: { movementId: string; itemId: string; lotId: string; milli: number }[]
}

async function compareDocuments(reader: Reader, workspaceId: string, events: readonly Row[], tally: Tally): Promise<Told> {
  const movements: Value[][] = []
  const kept: Value[][] = []
  const returns: Value[][] = []
  const returnLines = new Map<string, Value[][]>()
  for (const row of events) {
    if (row[place.subject] === 'order') continue
    const [type, id, commitId] = [row[place.type], row[place.subject_id] ?? '', row[place.commit_id] ?? '']
    if (type === 'StockMoved') {
      const { movements: moved } = payloadOf<MovedPayload>(row)
      for (const { id: movementId, kind, deltaMilli, itemId, locationId, lotId, unitCostMicro } of moved) movements.push([movementId, kind, deltaMilli, itemId, locationId, lotId, unitCostMicro, null, null, null, null, commitId])
    }
    if (type === 'StockKept') {
      const { itemId, locationId, lotId, milli, expiresAt } = payloadOf<KeptPayload>(row)
      kept.push([id, null, null, itemId, locationId, lotId, milli, expiresAt, commitId])
    }
    if (type === 'ReturnRecorded') {
      const document = payloadOf<ReturnPayload>(row)
      const { number, orderId, locationId, customerId, connectionId, externalId, reasonCode, noteId, currency, totalMinor, source, at, businessDate } = document
      returns.push([id, number, orderId, locationId, customerId, connectionId, externalId, reasonCode, noteId, currency, totalMinor, source, at, businessDate, commitId])
      returnLines.set(id, document.lines.map((line) => [line.id, line.orderId, line.orderLineId, line.kind, line.itemId, line.code, line.name, line.category, line.milli, line.amountMinor, line.restocked]))
      for (const { movementId, itemId, lotId, milli } of document.restocked) movements.push([movementId, 'return', milli, itemId, locationId, lotId, null, null, null, null, id, commitId])
    }
  }
  await compareElsewhere(reader, workspaceId, { movements, reservations: [] }, tally)
  await compareKept(reader, workspaceId, kept, tally)
  await compareReturns(reader, workspaceId, returns, returnLines, tally)
  return { movements: movements.length, reservations: kept.length }
}

const payloadOf = <P>(row: Row): P => JSON.parse(row[place.payload] ?? '{}') as P

/** What is kept for no order; whether it still is, its later event says (stock-checks.ts). */
async function compareKept(reader: Reader, workspaceId: string, kept: readonly Value[][], tally: Tally): Promise<void> {
  if (kept.length === 0) return
  const rows = await reader.rows(`select ${tables.kept.columns.join(', ')} from reservations where workspace_id = $1 and id = any($2::uuid[])`, [workspaceId, kept.map(([id]) => id)])
  compareRows(tally, 'replay.reservations', { workspace: workspaceId }, tables.kept, rows, kept)
}

async function compareReturns(reader: Reader, workspaceId: string, returns: readonly Value[][], lines: ReadonlyMap<string, Value[][]>, tally: Tally): Promise<void> {
  if (returns.length === 0) return
  const values = [workspaceId, [...lines.keys()]]
  const [rows, lineRows] = await Promise.all([
    reader.rows(`select ${tables.returns.columns.join(', ')} from returns where workspace_id = $1 and id = any($2::uuid[])`, values),
    reader.rows(`select return_id, ${tables.return_lines.columns.join(', ')} from return_lines where workspace_id = $1 and return_id = any($2::uuid[])`, values),
  ])
  compareRows(tally, 'replay.returns', { workspace: workspaceId }, tables.returns, rows, returns)
  const linesOf = Map.groupBy(lineRows, ([id]) => id ?? '')
  for (const [id, told] of lines) {
    const own = (linesOf.get(id) ?? []).map((row) => row.slice(1))
    compareRows(tally, 'replay.returns', { workspace: workspaceId, return: id }, tables.return_lines, own, told)
    const total = Number(rows.find(([one]) => one === id)?.[totalAt])
    const sum = own.reduce((all, line) => all + Number(line[amountAt]), 0)
    tally.checked('money.returns', 1)
    if (total !== sum) tally.wrong('money.returns', { workspace: workspaceId, return: id, column: 'total_minor', stored: total, expected: sum })
  }
}

const totalAt = tables.returns.columns.indexOf('total_minor')
const amountAt = tables.return_lines.columns.indexOf('amount_minor')

// ─── The chain ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Reads a slice of positions: none missing, and each hash made from the stored one before it. Every hash being right against its
 * predecessor is the chain being right from its beginning, and a fault is named where it is instead of at everything after it.
 */
export async function proveChain(reader: Reader, { workspaceId, from, to }: Slice, tally: Tally): Promise<void> {
  const first = Number(from)
  const rows = await reader.rows(
    `select position, id, encode(digest, 'hex'), encode(hash, 'hex') from commits
     where workspace_id = $1 and position is not null and ($2::bigint = 0 or position >= $2) and ($3::bigint is null or position < $3) order by position`,
    [workspaceId, first - 1, to],
  )
  // The row before the slice is only there to be followed.
  let before: { position: number; hash: Buffer | null } = { position: first === 1 ? 0 : first - 2, hash: null }
  for (const [positionText, id, digest, hash] of rows) {
    const position = Number(positionText)
    const stored = Buffer.from(hash ?? '', 'hex')
    if (position >= first || position < 1) {
      tally.checked('log.chain', 1)
      const of = { workspace: workspaceId, position, commit: id ?? '' }
      if (position !== before.position + 1) tally.wrong('log.chain', { ...of, why: `position ${before.position + 1} is missing` })
      else {
        const computed = chainHash(before.hash, workspaceId, position, id ?? '', Buffer.from(digest ?? '', 'hex'))
        if (!computed.equals(stored)) tally.wrong('log.chain', { ...of, stored: hash ?? null, expected: computed.toString('hex') })
      }
    }
    before = { position, hash: stored }
  }
}
