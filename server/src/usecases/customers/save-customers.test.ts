import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Customer, loadCustomers } from '#modules/customers/index.ts'
import { newId } from '#platform/ids.ts'
import { type TestWorkspace, testWorkspace } from '../../testing/test-workspace.ts'
import type { Saved } from '../change-nouns.ts'
import { type CustomerToSave, saveCustomers } from './save-customers.ts'

let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
})
afterAll(() => shop.end())

const save = (...requests: CustomerToSave[]) => saveCustomers(shop, shop.call(), requests)
const saved = (answers: Saved<Customer>[]): Customer => {
  const answer = answers[0]
  if (!answer?.ok) throw new Error(JSON.stringify(answer?.reason))
  return answer.value
}
const why = (answer: Saved<Customer>) => (answer.ok ? (answer.already ? 'already' : 'ok') : answer.reason.code)
const load = async (id: string) =>
  (await shop.pools.view(shop.workspaceId, (db) => loadCustomers(db, shop.workspaceId, { ids: [id], externalIds: [] })))[0]
const ada = {
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  phone: '+34 600 000 001',
  country: 'ES',
  tier: 'gold',
  segment: 'hotels',
  externalId: 'C-1',
}

test('a new customer is kept as sent and found by either id', async () => {
  const customer = saved(await save({ mode: 'create', customer: ada }))
  expect(customer).toMatchObject({ ...ada, ownerId: null, version: 1 })
  const found = await shop.pools.view(shop.workspaceId, (db) => loadCustomers(db, shop.workspaceId, { ids: [], externalIds: ['C-1'] }))
  expect(found).toEqual([customer])
})

test('no word of a person stands in the log', async () => {
  const { id } = saved(await save({ mode: 'create', customer: { ...ada, externalId: 'C-2' } }))
  await save({
    mode: 'update',
    id,
    expectedVersion: null,
    customer: { name: 'Augusta King', email: 'augusta@example.com', externalId: 'C-2b' },
  })
  const events = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ type: string; payload: string }>({
      text: 'select type, payload from events where subject_id = $1 order by seq',
      values: [id],
    }),
  )
  expect(events).toEqual([
    { type: 'CustomerCreated', payload: '{"ownerId":null,"segment":"hotels","tier":"gold"}' },
    { type: 'CustomerChanged', payload: '{"changed":["externalId","name","email"],"ownerId":null,"segment":"hotels","tier":"gold"}' },
  ])
})

test('a change keeps what is not named and rises by one version', async () => {
  const before = saved(await save({ mode: 'create', customer: { name: 'Grace' } }))
  const after = saved(await save({ mode: 'update', id: before.id, expectedVersion: 1, customer: { tier: 'silver' } }))
  expect(after).toEqual({ ...before, tier: 'silver', version: 2 })
  expect(await load(before.id)).toEqual(after)
})

test('two changes in one list both count', async () => {
  const { id } = saved(await save({ mode: 'create', customer: {} }))
  await save(
    { mode: 'update', id, expectedVersion: 1, customer: { tier: 'a' } },
    { mode: 'update', id, expectedVersion: 2, customer: { segment: 'b' } },
  )
  expect(await load(id)).toMatchObject({ tier: 'a', segment: 'b', version: 3 })
})

test('what is the same already changes nothing', async () => {
  const { id } = saved(await save({ mode: 'create', customer: { name: 'Same' } }))
  expect((await save({ mode: 'update', id, expectedVersion: null, customer: { name: 'Same' } })).map(why)).toEqual(['already'])
  expect((await load(id))?.version).toBe(1)
})

test('the same id again is the same customer again', async () => {
  const id = newId()
  const answers = await save({ mode: 'create', customer: { id, name: 'Once' } }, { mode: 'create', customer: { id, name: 'Once' } })
  expect(answers.map(why)).toEqual(['ok', 'already'])
  expect((await save({ mode: 'create', customer: { id, externalId: 'other' } })).map(why)).toEqual(['customer.exists'])
})

test('an id that is taken hands over nobody: neither to who sends something else nor to who may not read', async () => {
  const sent = { ...ada, id: newId(), externalId: 'C-9' }
  const other = { ...sent, name: 'Somebody' }
  expect((await save({ mode: 'create', customer: sent }, { mode: 'create', customer: sent })).map(why)).toEqual(['ok', 'already'])
  const refusal = { ok: false, reason: { code: 'customer.exists', params: { customer: sent.id } } }
  expect(await save({ mode: 'create', customer: other })).toEqual([refusal])
  const writer = shop.call([['customers:write', 'workspace']])
  expect(await saveCustomers(shop, writer, [{ mode: 'create', customer: sent }])).toEqual([refusal])
  const ownReader = shop.call([
    ['customers:write', 'workspace'],
    ['customers:read', 'own'],
  ])
  expect(await saveCustomers(shop, ownReader, [{ mode: 'create', customer: sent }])).toEqual([refusal])
})

