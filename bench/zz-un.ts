import { readFileSync } from 'node:fs'
import { poolOf } from '#platform/db.ts'
import { inWorkspace } from './look.ts'
const { shop, docket: d } = JSON.parse(readFileSync('/tmp/benchrig/rig.json', 'utf8'))
const pool = poolOf(d.databaseUrl, 'docket_app', 2, '-c statement_timeout=120s -c plan_cache_mode=force_generic_plan -c enable_seqscan=off')
const ids = (await inWorkspace<any>(pool, shop.workspaceId, 'select id from orders order by id desc limit 64')).map((r) => r.id)
for (const [t, c] of Object.entries({ orders: 'id', order_lines: 'order_id', reservations: 'order_id', events: 'subject_id', idempotency_keys: 'subject_id' })) {
  const cols = await inWorkspace<any>(pool, shop.workspaceId, `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = '${t}'::regclass and attnum > 0 and not attisdropped order by attnum`)
  const [r] = await inWorkspace<any>(pool, shop.workspaceId, `select json_agg(t)::text as json from ${t} t where workspace_id = $2 and ${c} = any($1::uuid[])`, [ids, shop.workspaceId])
  const rows = JSON.parse(r.json)
  const recordset = `select ${cols.map((x: any) => x.name).join(', ')} from json_to_recordset($1::json) as r(${cols.map((x: any) => `${x.name} ${x.type}`).join(', ')})`
  const unnest = `select * from unnest(${cols.map((x: any, i: number) => `$${i + 1}::${x.type}[]`).join(', ')}) as r(${cols.map((x: any) => x.name).join(', ')})`
  const arrays = cols.map((x: any) => '{' + rows.map((row: any) => { const v = row[x.name]; return v === null ? 'NULL' : typeof v === 'string' ? '"' + v.replace(/[\\"]/g, '\\$&') + '"' : v }).join(',') + '}')
  const time = async (text: string, values: any[]) => {
    const l = []
    for (let i = 0; i < 25; i++) { const e = await inWorkspace<any>(pool, shop.workspaceId, `explain (analyze, timing off) ${text}`, values); l.push(Number(/[\d.]+/.exec(e.at(-1)!['QUERY PLAN'])![0])) }
    l.sort((a, b) => a - b)
    return l[12]
  }
  // full time incl. bind: run via query wall
  const wall = async (text: string, values: any[]) => {
    const c = await pool.connect(); const l = []
    for (let i = 0; i < 200; i++) { const t0 = performance.now(); await c.query({ name: text.slice(0, 20) + t + text.length, text: `select count(*) from (${text}) x`, values }); l.push(performance.now() - t0) }
    c.release(); l.sort((a, b) => a - b); return l[10]!
  }
  const q = (v: any) => v === null ? '' : typeof v === 'string' ? (/^[\w.:+-]+$/.test(v) ? v : '\\"' + v.replace(/[\\"]/g, '\\\\\\$&') + '\\"') : v === true ? 't' : v === false ? 'f' : v
  const comp = '{' + rows.map((row: any) => '"(' + cols.map((x: any) => q(row[x.name])).join(',') + ')"').join(',') + '}'
  const ctext = `select (x).* from unnest($1::${t}[]) x`
  const ctext2 = `select x.* from unnest($1::${t}[]) x`
  console.log('composite', (1000 * await wall(ctext2, [comp]) / rows.length).toFixed(1), 'bytes', comp.length)
  const jt = JSON.stringify(rows)
  console.log(t, rows.length, 'json', jt.length, 'recordset wall us/row', (1000 * await wall(recordset, [jt]) / rows.length).toFixed(1), 'unnest', (1000 * await wall(unnest, arrays) / rows.length).toFixed(1), 'arrays bytes', arrays.join('').length)
}
await pool.end(); process.exit(0)
