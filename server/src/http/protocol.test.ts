import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Code, texts } from '#contract/texts.ts'
import { LaneFull, OutcomeUnknown } from '#platform/commit-lane.ts'
import { TransientDbError } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { languageOf, problemOf, statusOf } from './problems.ts'
import { rateLimit } from './rate-limit.ts'
import { repeats } from './repeats.ts'

describe('the door', () => {
  let door: TestDoor
  beforeAll(async () => {
    door = await testDoor()
  })
  afterAll(() => door.end())

  test('is alive and ready, and says how far the sealer is behind', async () => {
    expect(await door.send('GET', '/health/live', { apiKey: null })).toMatchObject({ status: 200, json: { status: 'live' } })
    const ready = await door.send('GET', '/health/ready', { apiKey: null })
    expect(ready).toMatchObject({
      status: 200,
      json: { status: 'ready', checks: { database: 'ok', migrations: 'ok', sealerLagMs: expect.any(Number) } },
    })
  })

  test('tells its numbers to this machine, and to nobody behind a proxy', async () => {
    const { status, text } = await door.send('GET', '/metrics', { apiKey: null })
    expect(status).toBe(200)
    for (const name of ['docket_request_seconds', 'docket_nodejs_eventloop_lag_seconds', 'docket_database_round_trips'])
      expect(text).toContain(name)
    expect(await door.send('GET', '/metrics', { apiKey: null, headers: { 'x-forwarded-for': '127.0.0.1' } })).toMatchObject({ status: 404 })
  })

  test('leads to the documents, which need nobody else', async () => {
    expect(await door.send('GET', '/', { apiKey: null })).toMatchObject({ status: 302 })
    const page = await door.send('GET', '/docs', { apiKey: null })
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';.*connect-src 'self'/)
    expect(page.text.match(/(?:src|href)="[^"]+"/g)).toEqual(['src="/docs/scalar.js"', 'src="/docs/start.js"'])
    expect((await door.send('GET', '/docs/scalar.js', { apiKey: null })).text.length).toBeGreaterThan(1_000_000)
  })

  test('answers with headers that let nothing else happen', async () => {
    const { headers } = await door.send('GET', '/api/v1/items')
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      ratelimit: expect.stringContaining('r='),
    })
  })

  test('names a request as the caller did, when that is harmless', async () => {
    expect((await door.send('GET', '/api/v1/items', { headers: { 'x-request-id': 'till-7.42' } })).headers.get('x-request-id')).toBe(
      'till-7.42',
    )
    expect((await door.send('GET', '/api/v1/items', { headers: { 'x-request-id': 'a b<c>' } })).headers.get('x-request-id')).toMatch(
      /^[0-9a-f-]{36}$/,
    )
  })

  test('knows nothing at an address that is none', async () => {
    expect(await door.send('GET', '/api/v1/secrets')).toMatchObject({ status: 404, json: { code: 'route.not_found' } })
    expect(await door.send('GET', '/api/v1/orders/%zz')).toMatchObject({ status: 404, json: { code: 'route.not_found' } })
    expect(await door.send('DELETE', `/api/v1/orders/${newId()}`)).toMatchObject({ status: 404, json: { code: 'route.not_found' } })
  })

  test('takes nothing in the query that it does not know', async () => {
    expect(await door.send('GET', '/api/v1/items?page=2')).toMatchObject({
      status: 400,
      json: { errors: [{ in: 'query', pointer: '/page', code: 'input.unknown' }] },
    })
    expect(await door.send('GET', '/api/v1/items?limit=0')).toMatchObject({
      status: 400,
      json: { errors: [{ in: 'query', pointer: '/limit' }] },
    })
    expect(await door.send('GET', '/api/v1/items?limit=1&limit=2')).toMatchObject({ status: 400 })
    expect(await door.send('GET', '/api/v1/stock/movements?after=x')).toMatchObject({ status: 400 })
    expect(await door.send('GET', '/api/v1/locations?x=1')).toMatchObject({ status: 400 })
  })

  test.each(['7', '"x"', '"0"', 'W/"7"', '*', '"7", "8"'])('takes %j for no version', async (version) => {
    expect(await door.send('POST', `/api/v1/orders/${newId()}/actions/start`, { headers: { 'if-match': version } })).toMatchObject({
      status: 400,
      json: { code: 'order.bad_version' },
    })
  })

  test.each([
    ['', 'idempotency.bad'],
    ['ñ', 'idempotency.bad'],
    ['a'.repeat(256), 'idempotency.bad'],
  ])('takes %j for no key', async (key, code) => {
    expect(
      await door.send('POST', '/api/v1/orders', {
        body: '{"channel":"web","location":"main","lines":[{"item":"CUP","quantityMilli":1000}]}',
        headers: { 'idempotency-key': key },
      }),
    ).toMatchObject({ status: 400, json: { code } })
  })

  test('lists page by page until there is no more', async () => {
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await door.api.call('listItems', { query: { limit: 2, ...(after === undefined ? {} : { after }) } })
      if (!page.ok) throw new Error(JSON.stringify(page.problem))
      seen.push(...page.body.rows.map((item) => item.code))
      after = page.body.next ?? undefined
    } while (after !== undefined)
    expect(seen).toEqual(['BREAD', 'CAKE', 'CUP', 'FLOUR', 'TEA', 'WRAP'])
  })

  test('shows stock level by level, movement by movement, and what is kept', async () => {
    await door.receive({ CUP: 9, TEA: 9 })
    const first = await door.api.call('listStock', { query: { limit: 1 } })
    if (!first.ok) throw new Error(JSON.stringify(first.problem))
    const second = await door.api.call('listStock', { query: { limit: 5, cursor: first.body.next ?? '' } })
    expect([first.body.rows.length, second.ok && second.body.rows.length]).toEqual([1, 1])
    const movements = await door.api.call('listMovements', { query: { itemId: first.body.rows[0]?.itemId } })
    expect(movements).toMatchObject({ ok: true, body: { rows: [{ kind: 'receipt', deltaMilli: 9_000, lotId: null }] } })
    const kept = await door.api.call('reserveStock', {
      body: { item: 'CUP', location: 'main', quantityMilli: 2_000, purpose: 'the window' },
      idempotencyKey: newId(),
    })
    if (!kept.ok) throw new Error(JSON.stringify(kept.problem))
    const id = kept.body.reservations[0]?.id ?? ''
    expect(await door.api.call('listReservations', { query: {} })).toMatchObject({
      body: { rows: [{ id, purpose: 'the window', milli: 2_000 }] },
    })
    expect(await door.api.call('releaseReservation', { params: { id } })).toMatchObject({ ok: true, body: { state: 'released' } })
    expect(await door.api.call('releaseReservation', { params: { id } })).toMatchObject({ ok: false, status: 404 })
  })

  test('books adjustments entry by entry, and a repeat of one once', async () => {
    const adjustments = [
      { kind: 'count' as const, item: 'WRAP', location: 'main', countMilli: 5 },
      { kind: 'receipt' as const, item: 'CUP', location: 'main', deltaMilli: 1_000 },
      { kind: 'receipt' as const, item: 'CUP', location: 'main' },
    ]
    const idempotencyKey = newId()
    const once = await door.api.call('adjustStock', { body: { adjustments }, idempotencyKey })
    const twice = await door.api.call('adjustStock', { body: { adjustments }, idempotencyKey })
    if (!once.ok || !twice.ok) throw new Error('refused')
    expect(once.body.results.map(({ status }) => status)).toEqual([409, 200, 400])
    expect(twice.body.results[1]?.movementIds).toEqual(once.body.results[1]?.movementIds)
  })

  test('shows places, words, taxes, workflows and parked work', async () => {
    expect(await door.api.call('listLocations')).toMatchObject({ ok: true, body: { locations: [{ code: 'main' }] } })
    expect(await door.api.call('listReasons')).toMatchObject({ ok: true })
    expect(await door.api.call('listTaxes')).toMatchObject({ ok: true })
    const register = await door.api.call('createRegister', { body: { location: 'main', code: 'K1', name: 'Kiosk 1', kind: 'kiosk' } })
    expect(register).toMatchObject({ status: 201 })
    expect(await door.api.call('listRegisters')).toMatchObject({ ok: true, body: { registers: [{ code: 'K1' }] } })
    expect(await door.api.call('listWorkflows')).toMatchObject({ ok: true, body: { workflows: [{ code: 'counter', version: 1 }] } })
    expect(await door.api.call('getWorkflow', { params: { code: 'counter' } })).toMatchObject({
      ok: true,
      body: { definition: { code: 'counter' }, sentences: expect.arrayContaining([expect.stringContaining('An order starts')]) },
    })
    expect(await door.api.call('getWorkflow', { params: { code: 'nope' } })).toMatchObject({
      status: 404,
      problem: { code: 'workflow.not_found' },
    })
    expect(await door.api.call('listParkedJobs')).toMatchObject({ ok: true, body: { rows: [], next: null } })
    expect(await door.api.call('listApiKeys')).toMatchObject({
      ok: true,
      body: { keys: [expect.not.objectContaining({ secret: expect.anything() })] },
    })
  })

  test('keeps taxes and words, and closes a register', async () => {
    const tax = { code: 'IGIC7', name: 'IGIC', ratePpm: 70_000, included: true }
    expect(await door.api.call('saveTaxes', { body: { taxes: [tax] } })).toMatchObject({ status: 200, body: { taxes: [tax] } })
    expect(await door.api.call('listTaxes')).toMatchObject({ body: { taxes: expect.arrayContaining([tax]) } })
    const reason = { kind: 'cancel' as const, code: 'rain', label: { en: 'It rained' }, active: true }
    expect(await door.api.call('saveReasons', { body: { reasons: [reason] } })).toMatchObject({ status: 200, body: { reasons: [reason] } })
    expect(await door.api.call('listReasons')).toMatchObject({ body: { reasons: expect.arrayContaining([reason]) } })
    const made = await door.api.call('createRegister', { body: { location: 'main', code: 'K2', name: 'Kiosk 2', kind: 'kiosk' } })
    if (!made.ok) throw new Error(JSON.stringify(made.problem))
    const closed = await door.api.call('updateRegister', { params: { id: made.body.id }, body: { status: 'closed' } })
    expect(closed).toMatchObject({ status: 200, body: { ...made.body, status: 'closed' } })
  })

  test('changes an item, a customer and a location only as they were read', async () => {
    const item = await door.api.call('createItem', { body: { code: 'MUG', name: 'Mug' } })
    if (!item.ok) throw new Error(JSON.stringify(item.problem))
    const { id } = item.body
    expect(await door.api.call('updateItem', { params: { id }, version: 1, body: { name: 'Big mug' } })).toMatchObject({
      ok: true,
      body: { name: 'Big mug', version: 2 },
    })
    expect(await door.api.call('updateItem', { params: { id }, version: 1, body: { name: 'Small mug' } })).toMatchObject({
      status: 412,
      problem: { code: 'item.changed' },
    })
    expect(await door.api.call('getItem', { params: { id } })).toMatchObject({ body: { name: 'Big mug' } })
    const customer = await door.api.call('createCustomer', { body: { name: 'Ada' } })
    if (!customer.ok) throw new Error(JSON.stringify(customer.problem))
    expect(await door.api.call('updateCustomer', { params: { id: customer.body.id }, body: { tier: 'gold' } })).toMatchObject({
      ok: true,
      body: { name: 'Ada', tier: 'gold' },
    })
    expect(await door.api.call('listCustomers')).toMatchObject({ body: { rows: [{ tier: 'gold' }], next: null } })
    expect(await door.api.call('updateLocation', { params: { id: door.locationId }, version: 9, body: { name: 'X' } })).toMatchObject({
      status: 412,
      problem: { code: 'location.changed' },
    })
  })
})

