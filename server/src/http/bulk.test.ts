import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CreateBulkJob } from '#contract/bulk.ts'
import type { CreateExport } from '#contract/exports.ts'
import { newId } from '#platform/ids.ts'
import type { Client } from '#sdk/client.ts'
import { runBulkJobs } from '../jobs/bulk-jobs.ts'
import { previewBulkJobs } from '../jobs/bulk-previews.ts'
import { expireExports, writeExports } from '../jobs/export-lists.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { orderOf } from '../testing/test-shop.ts'
import { workOwed } from '../testing/work-owed.ts'

let door: TestDoor
beforeAll(async () => {
  door = await testDoor()
  await door.receive({ CUP: 500 })
})
afterAll(() => door.end())

const work = () =>
  workOwed(door, 'bulk', {
    preview_bulk_job: previewBulkJobs(door.engine),
    run_bulk_job: runBulkJobs(door.engine),
    write_export: writeExports(door.engine),
    expire_export: expireExports(door.engine),
  })

async function ok<T>(answer: Promise<{ ok: true; body: T } | { ok: false; problem: unknown }>): Promise<T> {
  const answered = await answer
  if (!answered.ok) throw new Error(JSON.stringify(answered.problem))
  return answered.body
}

async function placed(count: number, more = {}): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) ids.push(orderOf(await door.place({ CUP: 1 }, more)).id)
  return ids.sort()
}

const make = (api: Client, body: CreateBulkJob) => api.call('createBulkJob', { body, idempotencyKey: newId() })

test('many orders are moved, looked at and moved back', async () => {
  const ids = await placed(3, { channel: 'bulk' })
  const made = await ok(
    make(door.api, { action: 'start', selection: { filter: 'channel:bulk stage:AWAITING_PROCESSING' }, run: 'preview' }),
  )
  expect(made).toMatchObject({ state: 'previewing', total: 3, waiting: 3, filter: 'channel:bulk stage:AWAITING_PROCESSING' })
  await work()
  expect(await ok(door.api.call('getBulkJob', { params: { id: made.id } }))).toMatchObject({
    state: 'previewed',
    preview: { applied: 3, skipped: [], final: [] },
  })
  await ok(door.api.call('startBulkJob', { params: { id: made.id }, body: {} }))
  await work()
  const { rows } = await ok(door.api.call('listBulkItems', { params: { id: made.id }, query: { outcome: 'applied' } }))
  expect(rows.map(({ orderId }) => orderId)).toEqual(ids)
  const back = await ok(door.api.call('undoBulkJob', { params: { id: made.id }, body: { run: 'now' }, idempotencyKey: newId() }))
  await work()
  expect(await ok(door.api.call('getBulkJob', { params: { id: back.id } }))).toMatchObject({ state: 'done', applied: 3, undoes: made.id })
  expect(await ok(door.api.call('getBulkJob', { params: { id: made.id } }))).toMatchObject({ undoUntil: null })
  const events = await ok(door.api.call('listOrderEvents', { params: { id: ids[0] ?? '' } }))
  expect(events.events.map(({ type }) => type)).toEqual(['OrderPlaced', 'StockReserved', 'StageChanged', 'MoveUndone'])
})

test('what is asked of each order is read like what is asked of one', async () => {
  const [id = ''] = await placed(1)
  const selection = { orderIds: [id] }
  expect(await make(door.api, { action: 'hold', selection, run: 'now' })).toMatchObject({
    ok: false,
    problem: { code: 'request.invalid', errors: [{ pointer: '/input/reason' }] },
  })
  expect(await make(door.api, { action: 'return', selection, run: 'now' })).toMatchObject({
    ok: false,
    problem: { code: 'bulk_job.one_by_one' },
  })
  const paid = { amountMinor: 100, method: 'card', provider: 'bank', reference: 'r-1' }
  expect(await make(door.api, { action: 'pay', input: paid, selection, run: 'preview' })).toMatchObject({
    ok: false,
    problem: { code: 'bulk_job.one_by_one' },
  })
  expect(await make(door.api, { action: 'start', selection: { filter: 'stag:x' }, run: 'now' })).toMatchObject({
    ok: false,
    problem: { errors: [{ pointer: '/selection/filter', suggestion: 'stage' }] },
  })
})

test('the team sees a job, of its orders each what they may see, and its filter only whoever made it', async () => {
  await placed(2, { channel: 'seen' })
  const made = await ok(make(door.api, { action: 'tag', input: { add: ['x'] }, selection: { filter: 'channel:seen' }, run: 'now' }))
  await work()
  const elsewhere = await ok(door.api.call('createLocation', { body: { code: 'far', name: 'Far', timeZone: 'Europe/Madrid' } }))
  const bound = await ok(door.api.call('createApiKey', { body: { name: 'far', role: 'staff', locationIds: [elsewhere.id] } }))
  const api = door.as(bound.secret)
  expect(await ok(api.call('getBulkJob', { params: { id: made.id } }))).toMatchObject({ total: 2, filter: null })
  expect((await ok(api.call('listBulkItems', { params: { id: made.id } }))).rows).toEqual([])
})

