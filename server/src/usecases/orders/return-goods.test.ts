import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CreateReturn } from '#contract/returns.ts'
import type { Order } from '#modules/orders/index.ts'
import { newId } from '#platform/ids.ts'
import { everything, expectTrue, tellsTheSame } from '../../testing/books.ts'
import { orderOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import { saveCustomers } from '../customers/save-customers.ts'
import { saveLocations } from '../places/save-locations.ts'
import { adjustStock } from '../stock/adjust-stock.ts'
import { type ReturnOutcome, returnGoods } from './return-goods.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await testShop()
  await shop.receive({ CUP: 500, TEA: 500, FLOUR: 100_000 })
  for (const code of ['L1', 'L2'])
    await adjustStock(shop.engine, shop.call(), [
      { key: null, body: { kind: 'receipt', item: 'TEA', location: 'main', deltaMilli: 1_000, lot: { code } } },
    ])
})
afterAll(async () => {
  await expectTrue(shop)
  await shop.end()
})

async function sold(items: Record<string, number>, more = {}): Promise<Order> {
  const order = orderOf(await shop.place(items, more))
  await shop.act(order, 'pay', { amountMinor: order.totalMinor, method: 'cash' })
  for (const action of ['start', 'pack', 'hand_over']) orderOf(await shop.act(order, action))
  return tellsTheSame(shop, order.id)
}

async function back(
  body: CreateReturn,
  more: { key?: Parameters<typeof returnGoods>[2][number]['key']; call?: ReturnType<TestShop['call']> } = {},
): Promise<ReturnOutcome> {
  const [outcome] = await returnGoods(shop.engine, more.call ?? shop.call(), [{ body, expectedSeq: null, key: more.key ?? null }])
  return outcome as ReturnOutcome
}

const codeOf = (outcome: ReturnOutcome) => (outcome.ok ? 'done' : outcome.reason.code)
const lineOf = (order: Order, at = 0) => order.lines[at]?.id ?? ''

interface Document {
  totalMinor: number
  lines: { code: string; milli: number; amountMinor: number; restocked: boolean; lineId: string | null }[]
  movements: { deltaMilli: number; lot: string | null }[]
}

async function document(returnId: string | undefined): Promise<Document> {
  const query = <R>(text: string) => shop.pools.view(shop.workspaceId, (db) => db.query<R>({ text, values: [returnId] }))
  const [row] = await query<{ totalMinor: number }>('select total_minor as "totalMinor" from returns where id = $1')
  return {
    totalMinor: row?.totalMinor ?? Number.NaN,
    lines: await query(
      'select code, milli, amount_minor as "amountMinor", restocked, order_line_id as "lineId" from return_lines where return_id = $1 order by amount_minor desc, restocked desc',
    ),
    movements: await query(
      'select m.delta_milli as "deltaMilli", l.code as lot from movements m left join lots l on l.workspace_id = m.workspace_id and l.id = m.lot_id where m.return_id = $1 order by l.code nulls first',
    ),
  }
}