describe('what fails inside', () => {
  let door: TestDoor
  let failure: unknown
  beforeAll(async () => {
    const fail = () => Promise.reject(failure)
    door = await testDoor({
      handlers: { listTaxes: fail, listReasons: async () => ({ status: 200, body: { reasons: [], secret: 'x' } as { reasons: [] } }) },
    })
  })
  afterAll(() => door.end())

  // biome-ignore format: read it by column
  const passing: [string, Error, string][] = [
    ['too much is waiting',               new LaneFull('full'),                                        '1'],
    ['the database is silent',            new OutcomeUnknown('no answer'),                             '2'],
    ['the database asks for another try', new TransientDbError('again', { cause: new Error('57P01') }), '1'],
  ]
  test.each(passing)('is told to pass when %s', async (_, error, seconds) => {
    failure = error
    const { status, json, headers } = await door.send('GET', '/api/v1/taxes')
    expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'busy.try_later', seconds])
  })

  test('is our own fault otherwise, and only the log says which', async () => {
    failure = Object.assign(new Error('relation "secrets" does not exist at /srv/store.ts:12'), { code: '42P01' })
    const { status, json, text } = await door.send('GET', '/api/v1/taxes')
    expect([status, json.code]).toEqual([500, 'internal'])
    expect(text).not.toMatch(/secrets|store\.ts|42P01|stack/)
    expect(door.logged.join('')).toContain('relation \\"secrets\\"')
  })

  test('includes a reply that says more than the contract', async () => {
    expect(await door.send('GET', '/api/v1/reasons')).toMatchObject({ status: 500 })
    expect(door.logged.join('')).toContain('answers what the contract does not say')
  })
})

