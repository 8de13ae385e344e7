import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { View } from '#contract/views.ts'
import type { Client } from '#sdk/client.ts'
import { slowWords } from '../testing/slow-words.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { orderOf } from '../testing/test-shop.ts'

let door: TestDoor
let staff: Client
beforeAll(async () => {
  door = await testDoor()
  await door.receive({ CUP: 100, TEA: 100 })
  staff = await keyOf('staff')
})
afterAll(() => door.end())

async function keyOf(role: string): Promise<Client> {
  const made = await door.api.call('createApiKey', { body: { name: role, role, locationIds: [door.locationId] } })
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  return door.as(made.body.secret)
}

async function viewsOf(api: Client): Promise<View[]> {
  const listed = await api.call('listViews', { query: { list: 'orders' } })
  if (!listed.ok) throw new Error(JSON.stringify(listed.problem))
  return listed.body.views
}

async function make(api: Client, more: Partial<Parameters<typeof bodyOf>[0]> = {}): Promise<View> {
  const made = await api.call('createView', { body: bodyOf(more) })
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  return made.body
}

const bodyOf = (more: { name?: string; audience?: 'personal' | 'shared'; filter?: string; locked?: boolean; sort?: string }) => ({
  list: 'orders' as const,
  name: 'Big ones',
  filter: 'total>50 is:live',
  sort: '-total',
  ...more,
})

describe('a new workspace', () => {
  test('has the views of its blueprint, in their order and in the reader’s language', async () => {
    const views = await viewsOf(door.api)
    expect(views.slice(0, 4).map(({ code, name, locked }) => [code, name, locked])).toEqual([
      ['all', 'All', true],
      ['new', 'New', false],
      ['packing', 'Being packed', false],
      ['ready', 'Ready', false],
    ])
    const spanish = await door.send('GET', '/api/v1/views?list=orders', { headers: { 'accept-language': 'es' } })
    expect((spanish.json.views as View[])[1]?.name).toBe('Nuevos')
    expect(views.find(({ code }) => code === 'new')?.roles).toEqual(['staff'])
  })

  test('counts all of them at once', async () => {
    orderOf(await door.place({ CUP: 1 }))
    const counted = await door.api.call('countViews')
    if (!counted.ok) throw new Error(JSON.stringify(counted.problem))
    const views = await viewsOf(door.api)
    const counts = Object.fromEntries(
      counted.body.counts.map(({ viewId, count }) => [views.find(({ id }) => id === viewId)?.code, count?.count]),
    )
    expect(counts).toMatchObject({ all: 1, new: 1, packing: 0, unpaid: 1, held: 0 })
    expect(counted.body.counts).toHaveLength(views.length)
  })

  test('lists by a view, and narrows it down', async () => {
    const order = orderOf(await door.place({ TEA: 1 }))
    const rows = async (query: object) => {
      const page = await door.api.call('listOrders', { query })
      if (!page.ok) throw new Error(JSON.stringify(page.problem))
      return page.body.rows.map(({ number }) => number)
    }
    expect(await rows({ view: 'new', filter: 'tea' })).toEqual([order.number])
    expect(await rows({ view: 'ready' })).toEqual([])
    expect(await rows({ view: 'new', sort: '-number' })).toEqual([order.number, order.number - 1])
    expect(await door.api.call('listOrders', { query: { view: 'nonesuch' } })).toMatchObject({
      status: 404,
      problem: { code: 'view.not_found' },
    })
  })
})

describe('a personal view', () => {
  test('keeps what it was made with, and is its owner’s alone', async () => {
    const made = await make(staff, { name: 'Mine' })
    expect(made).toMatchObject({
      name: 'Mine',
      audience: 'personal',
      filter: 'total>50 is:live',
      sort: '-total',
      mayChange: true,
      version: 1,
      mayBeSlow: false,
    })
    expect((await viewsOf(staff)).map(({ id }) => id)).toContain(made.id)
    expect((await viewsOf(door.api)).map(({ id }) => id)).not.toContain(made.id)
    expect(await door.api.call('updateView', { params: { id: made.id }, body: { name: 'x' } })).toMatchObject({ status: 404 })
    expect(await door.api.call('deleteView', { params: { id: made.id } })).toMatchObject({ status: 404 })
    expect(await door.api.call('duplicateView', { params: { id: made.id } })).toMatchObject({ status: 404 })
  })

  test('is changed, in what is named alone, and only as it was read', async () => {
    const made = await make(door.api)
    const columns = [{ name: 'total', widthPx: 120, pinned: true }, { name: 'number' }]
    const changed = await door.api.call('updateView', { params: { id: made.id }, body: { columns, layout: 'board' }, version: 1 })
    expect(changed).toMatchObject({ ok: true, body: { columns, layout: 'board', filter: made.filter, version: 2 } })
    expect(await door.api.call('updateView', { params: { id: made.id }, body: { pinned: true }, version: 1 })).toMatchObject({
      status: 412,
      problem: { code: 'view.changed' },
    })
    expect(await door.api.call('updateView', { params: { id: made.id }, body: { layout: 'board' } })).toMatchObject({
      ok: true,
      body: { version: 2 },
    })
  })

  test('is deleted', async () => {
    const { id } = await make(door.api)
    expect(await door.api.call('deleteView', { params: { id } })).toMatchObject({ ok: true })
    expect(await door.api.call('deleteView', { params: { id } })).toMatchObject({ status: 404 })
  })

  test('with a filter that cannot be read is not kept', async () => {
    expect(await door.api.call('createView', { body: bodyOf({ filter: 'stage:IN_PROCES' }) })).toMatchObject({
      status: 400,
      problem: { code: 'filter.unknown_value', errors: [{ in: 'body', at: 0, length: 15, suggestion: 'IN_PROCESS' }] },
    })
    expect(await door.api.call('createView', { body: bodyOf({ sort: 'colour' }) })).toMatchObject({
      status: 400,
      problem: { code: 'list.bad_sort' },
    })
  })

  test('of a field without an index says that it may be slow', async () => {
    expect(await make(door.api, { filter: 'source:api' })).toMatchObject({ mayBeSlow: true })
  })
})

