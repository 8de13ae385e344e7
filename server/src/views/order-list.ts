import { fieldNamed } from '#contract/filter/fields.ts'
import { orderFields, orderSorts } from '#contract/filter/order-fields.ts'
import { isId } from '#contract/filter/parse.ts'
import { printFilter } from '#contract/filter/print.ts'
import { type Filter, leavesOf } from '#contract/filter/syntax.ts'
import type { Count } from '#contract/lists.ts'
import type { Reach } from '#contract/permissions.ts'
import {
  conditionOf,
  cursorOf,
  endOf,
  findWords,
  keysetOf,
  type OrderAsker,
  orderReach,
  type PageEnd,
  type Sorting,
  sidesOf,
  type Values,
  within,
} from '#modules/lists/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Db, Pools, Statement } from '#platform/db.ts'
import { type Call, sightOf } from '#usecases/call.ts'
import { inTime } from './in-time.ts'
import { sortingOf } from './sorting.ts'

/** What of a list is asked for. */
export interface ListAsked {
  filter: Filter
  /** The list's usual order where nothing is said. */
  sort: string | null
  cursor: string | null
  limit: number
}

export interface ListedOrder {
  id: string
  number: number
  seq: number
  at: string
  updatedAt: string
  dueAt: string | null
  workflow: { code: string; version: number }
  phase: string
  stage: string
  stageEnteredAt: string
  payment: string
  fulfilment: string
  channel: string
  source: string
  locationId: string
  externalId: string | null
  customerId: string | null
  customerName: string | null
  ownerId: string | null
  assigneeId: string | null
  priority: number
  currency: string
  totalMinor: number
  balanceMinor: number
  lineCount: number
  lines: { code: string; name: string; orderedMilli: number; baseUnit: string }[]
  tags: string[]
  holds: number
  short: boolean
  attention: string
}

/**
 * A page of the orders this call may see and a filter lets through: one flight for the page, one for what stands beside it (and one
 * before them where words are looked for). `list.bad_cursor`, `list.bad_sort`, `list.hidden_sort`, `list.too_slow`.
 */
export async function orderList(
  pools: Pools,
  call: Call,
  asker: OrderAsker,
  asked: ListAsked,
): Promise<Answer<{ rows: ListedOrder[]; next: string | null }>> {
  const sorting = sortingOf(orderSorts, asked.sort ?? '-placed', call.hides)
  if (!sorting.ok) return sorting
  const about = printFilter(asked.filter)
  const end = asked.cursor === null ? null : endOf(asked.cursor, sorting.value, about)
  if (asked.cursor !== null && end === null) return no('list.bad_cursor', {})
  const sight = sightOf(call)
  if (!sight) return fine({ rows: [], next: null })
  return inTime(pools, call.workspaceId, async (db) => {
    const found = await findWords(db, asked.filter, asker)
    const page = await db.query<PageRow>(pageStatement(call.workspaceId, sight, { ...asker, found }, asked, sorting.value, end))
    const rows = await completed(db, call, page)
    const last = page.at(-1)
    const next = last && page.length === asked.limit ? cursorOf(sorting.value.name, about, { key: last.key, id: last.id }) : null
    return { rows, next }
  })
}

type PageRow = Omit<ListedOrder, 'customerName' | 'lineCount' | 'lines' | 'tags' | 'workflow'> & {
  key: string | number
  workflowCode: string
  workflowVersion: number
  detail: string
}

/** A page of orders as one statement. A key account's orders are found on their own, so that each side follows an index. */
export function pageStatement(
  workspaceId: string,
  sight: Reach,
  asker: OrderAsker,
  { filter, limit }: Pick<ListAsked, 'filter' | 'limit'>,
  sorting: Sorting,
  end: PageEnd | null,
): Statement {
  const values: Values = [workspaceId, limit]
  const sides = sidesOf(sight, orderReach, values)
  const wanted = conditionOf(filter, asker, values)
  const { after, order } = keysetOf(sorting, 'o.id', end, values)
  const pages = sides.map(
    (seen) =>
      `select ${columns}, ${sorting.key} as key from orders o where o.workspace_id = $1 and ${seen} and ${wanted} and ${after} order by ${order} limit $2`,
  )
  const direction = sorting.descending ? 'desc' : 'asc'
  const merged = `select * from (${pages.map((page) => `(${page})`).join(' union all ')}) sides order by key ${direction}, id ${direction} limit $2`
  return { text: pages.length === 1 ? (pages[0] ?? '') : merged, values }
}

const columns = `o.id, o.number, o.seq, o.at, o.updated_at as "updatedAt", o.due_at as "dueAt", o.workflow_code as "workflowCode", o.workflow_version as "workflowVersion",
  o.phase, o.stage, o.stage_entered_at as "stageEnteredAt", o.payment, o.fulfilment, o.channel, o.source, o.location_id as "locationId", o.external_id as "externalId",
  o.customer_id as "customerId", o.owner_id as "ownerId", o.assignee_id as "assigneeId", o.priority, o.currency, o.total_minor as "totalMinor", o.balance_minor as "balanceMinor",
  o.holds, o.short, o.attention, o.detail`

