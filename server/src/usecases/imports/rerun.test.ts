import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { documentNet } from '#server/imports/document-net.ts'
import type { CsvRecord, HistoryDocument, HistoryLine, HistoryReturn, ImportFormat } from '#server/imports/history.ts'
import { counter } from '../../../blueprints/counter.ts'
import { expectTrue } from '../../testing/books.ts'
import { seed } from '../../testing/seed.ts'
import { orderOf, refusalOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import type { Engine } from '../engine.ts'
import { saveItems } from '../items/save-items.ts'
import { publishWorkflows } from '../workflows/publish-workflows.ts'
import type { ImportReport } from './history-site.ts'
import { ImportRefused, importHistory } from './import-history.ts'

const shops: TestShop[] = []
afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.end()
})
async function openShop(): Promise<TestShop> {
  const shop = await testShop()
  shops.push(shop)
  return shop
}

// ─── A file of our own making ────────────────────────────────────────────────────────────────────────────────────────

/** A format that reads the documents of a list, one a row. */
function formatOf(documents: readonly HistoryDocument[], matching: ImportFormat['matching']): ImportFormat {
  return {
    name: 'test',
    columns: [],
    optionalColumns: [],
    matching,
    timeZone: 'UTC',
    worth: ({ row }) => {
      const document = documents[row - 2]
      if (!document || document.kind === 'write_off' || document.kind === 'refused') return null
      const { placed, returned } = documentNet(document)
      return { netMinor: placed + returned, currency: document.currency }
    },
    read: async function* (records) {
      for await (const { row } of records) {
        const document = documents[row - 2]
        if (document) yield document
      }
    },
  }
}

async function* rowsOf(documents: readonly HistoryDocument[]): AsyncGenerator<CsvRecord> {
  for (const i of documents.keys()) yield { row: i + 2, cells: {}, fault: null }
}

const run = (
  shop: TestShop,
  documents: readonly HistoryDocument[],
  matching: ImportFormat['matching'],
  more: { engine?: Engine; dryRun?: boolean; location?: string; digest?: string } = {},
) => {
  const { engine = shop.engine, dryRun = false, location = 'main', digest = 'd'.repeat(64) } = more
  return importHistory(engine, {
    workspaceId: shop.workspaceId,
    location,
    format: formatOf(documents, matching),
    open: () => rowsOf(documents),
    digest,
    dryRun,
    onProgress: () => {},
  })
}

const lineOf = (row: number, code: string, pieces: number, priceMicro: number, more: Partial<HistoryLine> = {}): HistoryLine => ({
  row,
  kind: 'goods',
  code,
  name: `${code}, as it was called`,
  category: 'history',
  quantityMilli: pieces * 1_000,
  priceMicro,
  totalMinor: Math.round((pieces * priceMicro) / 10_000),
  ...more,
})
const customerOf = (externalId: string) => ({ externalId, name: `Customer ${externalId}`, email: '', phone: '', country: '' })

function orderOn(
  externalId: string,
  at: string,
  lines: HistoryLine[],
  more: { customer?: string; paid?: boolean; ended?: 'done' | 'cancelled' | 'open' } = {},
): HistoryDocument {
  const { customer, paid = true, ended = 'done' } = more
  const amountMinor = lines.reduce((sum, line) => sum + line.totalMinor, 0)
  return {
    kind: 'order',
    externalId,
    reference: externalId,
    at,
    currency: 'EUR',
    customer: customer ? customerOf(customer) : null,
    lines,
    payment: paid ? { method: 'till', amountMinor, at } : null,
    refundedMinor: 0,
    ended,
    endedAt: at,
    tags: [],
    note: '',
    source: '',
  }
}
const returnOn = (externalId: string, at: string, lines: HistoryLine[], customer?: string): HistoryReturn => ({
  kind: 'return',
  externalId,
  at,
  currency: 'EUR',
  customer: customer ? customerOf(customer) : null,
  lines,
})

