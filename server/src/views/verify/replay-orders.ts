import type { Flow } from '#modules/workflow/index.ts'
import { compareOrder, type EventRow, type ToldElsewhere } from './compare-order.ts'
import { compareRows, type Value } from './compare-rows.ts'
import type { Slice } from './slices.ts'
import type { Reader, Row } from './snapshot.ts'
import { tables } from './tables.ts'
import type { Tally } from './tally.ts'

/** How many rows of these tables events told of; what the tables hold beyond that, no event tells of. */
export interface Told {
  reservations: number
  movements: number
}

/** Reads a slice of orders with everything that belongs to them and compares each with what its events say. */
export async function replayOrders(reader: Reader, slice: Slice, flowOf: (workspaceId: string, code: string, version: number) => Flow | undefined, tally: Tally): Promise<Told> {
  const { workspaceId } = slice
  const rows = await readSlice(reader, slice)
  const events = Map.groupBy(rows.events, ([id]) => id ?? '')
  const orders = new Map(rows.orders.map((row) => [row[0] ?? '', row]))
  const of = Object.fromEntries(parts.map((part) => [part, Map.groupBy(rows[part], ([id]) => id ?? '')])) as Record<Part, Map<string, Row[]>>
  const told: ToldElsewhere = { reservations: [], movements: [] }
  for (const id of new Set([...orders.keys(), ...events.keys()])) {
    // What is left of a row without its order's id is in the order of the table's columns.
    const partOf = (part: Part) => (of[part].get(id) ?? []).map((row) => row.slice(1))
    const { reservations, movements } = compareOrder(
      tally,
      workspaceId,
      {
        id,
        row: orders.get(id),
        events: (events.get(id) ?? []).map(eventRow),
        lines: partOf('lines'),
        shortfalls: partOf('shortfalls'),
        tags: partOf('tags'),
        fields: partOf('fields'),
        holds: partOf('holds'),
        costs: partOf('costs'),
        money: partOf('money'),
        returned: partOf('returned'),
        timers: partOf('timers'),
        notes: new Set((of.notes.get(id) ?? []).map(([, note]) => note ?? '')),
      },
      (code, version) => flowOf(workspaceId, code, version),
    )
    told.reservations.push(...reservations)
    told.movements.push(...movements)
  }
  await compareElsewhere(reader, workspaceId, told, tally)
  return { reservations: told.reservations.length, movements: told.movements.length }
}

function eventRow([, seq, type, payload, recordedAt, commitId]: Row): EventRow {
  return { seq: Number(seq), type: type ?? '', payload: payload ?? '', recordedAt: recordedAt ?? '', commitId: commitId ?? '' }
}

/** Rows that lie by themselves are found by the ids that events name. */
export async function compareElsewhere(reader: Reader, workspaceId: string, { reservations, movements }: ToldElsewhere, tally: Tally): Promise<void> {
  const [held, moved] = await Promise.all([rowsById(reader, workspaceId, 'reservations', reservations), rowsById(reader, workspaceId, 'movements', movements)])
  compareRows(tally, 'replay.reservations', { workspace: workspaceId }, tables.reservations, held, inOrder(reservations))
  compareRows(tally, 'replay.movements', { workspace: workspaceId }, tables.movements, moved, inOrder(movements))
  const took = new Map(moved.flatMap((row) => (row[reservationAt] === null ? [] : [[row[reservationAt], row]])))
  for (const [id, order, , , , , milli, state] of held) {
    if (state !== 'consumed') continue
    tally.checked('reservations.consumed', 1)
    if (took.get(id ?? '')?.[deltaAt] !== `-${milli}`) tally.wrong('reservations.consumed', { workspace: workspaceId, reservation: id ?? '', order: order ?? null, milli: Number(milli), movement: took.get(id ?? '')?.[0] ?? null })
  }
}

const reservationAt = tables.movements.columns.indexOf('reservation_id')
const deltaAt = tables.movements.columns.indexOf('delta_milli')

function rowsById(reader: Reader, workspaceId: string, table: 'reservations' | 'movements', told: readonly Value[][]): Promise<Row[]> {
  if (told.length === 0) return Promise.resolve([])
  return reader.rows(`select ${tables[table].columns.join(', ')} from ${table} where workspace_id = $1 and id = any($2::uuid[]) order by id`, [workspaceId, told.map(([id]) => id)])
}

function inOrder(rows: readonly Value[][]): Value[][] {
  return [...rows].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}

// ─── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const parts = ['lines', 'shortfalls', 'tags', 'fields', 'holds', 'costs', 'money', 'returned', 'timers', 'notes'] as const
type Part = (typeof parts)[number]

const columns = (table: keyof typeof tables) => tables[table].columns.join(', ')

// biome-ignore format: read it by column
const reads: Record<'orders' | 'events' | Part, { what: string; from: string; id: string; and?: string; by: string }> = {
  orders:     { what: columns('orders'),                                         from: 'orders',        id: 'id',         by: 'id' },
  events:     { what: 'subject_id, seq, type, payload, recorded_at, commit_id',  from: 'events',        id: 'subject_id', by: 'subject_id, seq', and: `and subject = 'order'` },
  lines:      { what: `order_id, ${columns('order_lines')}`,                     from: 'order_lines',   id: 'order_id',   by: 'order_id, position' },
  shortfalls: { what: `order_id, ${columns('shortfalls')}`,                      from: 'shortfalls',    id: 'order_id',   by: 'order_id' },
  tags:       { what: `order_id, ${columns('order_tags')}`,                      from: 'order_tags',    id: 'order_id',   by: 'order_id, tag' },
  fields:     { what: `order_id, ${columns('order_fields')}`,                    from: 'order_fields',  id: 'order_id',   by: 'order_id, field' },
  holds:      { what: `order_id, ${columns('order_holds')}`,                     from: 'order_holds',   id: 'order_id',   by: 'order_id, id' },
  costs:      { what: `order_id, ${columns('order_costs')}`,                     from: 'order_costs',   id: 'order_id',   by: 'order_id, id' },
  money:      { what: `order_id, ${columns('money_entries')}`,                   from: 'money_entries', id: 'order_id',   by: 'order_id, id' },
  returned:   { what: 'order_id, return_id, order_line_id, milli, amount_minor', from: 'return_lines',  id: 'order_id',   by: 'order_id' },
  timers:     { what: 'order_id, name, due_at, generation',                      from: 'timers',        id: 'order_id',   by: 'order_id' },
  notes:      { what: 'order_id, id',                                            from: 'notes',         id: 'order_id',   by: 'order_id' },
}

async function readSlice(reader: Reader, { workspaceId, from, to }: Slice): Promise<Record<keyof typeof reads, Row[]>> {
  const values = [workspaceId, from, to]
  const read = Object.entries(reads).map(async ([name, { what, from: table, id, and = '', by }]) => {
    const text = `select ${what} from ${table} where workspace_id = $1 and ${id} >= $2 and ($3::uuid is null or ${id} < $3) ${and} order by ${by}`
    return [name, await reader.rows(text, values)] as const
  })
  return Object.fromEntries(await Promise.all(read)) as Record<keyof typeof reads, Row[]>
}
