import pg from 'pg'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '#platform/ids.ts'
import type { Jobs } from '#platform/jobs/start-jobs.ts'
import { personal } from '#platform/personal-data.ts'
import { serializers } from '#platform/plain-error.ts'
import { sealLagMs } from '#platform/sealer.ts'
import { startWork } from '#server/jobs/start-work.ts'
import { type TestDoor, testDoor } from '#server/testing/test-door.ts'
import { type Followed, followStream } from './fixtures/follow-stream.ts'

// Words that stand for persons, planted wherever a person may stand and where none may; then everything that was written is searched.

let door: TestDoor
let owner: pg.Client
let work: Jobs
let stream: Followed
/** What a server's log held that is not the door's: its jobs', and of changes that failed. */
const workLog: string[] = []
const log = pino({ level: 'trace', serializers }, { write: (line: string) => void workLog.push(line) })
let customerId: string

/** Words that were planted, by the column that holds them; and those that nothing may hold. */
const planted = new Map<string, Set<string>>()
const nowhere: string[] = []

/** A word that stands for a person. */
function canary(...columns: string[]): string {
  const word = `zqx${newId().slice(-12)}`
  for (const column of columns) planted.set(column, new Set([...(planted.get(column) ?? []), word]))
  if (columns.length === 0) nowhere.push(word)
  return word
}

/** What an answer holds that must be a good one. */
async function good<T>(answer: Promise<{ ok: true; body: T } | { ok: false; problem: unknown }>): Promise<T> {
  const answered = await answer
  if (!answered.ok) throw new Error(JSON.stringify(answered.problem))
  return answered.body
}

const item = { item: 'CUP', quantityMilli: 1_000 }
const basket = { channel: 'web', location: 'main', lines: [item] }

beforeAll(async () => {
  door = await testDoor({ trustedProxies: ['127.0.0.1'] })
  owner = new pg.Client({ connectionString: door.databaseUrl, options: '-c role=docket_owner -c search_path=docket' })
  await owner.connect()
  work = await startWork(door.databaseUrl, door.engine, { role: 'jobs', orderRetryAttempts: 2 }, log)
  stream = await followStream(door.url, { apiKey: door.apiKey })
  await door.receive({ CUP: 1_000 })
  await plantPeople()
  await plantOrders()
  await plantElsewhere()
  await plantInVain()
  await vi.waitFor(async () => expect(await sealLagMs(door.pools)).toBe(0), { timeout: 10_000 })
  for (const report of door.reports) log.error({ err: report }, 'A change failed for a reason that is ours')
})
afterAll(async () => {
  stream.close()
  await work.stop()
  await owner.end()
  await door.end()
})

async function plantPeople(): Promise<void> {
  const email = `${canary('invitations.email', 'users.email')}@example.com`
  const { token } = await good(door.api.call('inviteMember', { body: { email, role: 'staff' } }))
  const accepted = await door.send('POST', '/api/v1/invitations/accept', {
    apiKey: null,
    headers: { 'user-agent': canary('sessions.user_agent'), 'x-forwarded-for': '203.0.113.77' },
    body: JSON.stringify({ token, name: canary('users.name'), password: canary() }),
  })
  expect(accepted.status).toBe(200)
  await door.send('POST', '/api/v1/session', {
    apiKey: null,
    body: JSON.stringify({ email: `${canary()}@example.com`, password: canary() }),
  })
  await good(door.api.call('createApiKey', { body: { name: canary('api_keys.name'), role: 'staff' } }))
}