describe('of an order', () => {
  test('counts, credits its share and puts the goods back', async () => {
    const order = await sold({ CUP: 3 })
    const free = await shop.free('CUP')
    const outcome = await back({
      orderId: order.id,
      lines: [{ lineId: lineOf(order), quantityMilli: 2_000 }],
      reason: 'damaged',
      note: 'broken',
      at: '2026-01-05T10:00:00Z',
    })
    expect(await document(outcome.returnId)).toEqual({
      totalMinor: 500,
      lines: [{ code: 'CUP', milli: 2_000, amountMinor: 500, restocked: true, lineId: lineOf(order) }],
      movements: [{ deltaMilli: 2_000, lot: null }],
    })
    expect(await tellsTheSame(shop, order.id)).toMatchObject({
      creditedMinor: 500,
      balanceMinor: -500,
      payment: 'overpaid',
      fulfilment: 'part_returned',
    })
    expect(await shop.free('CUP')).toBe(free + 2)
  })

  test('in several parts, split over lots, of one line', async () => {
    const order = await sold({ TEA: 3 })
    const outcome = await back({
      orderId: order.id,
      lines: [
        { lineId: lineOf(order), quantityMilli: 1_000, lot: 'L1' },
        { lineId: lineOf(order), quantityMilli: 1_000, lot: 'L2', amountMinor: 100 },
        { lineId: lineOf(order), quantityMilli: 1_000, restock: false },
      ],
    })
    const { totalMinor, lines, movements } = await document(outcome.returnId)
    expect(movements).toEqual([
      { deltaMilli: 1_000, lot: 'L1' },
      { deltaMilli: 1_000, lot: 'L2' },
    ])
    expect(lines.map((line) => [line.amountMinor, line.restocked])).toEqual([
      [499, true],
      [499, false],
      [100, true],
    ])
    expect([totalMinor, (await tellsTheSame(shop, order.id)).creditedMinor]).toEqual([1_098, 1_098])
  })

  test('in parts that do not divide evenly credits the line to the cent', async () => {
    const lines = [
      { item: 'CUP', quantityMilli: 3_000 },
      { kind: 'discount' as const, name: 'Odd', amountMinor: 1, reasonCode: 'promotion' },
    ]
    const order = await sold({}, { lines })
    const one = { lineId: lineOf(order), quantityMilli: 1_000 }
    const first = await document((await back({ orderId: order.id, lines: [one, one] })).returnId)
    expect([first.lines.map((line) => line.amountMinor), first.totalMinor]).toEqual([[250, 249], 499])
    expect((await document((await back({ orderId: order.id, lines: [one] })).returnId)).totalMinor).toBe(250)
    expect(await tellsTheSame(shop, order.id)).toMatchObject({ totalMinor: 749, creditedMinor: 749 })
  })

  test('of what was made from parts, and of a service, puts nothing back', async () => {
    const order = await sold({ BREAD: 1, WRAP: 1 })
    const outcome = await back({ orderId: order.id, lines: order.lines.map(({ id }) => ({ lineId: id, quantityMilli: 1_000 })) })
    const { lines, movements } = await document(outcome.returnId)
    expect([lines.map((line) => line.restocked), movements]).toEqual([[false, false], []])
    expect((await tellsTheSame(shop, order.id)).fulfilment).toBe('returned')
  })

  test('comes twice as long as there is something, never more than was handed over', async () => {
    const order = await sold({ CUP: 2 })
    const one = { orderId: order.id, lines: [{ lineId: lineOf(order), quantityMilli: 1_000 }] }
    expect([codeOf(await back(one)), codeOf(await back(one))]).toEqual(['done', 'done'])
    const before = await everything(shop)
    expect(codeOf(await back(one))).toBe('return.too_many')
    expect(await everything(shop)).toEqual(before)
  })

  test('asked many times at once gives back what there was, once', async () => {
    const order = await sold({ CUP: 3 })
    const all = await Promise.all(
      Array.from({ length: 8 }, () => back({ orderId: order.id, lines: [{ lineId: lineOf(order), quantityMilli: 1_000 }] })),
    )
    expect(all.filter((outcome) => outcome.ok)).toHaveLength(3)
    expect((await tellsTheSame(shop, order.id)).creditedMinor).toBe(750)
  })

  test('goes with its refund in one breath', async () => {
    const order = await sold({ CUP: 2 })
    const { returnId } = await back({ orderId: order.id, lines: [{ lineId: lineOf(order), quantityMilli: 2_000 }] })
    orderOf(await shop.act(order, 'refund', { amountMinor: 500, method: 'cash', returnId }))
    expect(await tellsTheSame(shop, order.id)).toMatchObject({ payment: 'refunded', balanceMinor: 0, fulfilment: 'returned' })
    const other = await sold({ CUP: 1 })
    expect((await shop.act(other, 'refund', { amountMinor: 1, method: 'cash', returnId })).ok).toBe(false)
  })

  test('brings goods of a lot to a place where it never lay', async () => {
    await saveLocations({ pools: shop.pools, reference: shop.reference }, shop.call(), [
      { mode: 'create', location: { code: 'attic', name: 'Attic', timeZone: 'UTC' } },
    ])
    await adjustStock(shop.engine, shop.call(), [
      { key: null, body: { kind: 'receipt', item: 'TEA', location: 'attic', deltaMilli: 1_000, lot: { code: 'L7' } } },
    ])
    const order = await sold({ TEA: 1 })
    const outcome = await back({ orderId: order.id, lines: [{ lineId: lineOf(order), quantityMilli: 1_000, lot: 'L7' }] })
    expect((await document(outcome.returnId)).movements).toEqual([{ deltaMilli: 1_000, lot: 'L7' }])
  })

  test('leaves the order’s other lines alone', async () => {
    const order = await sold({ CUP: 1, TEA: 1 })
    await back({ orderId: order.id, lines: [{ lineId: lineOf(order, 1), quantityMilli: 1_000 }] })
    expect((await tellsTheSame(shop, order.id)).lines.map((line) => line.returnedMilli)).toEqual([0, 1_000])
  })
})

