import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { orderFields } from '#contract/filter/order-fields.ts'
import { parseFilter } from '#contract/filter/parse.ts'
import { type BulkCommand, endWaiting } from '#modules/bulk/index.ts'
import type { OrderId } from '#modules/orders/index.ts'
import { newId } from '#platform/ids.ts'
import { expectTrue } from '#server/testing/books.ts'
import { type BulkShop, bulkShop, codeOf, made } from '#server/testing/bulk-shop.ts'
import { slowWords } from '#server/testing/slow-words.ts'
import { createApiKeys } from '../keys/create-api-keys.ts'
import { revokeApiKeys } from '../keys/revoke-api-keys.ts'
import { createBulkJob } from './create-bulk-job.ts'
import { bulkBatch, runBulkJob } from './run-bulk-job.ts'
import { steerBulkJob } from './steer-bulk-job.ts'
import { undoBulkJob } from './undo-bulk-job.ts'

let shop: BulkShop
beforeEach(async () => {
  shop = await bulkShop()
  await shop.receive({ CUP: 500 })
})
afterEach(async () => {
  try {
    await expectTrue(shop)
  } finally {
    await shop.end()
  }
})

const key = (name: string, fingerprint = 'same') => ({ route: 'createBulkJob', key: name, fingerprint })
const oneBatch = { untilMs: 0, signal: AbortSignal.timeout(60_000) }

function inStage(stage: string) {
  const text = `stage:${stage}`
  const read = parseFilter(text, { fields: orderFields })
  if (!read.ok) throw new Error('The filter is wrong')
  return { filter: read.filter, text, asOf: null }
}