test('what a preview sums up is for whoever made it, or sees every order', async () => {
  await placed(1, { channel: 'sums' })
  const made = await ok(
    make(door.api, { action: 'cancel', input: { reason: 'customer_changed_mind' }, selection: { filter: 'channel:sums' }, run: 'preview' }),
  )
  await work()
  const somewhere = await ok(door.api.call('createLocation', { body: { code: 'some', name: 'Some', timeZone: 'Europe/Madrid' } }))
  const previewFor = async (more: { locationIds?: string[] }) => {
    const { secret } = await ok(door.api.call('createApiKey', { body: { name: 'eyes', role: 'administrator', ...more } }))
    return (await ok(door.as(secret).call('getBulkJob', { params: { id: made.id } }))).preview
  }
  expect(await previewFor({})).toMatchObject({ applied: 1, money: [{ creditedMinor: 250 }] })
  expect(await previewFor({ locationIds: [somewhere.id] })).toBeNull()
})

test('why an order was skipped tells no amount to whoever does not see any', async () => {
  const [id = ''] = await placed(1, { channel: 'dear' })
  await ok(door.api.call('recordPayment', { params: { id }, body: { amountMinor: 250, method: 'cash' }, idempotencyKey: newId() }))
  const made = await ok(
    make(door.api, {
      action: 'refund',
      input: { amountMinor: 98_765, method: 'cash' },
      selection: { filter: 'channel:dear' },
      run: 'preview',
    }),
  )
  await work()
  await ok(door.api.call('startBulkJob', { params: { id: made.id }, body: { count: 1 } }))
  await work()
  const label = { en: 'No prices' }
  const permissions = [{ permission: 'orders:read', scope: 'workspace' } as const]
  await ok(door.api.call('saveRoles', { body: { roles: [{ code: 'no_prices', label, permissions, hides: ['prices'], moneyLimits: {} }] } }))
  const { secret } = await ok(door.api.call('createApiKey', { body: { name: 'no prices', role: 'no_prices' } }))
  const reasons = async (api: Client) => {
    const { rows } = await ok(api.call('listBulkItems', { params: { id: made.id }, query: {} }))
    const { preview } = await ok(api.call('getBulkJob', { params: { id: made.id } }))
    return JSON.stringify([rows.map(({ reason }) => reason), preview?.skipped])
  }
  expect(await reasons(door.api)).toContain('987.65')
  expect(await reasons(door.as(secret))).not.toContain('987.65')
})

async function fileOf(api: { secret?: string }, body: CreateExport): Promise<{ id: string; text: string; state: string }> {
  const client = api.secret === undefined ? door.api : door.as(api.secret)
  const made = await ok(client.call('createExport', { body, idempotencyKey: newId() }))
  await work()
  const { state } = await ok(client.call('getExport', { params: { id: made.id } }))
  const { text } = await door.send('GET', `/api/v1/exports/${made.id}/file`, { apiKey: api.secret ?? door.apiKey })
  return { id: made.id, text, state }
}

test('a list becomes a file, in the language of whoever reads it', async () => {
  await placed(1, { channel: 'file', contact: { name: '=cmd|ada' } })
  const columns = ['channel', 'customer', 'total', 'stage']
  const english = await fileOf({}, { list: 'orders', filter: 'channel:file', columns, byteOrderMark: true })
  expect(english.text.replace('\ufeff', '')).toBe('Channel,Customer,Total,Stage\r\nfile,"\'=cmd|ada",2.50,Waiting to be started\r\n')
  const spanish = await fileOf({}, { list: 'orders', filter: 'channel:file', columns, locale: 'es' })
  expect(spanish.text).toBe('Canal;Cliente;Total;Etapa\r\nfile;"\'=cmd|ada";2,50;Por empezar\r\n')
})

test('a file holds what its maker may see, and is theirs alone', async () => {
  await placed(2, { channel: 'mine', contact: { name: 'Ada' } })
  const elsewhere = await ok(door.api.call('createLocation', { body: { code: 'away', name: 'Away', timeZone: 'Europe/Madrid' } }))
  const bound = await ok(door.api.call('createApiKey', { body: { name: 'away', role: 'owner', locationIds: [elsewhere.id] } }))
  const own = await fileOf({}, { list: 'orders', filter: 'channel:mine', columns: ['channel'] })
  const theirs = await fileOf({ secret: bound.secret }, { list: 'orders', filter: 'channel:mine', columns: ['channel'] })
  expect([own.text, theirs.text]).toEqual(['Channel\r\nmine\r\nmine\r\n', 'Channel\r\n'])
  expect(await door.as(bound.secret).call('getExport', { params: { id: own.id } })).toMatchObject({ status: 404 })
  expect((await door.send('GET', `/api/v1/exports/${own.id}/file`, { apiKey: bound.secret })).status).toBe(404)
})

