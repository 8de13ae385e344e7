import { afterAll, beforeAll, expect, test } from 'vitest'
import { LostCommit } from '#platform/db.ts'
import { digestOf, type LogEvent } from '#platform/log.ts'
import { blueprintNamed, type TestWorkspace, testWorkspace } from '../../testing/test-workspace.ts'
import { authenticator } from '../keys/authenticate.ts'
import { createWorkspace } from './create-workspace.ts'

let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
})
afterAll(() => shop.end())

const request = {
  code: 'second',
  blueprint: blueprintNamed('made-to-order'),
  currency: 'EUR',
  language: 'es',
  timeZone: 'Europe/Madrid',
} as const

test('a new workspace has its blueprint’s roles, reasons and workflow, and a first location', async () => {
  const reference = await shop.reference.get(shop.workspaceId)
  const counter = blueprintNamed('counter')
  expect(reference?.workspace).toMatchObject({ code: 'shop', homeCurrency: 'EUR', blueprint: 'counter' })
  expect(reference?.roles.map((role) => role.code).sort()).toEqual(counter.roles.map((role) => role.code).sort())
  expect(reference?.reasons).toHaveLength(counter.reasons.length)
  expect(reference?.defaultFlow).toMatchObject({ code: 'counter', version: 1 })
  expect(reference?.location('main')).toMatchObject({ id: shop.locationId, timeZone: 'Europe/Madrid', status: 'open' })
})

test('its key belongs to an owner', async () => {
  const keys = authenticator(shop.pools)
  const known = await keys.authenticate(shop.apiKey)
  await keys.end()
  expect(known).toMatchObject({
    ok: true,
    value: { workspaceId: shop.workspaceId, actor: { id: shop.apiKeyId }, locationIds: null, language: 'en' },
  })
  expect(known.ok && known.value.permissions.get('keys:write')).toBe('workspace')
})

test('what it began with stands in the log as one commit whose digest holds', async () => {
  const { events, commits } = await shop.pools.view(shop.workspaceId, async (db) => ({
    events: await db.query<LogEvent & { recordedAt: string }>({
      text: `select subject, subject_id as "subjectId", seq, type, payload, version, at, recorded_at as "recordedAt", actor_kind as "actorKind", actor_id as "actorId",
        location_id as "locationId", register_id as "registerId", command_id as "commandId" from events where workspace_id = $1 order by ordinal`,
      values: [shop.workspaceId],
    }),
    commits: await db.query<{ events: number; digest: Buffer }>({
      text: 'select events, digest from commits where workspace_id = $1',
      values: [shop.workspaceId],
    }),
  }))
  expect(events.map((event) => event.type)).toEqual(['WorkspaceCreated', 'LocationCreated', 'WorkflowPublished', 'ApiKeyCreated'])
  expect(commits).toEqual([{ events: 4, digest: digestOf(events, events[0]?.recordedAt ?? '') }])
})

test('neither the log nor the table of keys knows the secret', async () => {
  const all = await shop.pools.view(shop.workspaceId, async (db) => [
    ...(await db.query({ text: 'select * from events where workspace_id = $1', values: [shop.workspaceId] })),
    ...(await db.query({ text: 'select * from api_keys where workspace_id = $1', values: [shop.workspaceId] })),
  ])
  expect(JSON.stringify(all)).not.toContain(shop.apiKey)
})

test('a code that is taken is refused, and the first workspace stays as it was', async () => {
  expect(await createWorkspace(shop.pools, { ...request, code: 'shop' })).toMatchObject({ ok: false, reason: { code: 'workspace.exists' } })
  expect((await shop.reference.get(shop.workspaceId))?.workspace.blueprint).toBe('counter')
})

test('two who ask for one code at the same moment make one workspace', async () => {
  const both = await Promise.all([createWorkspace(shop.pools, request), createWorkspace(shop.pools, request)])
  expect(both.map((answer) => (answer.ok ? 'made' : answer.reason.code)).sort()).toEqual(['made', 'workspace.exists'])
})

test('a blueprint that cannot be published leaves nothing of its workspace behind', async () => {
  const broken = { ...request.blueprint, workflow: { ...request.blueprint.workflow, initial: 'Nowhere' } }
  await expect(createWorkspace(shop.pools, { ...request, code: 'broken', blueprint: broken })).rejects.toThrow('workflow.unknown_stage')
  expect((await createWorkspace(shop.pools, { ...request, code: 'broken' })).ok).toBe(true)
})

test.each([
  [{ code: 'Not a code' }, 'workspace.bad_code'],
  [{ currency: 'ZZZ' }, 'currency.unknown'],
  [{ timeZone: 'Mars/Olympus' }, 'time_zone.unknown'],
])('%o is refused', async (wrong, code) => {
  expect(await createWorkspace(shop.pools, { ...request, code: 'third', ...wrong })).toMatchObject({ ok: false, reason: { code } })
})

test('a COMMIT whose answer was lost is answered from the log, with the key that was made', async () => {
  let first = true
  const system: typeof shop.pools.system = async (work) => {
    if (!first) return shop.pools.system(work)
    first = false
    throw new LostCommit(await shop.pools.system(work), new Error('gone'))
  }
  const made = await createWorkspace({ ...shop.pools, system }, { ...request, code: 'lost' })
  const keys = authenticator(shop.pools)
  expect(made.ok && (await keys.authenticate(made.value.apiKey))).toMatchObject({ ok: true })
  await keys.end()
})
