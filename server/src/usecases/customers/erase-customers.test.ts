import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Permission, Scope } from '#contract/permissions.ts'
import { type Customer, loadCustomers } from '#modules/customers/index.ts'
import { newId } from '#platform/ids.ts'
import { verify } from '#views/verify/verify.ts'
import { orderOf, refusalOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import type { Call } from '../call.ts'
import type { Saved } from '../change-nouns.ts'
import { eraseCustomers, eraseRest } from './erase-customers.ts'
import { saveCustomers } from './save-customers.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await testShop()
})
afterAll(() => shop.end())

const canary = 'zzada'
const ada = {
  name: `${canary} Lovelace`,
  email: `${canary}@example.com`,
  phone: '+34 600 11 22 33',
  country: 'ES',
  externalId: `${canary}-1`,
}

async function known(): Promise<string> {
  const [saved] = await saveCustomers(shop, shop.call(), [{ mode: 'create', customer: { ...ada, externalId: newId() } }])
  if (!saved?.ok) throw new Error(JSON.stringify(saved?.reason))
  return saved.value.id
}

async function orderFor(customerId: string) {
  const order = orderOf(
    await shop.place(
      { WRAP: 2 },
      { customerId, contact: { name: ada.name, address: `${canary} street 1` }, note: `${canary} rings twice` },
    ),
  )
  return orderOf(await shop.act(order, 'note', { note: `${canary} called` }))
}

const erase = async (id: string, call: Call = shop.call()): Promise<Saved<Customer>> => {
  const [erased] = await eraseCustomers(shop, call, [{ id, reason: 'asked' }])
  if (!erased) throw new Error('One was asked for')
  return erased
}

/** Tables in which a word stands somewhere. */
async function whereIs(word: string): Promise<string[]> {
  return shop.pools.view(shop.workspaceId, async (db) => {
    const tables = await db.query<{ name: string }>({
      text: `select distinct table_name as name from information_schema.columns where table_schema = 'docket' and column_name = 'workspace_id' order by 1`,
      values: [],
    })
    const found: string[] = []
    for (const { name } of tables) {
      const [row] = await db.query({ text: `select 1 from docket.${name} t where t::text ilike $1 limit 1`, values: [`%${word}%`] })
      if (row) found.push(name)
    }
    return found
  })
}

test('nothing of who they were is left, and the books are as they were', async () => {
  const id = await known()
  const order = await orderFor(id)
  const returned = await shop.act(order, 'note', { note: `${canary} again` })
  expect(await whereIs(canary)).toEqual(['customers', 'notes', 'order_contacts'])
  const before = await shop.read(order.id)
  expect(await erase(id)).toMatchObject({ ok: true, already: false, value: { name: '', email: '', externalId: null, version: 2 } })
  expect(await whereIs(canary)).toEqual([])
  expect((await shop.read(order.id)).row).toEqual({ ...before.row, seq: orderOf(returned).seq })
  expect((await verify(shop.databaseUrl)).findings.filter(({ violations }) => violations > 0)).toEqual([])
})

test('whoever is forgotten once is forgotten', async () => {
  const id = await known()
  expect(await erase(id)).toMatchObject({ ok: true, already: false })
  expect(await erase(id)).toMatchObject({ ok: true, already: true, value: { version: 2 } })
})

test('what people wrote afterwards goes when it is asked again', async () => {
  const id = await known()
  const order = await orderFor(id)
  await erase(id)
  orderOf(await shop.act(order, 'note', { note: `${canary} called again` }))
  expect(await whereIs(canary)).toEqual(['notes'])
  expect(await erase(id)).toMatchObject({ ok: true, already: true, value: { version: 3 } })
  expect(await whereIs(canary)).toEqual([])
})

test('a job on many orders that is still writing is waited for, and what it wrote goes', async () => {
  const id = await known()
  const order = await orderFor(id)
  const inState = (state: string) =>
    shop.pools.change(shop.workspaceId, (tx) =>
      tx.query({
        text: `with job as (insert into bulk_jobs (workspace_id, id, action, command, state, total, missing, created_by_kind, created_at)
            values ($1, $2, 'note', $4, $5, 1, 0, 'system', now()) on conflict (workspace_id, id) do update set state = $5 returning 1)
          insert into bulk_items (workspace_id, job_id, order_id) select $1, $2, $3 from job on conflict do nothing`,
        values: [shop.workspaceId, id, order.id, JSON.stringify({ verb: 'note', note: canary }), state],
      }),
    )
  const look = () => eraseRest(shop.pools, shop.workspaceId, id, new AbortController().signal)
  await inState('running')
  await erase(id)
  expect(await look()).toBe(false)
  expect(await whereIs(canary)).toEqual(['bulk_jobs'])
  await inState('done')
  expect(await look()).toBe(true)
  expect(await whereIs(canary)).toEqual([])
})

