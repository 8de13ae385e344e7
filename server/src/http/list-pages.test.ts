import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OrderRow } from '#contract/lists.ts'
import { newId } from '#platform/ids.ts'
import type { Client } from '#sdk/client.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { orderOf } from '../testing/test-shop.ts'

let door: TestDoor
beforeAll(async () => {
  door = await testDoor()
  await door.receive({ CUP: 500, TEA: 500 })
  for (let i = 0; i < 25; i++) await placeOne(i)
})
afterAll(() => door.end())

/** Amounts and moments that several orders share, so that only the id tells them apart. */
const placeOne = async (i: number, more: object = {}) =>
  orderOf(
    await door.place({ CUP: 1 + (i % 3) }, { at: new Date(Date.parse('2026-11-01T09:00:00Z') + (i % 4) * 60_000).toISOString(), ...more }),
  )

type Query = Record<string, string | number>

async function page(api: Client, query: Query): Promise<{ rows: OrderRow[]; next: string | null; exact: string | null }> {
  const listed = await api.call('listOrders', { query })
  if (!listed.ok) throw new Error(JSON.stringify(listed.problem))
  return listed.body
}

async function walk(query: Query, between: () => Promise<unknown> = async () => {}): Promise<OrderRow[]> {
  const seen: OrderRow[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { rows, next } = await page(door.api, { ...query, limit: 4, ...(cursor === '' ? {} : { cursor }) })
    seen.push(...rows)
    cursor = next
    await between()
  }
  return seen
}

const ids = (rows: readonly OrderRow[]) => rows.map(({ id }) => id)

// biome-ignore format: read it by column
const sorts: [string, (row: OrderRow) => number][] = [
  ['placed',  ({ at }) => Date.parse(at)],
  ['updated', ({ updatedAt }) => Date.parse(updatedAt)],
  ['due',     ({ dueAt }) => Date.parse(dueAt ?? '9999-01-01')],
  ['total',   ({ totalMinor }) => totalMinor ?? 0],
  ['number',  ({ number }) => number],
]

describe.each(sorts)('orders by %s', (sort, keyOf) => {
  test('come page by page, each once, and in order', async () => {
    const rows = await walk({ sort })
    const keys = rows.map(keyOf)
    expect(keys).toEqual([...keys].sort((a, b) => a - b))
    expect(new Set(ids(rows)).size).toBe(25)
    expect(ids(await walk({ sort: `-${sort}` }))).toEqual(ids(rows).reverse())
  })
})

test('what is placed while somebody turns pages neither repeats nor hides an order that was there', async () => {
  const before = ids((await page(door.api, { limit: 500 })).rows)
  let i = 0
  const seen = ids(await walk({ sort: '-total' }, () => placeOne(i++)))
  expect(new Set(seen).size).toBe(seen.length)
  expect(before.filter((id) => !seen.includes(id))).toEqual([])
})

describe('a cursor', () => {
  test.each([
    ['of another order', { sort: 'total' }],
    ['of another filter', { filter: 'is:live' }],
  ])('%s is refused', async (_, other) => {
    const { next } = await page(door.api, { limit: 2 })
    const asked = await door.api.call('listOrders', { query: { limit: 2, cursor: next ?? '', ...other } })
    expect(asked).toMatchObject({ status: 400, problem: { code: 'list.bad_cursor' } })
  })

  test.each(['x', 'W10', Buffer.from('["-placed","x",1,2]').toString('base64url'), "'; drop table orders"])(
    'that is made up is refused: %s',
    async (cursor) => {
      expect(await door.api.call('listOrders', { query: { cursor } })).toMatchObject({ status: 400, problem: { code: 'list.bad_cursor' } })
    },
  )

  test.each(['2026-13-45T25:61:61Z', '0000-01-01T00:00:00Z', '2026-02-30T00:00:00Z', '999999-01-01T00:00:00Z'])(
    'with a moment that never was is refused: %s',
    async (moment) => {
      const { next } = await page(door.api, { limit: 2 })
      const [sort, mark, , id] = JSON.parse(Buffer.from(next ?? '', 'base64url').toString()) as string[]
      const cursor = Buffer.from(JSON.stringify([sort, mark, moment, id])).toString('base64url')
      expect(await door.api.call('listOrders', { query: { limit: 2, cursor } })).toMatchObject({ problem: { code: 'list.bad_cursor' } })
    },
  )

  test('says nothing of what was searched for', async () => {
    const { next } = await page(door.api, { limit: 1, filter: 'cup' })
    expect(Buffer.from(next ?? '', 'base64url').toString()).not.toContain('cup')
  })
})

