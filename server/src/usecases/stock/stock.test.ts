import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Permission, Scope } from '#contract/permissions.ts'
import type { Adjustment } from '#contract/stock.ts'
import { loadLevels } from '#modules/stock/index.ts'
import { newId } from '#platform/ids.ts'
import { everything, expectTrue, tellsTheSame } from '../../testing/books.ts'
import { orderOf, refusalOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import { saveItems } from '../items/save-items.ts'
import { saveLocations } from '../places/save-locations.ts'
import { adjustStock } from './adjust-stock.ts'
import { expireReservations, giveBackStock, keepStock } from './keep-stock.ts'
import type { StockOutcome } from './stock-batch.ts'

let shop: TestShop
let item: string
let made = 0
beforeAll(async () => {
  shop = await testShop()
  const places = await saveLocations({ pools: shop.pools, reference: shop.reference }, shop.call(), [
    { mode: 'create', location: { code: 'attic', name: 'Attic', timeZone: 'Asia/Tokyo' } },
  ])
  if (!places[0]?.ok) throw new Error('no attic')
})
afterAll(async () => {
  await expectTrue(shop)
  await shop.end()
})
beforeEach(async () => {
  item = `ITEM${++made}`
  const variants = [{ code: item, contentMilli: 1_000, priceMicro: 1_000_000, currency: 'EUR' }]
  const [saved] = await saveItems({ pools: shop.pools, reference: shop.reference }, shop.call(), [
    { mode: 'create', item: { code: item, name: item, kind: 'goods', stocked: 'own', variants } },
  ])
  if (!saved?.ok) throw new Error('no item')
})

type Key = { route: string; key: string; fingerprint: string }
const say = (kind: Adjustment['kind'], more: Partial<Adjustment> = {}): Adjustment => ({ kind, item, location: 'main', ...more })
const key = (fingerprint = 'f'): Key => ({ route: 'stock.adjust', key: newId(), fingerprint })

async function adjust(body: Adjustment, use: Key | null = null): Promise<StockOutcome> {
  const [outcome] = await adjustStock(shop.engine, shop.call(), [{ key: use, body }])
  return outcome as StockOutcome
}
const receive = (deltaMilli: number, more: Partial<Adjustment> = {}) => adjust(say('receipt', { deltaMilli, ...more }))
const codeOf = (outcome: StockOutcome | undefined) => (outcome?.ok ? 'done' : outcome?.reason.code)

interface Level {
  place: string
  lot: string | null
  onHand: number
  reserved: number
  cost: number | null
}
const levels = () =>
  shop.pools.view(shop.workspaceId, (db) =>
    db.query<Level>({
      text: `select p.code as place, l.code as lot, s.on_hand_milli as "onHand", s.reserved_milli as reserved, s.unit_cost_micro as cost from stock s join items i on i.workspace_id = s.workspace_id and i.id = s.item_id
        join locations p on p.workspace_id = s.workspace_id and p.id = s.location_id left join lots l on l.workspace_id = s.workspace_id and l.id = s.lot_id where i.code = $1 order by p.code, l.code nulls first`,
      values: [item],
    }),
  )
const movements = () =>
  shop.pools.view(shop.workspaceId, (db) =>
    db.query<object>({
      text: `select m.kind, m.delta_milli as milli, m.unit_cost_micro as cost, m.business_date as day from movements m join items i on i.workspace_id = m.workspace_id and i.id = m.item_id where i.code = $1 order by m.recorded_at, m.delta_milli`,
      values: [item],
    }),
  )
const level = async () => (await levels())[0]

describe('what lies somewhere', () => {
  test('rises with a receipt, on its trading day, and falls with a write-off', async () => {
    await receive(5_000, { unitCostMicro: 2_000_000, at: '2026-03-01T23:30:00Z' })
    await adjust(say('write_off', { deltaMilli: -2_000, reasonCode: 'spoiled', note: 'wet' }))
    expect(await movements()).toMatchObject([
      { kind: 'receipt', milli: 5_000, cost: 2_000_000, day: '2026-03-02' },
      { kind: 'write_off', milli: -2_000, cost: 2_000_000 },
    ])
    expect(await level()).toMatchObject({ onHand: 3_000, cost: 2_000_000 })
  })

  test('is what a count says; a count that finds what was thought moves nothing', async () => {
    await receive(5_000)
    expect(await adjust(say('count', { countMilli: 3_500 }))).toMatchObject({ ok: true, ids: [expect.any(String)] })
    expect(await adjust(say('count', { countMilli: 3_500 }))).toMatchObject({ ok: true, ids: [] })
    expect(await level()).toMatchObject({ onHand: 3_500 })
  })

  test('never falls below what is reserved', async () => {
    await receive(5_000)
    const order = orderOf(await shop.place({ [item]: 3 }))
    const before = await everything(shop)
    for (const body of [
      say('adjust', { deltaMilli: -3_000 }),
      say('write_off', { deltaMilli: -9_000 }),
      say('count', { countMilli: 2_999 }),
      say('transfer', { deltaMilli: 2_001, toLocation: 'attic' }),
    ])
      expect(await adjust(body)).toMatchObject({
        ok: false,
        reason: { code: 'stock.below_zero', params: { onHand: 5_000, reserved: 3_000 } },
      })
    expect(await everything(shop)).toEqual(before)
    expect(codeOf(await adjust(say('count', { countMilli: 3_000 })))).toBe('done')
    await tellsTheSame(shop, order.id)
  })

  test('goes from one place to another with its cost, and the cost there is the average', async () => {
    await receive(4_000, { unitCostMicro: 2_000_000 })
    await adjust(say('transfer', { deltaMilli: 1_000, toLocation: 'attic' }))
    expect(await levels()).toMatchObject([
      { place: 'attic', onHand: 1_000, cost: 2_000_000 },
      { place: 'main', onHand: 3_000, cost: 2_000_000 },
    ])
    await adjust(say('receipt', { location: 'attic', deltaMilli: 1_000, unitCostMicro: 4_000_000 }))
    await adjust(say('transfer', { location: 'attic', deltaMilli: 2_000, toLocation: 'main' }))
    expect(await levels()).toMatchObject([
      { place: 'attic', onHand: 0 },
      { place: 'main', onHand: 5_000, cost: 2_400_000 },
    ])
  })

  test('costs the moving average, rounded half up, and nobody knows what once any of it came at an unknown cost', async () => {
    await receive(2_000, { unitCostMicro: 1 })
    await receive(1_000, { unitCostMicro: 3 })
    expect((await level())?.cost).toBe(2)
    await receive(3_000, { unitCostMicro: 3 })
    expect((await level())?.cost).toBe(3)
    await receive(1_000)
    expect((await level())?.cost).toBeNull()
    await receive(1_000, { unitCostMicro: 9 })
    expect((await level())?.cost).toBeNull()
    await adjust(say('count', { countMilli: 0 }))
    await receive(1_000, { unitCostMicro: 9 })
    expect((await level())?.cost).toBe(9)
  })

  test('is named by ids as well', async () => {
    const reference = await shop.reference.get(shop.workspaceId)
    if (!reference) throw new Error('no reference')
    const itemId = (await shop.reference.itemsOf(reference, [{ by: 'code', value: item }])).find({ by: 'code', value: item })?.item.id ?? ''
    const [locationId, toLocationId] = ['main', 'attic'].map((code) => reference.location(code)?.id ?? '') as [string, string]
    expect(codeOf(await adjust({ kind: 'receipt', itemId, locationId, deltaMilli: 2_000 }))).toBe('done')
    expect(codeOf(await adjust({ kind: 'transfer', itemId, locationId, toLocationId, deltaMilli: 500 }))).toBe('done')
    const body = { itemId, locationId, quantityMilli: 100, purpose: 'a fair' }
    expect((await keepStock(shop.engine, shop.call(), [{ key: null, body }]))[0]?.ok).toBe(true)
    expect(await levels()).toMatchObject([
      { place: 'attic', onHand: 500 },
      { place: 'main', onHand: 1_500, reserved: 100 },
    ])
  })

  test('is not changed by a request that is refused, and no lot is made for it', async () => {
    const before = await everything(shop)
    const refused = await adjustStock(shop.engine, shop.call(), [
      { key: null, body: say('write_off', { deltaMilli: -1, lot: { code: 'L9' } }) },
    ])
    expect(codeOf(refused[0])).toBe('stock.below_zero')
    expect(await everything(shop)).toEqual(before)
    await adjustStock(shop.engine, shop.call(), [
      { key: null, body: say('write_off', { deltaMilli: -1, lot: { code: 'L9' } }) },
      { key: null, body: say('receipt', { deltaMilli: 1 }) },
    ])
    expect(await shop.pools.view(shop.workspaceId, (db) => db.query({ text: `select 1 from lots where code = 'L9'`, values: [] }))).toEqual(
      [],
    )
  })
})

test('levels are read page by page, each once, in the order of their keys', async () => {
  for (const code of ['A', 'B', 'C']) await receive(1_000, { lot: { code } })
  const seen: string[] = []
  let after: { itemId: string; locationId: string; lotId: string } | null = null
  for (;;) {
    const page: { itemId: string; locationId: string; lotId: string }[] = await shop.pools.view(shop.workspaceId, (db) =>
      loadLevels(db, shop.workspaceId, { itemIds: null, locationIds: null, after, limit: 2 }),
    )
    seen.push(...page.map((row) => `${row.itemId} ${row.locationId} ${row.lotId}`))
    after = page.at(-1) ?? null
    if (!after) break
  }
  expect(seen).toEqual([...new Set(seen)].sort())
  const [all] = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ rows: number }>({ text: 'select count(*) as rows from stock', values: [] }),
  )
  expect(seen).toHaveLength(all?.rows ?? 0)
})