async function plantOrders(): Promise<void> {
  const customer = await good(
    door.api.call('createCustomer', {
      body: {
        externalId: canary('customers.external_id'),
        name: canary('customers.name'),
        email: canary('customers.email'),
        phone: canary('customers.phone'),
        country: canary('customers.country'),
      },
    }),
  )
  customerId = customer.id
  await good(door.api.call('updateCustomer', { params: { id: customerId }, body: { name: canary('customers.name') } }))
  planted.set('customers.name', new Set([...(planted.get('customers.name') ?? [])].slice(1)))
  const contact = Object.fromEntries(
    ['name', 'email', 'phone', 'address', 'city', 'postcode', 'country'].map((field) => [field, canary(`order_contacts.${field}`)]),
  )
  const note = () => canary('notes.text')
  const { id } = await good(
    door.api.call('placeOrder', {
      body: { ...basket, lines: [{ ...item, quantityMilli: 3_000 }], customerId, contact, note: note() },
      idempotencyKey: newId(),
    }),
  )
  const act = (action: string, body: Record<string, unknown>) =>
    good(door.api.call('actOnOrder', { params: { id, action }, body, idempotencyKey: newId() }))
  await act('hold', { reason: 'address_unclear', note: note() })
  await act('release', {})
  await act('note', { note: note() })
  await act('start', {})
  await act('pack', {})
  await good(door.api.call('recordPayment', { params: { id }, body: { amountMinor: 750, method: 'cash' }, idempotencyKey: newId() }))
  await act('hand_over', { note: note() })
  const { lines } = await good(door.api.call('getOrder', { params: { id } }))
  await good(
    door.api.call('recordReturn', {
      body: { orderId: id, lines: [{ lineId: lines[0]?.id ?? '', quantityMilli: 1_000 }], reason: 'damaged', note: note() },
      idempotencyKey: newId(),
    }),
  )
  await good(
    door.api.call('recordReturn', {
      body: { location: 'main', customerId, lines: [{ item: 'CUP', quantityMilli: 1_000, amountMinor: 250 }], note: note() },
      idempotencyKey: newId(),
    }),
  )
  await act('refund', { amountMinor: 250, method: 'cash', reason: 'returned', note: note() })
}

/** Of no customer: what stays when one is forgotten. */
const ofNobody: string[] = []

async function plantElsewhere(): Promise<void> {
  const stay = (column: string) => {
    const word = canary(column)
    ofNobody.push(word)
    return word
  }
  await good(
    door.api.call('adjustStock', {
      body: {
        adjustments: [{ kind: 'write_off', item: 'CUP', location: 'main', deltaMilli: -1_000, note: stay('notes.text'), key: newId() }],
      },
    }),
  )
  await good(
    door.api.call('reserveStock', {
      body: { item: 'CUP', location: 'main', quantityMilli: 1_000, purpose: stay('reservations.purpose') },
      idempotencyKey: newId(),
    }),
  )
  await good(
    door.api.call('createView', { body: { list: 'orders', name: stay('saved_views.label'), filter: `"${stay('saved_views.filter')}"` } }),
  )
  const made = await good(
    door.api.call('createExport', {
      body: { list: 'orders', filter: `phase:done OR "${stay('exports.filters')}"` },
      idempotencyKey: newId(),
    }),
  )
  const filtered = await good(
    door.api.call('createBulkJob', {
      body: {
        action: 'note',
        input: { note: canary('bulk_jobs.command') },
        selection: { filter: `phase:done OR "${canary('bulk_jobs.filter')}"` },
        run: 'preview',
      },
      idempotencyKey: newId(),
    }),
  )
  const other = await good(door.api.call('placeOrder', { body: basket, idempotencyKey: newId() }))
  const word = stay('bulk_jobs.command')
  planted.set('notes.text', new Set([...(planted.get('notes.text') ?? []), word]))
  const named = await good(
    door.api.call('createBulkJob', {
      body: { action: 'note', input: { note: word }, selection: { orderIds: [other.id] }, run: 'now' },
      idempotencyKey: newId(),
    }),
  )
  await vi.waitFor(async () => expect((await good(door.api.call('getExport', { params: { id: made.id } }))).state).toBe('ready'), {
    timeout: 20_000,
  })
  for (const { id } of [filtered, named])
    await vi.waitFor(
      async () => expect((await good(door.api.call('getBulkJob', { params: { id } }))).state).toMatch(/^(done|previewed)$/),
      { timeout: 20_000 },
    )
}

