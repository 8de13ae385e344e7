import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OrderAction } from '#contract/orders.ts'
import type { Permission, Scope } from '#contract/permissions.ts'
import type { Definition } from '#contract/workflow.ts'
import type { Command, Order } from '#modules/orders/index.ts'
import { fine } from '#platform/answer.ts'
import { LaneFull } from '#platform/commit-lane.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { counter } from '../../../blueprints/counter.ts'
import { everything, expectTrue, tellsTheSame } from '../../testing/books.ts'
import { orderOf, refusalOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import { saveItems } from '../items/save-items.ts'
import { openEngine } from '../open-engine.ts'
import { referenceCache } from '../reference.ts'
import { adjustStock } from '../stock/adjust-stock.ts'
import { publishWorkflows } from '../workflows/publish-workflows.ts'
import { type ActRequest, actOnOrders } from './act-on-orders.ts'
import { engineWork, fireTimers } from './fire-timers.ts'
import type { Outcome, Work } from './order-batch.ts'
import { placeOrders } from './place-orders.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await testShop()
  await shop.receive({ CUP: 1_000, TEA: 100, FLOUR: 100_000 })
})
afterAll(async () => {
  await expectTrue(shop)
  await shop.end()
})

const asked = (order: Order, command: OrderAction, more: Partial<ActRequest> = {}): ActRequest => ({
  orderId: order.id,
  expectedSeq: null,
  key: null,
  command,
  ...more,
})
const moving = (action: string): OrderAction => ({ verb: 'move', action })
const placed = async (more = {}) => orderOf(await shop.place({ CUP: 1 }, more))
const results = (outcomes: Outcome[]) =>
  outcomes.map((outcome) => (outcome.ok ? (outcome.already ? 'already' : 'done') : outcome.reason.code))

async function act(rights: [Permission, Scope][], order: Order, command: OrderAction): Promise<Outcome> {
  const [outcome] = await actOnOrders(shop.engine, shop.call(rights), [asked(order, command)])
  return outcome as Outcome
}