test('consuming takes its cost from what it takes', async () => {
  await receive(2_000, { unitCostMicro: 1_500_000 })
  const order = orderOf(await shop.place({ [item]: 2 }))
  await shop.act(order, 'pay', { amountMinor: order.totalMinor, method: 'cash' })
  for (const action of ['start', 'pack', 'hand_over']) orderOf(await shop.act(order, action))
  expect(await movements()).toMatchObject([{ kind: 'receipt' }, { kind: 'consume', milli: -2_000, cost: 1_500_000 }])
})

describe('lots', () => {
  test('that expire first are handed out first, those without a date last, the expired never', async () => {
    for (const lot of [
      { code: 'none' },
      { code: 'late', expiresOn: '2099-12-31' },
      { code: 'soon', expiresOn: '2099-01-01' },
      { code: 'past', expiresOn: '2020-01-01' },
    ])
      await receive(1_000, { lot })
    orderOf(await shop.place({ [item]: 2 }))
    expect((await levels()).map(({ lot, reserved }) => [lot, reserved])).toEqual([
      ['late', 1_000],
      ['none', 0],
      ['past', 0],
      ['soon', 1_000],
    ])
    expect(refusalOf(await shop.place({ [item]: 2 }))).toBe('stock.too_little')
    orderOf(await shop.place({ [item]: 1 }))
    expect((await levels()).map(({ reserved }) => reserved)).toEqual([1_000, 1_000, 0, 1_000])
  })

  test.each(['quarantined', 'recalled', 'history'])('that are %s are counted and not handed out', async (status) => {
    await receive(1_000, { lot: { code: `L-${item}` } })
    await shop.pools.change(shop.workspaceId, (tx) =>
      tx.query({ text: 'update lots set status = $1 where code = $2', values: [status, `L-${item}`] }),
    )
    expect(await shop.place({ [item]: 1 })).toMatchObject({ ok: false, reason: { code: 'stock.too_little', params: { free: 0 } } })
    expect(codeOf(await adjust(say('count', { countMilli: 500, lot: { code: `L-${item}` } })))).toBe('done')
  })

  test('are found by their code again', async () => {
    await receive(1_000, { lot: { code: 'L1' } })
    await receive(2_000, { lot: { code: 'L1' } })
    expect(await levels()).toMatchObject([{ lot: 'L1', onHand: 3_000 }])
  })

  test('named twice in one list are made once', async () => {
    const body = say('receipt', { deltaMilli: 1_000, lot: { code: 'L1' } })
    await adjustStock(shop.engine, shop.call(), [
      { key: null, body },
      { key: null, body },
    ])
    expect(await levels()).toMatchObject([{ lot: 'L1', onHand: 2_000 }])
  })
})

