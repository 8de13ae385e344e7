import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FieldGroup, type MoneyLimits, permissions } from '#contract/permissions.ts'
import { writeRoles } from '#modules/identity/index.ts'
import { newId } from '#platform/ids.ts'
import type { Client } from '#sdk/client.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { hideFields } from './hide-fields.ts'

let door: TestDoor
let orderId: string
beforeAll(async () => {
  door = await testDoor()
  await door.receive({ CUP: 50 })
  const placed = await door.api.call('placeOrder', {
    body: {
      channel: 'web',
      location: 'main',
      lines: [{ item: 'CUP', quantityMilli: 2_000 }],
      contact: { name: 'Ada Lovelace' },
      note: 'rings twice',
      costs: [{ kind: 'courier', amountMinor: 77 }],
    },
    idempotencyKey: newId(),
  })
  if (!placed.ok) throw new Error(JSON.stringify(placed.problem))
  orderId = placed.body.id
})
afterAll(() => door.end())

/** The client of a key whose role may do everything and is kept from these fields and this much money. */
async function keptFrom(hides: FieldGroup[], moneyLimits: MoneyLimits = {}): Promise<Client> {
  const code = `kept-${newId()}`
  const grants = permissions.map((permission) => ({ permission, scope: 'workspace' as const }))
  await door.pools.change(door.workspaceId, async (tx) =>
    writeRoles(tx, door.workspaceId, [{ code, label: { en: code }, permissions: grants, hides, moneyLimits }]),
  )
  const made = await door.api.call('createApiKey', { body: { name: code, role: code } })
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  return door.as(made.body.secret)
}

const page = async (api: Client) => {
  const answered = await api.call('getOrder', { params: { id: orderId } })
  if (!answered.ok) throw new Error(JSON.stringify(answered.problem))
  return answered.body
}
const order = { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1_000 }] }
const whyNot = async (api: Client, more: object) => {
  const answered = await api.call('placeOrder', { body: { ...order, ...more }, idempotencyKey: newId() })
  return answered.ok ? 'placed' : answered.problem?.code
}

describe('a role that is kept from', () => {
  test('nothing sees everything', async () => {
    expect(await page(await keptFrom([]))).toMatchObject({
      totalMinor: 500,
      contact: { name: 'Ada Lovelace' },
      notes: [{ text: 'rings twice' }],
      costs: [{ amountMinor: 77 }],
    })
  })

  test('prices sees none, in the order, its lines, its story and its payments', async () => {
    const api = await keptFrom(['prices'])
    const seen = await page(api)
    expect(seen).toMatchObject({ totalMinor: null, balanceMinor: null, money: { capturedMinor: null }, contact: { name: 'Ada Lovelace' } })
    expect(seen.lines[0]).toMatchObject({ code: 'CUP', priceMicro: null, netMinor: null })
    const told = JSON.stringify(await api.call('listOrderEvents', { params: { id: orderId } }))
    expect(told.match(/"\w*(?:Minor|Micro)":[^n]/g)).toBe(null)
    expect(told).toContain('Minor')
  })

  test('contacts, notes and costs sees none', async () => {
    expect(await page(await keptFrom(['contact', 'notes', 'costs']))).toMatchObject({
      contact: null,
      notes: [],
      costs: [],
      totalMinor: 500,
    })
  })

  test.each([
    ['contact', { contact: { name: 'Bob' } }],
    ['notes', { note: 'x' }],
    ['costs', { costs: [{ kind: 'courier', amountMinor: 1 }] }],
  ] as [FieldGroup, object][])('%s writes none either', async (group, more) => {
    const api = await keptFrom([group])
    expect(await whyNot(api, more)).toBe('permission.hidden')
    expect(await whyNot(api, {})).toBe('placed')
  })
})

describe('a role that may give away so much', () => {
  const discount = (amountMinor: number) => ({
    lines: [...order.lines, { kind: 'discount', name: 'Off', amountMinor, reasonCode: 'promotion' }],
  })

  test('discounts that much and no more', async () => {
    const api = await keptFrom([], { discountMinor: 100 })
    expect(await whyNot(api, discount(100))).toBe('placed')
    expect(await whyNot(api, discount(101))).toBe('limit.discount')
  })

  test('refunds and writes off that much at once, and others are free to give more', async () => {
    const api = await keptFrom([], { refundMinor: 100 })
    await door.api.call('recordPayment', {
      params: { id: orderId },
      body: { amountMinor: 400, method: 'cash' },
      idempotencyKey: newId(),
    })
    const act = async (by: Client, action: string, body: object) => {
      const answered = await by.call('actOnOrder', { params: { id: orderId, action }, body })
      return answered.ok ? 'done' : answered.problem?.code
    }
    expect(await act(api, 'refund', { amountMinor: 101, method: 'cash' })).toBe('limit.refund')
    expect(await act(api, 'refund', { amountMinor: 100, method: 'cash' })).toBe('done')
    expect(await act(api, 'pay', { kind: 'write_off', amountMinor: 101, method: 'cash' })).toBe('limit.refund')
    expect(await act(door.api, 'refund', { amountMinor: 101, method: 'cash' })).toBe('done')
  })
})

test('what somebody may do themselves is not hidden from them', () => {
  const session = { moneyLimits: { refundMinor: 5 }, orders: [{ totalMinor: 7 }] }
  expect(hideFields(session, new Set<FieldGroup>(['prices']))).toEqual({ moneyLimits: { refundMinor: 5 }, orders: [{ totalMinor: null }] })
})