test('a count says how many a list would hold', async () => {
  for (const filter of ['', 'total>3', 'is:ended']) {
    const { rows } = await page(door.api, { filter, limit: 500 })
    expect(await door.api.call('countOrders', { query: { filter } })).toMatchObject({ ok: true, body: { count: rows.length, more: false } })
  }
})

test('the number, the id outside or the id of an order leads to it', async () => {
  const order = await placeOne(1, { externalId: 'SHOP-77' })
  expect((await page(door.api, { filter: `#${order.number}` })).exact).toBe(order.id)
  expect((await page(door.api, { filter: 'SHOP-77' })).exact).toBe(order.id)
  expect((await page(door.api, { filter: order.id })).exact).toBe(order.id)
  expect((await page(door.api, { filter: 'cup' })).exact).toBe(null)
  expect(ids((await page(door.api, { filter: order.id })).rows)).toEqual([order.id])
})

describe('whoever is bound to a place', () => {
  let bound: Client
  let mine: string
  beforeAll(async () => {
    const second = await door.api.call('createLocation', { body: { code: 'second', name: 'Second', timeZone: 'Europe/Madrid' } })
    if (!second.ok) throw new Error(JSON.stringify(second.problem))
    const stocked = await door.api.call('adjustStock', {
      body: { adjustments: [{ kind: 'receipt', item: 'CUP', location: 'second', deltaMilli: 9_000, key: newId() }] },
    })
    if (!stocked.ok) throw new Error(JSON.stringify(stocked.problem))
    mine = orderOf(await door.place({ CUP: 1 }, { location: 'second', contact: { name: 'Grace Hopper' } })).id
    await door.place({ CUP: 1 }, { contact: { name: 'Grace Kelly' } })
    const key = await door.api.call('createApiKey', { body: { name: 'second', role: 'staff', locationIds: [second.body.id] } })
    if (!key.ok) throw new Error(JSON.stringify(key.problem))
    bound = door.as(key.body.secret)
  })

  test('lists, searches and counts the orders of that place alone', async () => {
    for (const filter of ['', 'is:live', 'grace', 'cup', '-tag:x', 'location:main OR location:second'])
      expect({ filter, found: ids((await page(bound, { filter })).rows) }).toEqual({ filter, found: [mine] })
    expect(await bound.call('countOrders', { query: { filter: 'grace' } })).toMatchObject({ body: { count: 1 } })
    const counts = await bound.call('countViews')
    expect(counts.ok && counts.body.counts[0]?.count).toEqual({ count: 1, more: false })
  })

  test('is not led to another order by its number, nor told how it stands', async () => {
    const [other] = (await page(door.api, { filter: 'kelly' })).rows
    expect((await page(bound, { filter: `#${other?.number}` })).exact).toBe(null)
    expect(await bound.call('getOrderStatus', { params: { id: String(other?.number) } })).toMatchObject({ status: 404 })
    expect(await bound.call('getOrderStatus', { params: { id: mine } })).toMatchObject({ ok: true })
  })

  test('sees the stock, movements and reservations of that place alone', async () => {
    for (const list of ['listStock', 'listMovements', 'listReservations'] as const) {
      const all = await door.api.call(list, { query: {} })
      const own = await bound.call(list, { query: {} })
      if (!all.ok || !own.ok) throw new Error(list)
      const places = (rows: readonly { locationId: string }[]) => new Set(rows.map(({ locationId }) => locationId)).size
      expect([list, places(all.body.rows), places(own.body.rows)]).toEqual([list, 2, 1])
    }
  })
})