describe('a repeat', () => {
  test('under the same key changes nothing and answers the same, in one list and later', async () => {
    const use = key()
    const body = say('receipt', { deltaMilli: 1_000 })
    const [first, twin, other] = await adjustStock(shop.engine, shop.call(), [
      { key: use, body },
      { key: use, body },
      { key: { ...use, fingerprint: 'g' }, body },
    ])
    const again = await adjust(body, use)
    expect([first, twin, again].map((one) => one?.ok && one.ids)).toEqual(Array(3).fill(first?.ok && first.ids))
    expect([twin, again].map((one) => one?.ok && one.replayed)).toEqual([true, true])
    expect([codeOf(other), codeOf(await adjust(body, { ...use, fingerprint: 'g' }))]).toEqual([
      'idempotency.other_body',
      'idempotency.other_body',
    ])
    expect(await level()).toMatchObject({ onHand: 1_000 })
  })

  test('of what was refused is decided anew', async () => {
    const use = key()
    const body = say('write_off', { deltaMilli: -1_000 })
    expect(codeOf(await adjust(body, use))).toBe('stock.below_zero')
    await receive(1_000)
    expect(codeOf(await adjust(body, use))).toBe('done')
  })

  test('under the same outside number happens once', async () => {
    const body = say('receipt', { deltaMilli: 1_000, externalId: `delivery ${item}` })
    const outcomes = [
      ...(await adjustStock(shop.engine, shop.call(), [
        { key: null, body },
        { key: null, body },
      ])),
      await adjust(body),
    ]
    expect(outcomes.map((one) => one.ok && [one.ids.length, one.replayed])).toEqual([
      [1, false],
      [1, true],
      [1, true],
    ])
    expect(await level()).toMatchObject({ onHand: 1_000 })
  })
})