/** Some hundred documents with ties in time, repeated baskets, returns of all sorts, write-offs: the same for the same seed. */
function randomFile(count: number, matching: ImportFormat['matching']): HistoryDocument[] {
  let state = seed >>> 0 || 1
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const documents: HistoryDocument[] = []
  for (let i = 0; i < count; i++) {
    const row = i + 2
    const at = new Date(Date.UTC(2025, 0, 1 + Math.floor(i / 150), 8, Math.floor((i % 150) / 60))).toISOString()
    const basket = Array.from({ length: 1 + random(2) }, (_, at) =>
      lineOf(row, `${'ABC'[random(3)]}${at}`, 1 + random(3), 1_000_000 + random(2) * 500_000),
    )
    const customer = matching === 'customer' ? `c${random(6)}` : undefined
    // Nothing was sold before the first, so that one stands alone whatever the dice say.
    const what = i === 0 ? 0 : random(10)
    if (what < 2) documents.push(returnOn(`R${i}`, at, basket.slice(0, 1 + random(2)), customer))
    else if (what === 2) documents.push({ kind: 'write_off', externalId: `W${i}`, at, lines: [lineOf(row, 'A0', -1, 0)], note: 'wet' })
    else documents.push(orderOn(`O${i}`, at, basket, { ...(customer ? { customer } : {}), ended: random(12) === 0 ? 'cancelled' : 'done' }))
  }
  return documents
}

// ─── What stands in the end ──────────────────────────────────────────────────────────────────────────────────────────

/** Everything an import leaves, told without ids, numbers and the time of recording. */
function endState(shop: TestShop): Promise<unknown> {
  const told = {
    orders: `select o.external_id, o.at, o.business_date, o.stage, o.payment, o.fulfilment, o.total_minor, o.captured_minor, o.refunded_minor, o.balance_minor, o.seq, o.capture_device,
        (select string_agg(concat_ws(' ', l.code, l.kind, l.price_micro, l.net_minor, l.ordered_milli, l.cancelled_milli, l.handed_over_milli, l.returned_milli), ', ' order by l.position) from order_lines l where l.order_id = o.id) as lines
      from orders o order by o.external_id`,
    returns: `select r.external_id, r.at, r.total_minor, c.external_id as customer, o.external_id as of_order,
        (select string_agg(concat_ws(' ', l.code, l.milli, l.amount_minor, l.restocked, x.external_id), ', ' order by l.code, l.milli, l.amount_minor, x.external_id) from return_lines l left join orders x on x.id = l.order_id where l.return_id = r.id) as lines
      from returns r left join orders o on o.id = r.order_id left join customers c on c.id = r.customer_id order by r.external_id`,
    money: `select m.kind, m.amount_minor, m.method, m.at, o.external_id as of_order, r.external_id as of_return from money_entries m left join orders o on o.id = m.order_id left join returns r on r.id = m.return_id order by 5, 6, 1, 2`,
    stock: `select i.code, l.code as lot, l.status, s.on_hand_milli, s.reserved_milli from stock s join items i on i.id = s.item_id left join lots l on l.id = s.lot_id order by 1, 2`,
    movements: `select i.code, l.code as lot, m.kind, m.delta_milli, m.at, o.external_id as of_order, r.external_id as of_return from movements m join items i on i.id = m.item_id left join lots l on l.id = m.lot_id left join orders o on o.id = m.order_id left join returns r on r.id = m.return_id where m.kind <> 'opening' order by 1, 3, 5, 6, 7, 4`,
    opening: `select i.code, m.delta_milli from movements m join items i on i.id = m.item_id where m.kind = 'opening' order by 1`,
    customers: 'select external_id, name from customers order by external_id',
    items: 'select code, name, category, kind, stocked from items order by code',
    events: `select o.external_id, e.seq, e.type from events e join orders o on o.id = e.subject_id order by 1, 2`,
  }
  return shop.pools.view(shop.workspaceId, async (db) =>
    Object.fromEntries(
      await Promise.all(Object.entries(told).map(async ([what, text]) => [what, await db.query({ text, values: [] })] as const)),
    ),
  )
}