describe('that stands alone', () => {
  test('is a document of its own, with its goods back in stock', async () => {
    const [customer] = await saveCustomers({ pools: shop.pools, reference: shop.reference }, shop.call(), [
      { mode: 'create', customer: { name: 'Ada' } },
    ])
    const free = await shop.free('TEA')
    const outcome = await back({
      location: 'main',
      customerId: customer?.ok ? customer.value.id : '',
      externalId: 'rma-1',
      note: 'no receipt',
      lines: [
        { item: 'TEA', quantityMilli: 1_000, amountMinor: 499 },
        { item: 'TEA', quantityMilli: 1_000, amountMinor: 499, lot: 'L1' },
        { item: 'CUP', quantityMilli: 1_000, amountMinor: 250, restock: false },
        { kind: 'charge', name: 'Deposit', category: 'extras', quantityMilli: 1_000, amountMinor: 25 },
      ],
    })
    expect(codeOf(outcome)).toBe('done')
    expect(outcome).toMatchObject({ order: undefined, already: false })
    const { totalMinor, lines, movements } = await document(outcome.returnId)
    expect([totalMinor, lines.map((line) => [line.code, line.restocked]), movements.length]).toEqual([
      1_273,
      [
        ['TEA', true],
        ['TEA', true],
        ['CUP', false],
        ['', false],
      ],
      2,
    ])
    expect(await shop.free('TEA')).toBe(free + 2)
  })

  test('brings goods to a place where they never lay', async () => {
    const outcome = await back({
      location: 'main',
      lines: [{ item: 'FLOUR', quantityMilli: 500, amountMinor: 1, lot: undefined } as never],
    })
    expect((await document(outcome.returnId)).movements).toEqual([{ deltaMilli: 500, lot: null }])
  })

  test('names its item by id as well', async () => {
    const order = await sold({ CUP: 1 })
    const outcome = await back({
      locationId: shop.locationId,
      lines: [{ itemId: order.lines[0]?.itemId ?? '', quantityMilli: 1_000, amountMinor: 250 }],
    })
    expect((await document(outcome.returnId)).lines).toMatchObject([{ code: 'CUP', restocked: true }])
  })

  test('asked again with the same key is the same return', async () => {
    const key = { route: 'returns.create', key: newId(), fingerprint: 'f' }
    const body: CreateReturn = { location: 'main', lines: [{ item: 'CUP', quantityMilli: 1_000, amountMinor: 250 }] }
    const [first, again] = [await back(body, { key }), await back(body, { key })]
    expect(again).toMatchObject({ ok: true, replayed: true, returnId: first.returnId })
  })
})

