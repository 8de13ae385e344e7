// A thread of its own: a main loop that is busy for seconds still lives, one that is mute for a minute does not.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import pg from 'pg'
import type { HeartbeatOrders } from './heartbeat.ts'

const orders: HeartbeatOrders = workerData
const pulse = new Float64Array(orders.pulse)

let client: pg.Client | null = null
for (;;) {
  const begunAt = Date.now()
  if (begunAt - (pulse[0] ?? 0) < orders.muteMs) {
    try {
      client ??= await connect()
      await beat(client)
      parentPort?.postMessage(Date.now())
    } catch {
      // Whoever looks at seen_at notices; the next beat tries a new connection.
      client?.end().catch(() => {})
      client = null
    }
  }
  await sleep(Math.max(100, orders.beatMs - (Date.now() - begunAt)))
}

async function connect(): Promise<pg.Client> {
  const fresh = new pg.Client({
    connectionString: orders.url,
    connectionTimeoutMillis: orders.beatMs,
    query_timeout: orders.beatMs,
    application_name: 'docket heartbeat',
    options: '-c role=docket_system -c search_path=docket -c statement_timeout=3s',
  })
  fresh.on('error', () => {})
  await fresh.connect()
  return fresh
}

async function beat(on: pg.Client): Promise<void> {
  await on.query({
    name: 'beat',
    text: `insert into processes (id, role, host, pid) values ($1, $2, $3, $4) on conflict (id) do update set seen_at = now()`,
    values: [orders.processId, orders.role, orders.host, orders.pid],
  })
}