/** What a process that dies leaves: its n-th transaction did not come to pass, those that were on their way did, none after them. */
function dyingAt(engine: Engine, nth: number): Engine {
  let count = 0
  return {
    ...engine,
    lane: {
      submit: (...asked) => (++count === nth ? sleep(30).then(() => Promise.reject(new Error('killed'))) : engine.lane.submit(...asked)),
    },
  }
}

const balances = ({ nets }: ImportReport) =>
  [...nets.values()].every(({ file, placed, returned, refused }) => file === placed + returned + refused)

describe.each(['day', 'customer'] as const)('a file whose returns are matched by %s', (matching) => {
  test(`killed anywhere and run again comes to the same end as one run (seed ${seed})`, { timeout: 120_000 }, async () => {
    const documents = randomFile(450, matching)
    const calm = await openShop()
    const report = await run(calm, documents, matching)
    expect(balances(report)).toBe(true)
    expect([report.returnLines.matched > 20, report.returnLines.alone > 0]).toEqual([true, true])
    const end = await endState(calm)
    await expectTrue(calm)
    for (const kills of [
      [1, 1],
      [2, 3],
    ]) {
      const shop = await openShop()
      for (const nth of kills) await expect(run(shop, documents, matching, { engine: dyingAt(shop.engine, nth) })).rejects.toThrow('killed')
      await run(shop, documents, matching)
      expect(await endState(shop)).toEqual(end)
      await expectTrue(shop)
    }
  })
})

test('which tickets a killed run had placed makes no difference to what a void reverses', async () => {
  const at = '2025-01-01T10:00:00.000Z'
  const tickets = Array.from({ length: 590 }, (_, i) => orderOn(`T${i + 2}`, at, [lineOf(i + 2, 'ROLL', 1, 1e6)]))
  const documents = [...tickets, returnOn('V592', at, [lineOf(592, 'ROLL', 1, 1e6)])]
  const [calm, shop] = [await openShop(), await openShop()]
  await run(calm, documents, 'day')
  await expect(run(shop, documents, 'day', { engine: dyingAt(shop.engine, 2) })).rejects.toThrow('killed')
  await run(shop, documents, 'day')
  expect(await endState(shop)).toEqual(await endState(calm))
})

describe('a return of a customer', () => {
  const day = (n: number) => `2025-01-0${n}T10:00:00.000Z`
  const matchesOf = async (documents: HistoryDocument[]) => {
    const shop = await openShop()
    await run(shop, documents, 'customer')
    const rows = await shop.pools.view(shop.workspaceId, (db) =>
      db.query<{ line: string }>({
        text: `select concat_ws(' ', o.external_id, l.milli / 1000, l.amount_minor) as line from return_lines l left join orders o on o.id = l.order_id order by o.external_id nulls last, l.milli`,
        values: [],
      }),
    )
    await expectTrue(shop)
    return rows.map((row) => row.line)
  }
  const buys = (n: number, pieces: number, priceMicro: number, customer = 'ada') =>
    orderOn(`O${n}`, day(n), [lineOf(n + 1, 'TEAPOT', pieces, priceMicro)], { customer })
  const gives = (n: number, pieces: number, priceMicro: number, customer: string | undefined = 'ada') =>
    returnOn(`R${n}`, day(n), [lineOf(n + 1, 'TEAPOT', pieces, priceMicro)], customer)

  test('reverses first what was bought in that quantity at that price, though something was bought later', async () => {
    expect(await matchesOf([buys(1, 2, 5e6), buys(2, 3, 5e6), buys(3, 2, 4e6), gives(4, 2, 5e6)])).toEqual(['test:O1 2 1000'])
  })

  test('else the latest of that price, then any, split over as many as it takes; what is left stands alone', async () => {
    expect(await matchesOf([buys(1, 1, 5e6), buys(2, 1, 5e6), buys(3, 1, 4e6), gives(4, 4, 5e6)])).toEqual([
      'test:O1 1 500',
      'test:O2 1 500',
      'test:O3 1 500',
      '1 500',
    ])
  })

  test('reverses nothing of another customer, nothing bought later, and nothing twice', async () => {
    expect(await matchesOf([gives(1, 1, 5e6), buys(2, 1, 5e6), buys(3, 1, 5e6, 'bob'), gives(4, 1, 5e6), gives(5, 1, 5e6)])).toEqual([
      'test:O2 1 500',
      '1 500',
      '1 500',
    ])
  })

  test('of nobody stands alone', async () => {
    const nobodys: HistoryReturn = { ...gives(2, 1, 5e6), customer: null }
    expect(await matchesOf([buys(1, 1, 5e6), nobodys])).toEqual(['1 500'])
  })
})