describe('each verb', () => {
  test('is done, told and found in its rows', async () => {
    let order = await placed({ tags: ['gift'] })
    const steps: [string, Record<string, unknown>][] = [
      ['hold', { reason: 'waiting_for_customer', note: 'calls back', until: '2099-01-01T00:00:00Z' }],
      ['release', {}],
      ['note', { note: 'second door' }],
      ['assign', { assigneeId: shop.apiKeyId }],
      ['tag', { add: ['vip'], remove: ['gift'] }],
      ['pay', { amountMinor: 250, method: 'card', provider: 'terminal', reference: 'txn-1' }],
      ['refund', { amountMinor: 50, method: 'card', reason: 'goodwill', note: 'sorry' }],
      ['start', { fields: { shelf: { text: 'B4' } }, idChecked: true, note: 'mine' }],
      ['cancel', { reason: 'entered_twice' }],
      ['reopen', { reason: 'customer_came_back' }],
    ]
    for (const [action, input] of steps) {
      orderOf(await shop.act(order, action, input))
      order = await tellsTheSame(shop, order.id)
    }
    expect(order).toMatchObject({
      assigneeId: shop.apiKeyId,
      tags: ['vip'],
      fields: { shelf: { value: 'B4' } },
      money: { capturedMinor: 250, refundedMinor: 50 },
    })
    const holds = await shop.pools.view(shop.workspaceId, (db) =>
      db.query<object>({
        text: 'select reason_code, released_by, released_at is not null as over from order_holds where order_id = $1',
        values: [order.id],
      }),
    )
    expect(holds).toEqual([{ reason_code: 'waiting_for_customer', released_by: shop.apiKeyId, over: true }])
  })

  test('asked again answers already and writes nothing', async () => {
    const order = await placed()
    const before = await everything(shop)
    expect(
      results(
        await actOnOrders(shop.engine, shop.call(), [
          asked(order, { verb: 'release' }),
          asked(order, { verb: 'assign', assigneeId: null }),
        ]),
      ),
    ).toEqual(['already', 'already'])
    expect(await everything(shop)).toEqual(before)
  })

  const verbs: [OrderAction, Permission][] = [
    [{ verb: 'hold', reason: 'waiting_for_customer' }, 'orders:hold'],
    [{ verb: 'release' }, 'orders:hold'],
    [{ verb: 'cancel', reason: 'entered_twice' }, 'orders:cancel'],
    [{ verb: 'reopen', reason: 'ended_by_mistake' }, 'orders:reopen'],
    [{ verb: 'note', note: 'x' }, 'orders:note'],
    [{ verb: 'assign', assigneeId: null }, 'orders:assign'],
    [{ verb: 'tag', add: ['x'] }, 'orders:tag'],
    [{ verb: 'pay', amountMinor: 1, method: 'cash' }, 'payments:record'],
    [{ verb: 'refund', amountMinor: 1, method: 'cash' }, 'payments:refund'],
    [moving('start'), 'orders:move'],
  ]
  test.each(verbs)('%o needs %s, and the order must be seen', async (command, permission) => {
    const order = await placed()
    const before = await everything(shop)
    expect(await act([['orders:read', 'workspace']], order, command)).toMatchObject({
      ok: false,
      reason: { code: 'permission.denied', params: { permission } },
    })
    expect(await act([[permission, 'workspace']], order, command)).toMatchObject({
      ok: false,
      reason: { code: 'order.not_found' },
      order: null,
    })
    expect(await everything(shop)).toEqual(before)
  })

  test('of an order that is not there is refused', async () => {
    expect(refusalOf(await shop.act({ id: newId() } as Order, 'start'))).toBe('order.not_found')
  })

  test.each([
    ['cancel', { reason: 'none' }],
    ['hold', { reason: 'none' }],
    ['start', { reason: 'none' }],
    ['refund', { reason: 'none', amountMinor: 1, method: 'cash' }],
    ['return', { reason: 'none', lines: [] }],
  ])('%s takes no reason that is on no list', async (action, input) => {
    expect(refusalOf(await shop.act(await placed(), action, input))).toBe('reason.unknown')
  })

  test('an order is given to nobody the workspace does not know', async () => {
    expect(refusalOf(await shop.act(await placed(), 'assign', { assigneeId: newId() }))).toBe('member.not_found')
  })

  test('a payment is recorded once a reference, also in one list', async () => {
    const [one, other] = [await placed(), await placed()]
    const pay: OrderAction = { verb: 'pay', amountMinor: 250, method: 'card', provider: 'terminal', reference: 'txn-9' }
    expect(results(await actOnOrders(shop.engine, shop.call(), [asked(one, pay), asked(other, pay)]))).toEqual(['done', 'money.exists'])
    expect(refusalOf(await shop.act(other, 'pay', { amountMinor: 1, method: 'card', provider: 'terminal', reference: 'txn-9' }))).toBe(
      'money.exists',
    )
  })

  test('a refund names a return of this very order, or none', async () => {
    const order = await placed()
    await shop.act(order, 'pay', { amountMinor: 250, method: 'cash' })
    expect(refusalOf(await shop.act(order, 'refund', { amountMinor: 1, method: 'cash', returnId: newId() }))).toBe('return.not_found')
  })
})

test('nothing asked, nothing answered', async () => {
  expect(await actOnOrders(shop.engine, shop.call(), [])).toEqual([])
})