describe('other lists', () => {
  test('customers are found by word and come in the order that is asked', async () => {
    for (const [name, tier] of [
      ['Ada Lovelace', 'gold'],
      ['Grace Hopper', ''],
      ['Adam Smith', 'gold'],
    ] as const)
      await door.api.call('createCustomer', { body: { name, tier, email: `${name.split(' ')[1]}@example.org`, phone: '+34 600 123 456' } })
    const found = async (query: Query) => {
      const listed = await door.api.call('listCustomers', { query })
      if (!listed.ok) throw new Error(JSON.stringify(listed.problem))
      return listed.body.rows.map(({ name }) => name)
    }
    expect(await found({ filter: 'ada', sort: '-name' })).toEqual(['Adam Smith', 'Ada Lovelace'])
    expect(await found({ filter: 'ada love tier:gold' })).toEqual(['Ada Lovelace'])
    expect(await found({ filter: '3456', sort: 'name' })).toEqual(['Ada Lovelace', 'Adam Smith', 'Grace Hopper'])
    expect(await found({ filter: '-tier:gold' })).toEqual(['Grace Hopper'])
    expect(await door.api.call('listCustomers', { query: { filter: 'total>5' } })).toMatchObject({
      status: 400,
      problem: { code: 'filter.unknown_field' },
    })
  })

  test('stock, movements and reservations are filtered by what they are', async () => {
    const found = async (list: 'listStock' | 'listMovements' | 'listReservations', filter: string) => {
      const listed = await door.api.call(list, { query: { filter } })
      if (!listed.ok) throw new Error(JSON.stringify(listed.problem))
      return listed.body.rows.length
    }
    expect([
      await found('listStock', 'item:CUP'),
      await found('listStock', 'cup location:main'),
      await found('listStock', 'free>1000'),
      await found('listStock', 'lot:none'),
    ]).toEqual([2, 1, 0, 3])
    expect([
      await found('listMovements', 'kind:receipt item:TEA'),
      await found('listMovements', 'kind:count'),
      await found('listMovements', 'quantity>=500'),
    ]).toEqual([1, 0, 2])
    expect(await found('listReservations', 'item:CUP location:second order:any')).toBe(1)
    expect(await found('listReservations', 'item:TEA')).toBe(0)
  })
})

test('what is kept for an order is told by that order only to whoever may know of it', async () => {
  const order = await placeOne(1)
  const permissions = [
    { permission: 'stock:read', scope: 'workspace' },
    { permission: 'orders:read', scope: 'own' },
  ] as const
  const role = { code: 'shelves', label: { en: 'Shelves' }, permissions: [...permissions], hides: [], moneyLimits: {} }
  await door.api.call('saveRoles', { body: { roles: [role] } })
  const made = await door.api.call('createApiKey', { body: { name: 'shelves', role: 'shelves' } })
  const shelves = door.as(made.ok ? made.body.secret : '')
  const found = async (api: Client, filter: string) => {
    const listed = await api.call('listReservations', { query: { filter, limit: 500 } })
    if (!listed.ok) throw new Error(JSON.stringify(listed.problem))
    return listed.body.rows.length
  }
  const [all, others] = [await found(door.api, 'order:any'), await found(door.api, `-order:${order.id}`)]
  expect([await found(door.api, `order:${order.id}`), all - others]).toEqual([1, 1])
  expect([await found(shelves, `order:${order.id}`), await found(shelves, `-order:${order.id}`)]).toEqual([0, all])
})

test('a cursor leads on from the longest name there may be', async () => {
  for (const last of ['a', 'b']) await door.api.call('createCustomer', { body: { name: '🙂'.repeat(199) + last, tier: 'long' } })
  const query = { sort: 'name', limit: 1, filter: 'tier:long' }
  const first = await door.api.call('listCustomers', { query })
  const cursor = first.ok ? (first.body.next ?? '') : ''
  expect(await door.api.call('listCustomers', { query: { ...query, cursor } })).toMatchObject({ ok: true, body: { rows: [{}] } })
})
