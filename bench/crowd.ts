import { percentiles } from './asking.ts'
import { onFreshDocket } from './docket.ts'
import { runLoad } from './load/run.ts'
import { commitsOf, openLook } from './look.ts'
import { plenty } from './placements.ts'
import { prove } from './proof.ts'
import type { Bench, Found } from './row.ts'
import { openShop } from './shop.ts'

const crowd = 1_000

/** As many connections as orders, each sends one, all at once: how long until everybody has an answer. */
export function placeAtOnce(bench: Bench): Promise<Found> {
  return onFreshDocket(async (docket, folder) => {
    const pool = openLook(docket.databaseUrl)
    try {
      const shop = await openShop(docket, folder, { code: 'bench', count: 600, pieces: plenty })
      const plan = { apiKey: shop.apiKey, items: shop.items, batch: null }
      const commits = () => commitsOf(pool, shop.workspaceId)
      const warm = await runLoad(docket, { ...plan, seed: bench.seed, connections: 64, until: { requests: 2_000 } }, commits)
      const { latenciesMs, placed, refused, placedASecond } = await runLoad(
        docket,
        { ...plan, seed: bench.seed + 1, connections: crowd, until: { requests: crowd } },
        commits,
      )
      bench.say(`${placed.length} of ${crowd} placed at ${placedASecond.toFixed(0)}/s, refused ${JSON.stringify(refused)}`)
      const proved = await prove(pool, folder, shop, [...warm.placed, ...placed], bench)
      return {
        value: placed.length / placedASecond,
        unit: 's',
        ...percentiles(latenciesMs),
        floor: null,
        ok: proved && placed.length === crowd,
        more: { crowd, slowestMs: latenciesMs.at(-1) ?? 0 },
      }
    } finally {
      await pool.end()
    }
  })
}
