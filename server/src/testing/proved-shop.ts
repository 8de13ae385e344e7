import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import pino from 'pino'
import type { Order } from '#modules/orders/index.ts'
import { sealLagMs, startSealer } from '#platform/sealer.ts'
import { createBulkJob } from '#usecases/bulk/create-bulk-job.ts'
import { undoBulkJob } from '#usecases/bulk/undo-bulk-job.ts'
import { saveCustomers } from '#usecases/customers/save-customers.ts'
import { createExport } from '#usecases/exports/create-export.ts'
import { saveItems } from '#usecases/items/save-items.ts'
import { placeOrders } from '#usecases/orders/place-orders.ts'
import { returnGoods } from '#usecases/orders/return-goods.ts'
import { inviteMembers } from '#usecases/people/invite-members.ts'
import { grantKeyAccounts } from '#usecases/people/save-key-accounts.ts'
import { saveRegisters } from '#usecases/places/save-registers.ts'
import { saveTaxes } from '#usecases/places/save-taxes.ts'
import { adjustStock } from '#usecases/stock/adjust-stock.ts'
import { giveBackStock, keepStock } from '#usecases/stock/keep-stock.ts'
import { runBulkJobs } from '../jobs/bulk-jobs.ts'
import { previewBulkJobs } from '../jobs/bulk-previews.ts'
import { writeExports } from '../jobs/export-lists.ts'
import { testMember, testPerson } from './people.ts'
import { onServer, type TestServer, testServerVariable, urlOf } from './test-database.ts'
import { orderOf, type TestShop, testShop } from './test-shop.ts'
import type { TestWorkspace } from './test-workspace.ts'
import { workOwed } from './work-owed.ts'

/** A database in which a bit of everything has happened and is sealed; nobody is connected to it any more. */
export interface ProvedShop {
  url: string
  /** What tests point at. */
  ids: Record<'done' | 'open' | 'cancelled' | 'elsewhere' | 'return' | 'looseReturn' | 'kept' | 'file', string>
  /** A copy of it in which somebody with the owner's rights has done this: SQL, any number of statements. Tables are bound to their policies again before `afterwards`. */
  withFault(sql: string, afterwards?: string): Promise<Copy>
  drop(): Promise<void>
}

export interface Copy {
  url: string
  /** Does more of the kind. */
  asOwner(sql: string): Promise<void>
  drop(): Promise<void>
}

export async function provedShop(blueprint = 'counter'): Promise<ProvedShop> {
  const shop = await testShop(blueprint)
  const other = await shop.neighbour('other')
  const ids = await live(shop, other)
  await seal(shop)
  await shop.pools.end()
  return {
    url: shop.databaseUrl,
    ids,
    withFault: (sql, afterwards) => copyWith(shop.databaseUrl, sql, afterwards),
    drop: () => dropDatabase(shop.databaseUrl),
  }
}