describe('a list', () => {
  test('on one order is done in its order, each on what the one before left', async () => {
    const order = await placed()
    const outcomes = await actOnOrders(shop.engine, shop.call(), [
      asked(order, moving('start')),
      asked(order, moving('pack')),
      asked(order, moving('hand_over')),
      asked(order, { verb: 'pay', amountMinor: 250, method: 'cash' }),
      asked(order, moving('hand_over')),
      asked(order, { verb: 'return', lines: [{ lineId: order.lines[0]?.id ?? '', quantityMilli: 1_000 }] }),
      asked(order, { verb: 'refund', amountMinor: 250, method: 'cash' }),
    ])
    expect(results(outcomes)).toEqual(['done', 'done', 'guard.failed', 'done', 'done', 'done', 'done'])
    expect(await tellsTheSame(shop, order.id)).toMatchObject({ stage: 'COMPLETED', fulfilment: 'returned', payment: 'refunded' })
  })

  test('with a version is done by whoever comes first; the other is told how it stands now', async () => {
    const order = await placed()
    const outcomes = await actOnOrders(shop.engine, shop.call(), [
      asked(order, moving('start'), { expectedSeq: order.seq }),
      asked(order, { verb: 'note', note: 'x' }, { expectedSeq: order.seq }),
    ])
    expect(outcomes[1]).toMatchObject({
      ok: false,
      reason: { code: 'order.changed', params: { version: order.seq + 1, expected: order.seq, stage: 'IN_PROCESS' } },
      order: { seq: order.seq + 1, stage: 'IN_PROCESS' },
    })
  })

  test('that opens an order again after ending it finds its stock', async () => {
    const order = orderOf(await shop.place({ TEA: 3 }))
    const [, , again] = await actOnOrders(shop.engine, shop.call(), [
      asked(order, { verb: 'cancel', reason: 'entered_twice' }),
      asked(order, { verb: 'note', note: 'wait' }),
      asked(order, { verb: 'reopen', reason: 'customer_came_back' }),
    ])
    expect(orderOf(again as Outcome)).toMatchObject({ reservations: [{ milli: 3_000 }], shortfalls: [] })
  })

  test('of which one item is several commands does all of them or none, and who comes after finds nothing of it', async () => {
    const order = orderOf(await shop.place({ TEA: 2 }))
    const [free, before] = [await shop.free('TEA'), (await shop.read(order.id)).row]
    const call = shop.call()
    const stepsOf = (...commands: Command[]): Work => ({
      ...engineWork(call, order.id, { verb: 'wake' }),
      prepare: () =>
        fine({
          steps: commands.map((command) => ({ orderId: order.id, command, lines: [], number: 0 })),
          notes: [],
          contact: null,
          returns: [],
          looseMoney: [],
          history: null,
        }),
    })
    const move = { generation: null, reason: null, noteId: null, fields: {}, idChecked: false, at: null }
    const refund = {
      amountMinor: 1,
      method: 'cash',
      provider: 'manual',
      reference: null,
      reasonCode: null,
      noteId: null,
      returnId: null,
      at: null,
    }
    const torn = stepsOf(
      { verb: 'move', action: 'start', by: 'action', ...move },
      { verb: 'cancel', ...move, reason: 'entered_twice' },
      { verb: 'refund', ...refund },
    )
    const after = stepsOf({ verb: 'tag', add: ['after'], remove: [] })
    expect(results(await shop.engine.lane.submit(shop.workspaceId, 'act', [torn, after]))).toEqual(['money.nothing_to_refund', 'done'])
    expect(await tellsTheSame(shop, order.id)).toEqual({ ...before, tags: ['after'], seq: order.seq + 1 })
    expect(await shop.free('TEA')).toBe(free)
    const timers = await shop.pools.view(shop.workspaceId, (db) =>
      db.query({ text: 'select name from timers where order_id = $1', values: [order.id] }),
    )
    expect(timers).toEqual([{ name: 'not_started' }])
  })

  test('whose one item breaks does the others, and says so of the one', async () => {
    const orders = await Promise.all(Array.from({ length: 9 }, () => placed()))
    const call = shop.call()
    const broken: Work = {
      ...engineWork(call, newId(), { verb: 'wake' }),
      prepare: () => {
        throw new Error('a bug')
      },
    }
    const works = orders.map((order) => engineWork(call, order.id, { verb: 'tag', add: ['many'], remove: [] }))
    const outcomes = await shop.engine.lane.submit(shop.workspaceId, 'act', [...works.slice(0, 4), broken, ...works.slice(4)])
    expect(results(outcomes)).toEqual([...Array(4).fill('done'), 'internal', ...Array(5).fill('done')])
    expect(shop.reports.splice(0)).toMatchObject([{ message: 'a bug' }])
    for (const order of orders) expect((await tellsTheSame(shop, order.id)).tags).toEqual(['many'])
  })
})