describe('a job', () => {
  test('does its action with every order of it, once', async () => {
    const ids = await shop.placeMany(12)
    const job = await shop.make(ids)
    expect(job).toMatchObject({ state: 'queued', total: 12, missing: 0 })
    await shop.work()
    expect(await shop.job(job.id)).toMatchObject({ state: 'done', counts: { applied: 12, already: 0, skipped: 0, failed: 0 } })
    expect(await shop.stages(ids)).toEqual({ IN_PROCESS: 12 })
  })

  test('says of each order why it was skipped, and goes on with the others', async () => {
    const [held = '', ...free] = await shop.placeMany(3)
    await shop.act({ id: held as OrderId }, 'hold', { reason: 'check_identity' })
    const job = await shop.make([held, ...free])
    await shop.work()
    expect(await shop.job(job.id)).toMatchObject({ state: 'partly_done', counts: { applied: 2, skipped: 1 } })
    expect((await shop.items(job.id)).find(({ orderId }) => orderId === held)).toMatchObject({ state: 'skipped', code: 'order.held' })
  })

  test('is about the orders that were there when it was made', async () => {
    const ids = await shop.placeMany(3)
    const job = await shop.make([], { selection: inStage('AWAITING_PROCESSING') })
    const late = await shop.placeMany(2)
    await shop.work()
    expect(job.total).toBe(3)
    expect([await shop.stages(ids), await shop.stages(late)]).toEqual([{ IN_PROCESS: 3 }, { AWAITING_PROCESSING: 2 }])
  })

  test('made twice with one key is one job', async () => {
    const ids = await shop.placeMany(2)
    const first = made(await shop.tryToMake(ids, { key: key('a') }))
    const second = made(await shop.tryToMake(ids, { key: key('a') }))
    expect([second.job.id, second.replayed]).toEqual([first.job.id, true])
    expect(codeOf(await shop.tryToMake(ids, { key: key('a', 'other') }))).toBe('idempotency.other_body')
  })

  test('over nothing, or over more than may go without a preview, is not made', async () => {
    expect(codeOf(await shop.tryToMake([], { selection: inStage('PACKED_READY') }))).toBe('bulk_job.no_orders')
    const ids = await shop.placeMany(101)
    expect(codeOf(await shop.tryToMake(ids))).toBe('bulk_job.too_many_at_once')
  })

  test('over what takes too long to find is not made, and holds nobody up', async () => {
    await shop.placeMany(1)
    await slowWords(shop.databaseUrl)
    const read = parseFilter('ada', { fields: orderFields })
    if (!read.ok) throw new Error('The filter is wrong')
    const began = performance.now()
    expect(codeOf(await shop.tryToMake([], { selection: { filter: read.filter, text: 'ada', asOf: null } }))).toBe('list.too_slow')
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  test('leaves its text in the notes of its orders, and nowhere else', async () => {
    const ids = await shop.placeMany(2)
    await shop.make(ids, { command: { verb: 'note', note: 'Ring Ada Lovelace' } })
    await shop.work()
    const found = await shop.pools.view(shop.workspaceId, (db) =>
      Promise.all(
        ['notes', 'events', 'owed', 'bulk_items'].map(async (table) => {
          const [row] = await db.query<{ count: number }>({
            text: `select count(*) from ${table} t where t::text like '%Lovelace%'`,
            values: [],
          })
          return row?.count
        }),
      ),
    )
    expect(found).toEqual([2, 0, 0, 0])
  })
})

describe('a preview', () => {
  test('says what will become of each order, and changes nothing', async () => {
    const ids = await shop.placeMany(4)
    const [first = ''] = ids
    await shop.act({ id: first as OrderId }, 'cancel', { reason: 'customer_changed_mind' })
    const before = await shop.orders()
    const job = await shop.make(ids, { command: { verb: 'cancel', reason: 'customer_changed_mind' }, run: 'preview' })
    await shop.work()
    const previewed = await shop.job(job.id)
    expect(previewed).toMatchObject({
      state: 'previewed',
      preview: {
        applied: 3,
        skipped: [{ code: 'order.nothing_open', count: 1 }],
        money: [{ currency: 'EUR', creditedMinor: 750 }],
        stock: [{ releasedMilli: 3_000, reservedMilli: 0, consumedMilli: 0 }],
        final: [],
      },
    })
    expect(await shop.orders()).toEqual(before)
    await shop.steer(previewed, { verb: 'start', count: 4 })
    await shop.work()
    const items = await shop.items(job.id)
    expect(items.map(({ state }) => state)).toEqual(items.map(({ foreseen }) => foreseen))
  })

  test('counts what earlier orders of the job take', async () => {
    const ids = await shop.placeMany(450)
    await shop.make(ids, { command: { verb: 'cancel', reason: 'customer_changed_mind' }, run: 'preview' })
    await shop.work()
    const cancel = await shop.make(ids, { command: { verb: 'cancel', reason: 'customer_changed_mind' }, run: 'preview' })
    await shop.work()
    await shop.steer(cancel, { verb: 'start', count: 450 })
    await shop.work()
    await shop.placeMany(200)
    const reopen = await shop.make(ids, { command: { verb: 'reopen', reason: 'customer_came_back' }, run: 'preview' })
    await shop.work()
    expect(await shop.job(reopen.id)).toMatchObject({ preview: { applied: 300, skipped: [{ code: 'stock.too_little', count: 150 }] } })
  })

  test('says before what will not be taken back', async () => {
    const ids = await shop.placeMany(2)
    const job = await shop.make(ids, { command: { verb: 'note', note: 'x' }, run: 'preview' })
    await shop.work()
    expect(await shop.job(job.id)).toMatchObject({ preview: { final: [{ code: 'undo.noted', count: 2 }] } })
  })

  test('of many orders, or where money moves, is started by whoever types how many', async () => {
    const ids = await shop.placeMany(2)
    const job = await shop.make(ids, { command: { verb: 'pay', amountMinor: 250, method: 'cash' }, run: 'preview' })
    await shop.work()
    const start = (count: number | null) => steerBulkJob(shop.engine, shop.call(), job.id, { verb: 'start', count })
    expect([codeOf(await start(null)), codeOf(await start(3))]).toEqual(['bulk_job.wrong_count', 'bulk_job.wrong_count'])
    expect(made(await start(2)).state).toBe('queued')
    expect(codeOf(await shop.tryToMake(ids, { command: { verb: 'pay', amountMinor: 250, method: 'cash' } }))).toBe('bulk_job.preview_first')
  })
})

describe('whoever made it', () => {
  test('may do no more by a job than by hand', async () => {
    const ids = await shop.placeMany(2)
    const reader = shop.call([
      ['orders:read', 'workspace'],
      ['orders:tag', 'own'],
    ])
    const other = { ...reader, actor: { kind: 'api_key' as const, id: shop.apiKeyId } }
    const answer = await createBulkJob(
      shop.engine,
      { ...other, locationIds: [shop.workspaceId] },
      {
        command: { verb: 'move', action: 'start' },
        selection: { orderIds: ids },
        run: 'now',
        undoes: null,
        key: null,
      },
    )
    expect(codeOf(answer)).toBe('bulk_job.no_orders')
  })

  test('and may do less by now does the rest with what is left', async () => {
    const ids = await shop.placeMany(2 * bulkBatch)
    const [key] = await createApiKeys(shop, shop.call(), [{ name: 'clerk', role: 'staff' }])
    if (!key?.ok) throw new Error('No key')
    const clerk = { ...shop.call(), actor: { kind: 'api_key' as const, id: key.value.id } }
    const { job } = made(
      await createBulkJob(shop.engine, clerk, {
        command: { verb: 'move', action: 'start' },
        selection: { orderIds: ids },
        run: 'now',
        undoes: null,
        key: null,
      }),
    )
    expect(await runBulkJob(shop.engine, shop.workspaceId, job.id, oneBatch)).toBe('more')
    await shop.pools.change(shop.workspaceId, async (tx) =>
      tx.send({
        text: `update roles set permissions = '[{"permission": "orders:read", "scope": "workspace"}]' where code = 'staff'`,
        values: [],
      }),
    )
    await shop.work()
    expect(await shop.job(job.id)).toMatchObject({ state: 'partly_done', counts: { applied: bulkBatch, skipped: bulkBatch } })
    expect((await shop.items(job.id)).at(-1)).toMatchObject({ code: 'permission.denied' })
  })

  test('and may no longer come in leaves the rest undone', async () => {
    const ids = await shop.placeMany(bulkBatch)
    const job = await shop.make(ids)
    await revokeApiKeys(shop.engine, shop.call(), [shop.apiKeyId])
    await shop.work()
    expect(await shop.job(job.id)).toMatchObject({ state: 'failed', counts: { skipped: bulkBatch } })
    expect((await shop.items(job.id))[0]).toMatchObject({ code: 'bulk_job.nobody' })
    expect(await shop.stages(ids)).toEqual({ AWAITING_PROCESSING: bulkBatch })
  })
})

describe('a job that runs', () => {
  async function running() {
    const ids = await shop.placeMany(bulkBatch + 20)
    const job = await shop.make(ids, { run: 'preview' })
    await shop.work()
    await shop.steer(job, { verb: 'start', count: ids.length })
    expect(await runBulkJob(shop.engine, shop.workspaceId, job.id, oneBatch)).toBe('more')
    return { ids, job }
  }

  test('is stopped for a while and goes on', async () => {
    const { ids, job } = await running()
    await shop.steer(job, { verb: 'pause' })
    await shop.work()
    expect(await shop.stages(ids)).toEqual({ IN_PROCESS: bulkBatch, AWAITING_PROCESSING: 20 })
    await shop.steer(job, { verb: 'resume' })
    await shop.work()
    expect(await shop.job(job.id)).toMatchObject({ state: 'done', counts: { applied: ids.length } })
  })

  test('is stopped for good; what it did stays, and may be taken back', async () => {
    const { ids, job } = await running()
    await shop.steer(job, { verb: 'cancel' })
    await shop.work()
    expect(await shop.job(job.id)).toMatchObject({ state: 'cancelled', counts: { applied: bulkBatch } })
    await shop.undo(job)
    await shop.work()
    expect(await shop.stages(ids)).toEqual({ AWAITING_PROCESSING: ids.length })
  })

  test('and was stopped for good writes of no order any more, whatever went wrong meanwhile', async () => {
    const { ids, job } = await running()
    await shop.steer(job, { verb: 'cancel' })
    await shop.pools.change(shop.workspaceId, async (tx) =>
      endWaiting(tx, shop.workspaceId, job.id, { orderIds: ids, state: 'failed', reason: { code: 'internal', params: { request: '' } } }),
    )
    expect((await shop.items(job.id)).filter(({ state }) => state === 'waiting')).toHaveLength(20)
  })

  test('is not for others to stop', async () => {
    const { job } = await running()
    const stranger = { ...shop.call([['orders:move', 'workspace']]), actor: { kind: 'api_key' as const, id: shop.workspaceId } }
    expect(codeOf(await steerBulkJob(shop.engine, stranger, job.id, { verb: 'pause' }))).toBe('bulk_job.not_yours')
  })
})

test('what lacked stock is tried again when somebody says so', async () => {
  const ids = await shop.placeMany(6)
  const cancel = await shop.make(ids, { command: { verb: 'cancel', reason: 'customer_changed_mind' } })
  await shop.work()
  expect(await shop.job(cancel.id)).toMatchObject({ state: 'done' })
  const others = await shop.placeMany(496)
  const reopen = await shop.make(ids, { command: { verb: 'reopen', reason: 'customer_came_back' } })
  await shop.work()
  expect(await shop.job(reopen.id)).toMatchObject({ state: 'partly_done', counts: { applied: 4, skipped: 2 } })
  expect(others).toHaveLength(496)
  await shop.receive({ CUP: 10 })
  await shop.steer(reopen, { verb: 'retry' })
  await shop.work()
  expect(await shop.job(reopen.id)).toMatchObject({ state: 'done', counts: { applied: 6 } })
})

describe('taken back', () => {
  test.each<[string, BulkCommand]>([
    ['a move', { verb: 'move', action: 'start' }],
    ['tags', { verb: 'tag', add: ['rush'] }],
    ['a hold', { verb: 'hold', reason: 'check_identity' }],
  ])('%s is as if it had not been', async (_, command) => {
    const ids = await shop.placeMany(3)
    const before = await Promise.all(ids.map(async (id) => (await shop.read(id)).row))
    const job = await shop.make(ids, { command })
    await shop.work()
    await shop.undo(job)
    await shop.work()
    for (const [i, id] of ids.entries()) {
      const { row } = await shop.read(id)
      expect([row?.stage, row?.tags, row?.holds, row?.lines, row?.attention]).toEqual([
        before[i]?.stage,
        before[i]?.tags,
        before[i]?.holds,
        before[i]?.lines,
        before[i]?.attention,
      ])
    }
  })

  test('a cancelling is reopened, where the workflow has a way back', async () => {
    const ids = await shop.placeMany(3)
    const job = await shop.make(ids, { command: { verb: 'cancel', reason: 'customer_changed_mind' } })
    await shop.work()
    await shop.undo(job, { reason: 'customer_came_back' })
    await shop.work()
    expect(await shop.stages(ids)).toEqual({ AWAITING_PROCESSING: 3 })
  })

  test('orders that were changed since are skipped', async () => {
    const ids = await shop.placeMany(3)
    const job = await shop.make(ids)
    await shop.work()
    const [first = ''] = ids
    await shop.act({ id: first as OrderId }, 'tag', { add: ['rush'] })
    const undo = await shop.undo(job, { run: 'preview' })
    await shop.work()
    expect(await shop.job(undo.id)).toMatchObject({ preview: { applied: 2, skipped: [{ code: 'undo.changed_since', count: 1 }] } })
    await shop.steer(undo, { verb: 'start', count: null })
    await shop.work()
    expect(await shop.stages(ids)).toEqual({ AWAITING_PROCESSING: 2, IN_PROCESS: 1 })
  })

  test('a taking back that failed is not tried again once another has begun', async () => {
    const ids = await shop.placeMany(6)
    const cancel = await shop.make(ids, { command: { verb: 'cancel', reason: 'customer_changed_mind' } })
    await shop.work()
    await shop.placeMany(500)
    const first = await shop.undo(cancel, { reason: 'customer_came_back' })
    await shop.work()
    expect((await shop.job(first.id)).state).toBe('failed')
    await shop.undo(cancel, { reason: 'customer_came_back', run: 'preview' })
    await shop.work()
    const retry = (id: string) => steerBulkJob(shop.engine, shop.call(), id, { verb: 'retry' })
    expect(codeOf(await retry(first.id))).toBe('bulk_job.undone')
  })

  test('a job is not tried again once it is taken back', async () => {
    const ids = await shop.placeMany(6)
    await shop.make(ids, { command: { verb: 'cancel', reason: 'customer_changed_mind' } })
    await shop.work()
    await shop.placeMany(496)
    const reopen = await shop.make(ids, { command: { verb: 'reopen', reason: 'customer_came_back' } })
    await shop.work()
    expect(await shop.job(reopen.id)).toMatchObject({ state: 'partly_done', counts: { applied: 4, skipped: 2 } })
    await shop.undo(reopen, { run: 'preview' })
    await shop.work()
    expect(codeOf(await steerBulkJob(shop.engine, shop.call(), reopen.id, { verb: 'retry' }))).toBe('bulk_job.undone')
  })

  test('many who take it back at the same moment take it back once', async () => {
    const job = await shop.make(await shop.placeMany(3))
    await shop.work()
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => undoBulkJob(shop.engine, shop.call(), job.id, { reason: null, run: 'now', key: null })),
    )
    expect(answers.flatMap((answer) => (answer.ok ? [] : answer.reason.code))).toEqual(Array(3).fill('bulk_job.undone'))
    await shop.work()
  })

  test('by somebody who sees only some of its orders it would be half done, so it is not', async () => {
    const job = await shop.make(await shop.placeMany(3))
    await shop.work()
    const elsewhere = { ...shop.call(), actor: { kind: 'api_key' as const, id: newId() } }
    const sees = (scope: 'own' | 'workspace') => ({
      ...elsewhere,
      permissions: new Map([...shop.call().permissions, ['orders:read', scope] as const]),
    })
    const undo = (call: typeof elsewhere) => undoBulkJob(shop.engine, call, job.id, { reason: null, run: 'preview', key: null })
    expect(codeOf(await undo(sees('own')))).toBe('bulk_job.out_of_sight')
    expect(made(await undo(sees('workspace'))).job.total).toBe(3)
    await shop.work()
  })

  test('it is once, within a day, and never the taking back itself', async () => {
    const ids = await shop.placeMany(2)
    const job = await shop.make(ids)
    const again = (id: string) => undoBulkJob(shop.engine, shop.call(), id, { reason: null, run: 'now', key: null })
    expect(codeOf(await again(job.id))).toBe('bulk_job.wrong_state')
    await shop.work()
    const undo = await shop.undo(job)
    expect(codeOf(await again(job.id))).toBe('bulk_job.undone')
    await shop.work()
    expect(codeOf(await again(undo.id))).toBe('undo.undone')
    const old = await shop.make(ids)
    await shop.work()
    await shop.pools.change(shop.workspaceId, async (tx) =>
      tx.send({ text: `update bulk_jobs set ended_at = now() - interval '25 h' where id = $1`, values: [old.id] }),
    )
    expect(codeOf(await again(old.id))).toBe('bulk_job.too_late')
  })
})

test('two workers at once, each stopped at any moment, do every order once', async () => {
  const ids = await shop.placeMany(400)
  // Nothing in an order speaks against a second note.
  const job = await shop.make(ids, { command: { verb: 'note', note: 'x' }, run: 'preview' })
  await shop.work()
  await shop.steer(job, { verb: 'start', count: 400 })
  for (let round = 0; round < 60 && (await shop.job(job.id)).state !== 'done'; round++) {
    const untilMs = performance.now() + Math.random() * 60
    await Promise.all([1, 2].map(() => runBulkJob(shop.engine, shop.workspaceId, job.id, { ...oneBatch, untilMs })))
  }
  await shop.work()
  expect(await shop.job(job.id)).toMatchObject({ state: 'done', counts: { applied: 400 } })
  const [noted] = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ orders: number; events: number; notes: number }>({
      text: `select count(distinct subject_id) as orders, count(*) as events, (select count(*) from notes) as notes from events where type = 'NoteAdded'`,
      values: [],
    }),
  )
  expect(noted).toEqual({ orders: 400, events: 400, notes: 400 })
})