describe('is refused and leaves nothing behind', () => {
  test.each<[string, () => Adjustment, string]>([
    ['an item that is not there', () => say('receipt', { item: 'NIL', deltaMilli: 1 }), 'item.not_found'],
    ['an item of which no stock is kept', () => say('receipt', { item: 'WRAP', deltaMilli: 1 }), 'stock.not_kept'],
    ['an item that is made from parts', () => say('receipt', { item: 'BREAD', deltaMilli: 1 }), 'stock.not_kept'],
    ['a place that is not there', () => say('receipt', { location: 'moon', deltaMilli: 1 }), 'location.not_found'],
    ['a transfer to nowhere', () => say('transfer', { deltaMilli: 1, toLocation: 'moon' }), 'location.not_found'],
    ['a reason on no list', () => say('adjust', { deltaMilli: 1, reasonCode: 'whim' }), 'reason.unknown'],
    ['the future', () => say('receipt', { deltaMilli: 1, at: '2126-01-01T00:00:00Z' }), 'time.in_future'],
  ])('%s', async (_, body, code) => {
    const before = await everything(shop)
    expect(codeOf(await adjust(body()))).toBe(code)
    expect(await everything(shop)).toEqual(before)
  })

  const may = async (rights: [Permission, Scope][], locationIds: string[] | null = null) =>
    codeOf((await adjustStock(shop.engine, shop.call(rights, locationIds), [{ key: null, body: say('receipt', { deltaMilli: 1 }) }]))[0])

  test('somebody who may not, or not there', async () => {
    expect(await may([['stock:read', 'workspace']])).toBe('permission.denied')
    expect(await may([['stock:adjust', 'location']], [newId()])).toBe('location.not_found')
    expect(await may([['stock:adjust', 'location']], [shop.locationId])).toBe('done')
  })
})