describe('a void of the day', () => {
  const at = (minute: number, day = 1) => `2025-01-0${day}T10:${String(minute).padStart(2, '0')}:00.000Z`
  const ticket = (row: number, minute: number, lines: HistoryLine[], day = 1) => orderOn(`T${row}`, at(minute, day), lines)
  const matchesOf = async (documents: HistoryDocument[], before: (shop: TestShop) => Promise<unknown> = async () => {}) => {
    const shop = await openShop()
    await before(shop)
    await run(shop, documents, 'day')
    const rows = await shop.pools.view(shop.workspaceId, (db) =>
      db.query<{ line: string }>({
        text: `select concat_ws(' ', coalesce(o.external_id, case when l.order_id is not null then 'live' end), l.code, l.milli / 1000) as line from return_lines l left join orders o on o.id = l.order_id order by 1`,
        values: [],
      }),
    )
    const money = await shop.pools.view(shop.workspaceId, (db) =>
      db.query<{ minor: number }>({ text: `select coalesce(sum(amount_minor), 0)::bigint as minor from money_entries`, values: [] }),
    )
    await expectTrue(shop)
    return { lines: rows.map((row) => row.line), leftMinor: money[0]?.minor }
  }
  const roll = (row: number, pieces = 1) => lineOf(row, 'ROLL', pieces, 1e6)
  const cake = (row: number) => lineOf(row, 'GATEAU', 1, 9e6)

  test('reverses the latest ticket of the day with the very same lines, and pays it back', async () => {
    expect(
      await matchesOf([
        ticket(2, 1, [roll(2), cake(2)]),
        ticket(3, 2, [cake(3), roll(3)]),
        ticket(4, 3, [roll(4)]),
        returnOn('V5', at(4), [roll(5), cake(5)]),
      ]),
    ).toEqual({
      lines: ['test:T3 GATEAU 1', 'test:T3 ROLL 1'],
      leftMinor: 1_100,
    })
  })

  test('of the same minute reverses the ticket further down in the file', async () => {
    expect(
      (await matchesOf([ticket(2, 1, [roll(2)]), ticket(3, 1, [roll(3)]), ticket(4, 1, [cake(4)]), returnOn('V5', at(1), [roll(5)])]))
        .lines,
    ).toEqual(['test:T3 ROLL 1'])
  })

  test('reverses nothing of another day, and nothing that was reversed already', async () => {
    expect(
      (
        await matchesOf([
          ticket(2, 1, [roll(2)]),
          returnOn('V3', at(2), [roll(3)]),
          returnOn('V4', at(3), [roll(4)]),
          ticket(5, 1, [cake(5)], 2),
          returnOn('V6', at(5, 3), [cake(6)]),
        ])
      ).lines,
    ).toEqual(['GATEAU 1', 'ROLL 1', 'test:T2 ROLL 1'])
  })

  test('that is taken back from a ticket of its own reverses that ticket', async () => {
    expect(
      (await matchesOf([ticket(2, 1, [roll(2, 3)]), ticket(3, 2, [roll(3, 1)]), returnOn('T2-R', at(1), [roll(2, 1)])])).lines,
    ).toEqual(['test:T2 ROLL 1'])
  })

  test('reverses nothing that was sold here and not there', async () => {
    const live = async (shop: TestShop) => {
      await shop.receive({ CUP: 9 })
      const order = orderOf(await shop.place({ CUP: 1 }, { at: at(1) }))
      await shop.act(order, 'pay', { amountMinor: 250, method: 'cash' })
      for (const action of ['start', 'pack', 'hand_over']) orderOf(await shop.act(order, action))
    }
    expect((await matchesOf([ticket(2, 1, [roll(2)]), returnOn('V3', at(5), [lineOf(3, 'CUP', 1, 2_500_000)])], live)).lines).toEqual([
      'CUP 1',
    ])
  })
})

