import { appendFileSync } from 'node:fs'
import pino from 'pino'
import { test } from 'vitest'
import { newId } from '#platform/ids.ts'
import { startSealer } from '#platform/sealer.ts'
import { testDoor } from '#server/testing/test-door.ts'
import { followStream, type Followed } from './fixtures/follow-stream.ts'
import { startServerProcess } from './fixtures/server-process.ts'

const say = (x: unknown) => appendFileSync('/tmp/hs-load.txt', `${JSON.stringify(x)}\n`)
test('load', async () => {
  const door = await testDoor()
  const sealer = startSealer(door.databaseUrl, pino({ level: 'silent' }))
  const other = await door.neighbour('second')
  const server = await startServerProcess(door.databaseUrl)
  await door.receive({ CUP: 1_000_000 })
  const metric = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const of = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? 0)
    return { rssMb: Math.round(of('docket_process_resident_memory_bytes') / 1e6), heapMb: Math.round(of('docket_nodejs_heap_size_used_bytes') / 1e6), cpu: of('docket_process_cpu_seconds_total'), p99lag: of('docket_nodejs_eventloop_lag_p99_seconds') }
  }
  say({ at: 'start', ...(await metric()) })
  const place = async (apiKey: string, line: object) => {
    const r = await server.as(apiKey).call('placeOrder', { body: { channel: 'web', location: 'main', lines: [line as { item: string; quantityMilli: number }] }, idempotencyKey: newId() })
    if (!r.ok) throw new Error(JSON.stringify(r.problem))
    return r.body.id
  }
  const wrap = { kind: 'service', name: 'x', amountMinor: 100 }
  const run = async (label: string, seconds: number, clients: Followed[], perSecond: number) => {
    const before = await metric()
    const sent = new Map<string, number>()
    const end = performance.now() + seconds * 1000
    const work = async (key: string, line: object) => {
      while (performance.now() < end) {
        const t = performance.now()
        const id = await place(key, line)
        sent.set(id, performance.now())
        await new Promise((d) => setTimeout(d, Math.max(0, 1000 / (perSecond / 2) - (performance.now() - t))))
      }
    }
    await Promise.all([work(door.apiKey, { item: 'CUP', quantityMilli: 1000 }), work(other.apiKey, wrap)])
    await new Promise((d) => setTimeout(d, 1500))
    const after = await metric()
    const ms: number[] = []
    for (const c of clients) for (const e of c.events) if (e.event === 'changes') for (const ch of e.data.changes) if ('id' in ch) { const t = sent.get(ch.id); if (t) ms.push(e.cameAt - t) }
    ms.sort((a, b) => a - b)
    const q = (p: number) => Math.round(ms[Math.floor(ms.length * p)] ?? -1)
    say({ label, orders: sent.size, told: ms.length, expected: sent.size * clients.length / 2, p50: q(0.5), p95: q(0.95), p99: q(0.99), max: q(0.9999), cpuPerSec: (after.cpu - before.cpu) / (seconds + 1.5), before, after })
    for (const c of clients) c.events.length = 0
  }
  await run('no clients', 10, [], 40)
  const open = async (apiKey: string, n: number) => { const out: Followed[] = []; for (let i = 0; i < n; i++) out.push(await followStream(server.url, { apiKey })); return out }
  const a = await open(door.apiKey, 75); const b = await open(other.apiKey, 75)
  const sa = await open(door.apiKey, 25); const sb = await open(other.apiKey, 25)
  for (const s of [...sa, ...sb]) s.stopReading()
  say({ at: 'idle with 200', ...(await metric()) })
  const m1 = await metric(); await new Promise((d) => setTimeout(d, 10_000)); const m2 = await metric()
  say({ idleCpuPerSec: (m2.cpu - m1.cpu) / 10, rss: m2.rssMb })
  await run('200 clients', 30, [...a, ...b], 40)
  await run('200 clients 2', 30, [...a, ...b], 40)
  await run('200 clients 3', 30, [...a, ...b], 40)
  for (const s of [...a, ...b, ...sa, ...sb]) s.close()
  await new Promise((d) => setTimeout(d, 2000))
  say({ at: 'closed', ...(await metric()) })
  await server.stop(); await door.end(); await sealer.stop()
}, 300_000)