test('the log says that it was done and why, and nothing else', async () => {
  const id = await known()
  await orderFor(id)
  await erase(id)
  const events = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ type: string; payload: string }>({
      text: 'select type, payload from events where subject_id = $1 order by seq',
      values: [id],
    }),
  )
  expect(events.map(({ type }) => type)).toEqual(['CustomerCreated', 'CustomerErased'])
  expect(JSON.parse(events[1]?.payload ?? '')).toEqual({
    contacts: 1,
    jobs: 0,
    notes: 2,
    ownerId: null,
    reason: 'asked',
    segment: '',
    tier: '',
  })
})

test('what is owed of it holds an id', async () => {
  const id = await known()
  await erase(id)
  const owed = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ payload: unknown }>({
      text: `select payload from owed where kind = 'erase_customer' order by created_at desc limit 1`,
      values: [],
    }),
  )
  expect(owed).toEqual([{ payload: { customerId: id } }])
})

test('an order that was being placed meanwhile is overwritten when it is looked at again', async () => {
  const id = await known()
  const order = await orderFor(id)
  await erase(id)
  await shop.pools.change(shop.workspaceId, (tx) =>
    tx.query({
      text: `update order_contacts set name = $2 where workspace_id = $1 and order_id = $3`,
      values: [shop.workspaceId, canary, order.id],
    }),
  )
  await eraseRest(shop.pools, shop.workspaceId, id, new AbortController().signal)
  expect(await whereIs(canary)).toEqual([])
  await eraseRest(shop.pools, shop.workspaceId, id, new AbortController().signal)
  const [row] = await shop.pools.view(shop.workspaceId, (db) => loadCustomers(db, shop.workspaceId, { ids: [id], externalIds: [] }))
  expect(row?.version).toBe(3)
})

test('a long history is forgotten in pieces', async () => {
  const id = await known()
  await shop.pools.change(shop.workspaceId, (tx) =>
    tx.query({
      text: `with made as (insert into orders select (jsonb_populate_record(null::orders, to_jsonb(o) || jsonb_build_object('id', gen_random_uuid(), 'number', 1000000 + n, 'customer_id', $2::text))).* from
          (select * from orders where workspace_id = $1 limit 1) o, generate_series(1, 1203) n returning id)
        insert into order_contacts (workspace_id, order_id, name) select $1, id, 'zzbulk' from made`,
      values: [shop.workspaceId, id],
    }),
  )
  await erase(id)
  expect(await whereIs('zzbulk')).toEqual(['order_contacts'])
  await eraseRest(shop.pools, shop.workspaceId, id, new AbortController().signal)
  expect(await whereIs('zzbulk')).toEqual([])
})

test('nobody is added to who was forgotten', async () => {
  const id = await known()
  await erase(id)
  const [saved] = await saveCustomers(shop, shop.call(), [{ mode: 'update', id, expectedVersion: null, customer: { name: 'Back' } }])
  expect(saved).toMatchObject({ ok: false, reason: { code: 'customer.erased' } })
  expect(refusalOf(await shop.place({ WRAP: 1 }, { customerId: id }))).toBe('customer.not_found')
})

test('it takes the permission, as far as that reaches', async () => {
  const id = await known()
  const reads: [Permission, Scope] = ['customers:read', 'workspace']
  expect(await erase(id, shop.call([reads, ['customers:write', 'workspace']]))).toMatchObject({ reason: { code: 'permission.denied' } })
  expect(await erase(id, shop.call([reads, ['customers:erase', 'own']]))).toMatchObject({ reason: { code: 'permission.denied' } })
  expect(await erase(id, shop.call([['customers:erase', 'own']]))).toMatchObject({ reason: { code: 'customer.not_found' } })
  expect(await erase(newId())).toMatchObject({ ok: false, reason: { code: 'customer.not_found' } })
  expect(await whereIs(canary)).not.toEqual([])
})