describe('a shared view', () => {
  test('takes the permission to share', async () => {
    expect(await staff.call('createView', { body: bodyOf({ audience: 'shared' }) })).toMatchObject({
      status: 403,
      problem: { params: { permission: 'views:share' } },
    })
    const shared = await make(door.api, { audience: 'shared', name: 'For all' })
    expect(await staff.call('updateView', { params: { id: shared.id }, body: { name: 'x' } })).toMatchObject({ status: 403 })
    expect(await staff.call('deleteView', { params: { id: shared.id } })).toMatchObject({ status: 403 })
    const copy = await staff.call('duplicateView', { params: { id: shared.id } })
    expect(copy).toMatchObject({ ok: true, status: 201, body: { name: 'For all', audience: 'personal', code: null, version: 1 } })
  })

  test('that is locked stays as it is until it is unlocked', async () => {
    const { id } = await make(door.api, { audience: 'shared', locked: true })
    const update = (body: object) => door.api.call('updateView', { params: { id }, body })
    expect(await update({ filter: '' })).toMatchObject({ status: 409, problem: { code: 'view.locked' } })
    expect(await door.api.call('deleteView', { params: { id } })).toMatchObject({ problem: { code: 'view.locked' } })
    expect(await update({ locked: false, filter: '' })).toMatchObject({ ok: true, body: { filter: '' } })
    expect(await door.api.call('deleteView', { params: { id } })).toMatchObject({ ok: true })
  })

  test('can be put in another place', async () => {
    const before = (await viewsOf(door.api)).filter(({ audience }) => audience === 'shared').map(({ id }) => id)
    const [first = '', second = '', ...rest] = before
    const moved = await door.api.call('orderViews', { body: { list: 'orders', ids: [second, first] } })
    expect(moved.ok && moved.body.views.filter(({ audience }) => audience === 'shared').map(({ id }) => id)).toEqual([
      second,
      first,
      ...rest,
    ])
    expect(await staff.call('orderViews', { body: { list: 'orders', ids: [first, second] } })).toMatchObject({ status: 403 })
  })
})

test('a reader who does not see prices learns which rights a view lacks, and is refused its list', async () => {
  const saved = await door.api.call('saveRoles', {
    body: {
      roles: [
        {
          code: 'no_prices',
          label: { en: 'No prices' },
          permissions: [{ permission: 'orders:read', scope: 'workspace' }],
          hides: ['prices', 'contact'],
          moneyLimits: {},
        },
      ],
    },
  })
  if (!saved.ok) throw new Error(JSON.stringify(saved.problem))
  const blind = await keyOf('no_prices')
  const view = await make(door.api, { audience: 'shared', name: 'By money' })
  expect((await viewsOf(blind)).find(({ id }) => id === view.id)).toMatchObject({ lacks: ['prices'] })
  expect(await blind.call('listOrders', { query: { view: view.id } })).toMatchObject({ status: 403, problem: { code: 'filter.hidden' } })
  expect(await blind.call('listOrders', { query: { sort: '-total' } })).toMatchObject({
    status: 403,
    problem: { code: 'list.hidden_sort' },
  })
  const counted = await blind.call('countViews', { query: { views: view.id } })
  expect(counted).toMatchObject({ ok: true, body: { counts: [{ viewId: view.id, count: null }] } })
  const named = orderOf(await door.place({ CUP: 1 }, { contact: { name: 'Grace Hopper' } }))
  const found = async (api: Client) => {
    const page = await api.call('listOrders', { query: { filter: 'hopper' } })
    return page.ok && page.body.rows.map(({ id, customerName }) => [id, customerName])
  }
  expect(await found(door.api)).toEqual([[named.id, 'Grace Hopper']])
  expect(await found(blind)).toEqual([])
  const all = await blind.call('listOrders', { query: { filter: `number:${named.number}` } })
  expect(all).toMatchObject({ ok: true, body: { rows: [{ id: named.id, customerName: null, totalMinor: null }] } })
})

test('no event says what stands in a view', async () => {
  await make(door.api, { name: 'Secretname', filter: '"secretname"' })
  const events = await door.pools.view(door.workspaceId, (db) =>
    db.query<{ payload: string; type: string }>({ text: "select type, payload from events where subject = 'view'", values: [] }),
  )
  expect(events.map(({ type }) => type)).toContain('ViewCreated')
  expect(JSON.stringify(events)).not.toMatch(/secretname/i)
})

test('a view that takes too long is not counted, and spoils no other’s count', async () => {
  const [slow, quick] = [await make(door.api, { filter: 'ada' }), await make(door.api, { filter: 'is:live' })]
  await slowWords(door.databaseUrl)
  const counted = await door.api.call('countViews', { query: { views: `${slow.id},${quick.id}` } })
  const counts = counted.ok ? new Map(counted.body.counts.map(({ viewId, count }) => [viewId, count])) : new Map()
  expect([counts.get(slow.id), counts.get(quick.id)]).toEqual([null, { count: expect.any(Number), more: false }])
})
