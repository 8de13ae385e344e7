import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { orderFields, orderSorts } from '#contract/filter/order-fields.ts'
import { parseFilter } from '#contract/filter/parse.ts'
import type { Reach } from '#contract/permissions.ts'
import type { OrderAsker } from '#modules/lists/index.ts'
import type { Db } from '#platform/db.ts'
import { type TestWorkspace, testWorkspace } from '#server/testing/test-workspace.ts'
import { type Filled, fillWorkspace } from '../../../bench/million.ts'
import { counter } from '../../blueprints/counter.ts'
import { pageStatement } from './order-list.ts'
import { sortingOf } from './sorting.ts'

// 1,000,000 in `npm run matrix`: what a page touches must be the same there.
const orders = Number(process.env.DOCKET_LIST_ORDERS ?? 40_000)
const rowsAPage = 100
/** Blocks of 8 kB that one page may touch: each row lies in one of its own, and some are passed over. */
const blocksMost = 2_000

let shop: TestWorkspace
let tiny: TestWorkspace
let filled: Filled
let keyAccounts: string[]
beforeAll(async () => {
  shop = await testWorkspace()
  tiny = await shop.neighbour('tiny')
  await fillWorkspace(shop.databaseUrl, tiny.workspaceId, { orders: 10, seed: 2, customers: 10, locations: 1 })
  filled = await fillWorkspace(shop.databaseUrl, shop.workspaceId, { orders, seed: 1, customers: orders / 10 })
  const rows = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ id: string }>({
      text: 'select customer_id as id from orders where workspace_id = $1 and customer_id is not null group by 1 order by count(*) desc limit 2',
      values: [shop.workspaceId],
    }),
  )
  keyAccounts = rows.map(({ id }) => id)
}, 600_000)
afterAll(() => shop.end())

const nobody = { locationIds: null, ownerIds: null, customerIds: [] }
const person = (at: number) => filled.personIds[at] ?? ''

// biome-ignore format: read it by column
const reaches: [string, () => Reach][] = [
  ['workspace',                 () => nobody],
  ['location',                  () => ({ ...nobody, locationIds: filled.locationIds.slice(2, 3) })],
  ['three locations',           () => ({ ...nobody, locationIds: filled.locationIds.slice(2, 5) })],
  ['own',                       () => ({ ...nobody, ownerIds: [person(3)] })],
  ['team',                      () => ({ ...nobody, ownerIds: filled.personIds.slice(3, 9) })],
  ['own and key accounts',      () => ({ ...nobody, ownerIds: [person(3)], customerIds: keyAccounts })],
  ['key accounts alone',        () => ({ ...nobody, ownerIds: [], customerIds: keyAccounts })],
]

const views = [
  ...counter.views.map(({ code, filter, sort }) => [code, filter, sort] as const),
  ...Object.keys(orderSorts).flatMap(
    (sort) =>
      [
        [`all by ${sort}`, '', sort],
        [`all by ${sort}, the last first`, '', `-${sort}`],
      ] as const,
  ),
]

describe.each(reaches)('a page of %s', (_, reachOf) => {
  test.each(views)('in the view %s follows an index', async (_view, filter, sort) => {
    const { blocks, whole } = await planOf(shop, filter, sort, reachOf(), person(3))
    expect(whole).toEqual([])
    expect(blocks).toBeLessThan(blocksMost)
  })
})

test('the smallest workspace does not walk through its neighbours', async () => {
  for (const [, filter, sort] of views) {
    const { blocks } = await planOf(tiny, filter, sort, nobody, person(3))
    expect({ filter, sort, isShort: blocks < 150 }).toEqual({ filter, sort, isShort: true })
  }
})

/** Blocks touched, and the tables of orders that were read whole. */
async function planOf(
  workspace: TestWorkspace,
  text: string,
  sort: string,
  reach: Reach,
  me: string,
): Promise<{ blocks: number; whole: string[] }> {
  const read = parseFilter(text, { fields: orderFields })
  const sorting = sortingOf(orderSorts, sort, new Set())
  if (!read.ok || !sorting.ok) throw new Error(`${text} by ${sort} cannot be asked`)
  const stage = counter.workflow.stages
  const asker: OrderAsker = {
    now: new Date().toISOString(),
    zone: 'Europe/Madrid',
    homeCurrency: 'EUR',
    me,
    team: [],
    place: () => null,
    seesContact: true,
    phases: (code) => (stage[code] ? [stage[code].phase] : []),
  }
  const { text: sql, values } = pageStatement(
    workspace.workspaceId,
    reach,
    asker,
    { filter: read.filter, limit: rowsAPage },
    sorting.value,
    null,
  )
  return workspace.pools.view(workspace.workspaceId, async (db) => {
    await withoutHelp(db)
    const [row] = await db.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>({ text: `explain (analyze, buffers, format json) ${sql}`, values })
    const plan = row?.['QUERY PLAN'][0]?.Plan
    if (!plan) throw new Error('There is no plan')
    const nodes = nodesOf(plan)
    return {
      blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
      whole: nodes
        .filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'orders')
        .map((node) => node['Relation Name'] ?? ''),
    }
  })
}

/** As lists are asked (in-time.ts). */
function withoutHelp(db: Db): Promise<unknown> {
  return db.query({ text: "select set_config('max_parallel_workers_per_gather', '0', true)", values: [] })
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: PlanNode[]
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]
