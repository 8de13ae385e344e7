import { readFileSync } from 'node:fs'
import { poolOf } from '#platform/db.ts'
import { inWorkspace } from './look.ts'
const { shop, docket: d } = JSON.parse(readFileSync('/tmp/benchrig/rig.json', 'utf8'))
const pool = poolOf(d.databaseUrl, 'docket_app', 2, '-c statement_timeout=120s -c plan_cache_mode=force_generic_plan -c enable_seqscan=off')
const ids = (await inWorkspace<any>(pool, shop.workspaceId, 'select id from orders order by id desc limit 20')).map((r) => r.id)
for (const [t, c] of Object.entries({ orders: 'id', order_lines: 'order_id', reservations: 'order_id', events: 'subject_id', idempotency_keys: 'subject_id', timers: 'order_id', movements: 'order_id' })) {
  const t0 = performance.now()
  const [r] = await inWorkspace<any>(pool, shop.workspaceId, `select json_agg(t)::text as json from ${t} t where workspace_id = $2 and ${c} = any($1::uuid[])`, [ids, shop.workspaceId])
  const t1 = performance.now()
  if (!r.json) { console.log(t, 'none', (t1 - t0).toFixed(1)); continue }
  const other = '018f0000-0000-7000-8000-' + String(Math.floor(Math.random() * 1e12)).padStart(12, '0')
  const json = r.json.replaceAll(shop.workspaceId, other)
  const e = await inWorkspace<any>(pool, other, `explain (analyze, timing off) insert into ${t} select * from json_populate_recordset(null::${t}, $1::json)`, [json])
  const e2 = await inWorkspace<any>(pool, other, `explain (analyze) select * from json_populate_recordset(null::${t}, $1::json)`, [json])
  console.log(t, 'read', (t1 - t0).toFixed(1), 'bytes', json.length, e.map((x) => x['QUERY PLAN']).filter((x) => /Time|time/.test(x)).join(' | '), '||', e2.map((x) => x['QUERY PLAN']).filter((x) => /Execution/.test(x)).join(' | '))
}
await pool.end()