describe('made-to-order', () => {
  test('a list that ends an order and opens it again takes the stock that is there', async () => {
    const bakery = await testShop('made-to-order')
    await bakery.receive({ FLOUR: 10_000 })
    const order = orderOf(await bakery.place({ BREAD: 3 }))
    for (const action of ['start_production', 'finish_production']) await bakery.act(order, action)
    const outcomes = await actOnOrders(bakery.engine, bakery.call(), [
      asked(order, { verb: 'move', action: 'discard', reason: 'not_collected' }),
      asked(order, { verb: 'reopen', reason: 'customer_came_back' }),
    ])
    expect(orderOf(outcomes[1] as Outcome)).toMatchObject({
      stage: 'ReadyForProduction',
      reservations: [{ milli: 1_000_000 }],
      shortfalls: [],
    })
    await expectTrue(bakery)
    await bakery.end()
  })
})

describe('a repeat with the same key', () => {
  const key = (fingerprint = 'f') => ({ route: 'orders.act', key: newId(), fingerprint })

  test('gets the same answer as it was given, whatever happened since', async () => {
    const order = await placed()
    const use = key()
    const ask = () => actOnOrders(shop.engine, shop.call(), [asked(order, moving('start'), { key: use })])
    const [first] = await ask()
    await shop.act(order, 'pack')
    const [again] = await ask()
    expect(again).toMatchObject({ ok: true, replayed: true, order: { seq: first?.ok && first.order.seq, stage: 'IN_PROCESS' } })
    expect((await shop.read(order.id)).row?.stage).toBe('PACKED_READY')
  })

  test('in the same list is done once', async () => {
    const order = await placed()
    const use = key()
    const pay: OrderAction = { verb: 'pay', amountMinor: 100, method: 'cash' }
    const outcomes = await actOnOrders(shop.engine, shop.call(), [
      asked(order, pay, { key: use }),
      asked(order, pay, { key: use }),
      asked(order, pay, { key: { ...use, fingerprint: 'other' } }),
    ])
    expect(outcomes.map((one) => (one.ok ? one.replayed : one.reason.code))).toEqual([false, true, 'idempotency.other_body'])
    expect((await tellsTheSame(shop, order.id)).money.capturedMinor).toBe(100)
  })

  test('with another body is refused', async () => {
    const order = await placed()
    const use = key()
    await actOnOrders(shop.engine, shop.call(), [asked(order, moving('start'), { key: use })])
    const [outcome] = await actOnOrders(shop.engine, shop.call(), [asked(order, moving('start'), { key: { ...use, fingerprint: 'g' } })])
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'idempotency.other_body' } })
  })

  test('of one that was refused is decided anew', async () => {
    const order = await placed()
    const use = key()
    const ask = async () => results(await actOnOrders(shop.engine, shop.call(), [asked(order, moving('pack'), { key: use })]))
    expect(await ask()).toEqual(['move.not_from_here'])
    await shop.act(order, 'start')
    expect(await ask()).toEqual(['done'])
  })

  test('of a placement gives the order it made, also when its item is no longer sold', async () => {
    const desk = { pools: shop.pools, reference: shop.reference }
    const item = {
      code: 'FAD',
      name: 'Fad',
      kind: 'goods' as const,
      stocked: 'none' as const,
      variants: [{ code: 'FAD', contentMilli: 1_000, priceMicro: 1_000_000, currency: 'EUR' }],
    }
    await saveItems(desk, shop.call(), [{ mode: 'create', item }])
    const use = key()
    const ask = () =>
      placeOrders(shop.engine, shop.call(), [
        { key: use, body: { channel: 'desk', location: 'main', lines: [{ item: 'FAD', quantityMilli: 1_000 }] } },
      ])
    const [first] = await ask()
    const catalogue = await shop.reference.itemsOf((await shop.reference.get(shop.workspaceId)) as never, [{ by: 'code', value: 'FAD' }])
    const saved = catalogue.find({ by: 'code', value: 'FAD' })?.item
    const [retired] = await saveItems(desk, shop.call(), [
      { mode: 'update', id: saved?.id ?? '', expectedVersion: null, item: { status: 'retired' } },
    ])
    expect(retired?.ok).toBe(true)
    const [again] = await ask()
    expect(again).toMatchObject({ ok: true, replayed: true, order: { id: first?.ok && first.order.id } })
  })

  test('in two processes at the same moment is done once', async () => {
    const second = openEngine(shop.pools, referenceCache(shop.pools), (error) => shop.reports.push(error), 256)
    const order = await placed()
    const use = key()
    const pay = (engine: typeof second) =>
      actOnOrders(engine, shop.call(), [asked(order, { verb: 'pay', amountMinor: 10, method: 'cash' }, { key: use })])
    const outcomes = (await Promise.all([pay(shop.engine), pay(second), pay(shop.engine), pay(second)])).flat()
    expect(outcomes.map((one) => one.ok && one.order.seq)).toEqual(Array(4).fill(order.seq + 1))
    expect((await tellsTheSame(shop, order.id)).money.capturedMinor).toBe(10)
  })
})