describe('history and live stock', () => {
  test('do not touch: neither serves the other', async () => {
    const shop = await openShop()
    await shop.receive({ CUP: 3 })
    await run(
      shop,
      [
        orderOn('O1', '2025-01-01T10:00:00.000Z', [lineOf(2, 'CUP', 50, 1e6), lineOf(2, 'BREAD', 3, 1e6)]),
        orderOn('O2', '2025-01-01T10:00:00.000Z', [lineOf(3, 'CUP', 4, 1e6)], { ended: 'open', paid: false }),
      ],
      'customer',
    )
    expect(refusalOf(await shop.place({ CUP: 4 }))).toBe('stock.too_little')
    orderOf(await shop.place({ CUP: 3 }))
    await expectTrue(shop)
  })

  test('an order that is still open holds what it wants and runs to its end like any other', async () => {
    const shop = await openShop()
    await run(shop, [orderOn('O1', '2025-01-01T10:00:00.000Z', [lineOf(2, 'CUP', 4, 1e6)], { ended: 'open' })], 'customer')
    const [row] = await shop.pools.view(shop.workspaceId, (db) => db.query<{ id: string }>({ text: 'select id from orders', values: [] }))
    const order = (await shop.read(row?.id ?? '')).row
    expect(order).toMatchObject({ phase: 'open', payment: 'paid', reservations: [{ milli: 4_000 }] })
    for (const action of ['start', 'pack', 'hand_over']) if (order) orderOf(await shop.act(order, action))
    await expectTrue(shop)
  })
})

