import { afterAll, beforeAll, expect, test } from 'vitest'
import { blueprintNamed, type TestWorkspace, testWorkspace } from '../../testing/test-workspace.ts'
import { publishWorkflows } from './publish-workflows.ts'

let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
})
afterAll(() => shop.end())

const { workflow } = blueprintNamed('counter')
const current = async () => (await shop.reference.get(shop.workspaceId))?.defaultFlow.version

test('a definition is published as the next version of its code, a bad one beside it refused', async () => {
  const answers = await publishWorkflows(shop, shop.call(), [
    workflow,
    { ...workflow, initial: 'Nowhere' },
    'nonsense',
    { ...workflow, code: 'other' },
  ])
  expect(answers).toMatchObject([
    { ok: true, value: { code: 'counter', version: 2 } },
    { ok: false, reason: { code: 'workflow.unknown_stage' } },
    { ok: false, reason: { code: 'workflow.bad_shape' } },
    { ok: true, value: { code: 'other', version: 1 } },
  ])
  expect(await current()).toBe(2)
  expect((await shop.reference.get(shop.workspaceId))?.flow('other')?.version).toBe(1)
})

test('versions of one code follow one another in the log as one subject', async () => {
  await publishWorkflows(shop, shop.call(), [workflow])
  const events = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ seq: number; payload: string }>({
      text: `select seq, payload from events where subject = 'workflow' and payload like '%"counter"%' order by subject_id, seq`,
      values: [],
    }),
  )
  expect(events.map(({ seq, payload }) => [seq, payload])).toEqual(
    [1, 2, 3].map((version) => [version, `{"code":"counter","version":${version}}`]),
  )
})

test('nobody publishes without the permission', async () => {
  const before = await current()
  expect(await publishWorkflows(shop, shop.call([['workflows:read', 'workspace']]), [workflow])).toMatchObject([
    { ok: false, reason: { code: 'permission.denied' } },
  ])
  expect(await current()).toBe(before)
})