/** Everything that goes wrong, with persons in it. */
async function plantInVain(): Promise<void> {
  const post = (path: string, body: unknown, headers: Record<string, string> = { 'idempotency-key': newId() }) =>
    door.send('POST', path, { headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
  const statuses = [
    await post('/api/v1/customers', { name: canary(), [canary()]: canary() }),
    await post('/api/v1/customers', { name: canary().repeat(50) }),
    await post('/api/v1/customers', `{"name":"${canary()}`),
    await post('/api/v1/customers', { externalId: [...(planted.get('customers.external_id') ?? [])][0], name: canary() }),
    await post('/api/v1/orders', { ...basket, contact: { name: canary(), email: `${canary()}\u0000` } }),
    await post('/api/v1/orders', {
      ...basket,
      lines: [{ item: canary(), quantityMilli: 1_000 }],
      contact: { name: canary() },
      note: canary(),
    }),
    await post('/api/v1/orders', { ...basket, lines: [{ ...item, quantityMilli: 1e9 }], contact: { name: canary() }, note: canary() }),
    await post(`/api/v1/orders/${newId()}/actions/note`, { note: canary() }),
    await post(`/api/v1/orders/${newId()}/actions/${canary()}`, { note: canary() }),
    await post(`/api/v1/${canary()}`, { name: canary() }),
    await post(`/api/v1/bulk-jobs`, { action: 'note', input: { note: canary() }, selection: { filter: `name:${canary()} (` }, run: 'now' }),
    await door.send('GET', `/api/v1/orders?filter=${encodeURIComponent(`"${canary()}`)}`),
    await door.send('GET', `/api/v1/customers?${canary()}=${canary()}`),
    await door.send('GET', `/api/v1/customers/${canary()}`),
    await door.send('GET', '/api/v1/customers', { apiKey: canary() }),
    await door.send('GET', '/api/v1/customers', { apiKey: null, headers: { cookie: `docket=${canary()}`, 'x-request-id': '§' } }),
  ].map(({ status }) => status)
  expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([])
  expect((await door.send('GET', `/api/v1/orders?filter=${encodeURIComponent(`"${canary()}"`)}`)).status).toBe(200)
  expect(
    (await post('/api/v1/orders/batch', { orders: [{ ...basket, contact: { name: canary() }, [canary()]: 1 }, canary()] })).status,
  ).toBe(200)
  const key = newId()
  const once = { ...basket, note: canary('notes.text') }
  ofNobody.push(once.note)
  expect((await post('/api/v1/orders', once, { 'idempotency-key': key })).status).toBe(201)
  expect((await post('/api/v1/orders', { ...once, note: canary() }, { 'idempotency-key': key })).status).toBe(422)
  await failInTheDatabase(post)
}

/** The database says no to a row and tells the whole of it. */
async function failInTheDatabase(post: (path: string, body: unknown) => Promise<{ status: number }>): Promise<void> {
  await owner.query(`alter table customers add constraint zz_name check (name not like 'zqxfail%')`)
  await owner.query(`alter table order_contacts add constraint zz_name check (name not like 'zqxfail%')`)
  const bad = 'zqxfail'
  nowhere.push(bad)
  expect((await post('/api/v1/customers', { name: `${bad}${canary()}` })).status).toBe(500)
  expect((await post('/api/v1/orders', { ...basket, contact: { name: `${bad}${canary()}` }, note: canary() })).status).toBe(500)
  expect(door.reports).toHaveLength(1)
  await owner.query('alter table customers drop constraint zz_name')
  await owner.query('alter table order_contacts drop constraint zz_name')
}

/** Where a canary stands in the database, whatever the table, its columns and their types: column → the words. */
async function found(): Promise<Map<string, Set<string>>> {
  const { rows: tables } = await owner.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and n.nspname in ('docket', 'graphile_worker', 'public') order by 1`,
  )
  const columns = new Map<string, Set<string>>()
  for (const { name } of tables) {
    const { rows } = await owner.query<{ column: string; word: string }>(
      `select distinct f.key as column, w.word[1] as word from ${name} t, jsonb_each_text(to_jsonb(t)) f,
          regexp_matches(f.value || ' ' || case when f.value like '\\\\x%' then encode(f.value::bytea, 'escape') else '' end, 'zqx(?:[0-9a-f]{12}|fail)|203\\.0\\.113\\.77', 'g') w(word)`,
    )
    for (const { column, word } of rows) {
      const where = `${name.replace('docket.', '')}.${column}`
      columns.set(where, new Set([...(columns.get(where) ?? []), word]))
    }
  }
  return columns
}

const sorted = (columns: Map<string, Set<string>>) =>
  Object.fromEntries([...columns].map(([name, words]) => [name, [...words].sort()]).sort())
const canaries = /zqx[0-9a-f]{12}|zqxfail|203\.0\.113\.77/g

/** What no operation fills yet, or what the product itself makes. */
// biome-ignore format: read it by column
const notPlanted: Record<string, string> = {
  'export_chunks.sealed':     'Sealed: a word that stood in clear would be found',
  'users.image':              'Nobody can set one',
  'accounts.account_id':      'The id of the user, as long as there are only passwords',
  'verifications.identifier': 'Nothing is sent to be verified yet',
  'verifications.value':      'Nothing is sent to be verified yet',
}

describe('after a whole life with everything that goes wrong', () => {
  test('every column of the register was tried', () => {
    const tried = [...planted.keys(), 'sessions.ip_address', ...Object.keys(notPlanted)]
    expect(Object.keys(personal).filter((column) => !tried.includes(column))).toEqual([])
    expect(tried.filter((column) => !(column in personal))).toEqual([])
  })

  test('persons stand where the register says and nowhere else in the database', async () => {
    const expected = new Map([...planted, ['sessions.ip_address', new Set(['203.0.113.77'])] as const])
    expect(sorted(await found())).toEqual(sorted(expected))
  })

  test('no log line names one', () => {
    const lines = [...door.logged, ...workLog].join('\n')
    expect(lines).toContain('zz_name')
    expect(door.logged.length).toBeGreaterThan(30)
    expect(lines.match(canaries)).toBeNull()
  })

  test('no metric names one', async () => {
    const { status, text } = await door.send('GET', '/metrics')
    expect(status).toBe(200)
    expect(text.match(canaries)).toBeNull()
  })

  test('the stream names none', async () => {
    await stream.next('changes')
    expect(stream.text().length).toBeGreaterThan(2_000)
    expect(stream.text().match(canaries)).toBeNull()
  })

  test('a person who slips into the log of events is noticed', async () => {
    await door.pools.change(door.workspaceId, (tx) =>
      tx.query({
        text: `insert into owed (workspace_id, id, kind, lane, payload, state) values ($1, $2, 'nothing', 'sweep', $3, 'parked')`,
        values: [door.workspaceId, newId(), JSON.stringify({ name: 'zqx000000000000' })],
      }),
    )
    expect([...(await found())].filter(([column]) => !(column in personal))).toEqual([['owed.payload', new Set(['zqx000000000000'])]])
    await door.pools.change(door.workspaceId, (tx) =>
      tx.query({ text: `update owed set payload = '{}' where workspace_id = $1 and kind = 'nothing'`, values: [door.workspaceId] }),
    )
  })
})

describe('after a customer was forgotten', () => {
  test('what is held of them is told before', async () => {
    const held = JSON.stringify(await good(door.api.call('getCustomerData', { params: { id: customerId } })))
    const theirs = [...planted].flatMap(([column, words]) =>
      personal[column]?.fate === 'goes with the customer' ? [...words].filter((word) => !ofNobody.includes(word)) : [],
    )
    const ofJobs = ['bulk_jobs.command', 'bulk_jobs.filter'].flatMap((column) => [...(planted.get(column) ?? [])])
    expect(theirs.length).toBeGreaterThan(15)
    for (const word of theirs.filter((one) => !ofJobs.includes(one))) expect(held).toContain(word)
  })

  test('nothing of theirs is left anywhere, and the rest is as it was', async () => {
    await good(door.api.call('eraseCustomer', { params: { id: customerId }, body: { reason: 'asked' } }))
    const left = await found()
    const expected = new Map(
      [...planted, ['sessions.ip_address', new Set(['203.0.113.77'])] as const].flatMap(([column, words]) => {
        const stays =
          personal[column]?.fate === 'goes with the customer' ? [...words].filter((word) => ofNobody.includes(word)) : [...words]
        return stays.length === 0 ? [] : [[column, new Set(stays)] as const]
      }),
    )
    expect(sorted(left)).toEqual(sorted(expected))
  })

  test('nobody finds them any more', async () => {
    for (const word of [...(planted.get('customers.name') ?? []), ...(planted.get('order_contacts.email') ?? [])]) {
      const orders = await good(door.api.call('listOrders', { query: { filter: `"${word}"` } }))
      expect(orders.rows).toEqual([])
    }
  })
})