describe('an import', () => {
  const documents = [
    orderOn('O1', '2025-01-01T10:00:00.000Z', [lineOf(2, 'CUP', 1, 1e6)], { customer: 'ada' }),
    { kind: 'refused' as const, refused: [{ row: 3, reason: 'missing_id' as const, netMinor: 700, currency: 'EUR' }] },
  ]

  test('that only looks writes nothing and tells the same', async () => {
    const shop = await openShop()
    const before = await endState(shop)
    const looked = await run(shop, documents, 'customer', { dryRun: true })
    expect(await endState(shop)).toEqual(before)
    expect({ ...(await run(shop, documents, 'customer')), already: 0 }).toEqual(looked)
    expect(looked).toMatchObject({ rows: 2, orders: 1, refused: [{ line: 3, reason: 'missing_id' }], currency: 'EUR' })
  })

  test('repeated, alone or inside a longer file, places nothing twice', async () => {
    const shop = await openShop()
    await run(shop, documents, 'customer')
    const before = await endState(shop)
    expect((await run(shop, documents, 'customer')).already).toBe(1)
    expect(await endState(shop)).toEqual(before)
    const longer = [...documents, orderOn('O2', '2025-01-02T10:00:00.000Z', [lineOf(4, 'CUP', 2, 1e6)])]
    expect(await run(shop, longer, 'customer', { digest: 'e'.repeat(64) })).toMatchObject({ orders: 2, already: 1 })
    await expectTrue(shop)
  })

  test('books what left or was found without a sale, of what is kept in stock', async () => {
    const shop = await openShop()
    const at = '2025-01-01T10:00:00.000Z'
    const lines = [
      lineOf(2, 'CUP', -2, 0),
      lineOf(2, 'TEA', 3, 0),
      lineOf(2, 'BREAD', -1, 0),
      lineOf(2, 'WRAP', -1, 0, { kind: 'service' }),
      lineOf(2, 'FLOUR', 0, 0),
    ]
    await run(
      shop,
      [
        { kind: 'write_off', externalId: 'W1', at, lines, note: 'flood' },
        { kind: 'write_off', externalId: 'W2', at, lines: [lineOf(3, 'BREAD', -1, 0)], note: '' },
      ],
      'customer',
    )
    const rows = await shop.pools.view(shop.workspaceId, (db) =>
      db.query<object>({
        text: `select i.code, m.kind, m.delta_milli as milli from movements m join items i on i.id = m.item_id where m.kind <> 'opening' order by i.code`,
        values: [],
      }),
    )
    expect(rows).toEqual([
      { code: 'CUP', kind: 'write_off', milli: -2_000 },
      { code: 'TEA', kind: 'found', milli: 3_000 },
    ])
    await expectTrue(shop)
  })

  test('gives back what the source says was given back, and keeps its tags and notes', async () => {
    const shop = await openShop()
    const order = orderOn(
      'O1',
      '2025-01-01T10:00:00.000Z',
      [lineOf(2, 'CUP', 1, 1e6), lineOf(2, 'WRAP', 1, 1e6, { kind: 'service' }), lineOf(2, 'POST', 1, 5e5, { kind: 'charge' })],
      { customer: 'ada' },
    )
    await run(shop, [{ ...order, refundedMinor: 50, tags: ['gift'], note: 'ring twice', source: 'web' } as HistoryDocument], 'customer')
    const [row] = await shop.pools.view(shop.workspaceId, (db) => db.query<{ id: string }>({ text: 'select id from orders', values: [] }))
    expect((await shop.read(row?.id ?? '')).row).toMatchObject({
      tags: ['gift'],
      source: 'web',
      money: { capturedMinor: 250, refundedMinor: 50 },
      payment: 'part_refunded',
      lines: [{ kind: 'goods' }, { kind: 'service' }, { kind: 'charge' }],
    })
    await expectTrue(shop)
  })

  test('into a workspace whose workflow cannot record history is refused before anything is written', async () => {
    const shop = await openShop()
    const deaf = { ...counter.workflow, moves: counter.workflow.moves.filter((move) => move.on !== 'record_history'), examples: [] }
    expect((await publishWorkflows(shop, shop.call(), [deaf]))[0]?.ok).toBe(true)
    await expect(run(shop, documents, 'customer')).rejects.toThrow('no move "record_history"')
  })

  test('of an item whose name means something else here is refused and says which', async () => {
    const shop = await openShop()
    const variants = [{ code: 'JAR', contentMilli: 1_000, priceMicro: 1_000_000, currency: 'EUR' }]
    const desk = { pools: shop.pools, reference: shop.reference }
    await saveItems(desk, shop.call(), [{ mode: 'create', item: { code: 'JAM', name: 'Jam', kind: 'goods', stocked: 'own', variants } }])
    const jar = [orderOn('O1', '2025-01-01T10:00:00.000Z', [lineOf(2, 'JAR', 1, 1e6)])]
    await expect(run(shop, jar, 'customer')).rejects.toThrow(/An item cannot be made: variant.exists .*JAR/)
  })

  test('of a document that cannot be placed stops there and says why', async () => {
    const shop = await openShop()
    const ahead = [...documents, orderOn('O2', '2125-01-01T10:00:00.000Z', [lineOf(4, 'CUP', 1, 1e6)])]
    await expect(run(shop, ahead, 'customer')).rejects.toThrow('time.in_future')
  })

  test('at a place that is not there is refused before anything is written', async () => {
    const shop = await openShop()
    const before = await endState(shop)
    await expect(run(shop, documents, 'customer', { location: 'moon' })).rejects.toThrow(ImportRefused)
    expect(await endState(shop)).toEqual(before)
  })
})