test('who asks too often is told when to come again, and others are not', async () => {
  const door = await testDoor({ rate: { perSecond: 1, burst: 3 } })
  try {
    const results = await Promise.all(Array.from({ length: 5 }, () => door.send('GET', '/api/v1/items')))
    expect(results.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429])
    const refused = results.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused?.json.code).toBe('rate.too_many')
  } finally {
    await door.end()
  }
})

describe('an allowance', () => {
  test('refills steadily and lends no more than its burst', () => {
    let now = 0
    const { take } = rateLimit({ perSecond: 10, burst: 5 }, () => now)
    expect(take('a', 5)).toEqual({ ok: true, left: 0 })
    expect(take('a', 1)).toEqual({ ok: false, seconds: 1 })
    expect(take('b', 1)).toEqual({ ok: true, left: 4 })
    now = 200
    expect(take('a', 2)).toEqual({ ok: true, left: 0 })
    now = 60_000
    expect(take('a', 1)).toEqual({ ok: true, left: 4 })
  })

  test('lets a list larger than itself pass when it is full, and collects afterwards', () => {
    let now = 0
    const { take } = rateLimit({ perSecond: 10, burst: 5 }, () => now)
    expect(take('a', 25)).toMatchObject({ ok: true })
    expect(take('a', 1)).toEqual({ ok: false, seconds: 3 })
    now = 2_100
    expect(take('a', 1)).toMatchObject({ ok: true })
  })
})

