import type { Readable } from 'node:stream'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sealer, startSealer } from '#platform/sealer.ts'
import type { Call } from '#usecases/call.ts'
import { type TestShop, testShop } from '../testing/test-shop.ts'
import { RefusedRequest } from './read-json.ts'
import { streamHandlers } from './stream.ts'

let shop: TestShop
let sealer: Sealer
beforeAll(async () => {
  shop = await testShop()
  sealer = startSealer(shop.databaseUrl, pino({ level: 'silent' }))
})
afterAll(async () => {
  await sealer.stop()
  await shop.end()
})

/** Follows with a stream in hand, read by nobody unless a test does. */
async function followed(again: () => Promise<Call> = async () => shop.call()): Promise<Readable> {
  const answered = await streamHandlers(shop.engine).followChanges({
    call: shop.call(),
    params: {},
    query: { topics: 'orders' },
    body: undefined,
    expected: null,
    key: null,
    fingerprint: '',
    requestId: 'r',
    from: '',
    lastEventId: null,
    again,
  })
  if (!('stream' in answered)) throw new Error(JSON.stringify(answered))
  return answered.stream
}

const place = (count: number) => Promise.all(Array.from({ length: count }, () => shop.place({ WRAP: 1 })))
const rest = (ms: number) => new Promise((done) => setTimeout(done, ms))

test('a follower who does not read is let go, and what waits for them stays small', async () => {
  const [slow, quick] = [await followed(), await followed()]
  let read = ''
  quick.on('data', (bytes) => (read += String(bytes)))
  // Their ends come to an end when they are read, here never.
  slow.on('error', () => {})
  await rest(500)
  let most = 0
  for (let i = 0; i < 40 && !slow.destroyed; i++) {
    await place(60)
    await rest(120)
    most = Math.max(most, slow.readableLength)
  }
  expect(most).toBeGreaterThan(400_000)
  expect(most).toBeLessThan(600_000)
  await expect.poll(() => slow.destroyed, { timeout: 10_000 }).toBe(true)
  expect(read).toContain('event: changes')
  expect(read).not.toContain('event: end')
  quick.destroy()
})

test('nobody is told anything while nobody knows what they may see, and everything once somebody does', async () => {
  let known = true
  const stream = await followed(async () => {
    if (!known) throw new Error('The database does not answer')
    return shop.call()
  })
  let read = ''
  stream.on('data', (bytes) => (read += String(bytes)))
  await expect.poll(() => read).toContain('event: hello')
  known = false
  await rest(700)
  const outcome = await shop.place({ WRAP: 1 })
  const id = outcome.ok ? outcome.order.id : ''
  await rest(700)
  expect(read).not.toContain(id)
  known = true
  await expect.poll(() => read).toContain(id)
  stream.destroy()
})

test('whoever may not ask any more is told so, and that is the last', async () => {
  const stream = await followed(async () => {
    throw new RefusedRequest({ refused: { code: 'auth.invalid', params: {} } })
  })
  let read = ''
  stream.on('data', (bytes) => (read += String(bytes)))
  await expect.poll(() => stream.destroyed).toBe(true)
  expect(read.trimEnd().split('\n\n').at(-1)).toBe('event: end\ndata: {"because":"rights"}')
})
