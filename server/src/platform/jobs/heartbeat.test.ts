import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { openPools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { testDatabase } from '#server/testing/test-database.ts'
import type { HeartbeatOrders } from './heartbeat.ts'

test('the heartbeat goes on beside a busy main loop and falls silent when that has been mute for too long', async () => {
  const database = await testDatabase()
  const pools = openPools(database.url, { write: 1, read: 1, system: 1 })
  const pulse = new SharedArrayBuffer(8)
  const turned = new Float64Array(pulse)
  turned[0] = Date.now()
  const orders: HeartbeatOrders = {
    url: database.url,
    processId: newId(),
    role: 'jobs',
    host: 'here',
    pid: 1,
    beatMs: 100,
    muteMs: 1_500,
    pulse,
  }
  const thread = new Worker(new URL('./heartbeat-thread.ts', import.meta.url), { workerData: orders })
  const silentMs = async () => {
    const [row] = await pools.system((tx) =>
      tx.query<{ ms: number }>({
        text: 'select floor(extract(epoch from now() - seen_at) * 1000)::bigint as ms from processes',
        values: [],
      }),
    )
    return row?.ms
  }
  try {
    while ((await silentMs()) === undefined) await sleep(25)
    await sleep(700)
    expect(await silentMs()).toBeLessThan(600)
    await sleep(2_000)
    expect(await silentMs()).toBeGreaterThan(800)
    turned[0] = Date.now()
    await sleep(400)
    expect(await silentMs()).toBeLessThan(400)
  } finally {
    await thread.terminate()
    await pools.end()
    await database.drop()
  }
})