describe('is refused and leaves nothing behind', () => {
  const alone = (more: object): CreateReturn =>
    ({ location: 'main', lines: [{ item: 'CUP', quantityMilli: 1_000, amountMinor: 1 }], ...more }) as CreateReturn
  test.each<[string, () => CreateReturn, string]>([
    ['of an order that is not there', () => ({ orderId: newId(), lines: [{ lineId: newId(), quantityMilli: 1 }] }), 'order.not_found'],
    ['for a reason on no list', () => alone({ reason: 'whim' }), 'reason.unknown'],
    ['at a place that is not there', () => alone({ location: 'moon' }), 'location.not_found'],
    ['in a currency that is none', () => alone({ currency: 'ZZZ' }), 'currency.unknown'],
    ['from a customer that is not there', () => alone({ customerId: newId() }), 'customer.not_found'],
    ['in the future', () => alone({ at: '2126-01-01T00:00:00Z' }), 'time.in_future'],
    ['of an item that is not there', () => alone({ lines: [{ item: 'NIL', quantityMilli: 1, amountMinor: 1 }] }), 'item.not_found'],
    [
      'of a lot that is not there',
      () => alone({ lines: [{ item: 'TEA', quantityMilli: 1, amountMinor: 1, lot: 'L9' }] }),
      'stock.lot_not_found',
    ],
  ])('%s', async (_, body, code) => {
    const before = await everything(shop)
    expect(codeOf(await back(body()))).toBe(code)
    expect(await everything(shop)).toEqual(before)
  })

  test('of lines and lots that the order does not have, or that nobody handed over', async () => {
    const order = await sold({ TEA: 1 })
    const open = orderOf(await shop.place({ TEA: 1 }))
    const before = await everything(shop)
    expect(codeOf(await back({ orderId: order.id, lines: [{ lineId: newId(), quantityMilli: 1 }] }))).toBe('line.not_found')
    expect(codeOf(await back({ orderId: order.id, lines: [{ lineId: lineOf(order), quantityMilli: 1, lot: 'L9' }] }))).toBe(
      'stock.lot_not_found',
    )
    expect(codeOf(await back({ orderId: open.id, lines: [{ lineId: lineOf(open), quantityMilli: 1 }] }))).toBe('return.too_many')
    expect(await everything(shop)).toEqual(before)
  })

  test('of an order out of sight, or by somebody who may not', async () => {
    const order = await sold({ CUP: 1 })
    const body = { orderId: order.id, lines: [{ lineId: lineOf(order), quantityMilli: 1 }] }
    expect(
      codeOf(
        await back(body, {
          call: shop.call(
            [
              ['returns:record', 'workspace'],
              ['orders:read', 'location'],
            ],
            [newId()],
          ),
        }),
      ),
    ).toBe('order.not_found')
    expect(
      codeOf(
        await back(
          { orderId: order.id, lines: [{ lineId: newId(), quantityMilli: 1 }] },
          { call: shop.call([['returns:record', 'workspace']]) },
        ),
      ),
    ).toBe('order.not_found')
    expect(codeOf(await back(body, { call: shop.call([['orders:read', 'workspace']]) }))).toBe('permission.denied')
    expect(codeOf(await back(alone({}), { call: shop.call([['returns:record', 'location']], [newId()]) }))).toBe('location.not_found')
  })

  test('under an id or outside number that stands already, also twice in one list', async () => {
    const body = { ...alone({}), id: newId(), externalId: 'rma-7' }
    expect(codeOf(await back(body))).toBe('done')
    const before = await everything(shop)
    expect(codeOf(await back(body))).toBe('return.exists')
    expect(codeOf(await back({ ...body, id: newId() }))).toBe('return.exists')
    expect(await everything(shop)).toEqual(before)
    const twice = { body: { ...alone({}), externalId: 'rma-8' }, expectedSeq: null, key: null }
    expect((await returnGoods(shop.engine, shop.call(), [twice, twice])).map(codeOf)).toEqual(['done', 'return.exists'])
  })
})

test('nothing asked, nothing answered', async () => {
  expect(await returnGoods(shop.engine, shop.call(), [])).toEqual([])
})
