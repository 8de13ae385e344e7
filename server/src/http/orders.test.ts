import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import type { Result } from '#sdk/client.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'

let door: TestDoor
beforeAll(async () => {
  door = await testDoor()
  await door.receive({ CUP: 500, TEA: 500 })
})
afterAll(() => door.end())

const body = (more: object = {}) => ({
  channel: 'kiosk',
  location: 'main',
  lines: [
    { item: 'CUP', quantityMilli: 2_000 },
    { item: 'TEA', quantityMilli: 1_000 },
  ],
  ...more,
})

async function placed(more: object = {}) {
  const result = await door.api.call('placeOrder', { body: body(more), idempotencyKey: newId() })
  if (!result.ok) throw new Error(JSON.stringify(result.problem))
  return result.body
}

function problemOf<N extends Parameters<TestDoor['api']['call']>[0]>(result: Result<N>) {
  if (result.ok) throw new Error(`Went well: ${JSON.stringify(result.body)}`)
  return result.problem
}

test('an order is placed, answered with its version and found again with its contact', async () => {
  const result = await door.api.call('placeOrder', { body: body({ contact: { name: 'Ada' }, note: 'No bag.' }), idempotencyKey: newId() })
  if (!result.ok) throw new Error(JSON.stringify(result.problem))
  expect(result).toMatchObject({ status: 201, body: { totalMinor: 999, stage: 'AWAITING_PROCESSING', already: false } })
  expect(result.headers.get('etag')).toBe(`"${result.body.version}"`)
  expect(JSON.stringify(result.body)).not.toContain('Ada')
  const page = await door.api.call('getOrder', { params: { id: result.body.id } })
  expect(page).toMatchObject({
    ok: true,
    body: { number: result.body.number, contact: { name: 'Ada' }, notes: [{ text: 'No bag.' }], returns: [] },
  })
})

test('an order goes to its end over HTTP: started, packed, paid, handed over', async () => {
  const { id } = await placed()
  for (const action of ['start', 'pack']) expect(await door.api.call('actOnOrder', { params: { id, action } })).toMatchObject({ ok: true })
  expect(
    await door.api.call('recordPayment', { params: { id }, body: { amountMinor: 999, method: 'cash' }, idempotencyKey: newId() }),
  ).toMatchObject({ status: 201 })
  expect(await door.api.call('actOnOrder', { params: { id, action: 'hand_over' } })).toMatchObject({
    ok: true,
    body: { phase: 'done', payment: 'paid' },
  })
  expect(await door.api.call('listPayments', { params: { id } })).toMatchObject({
    ok: true,
    body: { payments: [{ kind: 'capture', amountMinor: 999 }] },
  })
})

test('an order tells what happened to it, and stands as it stood after any event', async () => {
  const { id } = await placed()
  await door.api.call('actOnOrder', { params: { id, action: 'note' }, body: { note: 'Seen.' } })
  const events = await door.api.call('listOrderEvents', { params: { id } })
  if (!events.ok) throw new Error('no events')
  expect(events.body.events.map((event) => event.type)).toEqual(['OrderPlaced', 'StockReserved', 'NoteAdded'])
  expect(await door.api.call('listOrderEvents', { params: { id }, query: { after: 1, limit: 1 } })).toMatchObject({
    body: { events: [{ seq: 2 }], next: '2' },
  })
  expect(await door.api.call('getOrderAt', { params: { id, seq: 1 } })).toMatchObject({ ok: true, body: { version: 1, reservations: [] } })
  expect(problemOf(await door.api.call('getOrderAt', { params: { id, seq: 99 } }))).toMatchObject({ status: 404, code: 'order.not_found' })
})

test('an order says what may be done with it, what may not, and why', async () => {
  const { id } = await placed()
  const answer = await door.api.call('listOrderActions', { params: { id } })
  if (!answer.ok) throw new Error('no actions')
  const named = (name: string) => answer.body.actions.find((offer) => offer.action === name)
  expect(named('start')).toMatchObject({ allowed: true, reason: null, permission: 'orders:move' })
  expect(named('start')?.who).toContain('owner')
  expect(named('refund')).toMatchObject({ allowed: false, reason: { code: 'money.nothing_to_refund' } })
  expect(named('return')).toMatchObject({
    allowed: false,
    reason: { code: 'return.nothing', text: expect.stringContaining('handed over') },
  })
  expect(named('release')).toMatchObject({ allowed: false, reason: { code: 'hold.none' } })
  expect(named('cancel')).toMatchObject({ allowed: true, requires: ['reason'] })
})

test('a change of what is no longer so is refused with how the order stands', async () => {
  const { id, version } = await placed()
  await door.api.call('actOnOrder', { params: { id, action: 'start' } })
  expect(problemOf(await door.api.call('actOnOrder', { params: { id, action: 'pack' }, version }))).toMatchObject({
    status: 412,
    code: 'order.changed',
    order: { id, version: version + 1, phase: 'working', actions: expect.arrayContaining(['pack']) },
  })
})

