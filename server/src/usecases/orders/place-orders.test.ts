import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LineToPlace, PlaceOrder } from '#contract/orders.ts'
import type { Permission, Scope } from '#contract/permissions.ts'
import { newId } from '#platform/ids.ts'
import { everything, expectTrue, tellsTheSame } from '../../testing/books.ts'
import { orderOf, refusalOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import { saveCustomers } from '../customers/save-customers.ts'
import { saveItems } from '../items/save-items.ts'
import { saveLocations } from '../places/save-locations.ts'
import { saveRegisters } from '../places/save-registers.ts'
import { saveTaxes } from '../places/save-taxes.ts'
import type { Outcome } from './order-batch.ts'
import { placeOrders } from './place-orders.ts'

let shop: TestShop
const ids: Record<string, string> = {}

beforeAll(async () => {
  shop = await testShop()
  const desk = { pools: shop.pools, reference: shop.reference }
  const priced = (code: string, priceMicro: number | null, more = {}) => ({
    code,
    contentMilli: 1_000,
    priceMicro,
    currency: 'EUR',
    ...more,
  })
  await saveTaxes(desk, shop.call(), [{ code: 'VAT', name: 'VAT', ratePpm: 210_000, included: false }])
  await saveLocations(desk, shop.call(), [
    { mode: 'create', location: { code: 'attic', name: 'Attic', timeZone: 'UTC' } },
    { mode: 'create', location: { code: 'ruin', name: 'Ruin', timeZone: 'UTC', status: 'closed' } },
  ])
  const registers = await saveRegisters(desk, shop.call(), [
    { mode: 'create', register: { code: 'till', name: 'Till', kind: 'till', location: 'main' } },
    { mode: 'create', register: { code: 'shut', name: 'Shut', kind: 'till', location: 'main', status: 'closed' } },
    { mode: 'create', register: { code: 'upstairs', name: 'Upstairs', kind: 'kiosk', location: 'attic' } },
  ])
  const saved = await saveItems(desk, shop.call(), [
    {
      mode: 'create',
      item: {
        code: 'JAM',
        name: 'Jam',
        kind: 'goods',
        stocked: 'own',
        taxCode: 'VAT',
        variants: [
          priced('JAR', 4_000_000, { barcodes: ['4001'] }),
          priced('CRATE', 40_000_000, { contentMilli: 12_000, name: 'crate', barcodes: ['4002'] }),
        ],
      },
    },
    {
      mode: 'create',
      item: { code: 'OLD', name: 'Old', kind: 'goods', stocked: 'own', status: 'retired', variants: [priced('OLD', 1_000_000)] },
    },
    { mode: 'create', item: { code: 'GIFT', name: 'Gift', kind: 'goods', stocked: 'none', variants: [priced('GIFT', null)] } },
    {
      mode: 'create',
      item: { code: 'YEN', name: 'Yen', kind: 'goods', stocked: 'none', variants: [{ ...priced('YEN', 100_000_000), currency: 'JPY' }] },
    },
    {
      mode: 'create',
      item: { code: 'COUPON', name: 'Coupon', kind: 'discount', stocked: 'none', variants: [priced('COUPON', 1_500_000)] },
    },
  ])
  for (const one of [...registers, ...saved]) if (!one.ok) throw new Error(one.reason.code)
  const [customer] = await saveCustomers(desk, shop.call(), [
    { mode: 'create', customer: { name: 'Ada', tier: 'gold', segment: 'hotels' } },
  ])
  if (!customer?.ok) throw new Error('no customer')
  const jam = saved[0]
  Object.assign(ids, { customer: customer.value.id, jam: jam?.ok ? jam.value.id : '' })
  for (const [i, name] of ['till', 'shut', 'upstairs'].entries()) {
    const register = registers[i]
    ids[name] = register?.ok ? register.value.id : ''
  }
  await shop.receive({ CUP: 500, JAM: 500 })
  const catalogue = await shop.reference.itemsOf((await shop.reference.get(shop.workspaceId)) as never, [{ by: 'code', value: 'JAM' }])
  for (const variant of catalogue.item(ids.jam ?? '')?.variants ?? []) ids[variant.code] = variant.id
})
afterAll(async () => {
  await expectTrue(shop)
  await shop.end()
})

type Body = Partial<PlaceOrder>
const cup: LineToPlace = { item: 'CUP', quantityMilli: 1_000 }

async function place(body: Body, rights?: [Permission, Scope][], locationIds: string[] | null = null): Promise<Outcome> {
  const call = rights ? shop.call(rights, locationIds) : shop.call()
  const [outcome] = await placeOrders(shop.engine, call, [
    { key: null, body: { channel: 'desk', location: 'main', lines: [cup], ...body } },
  ])
  return outcome as Outcome
}

describe('an order is kept as it was sent', () => {
  test('with everything that came along', async () => {
    const connectionId = newId()
    const outcome = await place({
      id: newId(),
      source: 'partner',
      registerId: ids.till ?? '',
      externalId: 'ext-1',
      connectionId,
      customerId: ids.customer ?? '',
      contact: { name: 'Ada', city: 'Madrid' },
      priority: 9,
      tags: ['b', 'a'],
      fields: { shelf: { text: 'B4' }, turn: { int: 7 }, from: { time: '2026-01-05T10:00:00+01:00' } },
      costs: [{ kind: 'box', amountMinor: 35 }],
      wanted: { from: '2026-01-06T09:00:00+01:00', to: '2026-01-06T10:00:00+01:00' },
      at: '2026-01-05T09:00:00+01:00',
      captured: { at: '2026-01-05T08:59:00+01:00', device: 'tablet 3' },
      references: { quote: 'Q1', opportunity: 'O1' },
      note: 'ring twice',
    })
    const order = await tellsTheSame(shop, orderOf(outcome).id)
    expect(order).toMatchObject({
      source: 'partner',
      registerId: ids.till,
      externalId: 'ext-1',
      connectionId,
      customerTier: 'gold',
      customerSegment: 'hotels',
      priority: 9,
      tags: ['a', 'b'],
      fields: {
        shelf: { kind: 'text', value: 'B4' },
        turn: { kind: 'int', value: 7 },
        from: { kind: 'time', value: '2026-01-05T09:00:00.000Z' },
      },
      costs: [{ kind: 'box', amountMinor: 35 }],
      at: '2026-01-05T08:00:00.000Z',
      businessDate: '2026-01-05',
      dueAt: '2026-01-06T09:00:00.000Z',
      capturedAt: '2026-01-05T07:59:00.000Z',
      captureDevice: 'tablet 3',
      quoteRef: 'Q1',
      opportunityRef: 'O1',
    })
    const notes = await shop.pools.view(shop.workspaceId, (db) =>
      db.query({ text: 'select text from notes where order_id = $1', values: [order.id] }),
    )
    expect(notes).toEqual([{ text: 'ring twice' }])
  })

  test.each([
    ['its code', { item: 'JAM', quantityMilli: 2_000 }, 'JAR', 800],
    ['its id', { itemId: 'jam', quantityMilli: 2_000 }, 'JAR', 800],
    ['a variant', { variant: 'CRATE', quantityMilli: 12_000 }, 'CRATE', 4_000],
    ['a barcode', { barcode: '4002', quantityMilli: 24_000 }, 'CRATE', 8_000],
    ['its code and a variant’s id', { item: 'JAM', variantId: 'CRATE', quantityMilli: 12_000 }, 'CRATE', 4_000],
  ])('an item may be named by %s', async (_, line, code, grossMinor) => {
    const named = { ...line, ...('itemId' in line ? { itemId: ids.jam } : {}), ...('variantId' in line ? { variantId: ids.CRATE } : {}) }
    const order = orderOf(await place({ lines: [named as LineToPlace] }))
    expect(order.lines).toMatchObject([{ code, grossMinor, taxCode: 'VAT', taxMinor: Math.round(grossMinor * 0.21) }])
  })

  test('a price may be said instead of the catalogue’s', async () => {
    const order = orderOf(await place({ lines: [{ item: 'GIFT', quantityMilli: 500, priceMicro: 8_000_000, perMilli: 250 }] }))
    expect(order.totalMinor).toBe(1_600)
  })

  test('what stands in no catalogue is named and priced by the line', async () => {
    const order = orderOf(
      await place({
        lines: [
          cup,
          { kind: 'service', name: 'Wrapping', amountMinor: 150, category: 'extras' },
          { kind: 'charge', name: 'Deposit', amountMinor: -20 },
          { kind: 'discount', name: 'Spring', amountMinor: 40, reasonCode: 'promotion' },
        ],
      }),
    )
    expect(order.lines.map(({ kind, name, netMinor }) => [kind, name, netMinor])).toEqual([
      ['goods', 'cup', 225],
      ['service', 'Wrapping', 135],
      ['charge', 'Deposit', -20],
      ['discount', 'Spring', 0],
    ])
    expect(order).toMatchObject({ grossMinor: 380, discountMinor: 40, totalMinor: 340 })
  })

  test('a discount of the catalogue takes off', async () => {
    const order = orderOf(await place({ lines: [cup, { item: 'COUPON', quantityMilli: 1_000 }] }))
    expect(order).toMatchObject({ grossMinor: 250, discountMinor: 150, totalMinor: 100 })
  })

  test('somebody who may place and nothing else may leave a note with it', async () => {
    const order = orderOf(await place({ note: 'no sugar' }, [['orders:place', 'own']]))
    expect(order.seq).toBe(3)
  })

  test('one of another workflow runs on that', async () => {
    expect(orderOf(await place({ workflow: 'counter' })).workflow.code).toBe('counter')
  })

  test('numbers rise and are nobody’s twice', async () => {
    const requests = Array.from({ length: 130 }, () => ({ key: null, body: { channel: 'desk', location: 'main', lines: [cup] } }))
    const numbers = (await placeOrders(shop.engine, shop.call(), requests)).map((outcome) => orderOf(outcome).number)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  })
})

test('nothing asked, nothing answered', async () => {
  expect(await placeOrders(shop.engine, shop.call(), [])).toEqual([])
})

describe('is refused and leaves nothing behind', () => {
  const own: [Permission, Scope][] = [
    ['orders:place', 'workspace'],
    ['orders:read', 'workspace'],
  ]
  const cases: [string, () => Promise<Outcome>, string][] = [
    ['a location that is not there', () => place({ location: 'moon' }), 'location.not_found'],
    ['a location that is closed', () => place({ location: 'ruin' }), 'location.closed'],
    ['a location out of reach', () => place({}, [['orders:place', 'location']], [newId()]), 'location.not_found'],
    ['somebody who may not place', () => place({}, [['orders:read', 'workspace']]), 'permission.denied'],
    ['a register that is not there', () => place({ registerId: newId() }), 'register.not_found'],
    ['a register of another place', () => place({ registerId: ids.upstairs ?? '' }), 'register.not_found'],
    ['a register that is closed', () => place({ registerId: ids.shut ?? '' }), 'register.closed'],
    ['a customer that is not there', () => place({ customerId: newId() }), 'customer.not_found'],
    [
      'a customer that others look after',
      () => place({ customerId: ids.customer ?? '' }, [...own, ['customers:read', 'own']]),
      'customer.not_found',
    ],
    [
      'a currency that is none',
      () => place({ currency: 'ZZZ', lines: [{ kind: 'charge', name: 'x', amountMinor: 1 }] }),
      'currency.unknown',
    ],
    ['a price in another currency', () => place({ lines: [{ item: 'YEN', quantityMilli: 1_000 }] }), 'currency.mismatch'],
    ['a workflow that is not there', () => place({ workflow: 'none' }), 'workflow.not_found'],
    ['a time ahead', () => place({ at: '2126-01-01T00:00:00Z' }), 'time.in_future'],
    ['an item that is not there', () => place({ lines: [{ item: 'NIL', quantityMilli: 1 }] }), 'item.not_found'],
    ['a barcode that is not there', () => place({ lines: [{ barcode: 'NIL', quantityMilli: 1 }] }), 'item.not_found'],
    ['a line that names nothing', () => place({ lines: [{ quantityMilli: 1 }] }), 'item.not_found'],
    ['an item that is no longer sold', () => place({ lines: [{ item: 'OLD', quantityMilli: 1_000 }] }), 'item.retired'],
    [
      'a variant of another item',
      () => place({ lines: [{ item: 'CUP', variantId: ids.CRATE ?? '', quantityMilli: 12_000 }] }),
      'variant.not_found',
    ],
    ['half a crate', () => place({ lines: [{ variant: 'CRATE', quantityMilli: 6_000 }] }), 'line.not_whole_variant'],
    ['an item without a price', () => place({ lines: [{ item: 'GIFT', quantityMilli: 1_000 }] }), 'price.unknown'],
    ['a price of one’s own without the right to it', () => place({ lines: [{ ...cup, priceMicro: 1 }] }, own), 'permission.denied'],
    [
      'a discount without the right to it',
      () => place({ lines: [cup, { kind: 'discount', name: 'x', amountMinor: 1, reasonCode: 'promotion' }] }, own),
      'permission.denied',
    ],
    ['a coupon without the right to it', () => place({ lines: [cup, { item: 'COUPON', quantityMilli: 1_000 }] }, own), 'permission.denied'],
    [
      'a service without the right to it',
      () => place({ lines: [{ kind: 'service', name: 'x', amountMinor: 1 }] }, own),
      'permission.denied',
    ],
    [
      'a discount for no known reason',
      () => place({ lines: [cup, { kind: 'discount', name: 'x', amountMinor: 1, reasonCode: 'whim' }] }),
      'reason.unknown',
    ],
    ['more money than can be counted', () => place({ lines: [{ kind: 'charge', name: 'x', amountMinor: 1e12 }] }), 'money.too_large'],
    [
      'the same line twice',
      () =>
        place({
          lines: [
            { ...cup, id: lineId },
            { ...cup, id: lineId },
          ],
        }),
      'line.exists',
    ],
    ['more stock than there is', () => place({ lines: [{ item: 'CUP', quantityMilli: 9e6 }] }), 'stock.too_little'],
  ]
  const lineId = newId()
  test.each(cases)('%s', async (_, ask, code) => {
    const before = await everything(shop)
    expect(refusalOf(await ask())).toBe(code)
    expect(await everything(shop)).toEqual(before)
  })

  test('an id or an outside number that stands already, also twice in one list', async () => {
    const [id, externalId, connectionId] = [newId(), 'ext-7', newId()]
    orderOf(await place({ id, externalId }))
    const before = await everything(shop)
    expect(refusalOf(await place({ id }))).toBe('order.exists')
    expect(refusalOf(await place({ externalId }))).toBe('order.exists')
    expect(await everything(shop)).toEqual(before)
    expect((await place({ externalId, connectionId })).ok).toBe(true)
    const twice = { key: null, body: { channel: 'desk', location: 'main', lines: [cup], externalId: 'ext-8', connectionId } }
    expect((await placeOrders(shop.engine, shop.call(), [twice, twice])).map((one) => one.ok || one.reason.code)).toEqual([
      true,
      'order.exists',
    ])
  })
})
