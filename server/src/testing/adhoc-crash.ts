import { setTimeout as sleep } from 'node:timers/promises'
import { mkdirSync, rmSync } from 'node:fs'
import pino from 'pino'
import pg from 'pg'
import { startEmbeddedPostgres } from '#platform/embedded-postgres.ts'
import { migrate } from '#platform/migrate.ts'
import { openPools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import { startJobs } from '#platform/jobs/start-jobs.ts'
import { finished } from '#platform/jobs/types.ts'
import { openCommit, recordCommit } from '#platform/log.ts'
import { sealLagMs } from '#platform/sealer.ts'

const dir = '/tmp/jobs-adhoc/pg'
rmSync(dir, { recursive: true, force: true }); mkdirSync(dir, { recursive: true, mode: 0o711 })
let server = await startEmbeddedPostgres(dir, () => {})
console.log(server)
await migrate(server.url)
const pools = openPools(server.url)
let done = 0
const log = pino({ level: 'warn' })
const jobs = await startJobs({ url: server.url, pools, settings: { role: 'all', orderRetryAttempts: 10 }, log,
  handlers: { greet: { lanes: ['live', 'outbound'], batchMax: 50, deadlineMs: 10000, handle: async (_w, claims) => { await sleep(5); done += claims.length; return claims.map(() => finished) } } },
  fireTimers: async () => {}, expireReservations: async () => {} })
const ws = newId()
await pools.system(async (tx) => tx.send({ text: `insert into workspaces (workspace_id, code, name, home_currency, blueprint) values ($1, 'x', 'Test', 'EUR', 'counter')`, values: [ws] }))
console.log('idle rss', process.memoryUsage().rss / 1e6)
// bench: owe cost
async function place(withOwe: boolean) {
  const id = newId()
  await pools.change(ws, async (tx) => {
    const o = await openCommit(tx, ws, id)
    const ev = { subject: 'order', subjectId: newId(), seq: 1, type: 'X', payload: '{}', version: 1, at: o.now, actorKind: 'system', actorId: null, locationId: null, registerId: null, commandId: newId() }
    recordCommit(tx, o, [ev])
    if (withOwe) owe(tx, ws, [{ id: newId(), kind: 'greet', lane: 'live', payload: {} }])
  })
}
for (const w of [false, true, false, true]) {
  const t = performance.now(); const n = 3000
  await Promise.all(Array.from({ length: 4 }, async () => { for (let i = 0; i < n / 4; i++) await place(w) }))
  console.log('owe', w, Math.round(n / ((performance.now() - t) / 1000)), 'tx/s', 'done', done)
}
// sealer bench
await sleep(1000)
{
  const c = new pg.Client(server.url); await c.connect(); await c.query('set role docket_app'); await c.query(`select set_config('docket.workspace', '${ws}', false)`)
  const t0 = jobs.health().sealer.sealed
  const t = performance.now()
  await c.query(`insert into docket.commits (workspace_id, id, events, digest, recorded_at) select '${ws}', gen_random_uuid(), 1, decode(md5(i::text),'hex'), now() from generate_series(1, 100000) i`)
  console.log('inserted', performance.now() - t)
  const t2 = performance.now()
  while (await sealLagMs(pools) > 0) await sleep(20)
  console.log('sealed', jobs.health().sealer.sealed - t0, 'in', performance.now() - t2, 'ms →', Math.round(100000 / (performance.now() - t2) * 1000), '/s')
  await c.end()
}
// crash
let placed = 0, failed = 0, stop = false
const load = Promise.all(Array.from({ length: 4 }, async () => { while (!stop) { try { await place(true); placed++ } catch { failed++; await sleep(50) } } }))
for (let round = 0; round < 4; round++) {
  await sleep(1500)
  const c = new pg.Client(server.url); await c.connect(); c.on('error', () => {})
  console.log('kill', round)
  const pid = Number((await import('node:fs')).readFileSync(dir + '/postmaster.pid', 'utf8').split('\n')[0])
  process.kill(pid, 'SIGKILL')
  await sleep(1000)
  server = await startEmbeddedPostgres(dir, () => {})
  console.log('up again', server.url)
}
await sleep(3000)
stop = true
await load
console.log({ placed, failed, done }, jobs.health())
const t = performance.now()
for (;;) {
  const c = new pg.Client(server.url); await c.connect(); await c.query('set role docket_owner')
  const r = (await c.query(`select state, count(*) from docket.owed group by 1`)).rows
  const j = (await c.query(`select count(*), count(locked_by) locked from graphile_worker.jobs`)).rows
  await c.end()
  console.log(Math.round(performance.now() - t), JSON.stringify(r), JSON.stringify(j), await sealLagMs(pools))
  if ((r.length === 1 && j[0].count === '0') || performance.now() - t > 40000) break
  await sleep(2000)
}
await jobs.stop(); await pools.end(); await server.stop()
