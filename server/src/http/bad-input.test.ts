import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import { hostileStrings } from '../testing/hostile-strings.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'

let door: TestDoor
beforeAll(async () => {
  door = await testDoor()
  await door.receive({ CUP: 50_000, TEA: 50_000 })
})
afterAll(() => door.end())

const line = { item: 'CUP', quantityMilli: 1_000 }
const order = { channel: 'kiosk', location: 'main', lines: [line] }

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  door.send('POST', path, {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'idempotency-key': newId(), ...headers },
  })

/** Every row that a request could have left behind. */
const traces = () =>
  door.pools.view(door.workspaceId, (db) =>
    db.query({
      text: 'select (select count(*) from orders) as orders, (select count(*) from events) as events, (select count(*) from notes) as notes, (select count(*) from idempotency_keys) as keys, (select coalesce(sum(reserved_milli), 0)::bigint from stock) as reserved',
      values: [],
    }),
  )

describe('an order that cannot be meant is refused at the place that is wrong, and leaves nothing behind', () => {
  // biome-ignore format: read it by column
  const table: [string, unknown, number, string | null, string | null][] = [
    ['an unknown property',            { ...order, colour: 'red' },                                           400, '/colour',                       'input.unknown'],
    ['an unknown property in a line',  { ...order, lines: [{ ...line, size: 3 }] },                           400, '/lines/0/size',                 'input.unknown'],
    ['a property spelt otherwise',     { ...order, lines: [{ ...line, quantitymilli: 1 }] },                  400, '/lines/0/quantitymilli',        'input.unknown'],
    ['a text for a number',            { ...order, lines: [{ ...line, quantityMilli: '1000' }] },             400, '/lines/0/quantityMilli',        'input.type'],
    ['a number for a text',            { ...order, channel: 7 },                                              400, '/channel',                      'input.type'],
    ['null where something is needed', { ...order, channel: null },                                           400, '/channel',                      'input.type'],
    ['nothing where it is needed',     { location: 'main', lines: [line] },                                   400, '/channel',                      'input.missing'],
    ['a list for an object',           [order],                                                               400, '',                              'input.type'],
    ['an object for a list',           { ...order, lines: { 0: line } },                                      400, '/lines',                        'input.type'],
    ['a fraction as quantity',         { ...order, lines: [{ ...line, quantityMilli: 1_000.5 }] },            400, '/lines/0/quantityMilli',        'input.type'],
    ['a fraction as money',            { ...order, costs: [{ kind: 'freight', amountMinor: 9.99 }] },         400, '/costs/0/amountMinor',          'input.type'],
    ['a fraction as price',            { ...order, lines: [{ ...line, priceMicro: 0.1 }] },                   400, '/lines/0/priceMicro',           'input.type'],
    ['a quantity of zero',             { ...order, lines: [{ ...line, quantityMilli: 0 }] },                  400, '/lines/0/quantityMilli',        'input.too_small'],
    ['a quantity below zero',          { ...order, lines: [{ ...line, quantityMilli: -1_000 }] },             400, '/lines/0/quantityMilli',        'input.too_small'],
    ['a quantity beyond counting',     { ...order, lines: [{ ...line, quantityMilli: 1e15 }] },               400, '/lines/0/quantityMilli',        'input.too_big'],
    ['no lines',                       { ...order, lines: [] },                                               400, '/lines',                        'input.too_few'],
    ['501 lines',                      { ...order, lines: Array(501).fill(line) },                            400, '/lines',                        'input.too_many'],
    ['10,000 lines',                   { ...order, lines: Array(10_000).fill(line) },                         400, '/lines',                        'input.too_many'],
    ['51 tags',                        { ...order, tags: Array.from({ length: 51 }, (_, i) => `t${i}`) },     400, '/tags',                         'input.too_many'],
    ['a tag with a space at its end',  { ...order, tags: ['gift '] },                                         400, '/tags/0',                       'input.tag'],
    ['a moment without an offset',     { ...order, at: '2026-01-05T09:00:00' },                               400, '/at',                           'input.moment'],
    ['a moment that never was',        { ...order, at: '2026-02-30T09:00:00Z' },                              400, '/at',                           'input.moment'],
    ['a day for a moment',             { ...order, at: '2026-01-05' },                                        400, '/at',                           'input.moment'],
    ['an id in capitals',              { ...order, id: '018F0000-0000-7000-8000-00000000000A' },              400, '/id',                           'input.uuid'],
    ['an id that is none',             { ...order, customerId: '1' },                                         400, '/customerId',                   'input.uuid'],
    ['an item named twice',            { ...order, lines: [{ ...line, barcode: '1' }] },                      400, '/lines/0/item',                 'input.one_item'],
    ['an item not named',              { ...order, lines: [{ quantityMilli: 1 }] },                           400, '/lines/0/item',                 'input.one_item'],
    ['two locations',                  { ...order, locationId: newId() },                                     400, '/location',                     'input.one_location'],
    ['no location',                    { channel: 'kiosk', lines: [line] },                                   400, '/location',                     'input.one_location'],
    ['a discount without a reason',    { ...order, lines: [line, { kind: 'discount', name: 'x', amountMinor: 1 }] }, 400, '/lines/1/reasonCode',    'input.missing'],
    ['a discount below zero',          { ...order, lines: [line, { kind: 'discount', name: 'x', amountMinor: -1, reasonCode: 'y' }] }, 400, '/lines/1/amountMinor', 'input.above_zero'],
    ['a field of two kinds',           { ...order, fields: { size: { text: 'a', int: 1 } } },                 400, '/fields/size',                  'input.field'],
    ['a field named constructor',      { ...order, fields: { constructor: { int: 1 } } },                     400, '/fields/constructor',           'input.field_name'],
    ['101 fields',                     { ...order, fields: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`f${i}`, { int: i }])) }, 400, '/fields', 'input.too_many_fields'],
    ['a note of 11 kB',                { ...order, note: 'a'.repeat(11_000) },                                400, '/note',                         'input.too_long'],
    ['a channel with a space',         { ...order, channel: 'the shop' },                                     400, '/channel',                      'input.word'],
    ['an unknown item',                { ...order, lines: [{ item: 'NOPE', quantityMilli: 1_000 }] },         422, null,                            'item.not_found'],
    ['an unknown location',            { ...order, location: 'nowhere' },                                     422, null,                            'location.not_found'],
    ['an unknown customer',            { ...order, customerId: newId() },                                     422, null,                            'customer.not_found'],
    ['an unknown workflow',            { ...order, workflow: 'nope' },                                        422, null,                            'workflow.not_found'],
    ['an unknown currency',            { ...order, currency: 'XXQ' },                                         422, null,                            null],
    ['too much of what there is',      { ...order, lines: [{ item: 'CUP', quantityMilli: 1e11 }] },           409, null,                            'stock.too_little'],
  ]

  test.each(table)('%s', async (_, body, status, pointer, code) => {
    const before = await traces()
    const { status: got, json, headers } = await post('/api/v1/orders', body)
    expect(got).toBe(status)
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    if (pointer !== null) expect(json.errors).toEqual(expect.arrayContaining([expect.objectContaining({ in: 'body', pointer, code })]))
    else if (code !== null) expect(json.code).toBe(code)
    expect(json.detail).not.toMatch(/\{|undefined|select |node_modules/)
    expect(await traces()).toEqual(before)
  })

  test('a closed location', async () => {
    await door.api.call('createLocation', { body: { code: 'shut', name: 'Shut', timeZone: 'Europe/Madrid', status: 'closed' } })
    expect(await post('/api/v1/orders', { ...order, location: 'shut' })).toMatchObject({ status: 409, json: { code: 'location.closed' } })
  })
})