describe('reference data', () => {
  test('that somebody else changed a moment ago is read again before an order is priced', async () => {
    const elsewhere = { pools: shop.pools, reference: referenceCache(shop.pools) }
    const variants = (priceMicro: number) => [{ code: 'SODA', contentMilli: 1_000, priceMicro, currency: 'EUR' }]
    await saveItems(elsewhere, shop.call(), [
      { mode: 'create', item: { code: 'SODA', name: 'Soda', kind: 'goods', stocked: 'none', variants: variants(1_000_000) } },
    ])
    expect(orderOf(await shop.place({ SODA: 1 })).totalMinor).toBe(100)
    const item = (
      await elsewhere.reference.itemsOf((await elsewhere.reference.get(shop.workspaceId)) as never, [{ by: 'code', value: 'SODA' }])
    ).find({ by: 'code', value: 'SODA' })?.item
    const [changed] = await saveItems(elsewhere, shop.call(), [
      { mode: 'update', id: item?.id ?? '', expectedVersion: null, item: { variants: variants(2_000_000) } },
    ])
    expect(changed?.ok).toBe(true)
    expect(orderOf(await shop.place({ SODA: 1 })).totalMinor).toBe(200)
  })

  test('that does not come to rest is waited for', async () => {
    let isRestless = true
    const restless = openEngine(
      shop.pools,
      {
        ...shop.reference,
        get: async (workspaceId) => {
          const reference = await shop.reference.get(workspaceId)
          return reference && isRestless ? { ...reference, version: -1 } : reference
        },
      },
      (error) => shop.reports.push(error),
      256,
    )
    const placing = placeOrders(restless, shop.call(), [
      { key: null, body: { channel: 'desk', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1_000 }] } },
    ])
    const before = await everything(shop)
    expect(await Promise.race([placing, sleep(300, 'still waiting')])).toBe('still waiting')
    expect(await everything(shop)).toEqual(before)
    isRestless = false
    expect(results(await placing)).toEqual(['done'])
  })
})

test('an order keeps the workflow it was placed under, also in a process that has not met it yet', async () => {
  const order = await placed()
  const label = { en: 'Begin', es: 'Empezar' }
  const renamed = {
    ...counter.workflow,
    moves: counter.workflow.moves.map((move) => (move.on === 'start' ? { ...move, on: 'begin', label } : move)),
    examples: [],
  }
  const [published] = await publishWorkflows(shop, shop.call(), [renamed])
  expect(published?.ok).toBe(true)
  const fresh = openEngine(shop.pools, referenceCache(shop.pools), (error) => shop.reports.push(error), 256)
  expect(results(await actOnOrders(fresh, shop.call(), [asked(order, moving('begin')), asked(order, moving('start'))]))).toEqual([
    'move.not_from_here',
    'done',
  ])
  expect(orderOf(await shop.act(await placed(), 'begin')).workflow.version).toBe(2)
  await publishWorkflows(shop, shop.call(), [counter.workflow])
})

