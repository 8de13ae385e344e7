import { afterAll, beforeAll, expect, test } from 'vitest'
import { LostCommit, type Pools, TransientDbError } from '#platform/db.ts'
import { type TestWorkspace, testWorkspace } from '../testing/test-workspace.ts'
import { changeReference, type Desk } from './change-nouns.ts'
import { saveItems } from './items/save-items.ts'

let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
})
afterAll(() => shop.end())

/** Pools whose first change goes wrong in this way. */
function withFirstChange(wrong: Pools['change']): Desk {
  let first = true
  const change: Pools['change'] = (workspaceId, work) => {
    if (!first) return shop.pools.change(workspaceId, work)
    first = false
    return wrong(workspaceId, work)
  }
  return { reference: shop.reference, pools: { ...shop.pools, change } }
}
const countOf = (code: string) =>
  shop.pools
    .view(shop.workspaceId, (db) => db.query({ text: 'select 1 from items where code = $1', values: [code] }))
    .then((rows) => rows.length)

test('a passing obstacle is met again', async () => {
  const desk = withFirstChange(() => Promise.reject(new TransientDbError('busy')))
  expect(await saveItems(desk, shop.call(), [{ mode: 'create', item: { code: 'BUSY' } }])).toMatchObject([{ ok: true, already: false }])
})

test('a COMMIT whose answer was lost is answered from the log, not done twice', async () => {
  const desk = withFirstChange(async (workspaceId, work) => {
    throw new LostCommit(await shop.pools.change(workspaceId, work), new Error('gone'))
  })
  expect(await saveItems(desk, shop.call(), [{ mode: 'create', item: { code: 'LOST' } }])).toMatchObject([{ ok: true, already: false }])
  expect(await countOf('LOST')).toBe(1)
})

test('a COMMIT that never arrived is done again', async () => {
  const desk = withFirstChange(() => Promise.reject(new LostCommit('never stored', new Error('gone'))))
  expect(await saveItems(desk, shop.call(), [{ mode: 'create', item: { code: 'NEVER' } }])).toMatchObject([{ ok: true, already: false }])
  expect(await countOf('NEVER')).toBe(1)
})

test('a bug is not tried again', async () => {
  let tries = 0
  const work = () => {
    tries++
    return Promise.reject(new Error('bug'))
  }
  await expect(changeReference(shop, shop.call(), work)).rejects.toThrow('bug')
  expect(tries).toBe(1)
})

test('a change makes one new version of the reference data, and no change makes none', async () => {
  const version = async () => (await shop.reference.get(shop.workspaceId))?.version ?? 0
  const before = await version()
  await saveItems(shop, shop.call(), [
    { mode: 'create', item: { code: 'V1' } },
    { mode: 'create', item: { code: 'V2' } },
  ])
  expect(await version()).toBe(before + 1)
  await saveItems(shop, shop.call(), [
    { mode: 'ensure', item: { code: 'V1' } },
    { mode: 'create', item: { code: 'V2' } },
  ])
  expect(await version()).toBe(before + 1)
})

test('every event of a change carries its commit, its author and its command', async () => {
  const call = shop.call()
  await saveItems(shop, call, [
    { mode: 'create', item: { code: 'E1' } },
    { mode: 'create', item: { code: 'E2' } },
  ])
  const events = await shop.pools.view(shop.workspaceId, (db) =>
    db.query({
      text: `select e.actor_id, e.ordinal, c.events from events e join commits c on c.workspace_id = e.workspace_id and c.id = e.commit_id where e.command_id = $1 order by ordinal`,
      values: [call.commandId],
    }),
  )
  expect(events).toEqual([0, 1].map((ordinal) => ({ actor_id: call.actor.id, ordinal, events: 2 })))
})