/** The rows of a page with their lines and the names of who they are for. */
async function completed(db: Db, call: Call, page: readonly PageRow[]): Promise<ListedOrder[]> {
  if (page.length === 0) return []
  const ids = page.map(({ id }) => id)
  const [lines, names] = await Promise.all([linesOf(db, call.workspaceId, ids), namesOf(db, call, page)])
  return page.map(({ key: _, workflowCode, workflowVersion, detail, ...row }) => {
    const own = lines.get(row.id) ?? []
    return {
      ...row,
      workflow: { code: workflowCode, version: workflowVersion },
      customerName: names.get(row.customerId ?? '') || names.get(row.id) || null,
      lineCount: own.length,
      lines: own.slice(0, linesShown),
      // Written by canonicalText of the order's own detail.
      tags: (JSON.parse(detail) as { tags: string[] }).tags,
    }
  })
}

const linesShown = 3

async function linesOf(db: Db, workspaceId: string, orderIds: readonly string[]): Promise<Map<string, ListedOrder['lines']>> {
  const rows = await db.query<ListedOrder['lines'][number] & { orderId: string }>({
    text: `select order_id as "orderId", code, name, ordered_milli as "orderedMilli", base_unit as "baseUnit" from order_lines
      where workspace_id = $1 and order_id = any($2::uuid[]) order by order_id, position`,
    values: [workspaceId, orderIds],
  })
  const byOrder = new Map<string, ListedOrder['lines']>()
  for (const { orderId, ...line } of rows) {
    const known = byOrder.get(orderId)
    if (known) known.push(line)
    else byOrder.set(orderId, [line])
  }
  return byOrder
}

/** Names by customer, and by order for whom it is for; none for a caller who sees no contacts. */
async function namesOf(db: Db, call: Call, page: readonly PageRow[]): Promise<Map<string, string>> {
  if (call.hides.has('contact')) return new Map()
  const customers = [...new Set(page.flatMap(({ customerId }) => customerId ?? []))]
  const rows = await db.query<{ id: string; name: string }>({
    text: `select id, name from customers where workspace_id = $1 and id = any($2::uuid[])
      union all select order_id, name from order_contacts where workspace_id = $1 and order_id = any($3::uuid[])`,
    values: [call.workspaceId, customers, page.map(({ id }) => id)],
  })
  return new Map(rows.map(({ id, name }) => [id, name]))
}

const countedMost = 1_000

/**
 * How many orders of each filter this call may see, up to 1,000, all in one flight. Where that takes too long, those that no index leads to
 * are left out: null. `list.too_slow` where there is only one, or it is the others.
 */
export async function orderCounts(
  pools: Pools,
  call: Call,
  asker: OrderAsker,
  filters: readonly Filter[],
): Promise<Answer<(Count | null)[]>> {
  const counts = await countTogether(pools, call, asker, filters)
  if (counts.ok || filters.length < 2) return counts
  const soon = await countTogether(pools, call, asker, filters.filter(isSoonCounted))
  if (!soon.ok) return soon
  const left = soon.value.values()
  return fine(filters.map((filter) => (isSoonCounted(filter) ? (left.next().value ?? null) : null)))
}

const isSoonCounted = (filter: Filter): boolean =>
  leavesOf(filter).every((leaf) => leaf.kind === 'test' && fieldNamed(orderFields, leaf.field)?.indexed === true)

async function countTogether(pools: Pools, call: Call, asker: OrderAsker, filters: readonly Filter[]): Promise<Answer<Count[]>> {
  const sight = sightOf(call)
  if (!sight) return fine(filters.map(() => ({ count: 0, more: false })))
  return inTime(pools, call.workspaceId, async (db) => {
    const found = await Promise.all(filters.map((filter) => findWords(db, filter, asker)))
    const counts = await Promise.all(
      filters.map((filter, at) => {
        const values: Values = [call.workspaceId, countedMost + 1]
        const sides = sidesOf(sight, orderReach, values)
        const wanted = conditionOf(filter, { ...asker, found: found[at] ?? new Map() }, values)
        const counted = sides.map((seen) => `(select o.id from orders o where o.workspace_id = $1 and ${seen} and ${wanted} limit $2)`)
        return db.query<{ count: number }>({ text: `select count(*) as count from (${counted.join(' union all ')}) counted`, values })
      }),
    )
    return counts.map(([row]) => ({ count: Math.min(row?.count ?? 0, countedMost), more: (row?.count ?? 0) > countedMost }))
  })
}

/** The id of the one order whose number, id or id outside is just this; null where there is none that this call may see. */
export async function orderNamed(pools: Pools, call: Call, name: { number: number | null; text: string }): Promise<string | null> {
  const sight = sightOf(call)
  if (!sight) return null
  const [row] = await pools.view(call.workspaceId, (db) => {
    const values: Values = [call.workspaceId, name.number, name.text, isId(name.text) ? name.text : null]
    const seen = within(sight, orderReach, values)
    return db.query<{ id: string }>({
      text: `select o.id from orders o where o.workspace_id = $1 and (o.number = $2::bigint or o.external_id = $3::text or o.id = $4::uuid) and ${seen}
        order by o.number = $2::bigint desc nulls last limit 1`,
      values,
    })
  })
  return row?.id ?? null
}
