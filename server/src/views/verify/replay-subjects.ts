import type { Flow } from '#modules/workflow/index.ts'
import { compareDocuments } from './compare-documents.ts'
import { compareOrder } from './compare-order.ts'
import { compareRows, type Value } from './compare-rows.ts'
import type { EventRow, ToldElsewhere } from './retell-order.ts'
import type { Slice } from './slices.ts'
import type { Reader, Row } from './snapshot.ts'
import { tables } from './tables.ts'
import type { Tally } from './tally.ts'

/** How many rows of these tables events told of; what the tables hold beyond that, no event tells of. */
export interface ToldCounts {
  reservations: number
  movements: number
}

/** Reads a slice of subjects, with everything that belongs to the orders among them, and compares each with what its events say. */
export async function replaySubjects(
  reader: Reader,
  slice: Slice,
  flowOf: (workspaceId: string, code: string, version: number) => Flow | undefined,
  tally: Tally,
): Promise<ToldCounts> {
  const { workspaceId } = slice
  const rows = await readSlice(reader, slice)
  const events = Map.groupBy(rows.events, subjectIn)
  checkSequences(tally, workspaceId, events)
  const orders = new Map(rows.orders.map((row) => [row[0] ?? '', row]))
  const of = Object.fromEntries(parts.map((part) => [part, Map.groupBy(rows[part], (row) => row.at(-1) ?? '')])) as Record<
    Part,
    Map<string, Row[]>
  >
  const told: ToldElsewhere = { reservations: [], movements: [] }
  const others: EventRow[] = []
  for (const id of new Set([...orders.keys(), ...events.keys()])) {
    const own = (events.get(id) ?? []).map(eventRow)
    if (own.some(({ subject }) => subject !== 'order')) others.push(...own)
    if (!orders.has(id) && own.every(({ subject }) => subject !== 'order')) continue
    const partOf = (part: Part): Row[] => of[part].get(id) ?? nothing
    const { reservations, movements } = compareOrder(
      tally,
      workspaceId,
      {
        id,
        row: orders.get(id),
        events: own,
        lines: partOf('lines'),
        shortfalls: partOf('shortfalls'),
        tags: partOf('tags'),
        fields: partOf('fields'),
        holds: partOf('holds'),
        costs: partOf('costs'),
        money: partOf('money'),
        returned: partOf('returned'),
        timers: partOf('timers'),
        notes: partOf('notes'),
      },
      (code, version) => flowOf(workspaceId, code, version),
    )
    for (const row of reservations) told.reservations.push(row)
    for (const row of movements) told.movements.push(row)
  }
  const documents = await compareDocuments(reader, workspaceId, others, tally)
  told.movements.push(...documents.movements)
  told.reservations.push(...documents.reservations)
  await compareElsewhere(reader, workspaceId, told, tally)
  return { reservations: told.reservations.length, movements: told.movements.length }
}

const nothing: Row[] = []

function checkSequences(tally: Tally, workspaceId: string, events: ReadonlyMap<string, readonly Row[]>): void {
  for (const [id, own] of events) {
    tally.checked('log.sequences', own.length)
    const subject = own[0]?.[subjectAt] ?? ''
    const odd = own.findIndex((row, i) => row[seqAt] !== String(i + 1) || row[subjectAt] !== subject)
    if (odd >= 0)
      tally.wrong('log.sequences', {
        workspace: workspaceId,
        id,
        subject,
        seq: Number(own[odd]?.[seqAt]),
        expected: odd + 1,
        ...(own[odd]?.[subjectAt] === subject ? {} : { why: `it is an event of a ${own[odd]?.[subjectAt]}` }),
      })
  }
}

// ─── Rows that lie by themselves ─────────────────────────────────────────────────────────────────────────────────────

/** They are found by the ids that events name. */
async function compareElsewhere(
  reader: Reader,
  workspaceId: string,
  { reservations, movements }: ToldElsewhere,
  tally: Tally,
): Promise<void> {
  const [held, moved] = await Promise.all([
    rowsById(reader, workspaceId, 'reservations', reservations),
    rowsById(reader, workspaceId, 'movements', movements),
  ])
  compareRows(tally, 'replay.reservations', { workspace: workspaceId }, tables.reservations, held, reservations)
  compareRows(tally, 'replay.movements', { workspace: workspaceId }, tables.movements, moved, movements)
  const took = new Map<string | null, Row>()
  for (const row of moved) if (row[reservationAt] !== null) took.set(row[reservationAt] ?? null, row)
  for (const row of held) {
    if (row[stateAt] !== 'consumed') continue
    const [id = null, order = null] = row
    const movement = took.get(id)
    tally.checked('reservations.consumed', 1)
    if (movement?.[deltaAt] !== `-${row[milliAt]}`)
      tally.wrong('reservations.consumed', {
        workspace: workspaceId,
        reservation: id,
        order,
        milli: Number(row[milliAt]),
        movement: movement?.[0] ?? null,
      })
  }
}

