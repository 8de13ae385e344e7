import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { type TestWorkspace, testWorkspace } from '../testing/test-workspace.ts'
import { saveItems } from './items/save-items.ts'
import { saveLocations } from './places/save-locations.ts'
import { type ItemRef, type Reference, type ReferenceCache, referenceCache } from './reference.ts'

let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
  await saveItems(shop, shop.call(), [
    { mode: 'create', item: { code: 'FLOUR', variants: [{ code: 'FLOUR', barcodes: ['111'] }] } },
    { mode: 'create', item: { code: 'BREAD', recipe: { yieldMilli: 1_000, parts: [{ item: 'FLOUR', milliNum: 700, milliDen: 1 }] } } },
    { mode: 'create', item: { code: 'GONE', variants: [{ code: 'GONE', status: 'retired' }] } },
    ...['A', 'B', 'C'].map((code) => ({ mode: 'create', item: { code } }) as const),
  ])
})
afterAll(() => shop.end())

const limits = { workspacesMax: 2, itemsMax: 100, trustedMs: 60_000 }
/** Pools that count how often somebody looks. */
function counted() {
  const count = { views: 0 }
  const view: Pools['view'] = (workspaceId, work) => {
    count.views++
    return shop.pools.view(workspaceId, work)
  }
  const pools: Pools = { ...shop.pools, view }
  return { count, pools }
}
const get = async (cache: ReferenceCache, workspaceId = shop.workspaceId): Promise<Reference> => {
  const reference = await cache.get(workspaceId)
  if (!reference) throw new Error('no workspace')
  return reference
}
const code = (value: string): ItemRef => ({ by: 'code', value })

test('what was loaded once is not loaded again, and all who ask at once share one load', async () => {
  const { count, pools } = counted()
  const cache = referenceCache(pools, limits)
  const all = await Promise.all(Array.from({ length: 10 }, () => cache.get(shop.workspaceId)))
  expect(new Set(all).size).toBe(1)
  await cache.get(shop.workspaceId)
  expect(count.views).toBe(1)
})

test('after a while the version is asked for, and what is older than it is loaded again', async () => {
  const { count, pools } = counted()
  const cache = referenceCache(pools, { ...limits, trustedMs: 20 })
  const first = await get(cache)
  await wait(25)
  expect(await get(cache)).toBe(first)
  expect(count.views).toBe(2)
  await saveLocations(shop, shop.call(), [{ mode: 'create', location: { code: newId(), name: 'New', timeZone: 'UTC' } }])
  await wait(25)
  const second = await get(cache)
  expect([second.version, second.locations.length]).toEqual([first.version + 1, first.locations.length + 1])
})

test('what was dropped while it was being loaded is served, and not kept', async () => {
  const { count, pools } = counted()
  const cache = referenceCache(pools, limits)
  const underWay = cache.get(shop.workspaceId)
  cache.drop(shop.workspaceId)
  expect(await underWay).toBeDefined()
  await cache.get(shop.workspaceId)
  expect(count.views).toBe(2)
})

test('a workspace that is not there is unknown', async () => {
  expect(await referenceCache(shop.pools, limits).get(newId())).toBeUndefined()
})

test('a load that failed is tried again by the next who asks', async () => {
  let down = true
  const cache = referenceCache(
    { ...shop.pools, view: (workspaceId, work) => (down ? Promise.reject(new Error('down')) : shop.pools.view(workspaceId, work)) },
    limits,
  )
  await expect(cache.get(shop.workspaceId)).rejects.toThrow('down')
  down = false
  expect(await cache.get(shop.workspaceId)).toBeDefined()
})

test('of too many workspaces the one used longest ago gives way', async () => {
  const { count, pools } = counted()
  const cache = referenceCache(pools, limits)
  const [second, third] = [await shop.neighbour('second'), await shop.neighbour('third')]
  for (const { workspaceId } of [shop, second, third]) await cache.get(workspaceId)
  const before = count.views
  await cache.get(third.workspaceId)
  expect(count.views).toBe(before)
  await cache.get(shop.workspaceId)
  expect(count.views).toBe(before + 1)
})

