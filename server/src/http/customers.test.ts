import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FieldGroup } from '#contract/permissions.ts'
import { newId } from '#platform/ids.ts'
import type { Client } from '#sdk/client.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'

let door: TestDoor
let id: string
beforeAll(async () => {
  door = await testDoor()
  const made = await door.api.call('createCustomer', {
    body: { name: 'Ada', email: 'ada@example.com', phone: '600', country: 'ES', tier: 'gold' },
  })
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  id = made.body.id
})
afterAll(() => door.end())

/** Somebody with these permissions everywhere and these groups of fields hidden. */
async function somebody(permissions: string[], hides: FieldGroup[] = []): Promise<Client> {
  const code = `r${newId().slice(-8)}`
  const label = { en: code }
  const saved = await door.api.call('saveRoles', {
    body: {
      roles: [
        {
          code,
          label,
          permissions: permissions.map((permission) => ({ permission, scope: 'workspace' })) as never,
          hides,
          moneyLimits: {},
        },
      ],
    },
  })
  if (!saved.ok) throw new Error(JSON.stringify(saved.problem))
  const key = await door.api.call('createApiKey', { body: { name: code, role: code } })
  if (!key.ok) throw new Error(JSON.stringify(key.problem))
  return door.as(key.body.secret)
}

test('whoever is kept from contacts learns that there is a customer and of what kind, and not who', async () => {
  const api = await somebody(['customers:read', 'customers:write', 'customers:erase'], ['contact'])
  const nobody = { name: null, email: null, phone: null, country: null, tier: 'gold' }
  expect(await api.call('getCustomer', { params: { id } })).toMatchObject({ body: { id, ...nobody } })
  expect(await api.call('listCustomers')).toMatchObject({ body: { rows: [{ id, ...nobody }] } })
  expect(await api.call('updateCustomer', { params: { id }, body: { segment: 'hotels' } })).toMatchObject({ body: nobody })
  expect(await api.call('getCustomerData', { params: { id } })).toMatchObject({ body: { customer: nobody } })
})

test('nor do they write who one is', async () => {
  const api = await somebody(['customers:read', 'customers:write'], ['contact'])
  expect(await api.call('updateCustomer', { params: { id }, body: { name: 'Eva' } })).toMatchObject({
    status: 403,
    problem: { code: 'permission.hidden' },
  })
  expect(await door.api.call('getCustomer', { params: { id } })).toMatchObject({ body: { name: 'Ada' } })
})

test('what is held of a customer comes in pages, with contact, lines, payments and notes', async () => {
  const place = () =>
    door.api.call('placeOrder', {
      body: {
        channel: 'web',
        location: 'main',
        customerId: id,
        contact: { name: 'Eva' },
        note: 'rings twice',
        lines: [{ item: 'WRAP', quantityMilli: 1_000 }],
      },
      idempotencyKey: newId(),
    })
  await place()
  await place()
  const first = await door.api.call('getCustomerData', { params: { id }, query: { limit: 1 } })
  if (!first.ok) throw new Error(JSON.stringify(first.problem))
  expect(first.body).toMatchObject({
    customer: { name: 'Ada' },
    orders: [{ contact: { name: 'Eva' }, notes: [{ text: 'rings twice' }], lines: [{ name: 'wrap', quantityMilli: 1_000 }], payments: [] }],
  })
  const second = await door.api.call('getCustomerData', { params: { id }, query: { limit: 1, after: first.body.next ?? '' } })
  expect(second).toMatchObject({ body: { orders: [{ contact: { name: 'Eva' } }] } })
  expect(second.ok && second.body.orders[0]?.id).not.toBe(first.body.orders[0]?.id)
})

test('whoever may not forget a customer is not told all of them either', async () => {
  const api = await somebody(['customers:read', 'customers:write'])
  expect(await api.call('getCustomerData', { params: { id } })).toMatchObject({ status: 403 })
  expect(await api.call('eraseCustomer', { params: { id }, body: { reason: 'asked' } })).toMatchObject({ status: 403 })
})

test('a customer is forgotten once, and stays', async () => {
  const erased = await door.api.call('eraseCustomer', { params: { id }, body: { reason: 'asked' } })
  expect(erased).toMatchObject({ status: 200, body: { id, already: false } })
  expect(await door.api.call('eraseCustomer', { params: { id }, body: { reason: 'mistake' } })).toMatchObject({ body: { already: true } })
  expect(await door.api.call('getCustomer', { params: { id } })).toMatchObject({
    body: { name: '', email: '', erasedAt: expect.any(String) },
  })
  expect(await door.api.call('updateCustomer', { params: { id }, body: { name: 'Ada' } })).toMatchObject({
    status: 409,
    problem: { code: 'customer.erased' },
  })
})
