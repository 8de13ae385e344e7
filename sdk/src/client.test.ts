import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest'
import { type Client, client, type Result } from './client.ts'

let server: Server
let api: Client
let asked: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string }
let reply: { status: number; type: string; headers?: Record<string, string>; body: string } | 'hang up'

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += String(part)
    })
    request.on('end', () => {
      asked = { method: request.method, url: request.url, headers: request.headers, body }
      if (reply === 'hang up') request.socket.destroy()
      else response.writeHead(reply.status, { 'content-type': reply.type, ...reply.headers }).end(reply.body)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  api = client({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'dk_test', language: 'es' })
})
afterAll(() => void server.close())

test('a call is sent as the contract says', async () => {
  reply = { status: 200, type: 'application/json', body: '{}' }
  await api.call('actOnOrder', { params: { id: 'a/b', action: 'hold' }, body: { reason: 'x' }, version: 7, idempotencyKey: 'k' })
  expect(asked).toMatchObject({
    method: 'POST',
    url: '/api/v1/orders/a%2Fb/actions/hold',
    headers: {
      authorization: 'Bearer dk_test',
      'accept-language': 'es',
      'content-type': 'application/json',
      'if-match': '"7"',
      'idempotency-key': 'k',
    },
    body: '{"reason":"x"}',
  })
})

test('a question carries its query and no body', async () => {
  reply = { status: 200, type: 'application/json', body: '{"rows":[],"next":null}' }
  expect(await api.call('listItems', { query: { after: 'a&b', limit: 5 } })).toMatchObject({ ok: true, body: { rows: [], next: null } })
  expect(asked).toMatchObject({ method: 'GET', url: '/api/v1/items?after=a%26b&limit=5', body: '' })
  expect(asked.headers['content-type']).toBeUndefined()
})

test('a refusal is a value with its problem and when to come again', async () => {
  reply = { status: 503, type: 'application/problem+json', headers: { 'retry-after': '2' }, body: '{"code":"busy.try_later"}' }
  expect(await api.call('listItems')).toMatchObject({ ok: false, status: 503, problem: { code: 'busy.try_later' }, retryAfterSeconds: 2 })
})

test('what is no problem of ours is a refusal without one', async () => {
  reply = { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' }
  expect(await api.call('listItems')).toEqual({ ok: false, status: 502, problem: null, retryAfterSeconds: null })
})

test('nobody answering is told apart from being refused', async () => {
  reply = 'hang up'
  expect(await api.call('listItems')).toEqual({ ok: false, status: 0, problem: null, retryAfterSeconds: null })
})

test('the contract types what is sent and what comes back', () => {
  expectTypeOf<Extract<Result<'placeOrder'>, { ok: true }>['body']['totalMinor']>().toEqualTypeOf<number | null>()
  // @ts-expect-error: an order without lines is no order
  void (() => api.call('placeOrder', { body: { channel: 'web' } }))
  // @ts-expect-error: a return has an id in its address
  void (() => api.call('getReturn'))
})