describe('a body that is not one is refused before anybody looks at it', () => {
  // biome-ignore format: read it by column
  const table: [string, string, string][] = [
    ['half of it',                 '{"channel":',                                       'request.not_json'],
    ['nothing',                    '',                                                  'request.not_json'],
    ['single quotes',              "{'channel':'kiosk'}",                               'request.not_json'],
    ['a comma too many',           '{"channel":"kiosk",}',                              'request.not_json'],
    ['NaN',                        '{"channel":NaN}',                                   'request.not_json'],
    ['a key for the prototype',    '{"channel":"kiosk","__proto__":{"admin":true}}',    'request.not_json'],
    ['a key for the constructor',  '{"constructor":{"prototype":{"admin":true}}}',      'request.not_json'],
    ['a thousand levels',          `${'['.repeat(1_000)}${']'.repeat(1_000)}`,          'request.too_deep'],
    ['a list of 10,001',           `[${Array(10_001).fill(0).join(',')}]`,              'request.too_deep'],
  ]
  test.each(table)('%s', async (_, body, code) => {
    expect(await post('/api/v1/orders', body)).toMatchObject({ status: 400, json: { code } })
  })

  test('bytes that are not UTF-8', async () => {
    const body = new Uint8Array([...Buffer.from('{"channel":"'), 0xff, 0xfe, ...Buffer.from('"}')])
    expect(
      await door.send('POST', '/api/v1/orders', { body, headers: { 'content-type': 'application/json', 'idempotency-key': newId() } }),
    ).toMatchObject({ status: 400, json: { code: 'request.not_json' } })
  })

  test('more than a megabyte', async () => {
    expect(await post('/api/v1/orders', JSON.stringify({ ...order, note: 'a'.repeat(1_100_000) }))).toMatchObject({
      status: 413,
      json: { code: 'request.too_large' },
    })
  })

  test('an address of ten thousand characters', async () => {
    expect(await door.send('GET', `/api/v1/items?after=${'a'.repeat(9_000)}`)).toMatchObject({
      status: 414,
      json: { code: 'request.too_long' },
    })
  })
})

