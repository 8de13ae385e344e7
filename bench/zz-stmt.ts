import { readFileSync } from 'node:fs'
import pg from 'pg'
import { openPools, poolOf } from '#platform/db.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { referenceCache } from '#usecases/reference.ts'
import { placeOrders } from '#usecases/orders/place-orders.ts'
import { callOfEngine } from '#usecases/call.ts'
import { newId } from '#platform/ids.ts'
const { shop, docket: d } = JSON.parse(readFileSync('/tmp/benchrig/rig.json', 'utf8'))
const per = Number(process.argv[2] ?? 64), n = Number(process.argv[3] ?? 150)
const times = new Map<string, number[]>()
let last = 0, on = false
const proto = pg.Client.prototype as any
const orig = proto.query
proto.query = function (s: any, ...r: any[]) {
  const p = orig.call(this, s, ...r)
  const name = typeof s === 'string' ? s : s.name ?? s.text.slice(0, 20)
  if (p?.then) p.then(() => { const now = performance.now(); if (on) { const l = times.get(name) ?? []; l.push(now - last); times.set(name, l) } last = now }, () => {})
  if (name === 'begin') last = performance.now()
  return p
}
const pools = openPools(d.databaseUrl)
const engine = openEngine(pools, referenceCache(pools), (e) => console.log(e), 256)
const call = () => ({ ...callOfEngine(shop.workspaceId, 'system'), actor: { kind: 'api_key' as const, id: '01a1f7de-de21-7e13-a5f5-6b2a25fb12bb' } })
const rnd = () => shop.items[Math.floor(Math.random() * shop.items.length)]
const one = () => ({ body: { channel: 'web', location: 'main', lines: [rnd(), rnd(), rnd()].map((item) => ({ item, quantityMilli: 1000 })) } as any, key: { route: 'placeOrder', key: newId(), fingerprint: 'x'.repeat(64) } })
for (let i = 0; i < 30; i++) await placeOrders(engine, call() as any, Array.from({ length: per }, one))
on = true
const t0 = performance.now(), c0 = process.cpuUsage()
for (let i = 0; i < n; i++) { const o = await placeOrders(engine, call() as any, Array.from({ length: per }, one)); if (!o.every((x) => x.ok)) throw new Error('no') }
const c = process.cpuUsage(c0)
const med = (l: number[]) => l.toSorted((a, b) => a - b)[l.length >> 1]!
let sum = 0
for (const [name, l] of times) { const m = med(l); if (l.length > n / 2) { sum += m * l.length / n; console.log(name.padEnd(22), (1000 * m / per).toFixed(1).padStart(7), 'us/order', l.length) } }
console.log('sum', (1000 * sum / per).toFixed(0), 'us/order; js cpu us/order', (c.user + c.system) / n / per, 'wall', (1000 * (performance.now() - t0) / n / per).toFixed(0))
await pools.end()
process.exit(0)
