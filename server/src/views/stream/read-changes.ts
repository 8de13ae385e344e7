import type { Db, Pools } from '#platform/db.ts'
import { letThrough, type Sieve } from './let-through.ts'

/** One thing to which something happened in a stretch of the log. */
export interface ThingChanged {
  subject: string
  id: string
  /** The position of the last commit that changed it. */
  position: number
  seq: number
  types: string[]
  at: string
  locationId: string | null
  /** Returns: of which order. */
  orderId: string | null
  /** Customers: who looks after them, and who did before. */
  ownerId: string | null
  ownerBefore: string | null
}

/** What happened in one workspace after the position `from`, up to `to`, without a gap, with the rows as they stand now. */
export interface Stretch {
  workspaceId: string
  from: number
  to: number
  things: ThingChanged[]
  orders: ReadonlyMap<string, OrderNow>
  levels: readonly LevelNow[]
  jobs: readonly JobNow[]
  /** Of the orders, those that each filter lets through, by its key; a filter that took too long is missing. */
  through: ReadonlyMap<string, ReadonlySet<string>>
}

/** Of an order's row, what a list shows and what decides who sees it. */
export interface OrderNow {
  id: string
  number: number
  version: number
  phase: string
  stage: string
  stageEnteredAt: string
  payment: string
  fulfilment: string
  holds: number
  short: boolean
  attention: string
  assigneeId: string | null
  ownerId: string | null
  customerId: string | null
  locationId: string
  channel: string
  priority: number
  dueAt: string | null
  currency: string
  totalMinor: number
  balanceMinor: number
  updatedAt: string
}

export interface LevelNow {
  itemId: string
  locationId: string
  lotId: string
  onHandMilli: number
  reservedMilli: number
  updatedAt: string
}

/** A bulk job and how its orders stand. */
export interface JobNow {
  id: string
  version: number
  action: string
  state: string
  total: number
  waiting: number
  applied: number
  already: number
  skipped: number
  failed: number
}

/** Where the proof of a workspace has come to, and whether what followed `after` is still told: not too much of it, and not long ago. */
export async function headOf(pools: Pools, workspaceId: string, after: number | null): Promise<{ position: number; isTold: boolean }> {
  const [head] = await pools.system((db) =>
    db.query<{ position: number; isTold: boolean }>({
      name: 'stream_head',
      text: `select h.position, coalesce($2 = h.position or ($2 < h.position and h.position - $2 <= $3
          and (select recorded_at from commits where workspace_id = $1 and position = $2 + 1) > now() - make_interval(mins => $4::int)), false) as "isTold"
        from (select coalesce((select position from commits where workspace_id = $1 and position is not null order by position desc limit 1), 0) as position) h`,
      values: [workspaceId, after, windowCommits, windowMinutes],
    }),
  )
  if (!head) throw new Error('One row was asked for')
  return head
}

const windowCommits = 10_000
const windowMinutes = 15

export interface Wanted {
  workspaceId: string
  after: number
  /** Whether it is time to look how far running jobs are. */
  progress: boolean
  /** Filters that orders are followed through, by key. */
  sieves: ReadonlyMap<string, Sieve>
}

/** What was read of each workspace in which something happened, and of which it could not be read and why. */
export interface Look {
  stretches: Stretch[]
  failed: { workspaceId: string; error: unknown }[]
}

/** What followed a position in each of several workspaces, as far as one look takes: one statement for all of the log, a few for the rows of each. */
export async function readStretches(pools: Pools, wanted: readonly Wanted[]): Promise<Look> {
  const rows = await pools.system((db) =>
    db.query<EventRow>({
      text: `select r.workspace_id as "workspaceId", c.position, e.subject, e.subject_id as "subjectId", e.seq, e.type, e.at, e.location_id as "locationId",
          case when e.subject in ('stock', 'reservation', 'customer', 'return') or e.type like 'Stock%' or e.type = 'LinesReturned' then e.payload end as payload
        from unnest($1::uuid[], $2::bigint[]) as r(workspace_id, after)
        cross join lateral (
          select position, id from (
            select position, id, sum(events) over (order by position) as events from (
              select position, id, events from commits where workspace_id = r.workspace_id and position > r.after order by position limit $3) next
          ) counted where events <= $4 or position = r.after + 1
        ) c
        join events e on e.workspace_id = r.workspace_id and e.commit_id = c.id
        order by 1, c.position, e.ordinal`,
      values: [wanted.map(({ workspaceId }) => workspaceId), wanted.map(({ after }) => after), commitsALook, eventsALook],
    }),
  )
  const look: Look = { stretches: [], failed: [] }
  // Two at a time: others read, too.
  const queue = wanted.values()
  await Promise.all([drain(), drain()])
  return look
  async function drain(): Promise<void> {
    for (const one of queue) {
      try {
        const found = gathered(one, rows)
        if (found) look.stretches.push(await withRows(pools, found))
      } catch (error) {
        look.failed.push({ workspaceId: one.workspaceId, error })
      }
    }
  }
}

const commitsALook = 500
const eventsALook = 5_000

interface EventRow {
  workspaceId: string
  position: number
  subject: string
  subjectId: string
  seq: number
  type: string
  at: string
  locationId: string | null
  payload: string | null
}

interface Gathered {
  workspaceId: string
  progress: boolean
  sieves: Wanted['sieves']
  from: number
  to: number
  things: ThingChanged[]
  levels: { itemId: string; locationId: string }[]
  reservationIds: string[]
}