describe('stock that is kept for something', () => {
  const keep = async (quantityMilli: number, more: { key?: Key; expiresAt?: string } = {}) => {
    const body = { item, location: 'main', quantityMilli, purpose: 'a fair', ...(more.expiresAt ? { expiresAt: more.expiresAt } : {}) }
    const [outcome] = await keepStock(shop.engine, shop.call(), [{ key: more.key ?? null, body }])
    return outcome as StockOutcome
  }
  const idsOf = (outcome: StockOutcome) => (outcome.ok ? outcome.ids : [])

  test('is not sold, and given back it is', async () => {
    await receive(3_000)
    const kept = await keep(2_000)
    expect(refusalOf(await shop.place({ [item]: 2 }))).toBe('stock.too_little')
    expect(codeOf((await giveBackStock(shop.engine, shop.call(), idsOf(kept)))[0])).toBe('done')
    expect((await shop.place({ [item]: 2 })).ok).toBe(true)
  })

  test('is all of it or nothing', async () => {
    await receive(1_000)
    const before = await everything(shop)
    expect(await keep(1_001)).toMatchObject({ ok: false, reason: { code: 'stock.too_little', params: { wanted: 1_001, free: 1_000 } } })
    expect(await everything(shop)).toEqual(before)
  })

  test('may lie in several lots', async () => {
    for (const code of ['A', 'B']) await receive(1_000, { lot: { code } })
    const kept = await keep(1_500)
    expect(idsOf(kept)).toHaveLength(2)
    await giveBackStock(shop.engine, shop.call(), idsOf(kept))
    expect((await levels()).map((one) => one.reserved)).toEqual([0, 0])
  })

  test('ends once: given back or expired', async () => {
    await receive(1_000)
    const [id = ''] = idsOf(await keep(1_000, { expiresAt: '2099-01-01T00:00:00Z' }))
    await expireReservations(shop.engine, shop.workspaceId, [id, id])
    expect(codeOf((await giveBackStock(shop.engine, shop.call(), [id]))[0])).toBe('reservation.not_found')
    expect(
      await shop.pools.view(shop.workspaceId, (db) => db.query({ text: 'select state from reservations where id = $1', values: [id] })),
    ).toEqual([{ state: 'expired' }])
    expect(await level()).toMatchObject({ reserved: 0 })
  })

  test('of an order does not end this way', async () => {
    await receive(1_000)
    const order = orderOf(await shop.place({ [item]: 1 }))
    expect(codeOf((await giveBackStock(shop.engine, shop.call(), [order.reservations[0]?.id ?? '']))[0])).toBe('reservation.not_found')
  })

  test('is kept once a key', async () => {
    await receive(5_000)
    const use = key()
    const [first, again] = [await keep(1_000, { key: use }), await keep(1_000, { key: use })]
    expect(idsOf(again)).toEqual(idsOf(first))
    expect(await level()).toMatchObject({ reserved: 1_000 })
  })

  test('is given back only by somebody who may keep it there', async () => {
    await receive(1_000)
    const ids = idsOf(await keep(1_000))
    const elsewhere = shop.call([['stock:reserve', 'location']], [newId()])
    expect(codeOf((await giveBackStock(shop.engine, elsewhere, ids))[0])).toBe('reservation.not_found')
    expect(
      codeOf(
        (await keepStock(shop.engine, elsewhere, [{ key: null, body: { item, location: 'main', quantityMilli: 1, purpose: 'x' } }]))[0],
      ),
    ).toBe('location.not_found')
    expect(
      codeOf(
        (
          await keepStock(shop.engine, shop.call(), [
            { key: null, body: { item: 'WRAP', location: 'main', quantityMilli: 1, purpose: 'x' } },
          ])
        )[0],
      ),
    ).toBe('stock.not_kept')
  })

  test('takers at once never get more than there is', async () => {
    await receive(10_000)
    const all = await Promise.all([
      ...Array.from({ length: 20 }, () => keep(1_000)),
      ...Array.from({ length: 20 }, () => shop.place({ [item]: 1 })),
    ])
    expect(all.filter((one) => one.ok)).toHaveLength(10)
    expect(await level()).toMatchObject({ onHand: 10_000, reserved: 10_000 })
  })
})

test('nothing asked, nothing answered', async () => {
  expect([
    await adjustStock(shop.engine, shop.call(), []),
    await keepStock(shop.engine, shop.call(), []),
    await giveBackStock(shop.engine, shop.call(), []),
  ]).toEqual([[], [], []])
})

test('a change that breaks is found, and its neighbours are done', async () => {
  const good = {
    call: shop.call(),
    key: null,
    subjectId: newId(),
    itemRefs: [],
    prepare: () => ({ ok: true as const, value: { kind: 'end' as const, reservationId: newId(), state: 'released' as const } }),
  }
  const broken = {
    ...good,
    prepare: () => {
      throw new Error('a bug')
    },
  }
  const outcomes = await shop.engine.stock.submit(shop.workspaceId, 'keep', [good, broken, good])
  expect(outcomes.map(codeOf)).toEqual(['reservation.not_found', 'internal', 'reservation.not_found'])
  expect(shop.reports.splice(0)).toMatchObject([{ message: 'a bug' }])
})
