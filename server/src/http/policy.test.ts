import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Operation, type OperationName, operationNames, operations } from '#contract/operations.ts'
import { permissions } from '#contract/permissions.ts'
import { newId } from '#platform/ids.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import type { TestWorkspace } from '../testing/test-workspace.ts'
import { everyRouteHasAPolicy } from './build-server.ts'

let door: TestDoor
let neighbour: TestWorkspace
/** Things of our own workspace and of the neighbour's, by the noun in an address. */
let ours: Record<string, string>
let theirs: Record<string, string>

beforeAll(async () => {
  door = await testDoor()
  neighbour = await door.neighbour('next-door')
  await door.receive({ CUP: 50, TEA: 50 })
  ours = await oneOfEach(door.apiKey)
  theirs = await oneOfEach(neighbour.apiKey)
})
afterAll(() => door.end())

/** Makes one of everything that has an address of its own. */
async function oneOfEach(apiKey: string): Promise<Record<string, string>> {
  const api = door.as(apiKey)
  const body = async <T>(result: Promise<{ ok: true; body: T } | { ok: false; problem: unknown }>): Promise<T> => {
    const answered = await result
    if (!answered.ok) throw new Error(JSON.stringify(answered.problem))
    return answered.body
  }
  const item = await body(
    api.call('createItem', { body: { code: 'THING', name: 'Thing', variants: [{ code: 'THING', priceMicro: 1_000_000 }] } }),
  )
  const [location] = (await body(api.call('listLocations'))).locations
  const locationId = location?.id ?? ''
  await body(
    api.call('adjustStock', {
      body: { adjustments: [{ kind: 'receipt', itemId: item.id, locationId, deltaMilli: 90_000, key: newId() }] },
    }),
  )
  const order = await body(
    api.call('placeOrder', {
      body: { channel: 'web', locationId, lines: [{ itemId: item.id, quantityMilli: 1_000 }] },
      idempotencyKey: newId(),
    }),
  )
  const { reservations } = await body(
    api.call('reserveStock', { body: { itemId: item.id, locationId, quantityMilli: 1_000, purpose: 'window' }, idempotencyKey: newId() }),
  )
  const returned = await body(
    api.call('recordReturn', {
      body: { locationId, lines: [{ name: 'Box', kind: 'charge', quantityMilli: 1_000, amountMinor: 5 }] },
      idempotencyKey: newId(),
    }),
  )
  const register = await body(api.call('createRegister', { body: { locationId, code: 'K1', name: 'Kiosk', kind: 'kiosk' } }))
  const customer = await body(api.call('createCustomer', { body: { name: 'Ada' } }))
  const key = await body(api.call('createApiKey', { body: { name: 'other', role: 'owner' } }))
  return {
    orders: order.id,
    returns: returned.id,
    reservations: reservations[0]?.id ?? '',
    items: item.id,
    customers: customer.id,
    locations: locationId,
    registers: register.id,
    'api-keys': key.id,
    jobs: newId(),
  }
}

/** The address of an operation with the ids of a workspace; a body that its schema takes is not needed to be turned away. */
function addressOf(name: OperationName, ids: Record<string, string>): string {
  const { path } = operations[name]
  return path
    .replace(/\/([a-z-]+)\/:id/, (_, noun: string) => `/${noun}/${ids[noun] ?? newId()}`)
    .replace(':action', 'note')
    .replace(':seq', '1')
    .replace(':code', 'counter')
}

function ask(name: OperationName, path: string, apiKey: string | null, body: string | undefined = undefined) {
  const operation: Operation = operations[name]
  const sent = operation.method === 'GET' ? undefined : (body ?? '{}')
  return door.send(operation.method, path, {
    apiKey,
    ...(sent === undefined ? {} : { body: sent }),
    headers: { 'idempotency-key': newId() },
  })
}

/** What passes the schema of operations whose address names something. */
// biome-ignore format: read it by column
const bodies: Partial<Record<OperationName, string>> = {
  actOnOrder:     '{"note":"x"}',
  recordPayment:  '{"amountMinor":1,"method":"cash"}',
  eraseCustomer:  '{"reason":"asked"}',
}

/** Operations that take a permission; what takes none is tried in session.test.ts and people.test.ts. */
const guarded = operationNames.filter((name) => !['anybody', 'somebody'].includes(String(operations[name].permission)))

