import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPools, type Pools } from '#platform/db.ts'
import { testDatabase } from '#server/testing/test-database.ts'
import { shop } from './shop.fixture.ts'
import { currentWorkflows, loadDefinition, openFlows, publishWorkflow } from './store.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let pools: Pools
beforeAll(async () => {
  database = await testDatabase()
  pools = openPools(database.url, { write: 3, read: 1, system: 1 })
})
afterAll(async () => {
  await pools?.end()
  await database?.drop()
})

const publish = (workspaceId: string, definition: unknown = shop()) =>
  pools.change(workspaceId, (tx) => publishWorkflow(tx, { workspaceId, definition, publishedBy: null }))

describe('publishing', () => {
  test('gives the next version and keeps the one before', async () => {
    const workspaceId = randomUUID()
    expect(await publish(workspaceId)).toEqual({ ok: true, value: { code: 'shop', version: 1 } })
    expect(await publish(workspaceId, { ...shop(), label: { en: 'Shop, better' } })).toEqual({
      ok: true,
      value: { code: 'shop', version: 2 },
    })
    expect(await pools.view(workspaceId, (db) => loadDefinition(db, workspaceId, { code: 'shop', version: 1 }))).toEqual(shop())
    expect(await pools.view(workspaceId, (db) => currentWorkflows(db, workspaceId))).toMatchObject([
      { code: 'shop', version: 2, label: { en: 'Shop, better' } },
    ])
  })

  test.each([
    ['cannot be read', { ...shop(), onShort: 'pray' }, 'workflow.unknown_word'],
    ['does not fit together', { ...shop(), initial: 'nowhere' }, 'workflow.unknown_stage'],
  ])('is refused for what %s, and leaves nothing behind', async (_, definition, code) => {
    const workspaceId = randomUUID()
    expect(await publish(workspaceId, definition)).toMatchObject({ ok: false, reason: { code } })
    expect(await pools.view(workspaceId, (db) => currentWorkflows(db, workspaceId))).toEqual([])
  })

  test('at the same moment gives the version to one and tells the other', async () => {
    const workspaceId = randomUUID()
    let first = () => {}
    const firstHasWritten = new Promise<void>((resolve) => {
      first = resolve
    })
    const winner = pools.change(workspaceId, async (tx) => {
      const answer = await publishWorkflow(tx, { workspaceId, definition: shop(), publishedBy: null })
      first()
      await new Promise((resolve) => setTimeout(resolve, 100))
      return answer
    })
    await firstHasWritten
    const loser = publish(workspaceId)
    expect(await winner).toMatchObject({ ok: true })
    expect(await loser).toEqual({ ok: false, reason: { code: 'workflow.changed', params: { workflow: 'shop', version: 1 } } })
  })

  test('is seen by its own workspace alone', async () => {
    const workspaceId = randomUUID()
    await publish(workspaceId)
    const other = randomUUID()
    expect(await pools.view(other, (db) => loadDefinition(db, workspaceId, { code: 'shop', version: 1 }))).toBeNull()
  })
})

describe('compiled workflows', () => {
  test('are compiled once and then known without the database', async () => {
    const workspaceId = randomUUID()
    await publish(workspaceId)
    const flows = openFlows()
    const pin = { code: 'shop', version: 1 }
    expect(flows.known(workspaceId, pin)).toBeUndefined()
    const [once, again] = await pools.view(workspaceId, (db) => flows.load(db, workspaceId, [pin, pin]))
    expect(once).toBe(again)
    expect(flows.known(workspaceId, pin)).toBe(once)
    const silent = { query: () => Promise.reject(new Error('asked the database')) }
    expect(await flows.load(silent, workspaceId, [pin])).toEqual([once])
    expect(flows.known(randomUUID(), pin)).toBeUndefined()
  })

  test('forget what was used longest ago', async () => {
    const workspaceId = randomUUID()
    for (const _ of [1, 2, 3]) await publish(workspaceId)
    const flows = openFlows(2)
    const version = (n: number) => ({ code: 'shop', version: n })
    await pools.view(workspaceId, async (db) => {
      await flows.load(db, workspaceId, [version(1), version(2)])
      flows.known(workspaceId, version(1))
      const all = await flows.load(db, workspaceId, [version(3), version(2), version(1)])
      expect(all.map((flow) => flow.version)).toEqual([3, 2, 1])
    })
    expect([1, 2, 3].filter((n) => flows.known(workspaceId, version(n)))).toEqual([1, 3])
  })

  test('that were never published are a bug, not a refusal', async () => {
    const workspaceId = randomUUID()
    await expect(pools.view(workspaceId, (db) => openFlows().load(db, workspaceId, [{ code: 'shop', version: 9 }]))).rejects.toThrow(
      'Workflow shop version 9 is not published',
    )
  })

  test('that no longer compile name the fault', async () => {
    const broken = { query: async <R>() => [{ code: 'shop', version: 1, definition: { ...shop(), initial: 'nowhere' } }] as R[] }
    await expect(openFlows().load(broken, randomUUID(), [{ code: 'shop', version: 1 }])).rejects.toThrow(
      'shop version 1 no longer compiles: workflow.unknown_stage',
    )
  })
})
