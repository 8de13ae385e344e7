import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPools, type Pools } from '#platform/db.ts'
import { testDatabase } from '#server/testing/test-database.ts'
import { blueprintNamed } from '#server/testing/test-workspace.ts'
import type { Engine } from '#usecases/engine.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { referenceCache } from '#usecases/reference.ts'
import { createWorkspace } from '#usecases/workspaces/create-workspace.ts'
import { verify } from '#views/verify/verify.ts'
import { demoShops } from '../../../demo/index.ts'
import { type DemoWorkspace, findDemoWorkspaces, isSomebodyAtWork, removeDemoWorkspace } from './demo-rows.ts'
import { openShop } from './open-shop.ts'
import { letArrive, placePast } from './run-shop.ts'

const size = { seed: 7, orders: 60 }
const reports: unknown[] = []
const refused: string[] = []
const opened: Awaited<ReturnType<typeof openShop>>[] = []
let database: Awaited<ReturnType<typeof testDatabase>>
let pools: Pools
let engine: Engine
let workspaces: DemoWorkspace[]

beforeAll(async () => {
  database = await testDatabase()
  pools = openPools(database.url)
  engine = openEngine(pools, referenceCache(pools), (error) => reports.push(error), 256)
  for (const shop of demoShops) opened.push(await openShop(engine, shop, shop.code))
  workspaces = await findDemoWorkspaces(pools)
  for (const [i, shop] of demoShops.entries()) await fill(shop, workspaces[i] as DemoWorkspace)
})

afterAll(async () => {
  await pools.end()
  await database.drop()
})

async function fill(shop: (typeof demoShops)[number], where: DemoWorkspace): Promise<void> {
  for (let from = 0; from < size.orders; ) {
    const part = await placePast(engine, shop, where, { size, from })
    refused.push(...part.refused)
    from = part.next
  }
}

const ask = <R>({ workspaceId }: DemoWorkspace, text: string): Promise<R[]> =>
  pools.view(workspaceId, (db) => db.query<R>({ text, values: [] }))

test('there are three shops, one for each way of selling, and nobody is at work', async () => {
  expect(workspaces.map(({ code }) => code)).toEqual(['dispensary', 'bakery', 'creator'])
  expect(opened.map(({ blueprint }) => blueprint)).toEqual(['counter', 'made-to-order', 'marketplace'])
  expect(await isSomebodyAtWork(pools)).toBe(false)
})

test('every shop has as many orders as it should, in every stage', async () => {
  for (const [i, where] of workspaces.entries()) {
    const rows = await ask<{ stage: string; count: number }>(where, 'select stage, count(*) as count from orders group by stage')
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(size.orders)
    expect(rows.map(({ stage }) => stage)).toEqual(expect.arrayContaining(Object.keys(demoShops[i]?.usual ?? {})))
  }
})

test('there are late, short, held, cancelled, refunded and returned orders, and some with notes', async () => {
  const sums = await Promise.all(
    workspaces.map((where) =>
      ask<Record<string, boolean>>(
        where,
        `select bool_or(attention = 'late') as late, bool_or(short) as short, bool_or(holds > 0) as held, bool_or(phase = 'cancelled') as cancelled,
          bool_or(refunded_minor > 0) as refunded, exists (select from returns) as returned, exists (select from notes) as noted from orders`,
      ),
    ),
  )
  const some = { late: true, held: true, cancelled: true, noted: true }
  expect(sums).toEqual([[expect.objectContaining(some)], [expect.objectContaining(some)], [expect.objectContaining(some)]])
  for (const kind of ['short', 'refunded', 'returned']) expect(sums.some(([row]) => row?.[kind])).toBe(true)
})

test('nothing is refused on the way, and nothing goes wrong', () => {
  expect(refused).toEqual([])
  expect(reports).toEqual([])
})

test('everybody reports to somebody but the owner, and kiosks have tokens of their own', async () => {
  for (const [i, where] of workspaces.entries()) {
    const rows = await ask<{ role: string; reportsTo: string | null }>(where, 'select role, reports_to as "reportsTo" from memberships')
    expect(rows.filter(({ reportsTo }) => reportsTo === null).map(({ role }) => role)).toEqual(['owner'])
    expect(new Set(rows.map(({ role }) => role))).toEqual(new Set(opened[i]?.users.map(({ role }) => role)))
  }
  expect(opened.map(({ kiosks }) => kiosks.length)).toEqual([2, 0, 0])
})

test('a part that is done again changes nothing', async () => {
  const [shop] = demoShops
  const [where] = workspaces
  if (!shop || !where) throw new Error('There is no shop')
  const before = await ask(where, 'select count(*) as events from events')
  expect(await placePast(engine, shop, where, { size, from: 5 })).toEqual({ next: 40, refused: [] })
  expect(await ask(where, 'select count(*) as events from events')).toEqual(before)
})

test('orders keep coming, and move on', async () => {
  for (const [i, shop] of demoShops.entries()) {
    const where = workspaces[i] as DemoWorkspace
    const part = await letArrive(engine, shop, where, size, size.orders)
    expect(part).toEqual({ next: size.orders + 1, refused: [] })
    await pools.change(where.workspaceId, async (tx) =>
      tx.query({ text: `update orders set stage_entered_at = now() - interval '1 hour' where at > $1`, values: [where.madeAt] }),
    )
    const moved = await letArrive(engine, shop, where, size, size.orders + 1)
    expect(moved?.refused).toEqual([])
    expect(await ask(where, `select 1 from orders where generation > 1 and at > '${where.madeAt}'`)).not.toEqual([])
  }
  expect(reports).toEqual([])
})

test('the books are right', async () => {
  const { findings } = await verify(database.url, { threads: 0 })
  const wrong = findings.filter(({ violations }) => violations > 0)
  expect(wrong, JSON.stringify(wrong)).toEqual([])
})

test('a demo is removed with everything in it and everybody, and its neighbours stay', async () => {
  const [gone, stays] = workspaces
  if (!gone || !stays) throw new Error('There is no shop')
  await removeDemoWorkspace(pools, gone.workspaceId)
  expect((await findDemoWorkspaces(pools)).map(({ code }) => code)).toEqual(['bakery', 'creator'])
  expect(await ask(gone, 'select 1 from events union all select 1 from orders union all select 1 from owed')).toEqual([])
  const users = await pools.system((tx) => tx.query<{ email: string }>({ text: 'select email from users', values: [] }))
  expect(users.filter(({ email }) => email.endsWith('@dispensary.example'))).toEqual([])
  expect(users.length).toBe((opened[1]?.users.length ?? 0) + (opened[2]?.users.length ?? 0))
  expect(await ask(stays, 'select count(*) as count from orders')).toEqual([{ count: size.orders + 2 }])
})

test('a workspace that is no demo is never removed, and none can be made one', async () => {
  const real = await createWorkspace(pools, {
    code: 'real',
    blueprint: blueprintNamed('counter'),
    currency: 'EUR',
    language: 'en',
    timeZone: 'UTC',
  })
  if (!real.ok) throw new Error(real.reason.code)
  const { workspaceId } = real.value
  await expect(
    pools.change(workspaceId, async (tx) => tx.query({ text: 'update workspaces set demo = true', values: [] })),
  ).rejects.toThrow(/permission denied/)
  await removeDemoWorkspace(pools, workspaceId)
  expect(await isSomebodyAtWork(pools)).toBe(true)
  expect(await pools.view(workspaceId, (db) => db.query({ text: 'select 1 from locations', values: [] }))).toHaveLength(1)
})