describe('repeats', () => {
  test('wait for the first, and a different request is told so', async () => {
    const joined = repeats<number>()
    let runs = 0
    const work = async () => ++runs
    const first = joined.join('k', 'f', work)
    const repeat = joined.join('k', 'f', work)
    expect(joined.join('k', 'g', work)).toBeUndefined()
    expect([await first, await repeat]).toEqual([1, 1])
    expect(await joined.join('k', 'g', work)).toBe(2)
  })
})

describe('a problem', () => {
  test.each(Object.keys(texts) as Code[])('%s has a status', (code) => {
    expect(statusOf(code)).toBeGreaterThanOrEqual(400)
  })

  test('is not found when the address names it, and impossible when the body does', () => {
    expect(
      (['item.not_found', 'customer.not_found'] as const).map((code) => [
        statusOf(code),
        statusOf(code, { addressed: 'item', ifMatch: false }),
      ]),
    ).toEqual([
      [422, 404],
      [422, 422],
    ])
  })

  test('is worded in the language asked for', () => {
    expect([undefined, 'es', 'fi, es;q=0.8, en;q=0.9', 'fi', '*', 'es;q=0', ';;,=q'].map((header) => languageOf(header, 'en'))).toEqual([
      'en',
      'es',
      'en',
      'en',
      'en',
      'en',
      'en',
    ])
    expect(problemOf({ refused: { code: 'order.no_lines', params: {} } }, { requestId: 'r', language: 'es' })).toMatchObject({
      detail: texts['order.no_lines'].es,
      status: 422,
    })
  })
})