test('a repeat with the same key is the same order, also while the first is on its way', async () => {
  const idempotencyKey = newId()
  const sent = body()
  const results = await Promise.all(Array.from({ length: 10 }, () => door.api.call('placeOrder', { body: sent, idempotencyKey })))
  results.push(await door.api.call('placeOrder', { body: sent, idempotencyKey }))
  const bodies = new Set(results.map((result) => JSON.stringify(result.ok && result.body)))
  expect(bodies.size).toBe(1)
  expect(results.map((result) => result.status)).toEqual(Array(11).fill(201))
  expect(problemOf(await door.api.call('placeOrder', { body: body({ priority: 5 }), idempotencyKey }))).toMatchObject({
    status: 422,
    code: 'idempotency.other_body',
  })
})

test('a machine that places without a key is told to send one', async () => {
  expect(problemOf(await door.api.call('placeOrder', { body: body() }))).toMatchObject({ status: 400, code: 'idempotency.missing' })
})

test('of a batch each order is placed or refused for itself', async () => {
  const orders = [body(), body({ lines: [{ item: 'NOPE', quantityMilli: 1_000 }] }), body({ lines: [] }), { ...body(), key: 'mine' }]
  const idempotencyKey = newId()
  const result = await door.api.call('placeOrders', { body: { orders }, idempotencyKey })
  if (!result.ok) throw new Error(JSON.stringify(result.problem))
  expect(result.body.results.map(({ status, problem }) => [status, problem?.code])).toEqual([
    [201, undefined],
    [422, 'item.not_found'],
    [400, 'request.invalid'],
    [201, undefined],
  ])
  expect(result.body.results[2]?.problem?.errors).toMatchObject([{ pointer: '/orders/2/lines' }])
  const again = await door.api.call('placeOrders', { body: { orders }, idempotencyKey })
  expect(again.ok && again.body.results.map(({ order }) => order?.id)).toEqual(result.body.results.map(({ order }) => order?.id))
  const alone = await door.api.call('placeOrder', { body: body(), idempotencyKey: 'mine' })
  expect(alone.ok && alone.body.id).toBe(result.body.results[3]?.order?.id)
})

test('a list of actions does what it can and says why not for the rest', async () => {
  const [one, two] = [await placed(), await placed()]
  const result = await door.api.call('actOnOrders', {
    body: {
      actions: [
        { orderId: one.id, action: 'hold', reason: 'check_identity' },
        { orderId: two.id, action: 'start', version: 99 },
        { orderId: newId(), action: 'start' },
        { orderId: two.id, action: 'tag', add: ['gift'], colour: 'red' },
      ],
    },
  })
  if (!result.ok) throw new Error(JSON.stringify(result.problem))
  expect(result.body.results.map(({ status, problem }) => [status, problem?.code])).toEqual([
    [200, undefined],
    [409, 'order.changed'],
    [404, 'order.not_found'],
    [400, 'request.invalid'],
  ])
  expect(result.body.results[3]?.problem?.errors).toMatchObject([{ pointer: '/actions/3/colour', code: 'input.unknown' }])
})

test('a return of what was handed over is recorded and found again', async () => {
  const order = await placed()
  for (const action of ['start', 'pack']) await door.api.call('actOnOrder', { params: { id: order.id, action } })
  await door.api.call('recordPayment', { params: { id: order.id }, body: { amountMinor: 999, method: 'cash' }, idempotencyKey: newId() })
  await door.api.call('actOnOrder', { params: { id: order.id, action: 'hand_over' } })
  const lineId = order.lines[0]?.id ?? ''
  const made = await door.api.call('recordReturn', {
    body: { orderId: order.id, lines: [{ lineId, quantityMilli: 1_000 }] },
    idempotencyKey: newId(),
  })
  expect(made).toMatchObject({
    status: 201,
    body: { orderId: order.id, totalMinor: 250, lines: [{ orderLineId: lineId, quantityMilli: 1_000 }] },
  })
  expect(made.ok && (await door.api.call('getReturn', { params: { id: made.body.id } }))).toMatchObject({
    ok: true,
    body: { totalMinor: 250 },
  })
})

test('a refusal speaks the language of the reader', async () => {
  const { id } = await placed()
  const { json, headers } = await door.send('POST', `/api/v1/orders/${id}/actions/release`, {
    headers: { 'accept-language': 'es-MX,en;q=0.5' },
    body: '{"holdId":"018f0000-0000-7000-8000-000000000000"}',
  })
  expect(json).toMatchObject({ code: 'hold.not_found', detail: expect.stringContaining('retención') })
  expect(headers.get('content-language')).toBe('es')
})