test('an outside id that is taken is refused without the id of who has it', async () => {
  const { id } = saved(await save({ mode: 'create', customer: { externalId: 'Y-1' } }))
  const answers = await save({ mode: 'create', customer: { externalId: 'Y-1' } })
  expect(answers.map(why)).toEqual(['customer.exists'])
  expect(JSON.stringify(answers)).not.toContain(id)
})

test('an outside id belongs to one customer', async () => {
  const { id } = saved(await save({ mode: 'create', customer: { externalId: 'X-1' } }))
  const other = saved(await save({ mode: 'create', customer: { externalId: 'X-2' } }))
  expect((await save({ mode: 'create', customer: { externalId: 'X-1' } })).map(why)).toEqual(['customer.exists'])
  expect((await save({ mode: 'update', id: other.id, expectedVersion: null, customer: { externalId: 'X-1' } })).map(why)).toEqual([
    'customer.exists',
  ])
  expect((await save({ mode: 'update', id, expectedVersion: null, customer: { externalId: null } })).map(why)).toEqual(['ok'])
  expect((await save({ mode: 'update', id: other.id, expectedVersion: null, customer: { externalId: 'X-1' } })).map(why)).toEqual(['ok'])
})

test('whoever asks at the same moment for the same outside customer gets the same one', async () => {
  const answers = await Promise.all(Array.from({ length: 4 }, () => save({ mode: 'ensure', customer: { externalId: 'RUSH' } })))
  expect(new Set(answers.map((answer) => saved(answer).id)).size).toBe(1)
  expect(answers.flat().map(why).sort()).toEqual(['already', 'already', 'already', 'ok'])
})

test('a version that has passed is refused', async () => {
  const { id } = saved(await save({ mode: 'create', customer: {} }))
  expect((await save({ mode: 'update', id, expectedVersion: 7, customer: { name: 'x' } })).map(why)).toEqual(['customer.changed'])
})

test('a customer of another workspace is unknown', async () => {
  const { id } = saved(await save({ mode: 'create', customer: { externalId: 'ours' } }))
  const other = await shop.neighbour('other')
  expect(
    (await saveCustomers(other, other.call(), [{ mode: 'update', id, expectedVersion: null, customer: { name: 'x' } }])).map(why),
  ).toEqual(['customer.not_found'])
  expect(
    await other.pools.view(other.workspaceId, (db) => loadCustomers(db, other.workspaceId, { ids: [id], externalIds: ['ours'] })),
  ).toEqual([])
  expect(
    await other.pools.view(other.workspaceId, (db) => loadCustomers(db, shop.workspaceId, { ids: [id], externalIds: ['ours'] })),
  ).toEqual([])
})

test('with the scope "own" one reaches one’s own customers, and new ones are one’s own', async () => {
  const call = shop.call([
    ['customers:write', 'own'],
    ['customers:read', 'workspace'],
  ])
  const mine = saved(await saveCustomers(shop, call, [{ mode: 'create', customer: { name: 'Mine' } }]))
  const others = saved(await save({ mode: 'create', customer: { ownerId: newId() } }))
  const answers = await saveCustomers(shop, call, [
    { mode: 'update', id: mine.id, expectedVersion: null, customer: { tier: 'a' } },
    { mode: 'update', id: others.id, expectedVersion: null, customer: { tier: 'a' } },
    { mode: 'create', customer: { ownerId: others.ownerId } },
  ])
  expect(mine.ownerId).toBe(call.actor.id)
  expect(answers.map(why)).toEqual(['ok', 'permission.denied', 'permission.denied'])
})

test('what a role that is kept from contacts sends of one is refused', async () => {
  const call = { ...shop.call(), hides: new Set(['contact'] as const) }
  const answers = await saveCustomers(shop, call, [
    { mode: 'create', customer: { tier: 'gold' } },
    { mode: 'create', customer: { email: 'ada@example.com' } },
  ])
  expect(answers.map(why)).toEqual(['ok', 'permission.hidden'])
})

test('the log says who looked after a customer before', async () => {
  const ownerId = newId()
  const { id } = saved(await save({ mode: 'create', customer: { ownerId } }))
  await save({ mode: 'update', id, expectedVersion: null, customer: { ownerId: null } })
  const events = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ payload: string }>({ text: 'select payload from events where subject_id = $1 order by seq', values: [id] }),
  )
  expect(JSON.parse(events[1]?.payload ?? '')).toMatchObject({ ownerBefore: ownerId, ownerId: null })
})