async function live(shop: TestShop, other: TestWorkspace): Promise<ProvedShop['ids']> {
  const { engine, call, pools, reference } = shop
  const desk = { pools, reference }
  good(await saveTaxes(desk, call(), [{ code: 'VAT', name: 'VAT', ratePpm: 210_000, included: true }]))
  good(
    await saveItems(desk, call(), [
      {
        mode: 'create',
        item: {
          code: 'JAM',
          name: 'Jam',
          category: 'shelf',
          kind: 'goods',
          stocked: 'own',
          taxCode: 'VAT',
          variants: [{ code: 'JAM', contentMilli: 1_000, priceMicro: 4_990_000, currency: 'EUR' }],
        },
      },
    ]),
  )
  const [customer] = good(await saveCustomers(desk, call(), [{ mode: 'create', customer: { name: 'Ada', tier: 'gold' } }]))
  const [boss, clerk] = [await testMember(shop, 'owner'), await testPerson(shop)]
  await testMember(shop, 'staff', { person: clerk, reportsTo: boss.userId })
  good(await inviteMembers(desk, call(), [{ email: 'bo@example.org', role: 'staff', locationIds: null, reportsTo: clerk.userId }]))
  if (!(await grantKeyAccounts(desk, call(), { principalId: clerk.userId, customerIds: [customer?.value.id ?? ''] })).ok)
    throw new Error('No key account')
  await shop.receive({ CUP: 500, TEA: 200, FLOUR: 1_000_000, JAM: 90 })
  good(
    await adjustStock(engine, call(), [
      { key: null, body: { kind: 'count', item: 'TEA', location: 'main', countMilli: 190_000 } },
      { key: null, body: { kind: 'write_off', item: 'CUP', location: 'main', deltaMilli: -2_000, note: 'fell down' } },
      {
        key: null,
        body: {
          kind: 'receipt',
          item: 'JAM',
          location: 'main',
          deltaMilli: 10_000,
          unitCostMicro: 2_000_000,
          externalId: 'delivery-7',
          lot: { code: 'L1', expiresOn: '2099-01-01' },
        },
      },
    ]),
  )
  const [kept, keptNoMore] = good(
    await keepStock(
      engine,
      call(),
      ['a fair', 'a photo'].map((purpose) => ({ key: null, body: { item: 'CUP', location: 'main', quantityMilli: 3_000, purpose } })),
    ),
  )
  good(await giveBackStock(engine, call(), keptNoMore?.ids ?? []))

  const done = orderOf(
    await shop.place(
      { CUP: 3, JAM: 2, WRAP: 1 },
      {
        customerId: customer?.value.id ?? '',
        externalId: 'web-1',
        tags: ['gift', 'vip'],
        fields: { shelf: { text: 'B4' }, turn: { int: 7 } },
        costs: [{ kind: 'packaging', amountMinor: 35 }],
        note: 'ring twice',
        contact: { name: 'Ada' },
        lines: [
          ...['CUP', 'JAM', 'WRAP'].map((item, i) => ({ item, quantityMilli: (3 - i) * 1_000 })),
          { kind: 'discount', name: 'Spring', amountMinor: 150 },
        ],
      },
    ),
  )
  await acts(shop, done, ['start', 'pack', ['pay', { amountMinor: done.totalMinor, method: 'card', reference: 'txn-1' }], 'hand_over'])
  const back = await returnGoods(engine, call(), [
    {
      key: null,
      expectedSeq: null,
      body: { orderId: done.id, lines: [{ lineId: done.lines[0]?.id ?? '', quantityMilli: 2_000 }], reason: 'damaged' },
    },
  ])
  const returnId = (good(back)[0] as { returnId?: string }).returnId ?? ''
  await acts(shop, done, [['refund', { amountMinor: 400, method: 'card', reason: 'returned', returnId }]])
  const [loose] = good(
    await returnGoods(engine, call(), [
      { key: null, expectedSeq: null, body: { location: 'main', lines: [{ item: 'TEA', quantityMilli: 1_000, amountMinor: 499 }] } },
    ]),
  )

  const open = orderOf(await shop.place({ TEA: 2, CAKE: 1 }, { wanted: { from: '2099-05-01T10:00:00Z' } }))
  await acts(shop, open, [
    'start',
    ['hold', { reason: 'waiting_for_customer', note: 'calls back' }],
    ['release', {}],
    ['hold', { reason: 'address_unclear', until: '2099-01-01T00:00:00Z' }],
    ['assign', { assigneeId: shop.apiKeyId }],
    ['tag', { add: ['late'] }],
    ['note', { note: 'second door' }],
  ])
  const cancelled = orderOf(await shop.place({ BREAD: 4, CUP: 1 }))
  await acts(shop, cancelled, [['cancel', { reason: 'customer_changed_mind' }]])
  const others: string[] = []
  for (let i = 0; i < 3; i++) {
    const order = orderOf(await shop.place({ TEA: 1, BREAD: 1 }))
    others.push(order.id)
    await acts(shop, order, i === 0 ? [] : ['start'])
  }
  const file = await liveInBulk(shop, others)

  const elsewhere = await liveNextDoor(shop, other)
  return {
    done: done.id,
    open: open.id,
    cancelled: cancelled.id,
    elsewhere,
    return: returnId,
    file,
    kept: kept?.ids[0] ?? '',
    looseReturn: (loose as { returnId?: string }).returnId ?? '',
  }
}

/** Many orders are marked at once, some of it is taken back, and a list becomes a file; answers its id. */
async function liveInBulk(shop: TestShop, orderIds: readonly string[]): Promise<string> {
  const { engine, call } = shop
  const work = () =>
    workOwed(shop, 'bulk', {
      run_bulk_job: runBulkJobs(engine),
      preview_bulk_job: previewBulkJobs(engine),
      write_export: writeExports(engine),
    })
  const tagging = {
    command: { verb: 'tag' as const, add: ['fair'] },
    selection: { orderIds },
    run: 'now' as const,
    undoes: null,
    key: null,
  }
  const [made] = good([await createBulkJob(engine, call(), tagging)])
  await work()
  good([await undoBulkJob(engine, call(), made?.value.job.id ?? '', { reason: null, run: 'now', key: null })])
  const request = {
    list: 'orders' as const,
    filters: [],
    sort: null,
    columns: null,
    locale: 'en' as const,
    byteOrderMark: false,
    key: null,
  }
  const [file] = good([await createExport(engine, call(), request)])
  await work()
  return file?.value.made.id ?? ''
}