describe.each(guarded)('%s', (name) => {
  // Whoever acts here notes something.
  const needed = name === 'actOnOrder' ? ['orders:note'] : ([] as string[]).concat(operations[name].permission as string | string[])

  test('is nothing to somebody without a key', async () => {
    expect(await ask(name, addressOf(name, ours), null)).toMatchObject({ status: 401, json: { code: 'auth.missing' } })
  })

  test('is nothing to somebody with a wrong key', async () => {
    expect(await ask(name, addressOf(name, ours), `${door.apiKey.slice(0, -4)}AAAA`)).toMatchObject({
      status: 401,
      json: { code: 'auth.invalid' },
    })
  })

  test('is denied to a key that may do everything else', async () => {
    const others = permissions.filter((permission) => !needed.includes(permission))
    const key = await door.api.call('createApiKey', { body: { name: `not ${name}`, role: 'owner', permissions: others } })
    if (!key.ok) throw new Error(JSON.stringify(key.problem))
    expect(await ask(name, addressOf(name, ours), key.body.secret)).toMatchObject({
      status: 403,
      json: { code: 'permission.denied', params: { permission: needed[0] } },
    })
  })
})

test.each(guarded.filter((name) => operations[name].path.includes('/:id')))(
  '%s answers for what is the neighbours as for what is not there',
  async (name) => {
    const their = addressOf(name, theirs)
    const nobodys = addressOf(name, {})
    expect(their).not.toBe(addressOf(name, ours))
    const [one, other] = [await ask(name, their, door.apiKey, bodies[name]), await ask(name, nobodys, door.apiKey, bodies[name])]
    const plain = (text: string, path: string) =>
      text.replaceAll(/"requestId":"[^"]+"/g, '').replaceAll(/[0-9a-f-]{36}/.exec(path)?.[0] ?? '', 'ID')
    expect(one.status).toBe(404)
    expect(plain(one.text, their)).toBe(plain(other.text, nobodys))
  },
)

test('the neighbours things are not in our lists', async () => {
  for (const name of guarded) {
    const operation: Operation = operations[name]
    if (operation.method !== 'GET' || operation.path.includes(':') || operation.sends) continue
    const { text, status } = await ask(name, operations[name].path, door.apiKey)
    expect(status).toBe(200)
    for (const id of Object.values(theirs)) expect(text).not.toContain(id)
  }
})

test('a key bound to one location sees and touches the orders of that one alone', async () => {
  const made = await door.api.call('createLocation', { body: { code: 'second', name: 'Second', timeZone: 'Europe/Madrid' } })
  if (!made.ok) throw new Error('no location')
  const bound = await door.api.call('createApiKey', { body: { name: 'second', role: 'staff', locationIds: [made.body.id] } })
  if (!bound.ok) throw new Error(JSON.stringify(bound.problem))
  const api = door.as(bound.body.secret)
  const id = ours.orders ?? ''
  expect(await api.call('getOrder', { params: { id } })).toMatchObject({ status: 404 })
  expect(await api.call('actOnOrder', { params: { id, action: 'note' }, body: { note: 'x' } })).toMatchObject({ status: 404 })
  expect(
    await api.call('placeOrder', {
      body: { channel: 'web', location: 'main', lines: [{ item: 'THING', quantityMilli: 1_000 }] },
      idempotencyKey: newId(),
    }),
  ).toMatchObject({ status: 422, problem: { code: 'location.not_found' } })
})

test.each([
  ['cancel', 'orders:cancel'],
  ['refund', 'payments:refund'],
  ['start', 'orders:move'],
])('whoever may not %s an order is told that it takes %s', async (action, permission) => {
  const key = await door.api.call('createApiKey', { body: { name: `no ${action}`, role: 'owner', permissions: ['orders:read'] } })
  if (!key.ok) throw new Error(JSON.stringify(key.problem))
  expect(await door.send('POST', `/api/v1/orders/${ours.orders}/actions/${action}`, { apiKey: key.body.secret, body: '{}' })).toMatchObject(
    {
      status: 403,
      json: { code: 'permission.denied', params: { permission } },
    },
  )
})

test('a revoked key is nothing any more', async () => {
  const key = await door.api.call('createApiKey', { body: { name: 'short', role: 'owner' } })
  if (!key.ok) throw new Error('no key')
  const api = door.as(key.body.secret)
  expect(await api.call('listItems')).toMatchObject({ ok: true })
  expect(await door.api.call('revokeApiKey', { params: { id: key.body.id } })).toMatchObject({ ok: true, body: { already: false } })
  await expect.poll(async () => (await api.call('listItems')).status, { timeout: 3_000 }).toBe(401)
})

test('a route that nobody wrote a policy for stops the start', async () => {
  const app = Fastify()
  everyRouteHasAPolicy(app)
  expect(() => app.get('/api/v1/secrets', () => 'all of them')).toThrow(/no entry in the policy/)
  await app.close()
})

test('the OpenAPI document describes every route and nothing else', async () => {
  const { json } = await door.send('GET', '/openapi.json', { apiKey: null })
  const described = Object.entries(json.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(described.sort()).toEqual(
    operationNames.map((name) => `${operations[name].method} ${operations[name].path.replaceAll(/:(\w+)/g, '{$1}')}`).sort(),
  )
  expect(json.openapi).toMatch(/^3\.1/)
})