/** The events of one workspace by thing, as far as their positions follow one another; null where there are none. */
function gathered({ workspaceId, after: from, progress, sieves }: Wanted, rows: readonly EventRow[]): Gathered | null {
  const things = new Map<string, ThingChanged>()
  const levels = new Map<string, { itemId: string; locationId: string }>()
  const reservationIds: string[] = []
  let to = from
  for (const row of rows) {
    if (row.workspaceId !== workspaceId) continue
    if (row.position > to + 1) break
    to = row.position
    const payload = row.payload === null ? null : (JSON.parse(row.payload) as Record<string, unknown>)
    const key = `${row.subject} ${row.subjectId}`
    const before = things.get(key)
    const ownerBefore = textOf(payload?.ownerBefore)
    things.set(key, {
      subject: row.subject,
      id: row.subjectId,
      position: row.position,
      seq: row.seq,
      types: [...(before?.types ?? []), row.type],
      at: row.at,
      locationId: row.locationId,
      orderId: textOf(payload?.orderId),
      ownerId: textOf(payload?.ownerId),
      ownerBefore: before?.ownerBefore ?? ownerBefore,
    })
    if (row.subject === 'reservation') reservationIds.push(row.subjectId)
    if (payload && row.subject !== 'customer') findStock(payload, row.locationId, levels, reservationIds)
  }
  if (to === from) return null
  return { workspaceId, progress, sieves, from, to, things: [...things.values()], levels: [...levels.values()], reservationIds }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Whatever in a payload names an item names stock: where it says, or where the event was. */
function findStock(
  value: unknown,
  locationId: string | null,
  levels: Map<string, { itemId: string; locationId: string }>,
  reservationIds: string[],
): void {
  if (Array.isArray(value)) for (const each of value) findStock(each, locationId, levels, reservationIds)
  else if (typeof value === 'object' && value !== null) {
    const { itemId, locationId: own, reservationIds: released } = value as Record<string, unknown>
    const place = textOf(own) ?? locationId
    if (typeof itemId === 'string' && place !== null) levels.set(`${itemId} ${place}`, { itemId, locationId: place })
    if (Array.isArray(released)) reservationIds.push(...released.filter((id) => typeof id === 'string'))
    for (const each of Object.values(value)) findStock(each, place, levels, reservationIds)
  }
}

async function withRows(pools: Pools, { levels, reservationIds, progress, sieves, ...rest }: Gathered): Promise<Stretch> {
  const { workspaceId, things } = rest
  const orderIds = things.flatMap(({ subject, id, orderId }) => (subject === 'order' ? id : subject === 'return' ? (orderId ?? []) : []))
  const jobIds = things.flatMap(({ subject, id }) => (subject === 'bulk_job' ? id : []))
  const rows = pools.view(workspaceId, (db) =>
    Promise.all([
      orderIds.length === 0 ? [] : ordersNow(db, workspaceId, orderIds),
      levels.length + reservationIds.length === 0 ? [] : levelsNow(db, workspaceId, levels, reservationIds),
      jobIds.length > 0 || (progress && orderIds.length > 0) ? jobsNow(db, workspaceId, jobIds) : [],
    ]),
  )
  const [[orders, stock, jobs], through] = await Promise.all([rows, letThrough(pools, workspaceId, orderIds, sieves)])
  return { ...rest, orders: new Map(orders.map((order) => [order.id, order])), levels: stock, jobs, through }
}

function ordersNow(db: Db, workspaceId: string, ids: readonly string[]): Promise<OrderNow[]> {
  return db.query({
    name: 'stream_orders',
    text: `select id, number, seq as version, phase, stage, stage_entered_at as "stageEnteredAt", payment, fulfilment, holds, short, attention, assignee_id as "assigneeId",
        owner_id as "ownerId", customer_id as "customerId", location_id as "locationId", channel, priority, due_at as "dueAt", currency, total_minor as "totalMinor",
        balance_minor as "balanceMinor", updated_at as "updatedAt"
      from orders where workspace_id = $1 and id = any($2::uuid[])`,
    values: [workspaceId, [...new Set(ids)]],
  })
}

function levelsNow(
  db: Db,
  workspaceId: string,
  levels: readonly { itemId: string; locationId: string }[],
  reservationIds: readonly string[],
): Promise<LevelNow[]> {
  return db.query({
    name: 'stream_levels',
    text: `select s.item_id as "itemId", s.location_id as "locationId", s.lot_id as "lotId", s.on_hand_milli as "onHandMilli", s.reserved_milli as "reservedMilli", s.updated_at as "updatedAt"
      from (select item_id, location_id from unnest($2::uuid[], $3::uuid[]) as named(item_id, location_id)
        union select item_id, location_id from reservations where workspace_id = $1 and id = any($4::uuid[])) k
      join stock s on s.workspace_id = $1 and s.item_id = k.item_id and s.location_id = k.location_id
      order by s.item_id, s.location_id, s.lot_id`,
    values: [workspaceId, levels.map(({ itemId }) => itemId), levels.map(({ locationId }) => locationId), reservationIds],
  })
}

/** The jobs that are named and those that run. */
function jobsNow(db: Db, workspaceId: string, ids: readonly string[]): Promise<JobNow[]> {
  return db.query({
    name: 'stream_jobs',
    text: `select j.id, j.version, j.action, j.state, j.total, count(*) filter (where i.state = 'waiting') as waiting, count(*) filter (where i.state = 'applied') as applied,
        count(*) filter (where i.state = 'already') as already, count(*) filter (where i.state = 'skipped') as skipped, count(*) filter (where i.state = 'failed') as failed
      from bulk_jobs j left join bulk_items i on i.workspace_id = j.workspace_id and i.job_id = j.id
      where j.workspace_id = $1 and (j.id = any($2::uuid[]) or j.state = 'running') group by j.workspace_id, j.id`,
    values: [workspaceId, ids],
  })
}
