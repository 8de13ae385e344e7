import { openPools } from '#platform/db.ts'
import { createWorkspace } from '#usecases/workspaces/create-workspace.ts'
import { blueprints } from '../server/blueprints/index.ts'
import { inTurns, openAsker, percentiles } from './asking.ts'
import { onFreshDocket } from './docket.ts'
import { fillWorkspaces } from './million.ts'
import { millionOrders } from './million-stand.ts'
import type { Bench, Found } from './row.ts'

const workspaces = 50
const connections = 2
const timesAView = 3

/** As many orders as in the million, over fifty workspaces: every shipped view of each, by its owner. */
export function listOfFifty(bench: Bench): Promise<Found> {
  return onFreshDocket(async (docket) => {
    const made = await openAll(docket.databaseUrl)
    const orders = Math.round(millionOrders / workspaces)
    await fillWorkspaces(
      docket.databaseUrl,
      made.map(({ workspaceId }) => workspaceId),
      { orders, customers: Math.round(orders / 10), seed: bench.seed, say: bench.say },
    )
    const asker = openAsker(docket.url, connections)
    try {
      const paths: { path: string; headers: Record<string, string> }[] = []
      for (const { apiKey } of made) {
        const headers = { authorization: `Bearer ${apiKey}` }
        const { text } = await asker.ask({ path: '/api/v1/views?list=orders', headers })
        const { views } = JSON.parse(text) as { views: { id: string }[] }
        for (const id of ['', ...views.map((view) => view.id)])
          paths.push({ path: `/api/v1/orders?limit=50${id && `&view=${id}`}`, headers })
      }
      const latencies: number[] = []
      let bad = 0
      for (let time = 0; time <= timesAView; time++) {
        await inTurns(paths, connections, async ({ path, headers }) => {
          const { status, ms } = await asker.ask({ path, headers })
          if (status !== 200) bad++
          if (time > 0) latencies.push(ms)
        })
      }
      const found = percentiles(latencies)
      bench.say(`p50 ${found.p50Ms.toFixed(1)} ms, p95 ${found.p95Ms.toFixed(1)} ms of ${latencies.length}`)
      return {
        value: found.p95Ms,
        unit: 'ms',
        ...found,
        floor: null,
        ok: bad === 0,
        more: { asked: latencies.length, connections, workspaces, ordersEach: orders },
      }
    } finally {
      asker.close()
    }
  })
}

/** Workspaces of the three blueprints in turn. */
async function openAll(databaseUrl: string): Promise<{ workspaceId: string; apiKey: string }[]> {
  const pools = openPools(databaseUrl, { write: 2, read: 1, system: 2 })
  try {
    const made: { workspaceId: string; apiKey: string }[] = []
    for (let n = 0; n < workspaces; n++) {
      const blueprint = blueprints[n % blueprints.length]
      if (!blueprint) throw new Error('There is no blueprint')
      const one = await createWorkspace(pools, { code: `shop-${n}`, blueprint, currency: 'EUR', language: 'en', timeZone: 'Europe/Madrid' })
      if (!one.ok) throw new Error(`The workspace was refused: ${one.reason.code}`)
      made.push(one.value)
    }
    return made
  } finally {
    await pools.end()
  }
}