describe('only JSON that says so exactly is JSON', () => {
  const wrong = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
    'application/jsonp',
    'application/json,text/plain',
    'application/json text/plain',
    'application/json\tx',
    'application/json;',
    'application/json; charset=utf-8; x=y',
    'application/vnd.api+json',
    'application/json/',
    'application',
    '*/*',
    'application/json\u00a0',
    'text/json',
    'application/json; boundary=x',
  ]
  test.each(wrong)('not %j', async (type) => {
    expect(await raw(type)).toMatchObject({ status: 415, code: 'request.wrong_type' })
  })

  test('nor nothing at all', async () => {
    expect(await raw(null)).toMatchObject({ status: 415 })
  })

  // White space around a header's value is no part of it (RFC 9110, 5.5): the parser takes it away before anybody sees it.
  const right = [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    ' application/json',
    'application/json\t',
  ]
  test.each(right)('but %j', async (type) => {
    expect(await raw(type)).toMatchObject({ status: 201 })
  })

  /** Headers as they are, which fetch would tidy up first. */
  function raw(type: string | null): Promise<{ status: number; code: unknown }> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${door.apiKey}`,
        'idempotency-key': newId(),
        ...(type === null ? {} : { 'content-type': Buffer.from(type, 'utf8').toString('latin1') }),
      }
      const sent = httpRequest(`${door.url}/api/v1/orders`, { method: 'POST', headers }, (response) => {
        let text = ''
        response.on('data', (part: Buffer) => (text += part))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, code: (JSON.parse(text) as { code?: string }).code }))
      })
      sent.on('error', reject)
      sent.end(JSON.stringify(order))
    })
  }
})

describe('200 strings that are not what they seem', () => {
  const strings = hostileStrings(200)

  /** Every text an order takes, each with this string. */
  const orderOf = (text: string) => ({
    ...order,
    externalId: `${text}${newId()}`.slice(0, 200),
    contact: {
      name: text,
      email: text,
      phone: text.slice(0, 40),
      address: text,
      city: text,
      postcode: text.slice(0, 20),
      country: text.slice(0, 60),
    },
    tags: [text.slice(0, 64)],
    fields: { remark: { text } },
    references: { quote: text, opportunity: text },
    captured: { at: '2026-01-05T09:00:00Z', device: text },
    note: text,
    lines: [line, { kind: 'charge' as const, name: text, category: text, amountMinor: 1 }],
  })

  test('stand in every text of an order as they were sent, or are refused where they stand', async () => {
    let stored = 0
    for (let at = 0; at < strings.length; at += 20) {
      const some = strings.slice(at, at + 20)
      const result = await door.api.call('placeOrders', { body: { orders: some.map(orderOf) }, idempotencyKey: newId() })
      if (!result.ok) throw new Error(JSON.stringify(result.problem))
      for (const [i, { status, order: placed, problem }] of result.body.results.entries()) {
        const text = some[i] ?? ''
        if (status !== 201 || !placed) {
          expect(problem, JSON.stringify(text)).toMatchObject({
            status: 400,
            code: 'request.invalid',
            errors: expect.arrayContaining([expect.objectContaining({ code: expect.stringMatching(/^input\.(control|tag|too_long)$/) })]),
          })
          continue
        }
        stored++
        const page = await door.api.call('getOrder', { params: { id: placed.id } })
        expect(page, JSON.stringify(text)).toMatchObject({
          ok: true,
          body: {
            contact: { name: text, address: text },
            tags: [text.slice(0, 64)],
            fields: { remark: { text } },
            references: { quote: text, opportunity: text },
            notes: [{ text }],
            captured: { device: text },
            totalMinor: 251,
          },
        })
        expect(page.ok && page.body.lines[1]).toMatchObject({ name: text, category: text })
        const at1 = await door.api.call('getOrderAt', { params: { id: placed.id, seq: placed.version } })
        expect(at1.ok && at1.body.fields).toEqual({ remark: { text } })
      }
    }
    expect(stored).toBeGreaterThan(120)
    expect(door.reports).toEqual([])
  }, 60_000)

  test('stand in customers and items as they were sent, or are refused', async () => {
    for (const [i, text] of strings.entries()) {
      const customer = await door.api.call('createCustomer', { body: { name: text, email: text, tier: text.slice(0, 40) } })
      if (customer.ok) expect(customer.body).toMatchObject({ name: text, email: text })
      else expect(customer.problem).toMatchObject({ status: 400, code: 'request.invalid' })
      if (i % 4 > 0) continue
      const item = await door.api.call('createItem', {
        body: { code: `h${i} ${text}`.slice(0, 64), name: text, category: text.slice(0, 100) },
      })
      if (item.ok) expect(item.body).toMatchObject({ name: text })
      else expect(item.problem).toMatchObject({ status: 400, code: 'request.invalid' })
    }
  }, 60_000)

  test('are no item, no reason, no key, no header and no path', async () => {
    for (const text of strings) {
      const results = await Promise.all([
        post('/api/v1/orders', { ...order, lines: [{ item: text.slice(0, 64), quantityMilli: 1_000 }] }),
        post('/api/v1/orders', { ...order, location: text.slice(0, 64) }),
        door.send('GET', `/api/v1/orders/${encodeURIComponent(text.toWellFormed())}`),
        door.send('GET', `/api/v1/items?after=${encodeURIComponent(text.toWellFormed().slice(0, 64))}`),
        door.send('GET', `/api/v1/stock?itemId=${encodeURIComponent(text.toWellFormed())}`),
        ...(/^[\x20-\x7e]+$/.test(text)
          ? [
              door.send('GET', '/api/v1/items', { apiKey: null, headers: { authorization: text } }),
              door.send('GET', '/api/v1/items', { headers: { 'accept-language': text } }),
            ]
          : []),
      ])
      for (const { status, json, headers, text: said } of results) {
        expect([200, 400, 401, 404, 422], `${JSON.stringify(text)} gave ${status}: ${said}`).toContain(status)
        if (status !== 200) expect(headers.get('content-type')).toContain('application/problem+json')
        expect(json.code).not.toBe('internal')
      }
    }
    expect(door.reports).toEqual([])
  }, 60_000)
})

test('nothing of our insides is in any answer, and nothing of theirs in the log', async () => {
  await post('/api/v1/orders', { ...order, contact: { name: 'Persephone Secret' }, note: 'hush-hush' })
  await door.send('GET', '/api/v1/orders', { headers: { authorization: 'Bearer dk_secret' } })
  const log = door.logged.join('')
  for (const secret of ['Persephone', 'hush-hush', 'dk_secret', door.apiKey]) expect(log).not.toContain(secret)
  expect(log).toContain('"route":"/api/v1/orders"')
})