test('only items that are missing are loaded, with all that their recipes lead to', async () => {
  const { count, pools } = counted()
  const cache = referenceCache(pools, limits)
  const reference = await get(cache)
  const bread = (await cache.itemsOf(reference, [code('BREAD')])).find(code('BREAD'))?.item
  const before = count.views
  const catalogue = await cache.itemsOf(reference, [
    code('BREAD'),
    code('FLOUR'),
    { by: 'barcode', value: '111' },
    { by: 'id', value: bread?.id ?? '' },
  ])
  expect(count.views).toBe(before)
  expect(catalogue.explode(bread?.id ?? '', 2_000)).toEqual({
    ok: true,
    value: [{ itemId: catalogue.find(code('FLOUR'))?.item.id, milli: 1_400 }],
  })
})

test('what is not there stays unknown: a wrong code, an id that is none, an id of another workspace', async () => {
  const cache = referenceCache(shop.pools, { ...limits, workspacesMax: 5 })
  const ours = (await cache.itemsOf(await get(cache), [code('A')])).find(code('A'))?.item.id ?? ''
  const other = await shop.neighbour('fourth')
  const refs: ItemRef[] = [
    code('NOBODY'),
    { by: 'id', value: 'not an id' },
    { by: 'id', value: ours },
    { by: 'barcode', value: '111' },
    { by: 'variant', value: 'A' },
  ]
  const catalogue = await cache.itemsOf(await get(cache, other.workspaceId), refs)
  expect(refs.map((ref) => catalogue.find(ref))).toEqual(refs.map(() => undefined))
})

test('an item of which nothing is sold any more has no usual variant', async () => {
  const cache = referenceCache(shop.pools, limits)
  const catalogue = await cache.itemsOf(await get(cache), [code('GONE')])
  expect(catalogue.find(code('GONE'))?.variant).toBeNull()
  expect(catalogue.find({ by: 'variant', value: 'GONE' })?.variant?.status).toBe('retired')
})

test('a full catalogue makes way for a new one, and whoever works with it keeps it', async () => {
  const cache = referenceCache(shop.pools, { ...limits, itemsMax: 2 })
  const reference = await get(cache)
  const first = await cache.itemsOf(reference, [code('A'), code('B')])
  const second = await cache.itemsOf(reference, [code('A'), code('C')])
  expect(second).not.toBe(first)
  expect(['A', 'B', 'C'].map((value) => [first.find(code(value)) !== undefined, second.find(code(value)) !== undefined])).toEqual([
    [true, true],
    [true, false],
    [false, true],
  ])
})

test('whoever still holds an older version gets items of their own', async () => {
  const cache = referenceCache(shop.pools, limits)
  const older = await get(cache)
  cache.drop(shop.workspaceId)
  const newer = await get(cache)
  expect(newer).not.toBe(older)
  expect((await cache.itemsOf(older, [code('A')])).find(code('A'))).toEqual((await cache.itemsOf(newer, [code('A')])).find(code('A')))
})

test('flows are found by code, and by the version that orders pin', async () => {
  const cache = referenceCache(shop.pools, limits)
  const reference = await get(cache)
  expect(reference.flow('counter')).toBe(reference.defaultFlow)
  expect(cache.flows.known(shop.workspaceId, { code: 'counter', version: 1 })).toBe(reference.defaultFlow)
  expect(reference.flow('nothing')).toBeUndefined()
})

test('every look-up of a reference answers what the workspace has', async () => {
  const reference = await get(referenceCache(shop.pools, limits))
  expect(reference.location(shop.locationId)).toBe(reference.location('main'))
  expect(reference.role('owner')?.permissions.length).toBeGreaterThan(20)
  expect(reference.reason('cancel', 'customer_changed_mind')?.active).toBe(true)
  expect([
    reference.register('none'),
    reference.tax('none'),
    reference.reason('hold', 'none'),
    reference.role('none'),
    reference.location('none'),
  ]).toEqual([undefined, undefined, undefined, undefined, undefined])
})