test('customers and stock become files, too', async () => {
  await ok(door.api.call('createCustomer', { body: { name: '+Ada', email: 'ada@example.org', tier: 'gold' } }))
  const customers = await fileOf({}, { list: 'customers', filter: 'tier:gold', columns: ['name', 'email', 'tier'] })
  expect(customers.text).toBe('Name,E-mail,Tier\r\n"\'+Ada",ada@example.org,gold\r\n')
  const stock = await fileOf({}, { list: 'stock', filter: 'item:CUP', columns: ['item', 'location', 'lot', 'onhand', 'unit'] })
  expect(stock.text).toBe('Item,Location,Lot,On hand,Unit\r\nCUP,main,,500,piece\r\n')
})

test('nobody takes along more than they may take, whatever they may see', async () => {
  await placed(1, { channel: 'took' })
  await door.pools.change(door.workspaceId, async (tx) =>
    tx.send({
      text: `update roles set permissions = '[{"permission": "orders:read", "scope": "workspace"}, {"permission": "orders:export", "scope": "own"}]' where code = 'read_only'`,
      values: [],
    }),
  )
  const reader = await ok(door.api.call('createApiKey', { body: { name: 'reader', role: 'read_only' } }))
  const file = await fileOf({ secret: reader.secret }, { list: 'orders', filter: 'channel:took', columns: ['channel'] })
  expect(file.text).toBe('Channel\r\n')
})

test('what a role is kept from is in no file', async () => {
  await placed(1, { channel: 'hid', contact: { name: 'Ada' } })
  await door.pools.change(door.workspaceId, async (tx) =>
    tx.send({ text: `update roles set hides = '{contact, prices}' where code = 'administrator'`, values: [] }),
  )
  const kept = await ok(door.api.call('createApiKey', { body: { name: 'kept', role: 'administrator' } }))
  const made = await fileOf({ secret: kept.secret }, { list: 'orders', filter: 'channel:hid' })
  expect(made.text).not.toMatch(/Ada|2\.50|Customer|Total/)
  const asked = await door
    .as(kept.secret)
    .call('createExport', { body: { list: 'orders', columns: ['customer'] }, idempotencyKey: newId() })
  expect(asked).toMatchObject({ ok: false, problem: { code: 'export.unknown_column' } })
})

test('a file is not taken any more with what one may no longer see', async () => {
  const eyes = (permissions: ('customers:read' | 'orders:export')[], hides: 'contact'[]) =>
    ok(
      door.api.call('saveRoles', {
        body: {
          roles: [
            {
              code: 'taker',
              label: { en: 'Taker' },
              permissions: permissions.map((permission) => ({ permission, scope: 'workspace' as const })),
              hides,
              moneyLimits: {},
            },
          ],
        },
      }),
    )
  await eyes(['customers:read', 'orders:export'], [])
  const { secret } = await ok(door.api.call('createApiKey', { body: { name: 'taker', role: 'taker' } }))
  const made = await fileOf({ secret }, { list: 'customers', columns: ['name', 'tier'] })
  const take = async () => (await door.send('GET', `/api/v1/exports/${made.id}/file`, { apiKey: secret })).json
  await eyes(['customers:read', 'orders:export'], ['contact'])
  await expect.poll(take).toMatchObject({ code: 'export.unknown_column' })
  await eyes(['orders:export'], [])
  await expect.poll(take).toMatchObject({ code: 'permission.denied', params: { permission: 'customers:read' } })
})

test('a view is taken along with the columns it shows', async () => {
  await placed(1, { channel: 'shown' })
  const columns = [{ name: 'channel' }, { name: 'nothing_of_a_file' }, { name: 'number' }]
  const view = await ok(door.api.call('createView', { body: { list: 'orders', name: 'Shown', filter: 'channel:shown', columns } }))
  expect((await fileOf({}, { list: 'orders', view: view.id })).text).toMatch(/^Channel,Number\r\nshown,\d+\r\n$/)
})

test('whoever takes a file is written down, and after a day it is gone', async () => {
  const made = await fileOf({}, { list: 'orders', filter: 'channel:file', columns: ['channel'] })
  const [row] = await door.pools.view(door.workspaceId, (db) =>
    db.query<{ types: string[]; sealed: string }>({
      text: `select array(select type from events where subject_id = $1 order by seq) as types, (select encode(sealed, 'escape') from export_chunks where export_id = $1) as sealed`,
      values: [made.id],
    }),
  )
  expect(row?.types).toEqual(['ExportAsked', 'ExportReady', 'ExportTaken'])
  expect(row?.sealed).not.toContain('file')
  await door.pools.system(async (tx) =>
    tx.send({ text: `update owed set due_at = now() where kind = 'expire_export' and state = 'due'`, values: [] }),
  )
  await work()
  expect(await door.send('GET', `/api/v1/exports/${made.id}/file`)).toMatchObject({ status: 409, json: { code: 'export.expired' } })
  const [kept] = await door.pools.view(door.workspaceId, (db) =>
    db.query<{ filters: string[] }>({ text: 'select filters from exports where id = $1', values: [made.id] }),
  )
  expect(kept?.filters).toEqual([])
})