/** The neighbour sells too: what is wrongly moved there meets rows of its own. */
async function liveNextDoor({ engine }: TestShop, { pools, reference, call }: TestWorkspace): Promise<string> {
  const desk = { pools, reference }
  good(
    await saveItems(desk, call(), [
      {
        mode: 'create',
        item: {
          code: 'HAT',
          name: 'Hat',
          kind: 'goods',
          stocked: 'own',
          variants: [{ code: 'HAT', contentMilli: 1_000, priceMicro: 20_000_000, currency: 'EUR' }],
        },
      },
    ]),
  )
  good(await adjustStock(engine, call(), [{ key: null, body: { kind: 'receipt', item: 'HAT', location: 'main', deltaMilli: 9_000 } }]))
  const key = { route: 'orders.place', key: 'k-1', fingerprint: 'f' }
  const [placed] = good(
    await placeOrders(engine, call(), [
      { key, body: { channel: 'desk', location: 'main', lines: [{ item: 'HAT', quantityMilli: 2_000 }] } },
    ]),
  )
  good(await saveRegisters(desk, call(), [{ mode: 'create', register: { code: 'till', name: 'Till', kind: 'till', location: 'main' } }]))
  return placed?.order.id ?? ''
}

function good<T extends { ok: boolean }>(outcomes: readonly T[]): Extract<T, { ok: true }>[] {
  const bad = outcomes.find((one) => !one.ok)
  if (bad) throw new Error(`Refused: ${JSON.stringify(bad)}`)
  return outcomes as unknown as Extract<T, { ok: true }>[]
}

async function acts(shop: TestShop, order: Order, actions: (string | [string, Record<string, unknown>])[]): Promise<void> {
  for (const action of actions) orderOf(typeof action === 'string' ? await shop.act(order, action) : await shop.act(order, ...action))
}

async function seal({ databaseUrl, pools }: TestShop): Promise<void> {
  const sealer = startSealer(databaseUrl, pino({ level: 'silent' }))
  while (sealer.health().sealed === 0 || (await sealLagMs(pools)) > 0) await sleep(20)
  await sealer.stop()
}

// ─── Copies ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function copyWith(original: string, sql: string, afterwards?: string): Promise<Copy> {
  const name = `docket_test_${randomBytes(6).toString('hex')}`
  await onServer(serverUrl(), `create database ${name} template ${nameOf(original)}`)
  const url = urlOf(original, name)
  await asOwner(url, sql, afterwards)
  return { url, asOwner: (more) => asOwner(url, more), drop: () => dropDatabase(url) }
}

/** Tables are free of their policies while it is done and bound to them again after, so that only the fault is to be found. */
async function asOwner(url: string, sql: string, afterwards = ''): Promise<void> {
  const force = (how: string) => `do $do$ declare t text; begin
    for t in select relname from pg_class where relnamespace = 'docket'::regnamespace and relkind = 'r' and relrowsecurity and strpos($sql$${sql}$sql$, relname) > 0
    loop execute format('alter table docket.%I ${how} row level security', t); end loop; end $do$`
  const client = new pg.Client({ connectionString: url, options: '-c role=docket_owner -c search_path=docket -c TimeZone=UTC' })
  await client.connect()
  try {
    await client.query(`begin; ${force('no force')}; ${sql}; ${force('force')}; ${afterwards}; commit`)
  } finally {
    await client.end()
  }
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1)

function serverUrl(): string {
  const { url } = JSON.parse(process.env[testServerVariable] ?? '{}') as TestServer
  return url
}

// The server's own housekeeping may be in a database for a moment, and is not ours to end.
async function dropDatabase(url: string): Promise<void> {
  for (let left = 50; ; left--) {
    try {
      return await onServer(serverUrl(), `drop database if exists ${nameOf(url)} with (force)`)
    } catch (error) {
      if (left === 0) throw error
      await sleep(100)
    }
  }
}