describe('stock that automatic moves take', () => {
  const onPayment: Definition = {
    ...counter.workflow,
    code: 'prepaid',
    moves: [
      ...counter.workflow.moves,
      {
        from: 'AWAITING_PROCESSING',
        on: 'paid_in_full',
        by: 'auto',
        to: 'COMPLETED',
        guards: [{ when: 'order.payment == "paid"', because: { en: 'Unpaid.', es: 'Sin pagar.' } }],
        effects: ['hand_over'],
      },
    ],
    examples: [],
  }

  test('is at hand whatever command lets them fire', async () => {
    const [published] = await publishWorkflows(shop, shop.call(), [onPayment])
    expect(published?.ok).toBe(true)
    const free = await shop.free('CUP')
    const order = orderOf(await shop.place({ CUP: 2, CAKE: 1 }, { workflow: 'prepaid' }))
    const paid = orderOf(await shop.act(order, 'pay', { amountMinor: order.totalMinor, method: 'cash' }))
    expect(paid).toMatchObject({ stage: 'COMPLETED', fulfilment: 'fulfilled', reservations: [] })
    expect(await shop.free('CUP')).toBe(free - 3)
    await tellsTheSame(shop, order.id)
  })
})

describe('timers', () => {
  test('of a stage that was left are gone, and one that fires late changes nothing', async () => {
    const order = await placed()
    const timers = () =>
      shop.pools.view(shop.workspaceId, (db) =>
        db.query<{ name: string; generation: number }>({
          text: 'select name, generation from timers where order_id = $1 order by name',
          values: [order.id],
        }),
      )
    expect(await timers()).toEqual([{ name: 'not_started', generation: 1 }])
    await shop.act(order, 'start')
    expect(await timers()).toEqual([{ name: 'not_packed', generation: 2 }])
    await fireTimers(shop.engine, shop.workspaceId, [{ orderId: order.id, name: 'not_started', generation: 1 }])
    expect(await timers()).toEqual([{ name: 'not_packed', generation: 2 }])
    await fireTimers(shop.engine, shop.workspaceId, [{ orderId: order.id, name: 'not_packed', generation: 2 }])
    expect([await timers(), (await tellsTheSame(shop, order.id)).attention]).toEqual([[], 'late'])
    await fireTimers(shop.engine, shop.workspaceId, [])
  })

  test('of a hold end it, and one that was released meanwhile is no trouble', async () => {
    const order = await placed()
    const held = orderOf(await shop.act(order, 'hold', { reason: 'waiting_for_customer', until: '2026-01-01T00:00:00Z' }))
    const name = `hold ${held.holds[0]?.id}`
    await fireTimers(shop.engine, shop.workspaceId, [{ orderId: order.id, name, generation: 1 }])
    expect((await tellsTheSame(shop, order.id)).holds).toEqual([])
    await fireTimers(shop.engine, shop.workspaceId, [{ orderId: order.id, name, generation: 1 }])
  })

  test('that cannot be fired are said to be so, to be fired again', async () => {
    const order = await placed()
    const broken = {
      ...shop.engine,
      lane: {
        submit: async (_: string, __: string, items: Work[]) =>
          items.map(() => ({ ok: false as const, reason: { code: 'internal' as const, params: {} }, order: null })),
      },
    }
    await expect(fireTimers(broken, shop.workspaceId, [{ orderId: order.id, name: 'not_started', generation: 1 }])).rejects.toThrow(
      'could not be fired',
    )
  })

  test('of a hold released in the same list are never set', async () => {
    const order = await placed()
    await actOnOrders(shop.engine, shop.call(), [
      asked(order, { verb: 'hold', reason: 'waiting_for_customer', until: '2099-01-01T00:00:00Z' }),
      asked(order, { verb: 'release' }),
    ])
    expect(
      await shop.pools.view(shop.workspaceId, (db) =>
        db.query({ text: `select 1 from timers where order_id = $1 and name like 'hold %'`, values: [order.id] }),
      ),
    ).toEqual([])
  })
})

