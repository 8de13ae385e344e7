import { setTimeout as sleep } from 'node:timers/promises'
import { mkdirSync, rmSync } from 'node:fs'
import pino from 'pino'
import { startEmbeddedPostgres } from '#platform/embedded-postgres.ts'
import { migrate } from '#platform/migrate.ts'
import { openPools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import { startJobs } from '#platform/jobs/start-jobs.ts'
import { finished } from '#platform/jobs/types.ts'
const dir = '/tmp/jobs-adhoc/pg'
rmSync(dir, { recursive: true, force: true }); mkdirSync(dir, { recursive: true, mode: 0o711 })
let server = await startEmbeddedPostgres(dir, () => {})
await migrate(server.url)
const pools = openPools(server.url)
let done = 0
const jobs = await startJobs({ url: server.url, pools, settings: { role: 'all', orderRetryAttempts: 10 }, log: pino({ level: 'warn' }),
  handlers: { greet: { lanes: ['live', 'outbound'], batchMax: 50, deadlineMs: 10000, handle: async (_w, claims) => { await sleep(5); done += claims.length; return claims.map(() => finished) } } },
  fireTimers: async () => {}, expireReservations: async () => {} })
const ws = newId()
const t0 = performance.now(); setInterval(() => console.log(Math.round(performance.now() - t0), placed, failed, done, JSON.stringify(jobs.health().lanes)), 1000).unref()
let placed = 0, failed = 0, stop = false
const load = Promise.all(Array.from({ length: 4 }, async () => { while (!stop) { try { await pools.change(ws, async (tx) => owe(tx, ws, [{ id: newId(), kind: 'greet', lane: 'live', payload: {} }])); placed++ } catch { failed++; await sleep(50) } } }))
for (let round = 0; round < 3; round++) {
  await sleep(1500)
  process.kill(server.pid, 'SIGKILL')
  await sleep(1000)
  server = await startEmbeddedPostgres(dir, () => {})
  console.log('up', round, server.pid)
}
await sleep(3000)
stop = true
await load
console.log({ placed, failed, done })
await sleep(2000)
console.log({ placed, failed, done }, jobs.health())
const mark = (l: string, t = performance.now()) => () => console.log(l, Math.round(performance.now() - t))
await jobs.stop().then(mark('jobs.stop'))
await pools.end().then(mark('pools.end'))
await server.stop().then(mark('server.stop'))
console.log((process as any).getActiveResourcesInfo())