const reservationAt = tables.movements.columns.indexOf('reservation_id')
const deltaAt = tables.movements.columns.indexOf('delta_milli')
const stateAt = tables.reservations.columns.indexOf('state')
const milliAt = tables.reservations.columns.indexOf('milli')

function rowsById(reader: Reader, workspaceId: string, table: 'reservations' | 'movements', told: readonly Value[][]): Promise<Row[]> {
  if (told.length === 0) return Promise.resolve([])
  return reader.rows(`select ${columns(table)} from ${table} where workspace_id = $1 and id = any($2::uuid[])`, [
    workspaceId,
    told.map(([id]) => id).filter(isUuid),
  ])
}

// What an event was damaged to say names no row.
const isUuid = (id: Value | undefined): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(String(id))

// ─── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const parts = ['lines', 'shortfalls', 'tags', 'fields', 'holds', 'costs', 'money', 'returned', 'timers', 'notes'] as const
type Part = (typeof parts)[number]

function columns(table: keyof typeof tables): string {
  return tables[table].columns.join(', ')
}

const eventColumns = ['subject_id', 'seq', 'subject', 'type', 'payload', 'recorded_at', 'commit_id'] as const
const seqAt = eventColumns.indexOf('seq')
const subjectAt = eventColumns.indexOf('subject')

const subjectIn = (row: Row): string => row[0] ?? ''

function eventRow([subjectId, seq, subject, type, payload, recordedAt, commitId]: Row): EventRow {
  return {
    subjectId: subjectId ?? '',
    seq: Number(seq),
    subject: subject ?? '',
    type: type ?? '',
    payload: payload ?? '',
    recordedAt: recordedAt ?? '',
    commitId: commitId ?? '',
  }
}

// Rows of parts end with the order they belong to.
// biome-ignore format: read it by column
const reads: Record<'orders' | 'events' | Part, { what: string; from: string; id: string; by: string }> = {
  orders:     { what: columns('orders'),                                         from: 'orders',        id: 'id',         by: 'id' },
  events:     { what: eventColumns.join(', '),                                   from: 'events',        id: 'subject_id', by: 'subject_id, seq' },
  lines:      { what: `${columns('order_lines')}, order_id`,                     from: 'order_lines',   id: 'order_id',   by: 'order_id, position' },
  shortfalls: { what: `${columns('shortfalls')}, order_id`,                      from: 'shortfalls',    id: 'order_id',   by: 'order_id' },
  tags:       { what: `${columns('order_tags')}, order_id`,                      from: 'order_tags',    id: 'order_id',   by: 'order_id, tag' },
  fields:     { what: `${columns('order_fields')}, order_id`,                    from: 'order_fields',  id: 'order_id',   by: 'order_id, field' },
  holds:      { what: `${columns('order_holds')}, order_id`,                     from: 'order_holds',   id: 'order_id',   by: 'order_id, id' },
  costs:      { what: `${columns('order_costs')}, order_id`,                     from: 'order_costs',   id: 'order_id',   by: 'order_id, id' },
  money:      { what: `${columns('money_entries')}, order_id`,                   from: 'money_entries', id: 'order_id',   by: 'order_id, id' },
  returned:   { what: 'return_id, order_line_id, milli, amount_minor, order_id', from: 'return_lines',  id: 'order_id',   by: 'order_id' },
  timers:     { what: 'name, due_at, generation, order_id',                      from: 'timers',        id: 'order_id',   by: 'order_id' },
  notes:      { what: 'id, order_id',                                            from: 'notes',         id: 'order_id',   by: 'order_id' },
}

async function readSlice(reader: Reader, { workspaceId, from, to }: Slice): Promise<Record<keyof typeof reads, Row[]>> {
  const values = [workspaceId, from, to]
  const read = Object.entries(reads).map(async ([name, { what, from: table, id, by }]) => {
    const text = `select ${what} from ${table} where workspace_id = $1 and ${id} >= $2 and ($3::uuid is null or ${id} < $3) order by ${by}`
    return [name, await reader.rows(text, values)] as const
  })
  return Object.fromEntries(await Promise.all(read)) as Record<keyof typeof reads, Row[]>
}