describe('when the database is busy', () => {
  /** Somebody else holds the order's row for a while. */
  async function lockedFor(order: Order, ms: number): Promise<void> {
    const client = new pg.Client({ connectionString: shop.databaseUrl, options: '-c search_path=docket' })
    await client.connect()
    await client.query(`begin; select set_config('docket.workspace', '${shop.workspaceId}', true)`)
    await client.query('set local role docket_app')
    await client.query('select 1 from orders where id = $1 for update', [order.id])
    void sleep(ms).then(async () => {
      await client.query('rollback')
      await client.end()
    })
  }

  test('a lock that is not given in two seconds is asked for again', async () => {
    const order = await placed()
    await lockedFor(order, 2_500)
    expect(orderOf(await shop.act(order, 'start')).stage).toBe('IN_PROCESS')
    await tellsTheSame(shop, order.id)
  })

  test('too many changes waiting are turned away, and those that wait are done', async () => {
    const order = await placed()
    await lockedFor(order, 300)
    const works = (count: number) => Array.from({ length: count }, () => engineWork(shop.call(), order.id, { verb: 'wake' }))
    const first = shop.engine.lane.submit(shop.workspaceId, 'wake', works(1))
    await sleep(10)
    const second = shop.engine.lane.submit(shop.workspaceId, 'wake', works(4_000))
    await expect(shop.engine.lane.submit(shop.workspaceId, 'wake', works(4_000))).rejects.toBeInstanceOf(LaneFull)
    expect([...(await first), ...(await second)].every((outcome) => outcome.ok)).toBe(true)
  })
})

describe('a shelf that is only seen before it is written', () => {
  /** An engine whose batches are overtaken between the look and the write. */
  function overtaken(by: () => Promise<unknown>) {
    let isFirst = true
    const change: Pools['change'] = (workspaceId, work) =>
      shop.pools.change(workspaceId, (tx) =>
        work({
          ...tx,
          query: async (statement) => {
            const rows = await tx.query(statement)
            if (statement.name === 'see_stock' && isFirst) {
              isFirst = false
              await by()
            }
            return rows
          },
        } as typeof tx),
      )
    return openEngine({ ...shop.pools, change }, shop.reference, (error) => shop.reports.push(error), 256)
  }
  const one = (pieces: number) => ({
    key: null,
    body: { channel: 'desk', location: 'main', lines: [{ item: 'TEA', quantityMilli: pieces * 1_000 }] },
  })

  test('is looked at again, locked, when somebody was faster: no unit is sold twice', async () => {
    const free = await shop.free('TEA')
    const engine = overtaken(() => shop.place({ TEA: free - 1 }))
    expect(results(await placeOrders(engine, shop.call(), [one(2)]))).toEqual(['stock.too_little'])
    expect(await shop.free('TEA')).toBe(1)
    await shop.receive({ TEA: 100 })
  })

  test('is given in full to whoever comes while enough is left', async () => {
    const engine = overtaken(() => shop.place({ TEA: 5 }))
    const free = await shop.free('TEA')
    expect(results(await placeOrders(engine, shop.call(), [one(3)]))).toEqual(['done'])
    expect(await shop.free('TEA')).toBe(free - 8)
  })
})

test('a workspace that is not there is a refusal of each', async () => {
  const nowhere = { ...shop.call(), workspaceId: newId() }
  expect(results(await shop.engine.lane.submit(nowhere.workspaceId, 'act', [engineWork(nowhere, newId(), { verb: 'wake' })]))).toEqual([
    'workspace.not_found',
  ])
  const stock = await shop.engine.stock.submit(nowhere.workspaceId, 'adjust', [
    {
      call: nowhere,
      key: null,
      subjectId: newId(),
      itemRefs: [],
      prepare: () => {
        throw new Error('not asked')
      },
    },
  ])
  expect(stock).toMatchObject([{ reason: { code: 'workspace.not_found' } }])
})

test('what counts stock and what sells it wait for each other, never for ever', async () => {
  const orders = await Promise.all(Array.from({ length: 10 }, () => placed()))
  const outcomes = await Promise.all([
    ...orders.map((order) => shop.act(order, 'cancel', { reason: 'entered_twice' })),
    ...Array.from({ length: 10 }, () => shop.place({ CUP: 1, TEA: 1 })),
    ...Array.from({ length: 5 }, () =>
      adjustStock(shop.engine, shop.call(), [
        { key: null, body: { kind: 'receipt', item: 'TEA', location: 'main', deltaMilli: 1_000 } },
        { key: null, body: { kind: 'receipt', item: 'CUP', location: 'main', deltaMilli: 1_000 } },
      ]).then((all) => all[0] as { ok: boolean }),
    ),
  ])
  expect(outcomes.every((outcome) => outcome.ok)).toBe(true)
})
