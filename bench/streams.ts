import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { openAsker, percentiles } from './asking.ts'
import { onFreshDocket } from './docket.ts'
import { openLook } from './look.ts'
import { plenty } from './placements.ts'
import { isDatabase, megabytes, processesOf } from './processes.ts'
import { prove } from './proof.ts'
import { randomOf } from './random.ts'
import type { Bench, Found } from './row.ts'
import { openShop, type Shop } from './shop.ts'
import { atPace, placeOne } from './steady.ts'

const clientsEach = 100
const ordersASecond = 50
const forMs = Number(process.env.DOCKET_BENCH_SECONDS ?? 20) * 1_000

/** Two hundred clients follow two workspaces while orders come into both: how long after its answer an order has reached everybody. */
export function followByMany(bench: Bench): Promise<Found> {
  return onFreshDocket(async (docket, folder) => {
    const pool = openLook(docket.databaseUrl)
    const asker = openAsker(docket.url, 32)
    try {
      const shops = [
        await openShop(docket, folder, { code: 'one', count: 100, pieces: plenty }),
        await openShop(docket, folder, { code: 'other', count: 100, pieces: plenty }),
      ]
      const server = () => processesOf(docket.pid).filter((one) => one.pid !== docket.pid && !isDatabase(one))
      const memory = () => server().reduce((sum, { pid }) => sum + megabytes(pid, 'Rss'), 0)
      const cpu = () => server().reduce((sum, { cpuMs }) => sum + cpuMs, 0)
      const alone = memory()
      const answeredAt = new Map<string, number>()
      const seen: { id: string; at: number }[] = []
      const clients = await Promise.all(
        shops.flatMap((shop) =>
          Array.from({ length: clientsEach }, () => follow(docket.url, shop, (id) => seen.push({ id, at: performance.now() }))),
        ),
      )
      const cpuBefore = cpu()
      const random = randomOf(bench.seed)
      const placed = shops.map((): string[] => [])
      let n = 0
      const placing = await atPace(ordersASecond, forMs, async () => {
        const at = n++ % shops.length
        const { id, ms } = await placeOne(asker, shops[at] as Shop, random)
        if (id !== null) {
          placed[at]?.push(id)
          answeredAt.set(id, performance.now())
        }
        return ms
      })
      await wait(2_000)
      const cpuMs = cpu() - cpuBefore
      const full = memory()
      for (const close of clients) close()
      const told = seen.flatMap(({ id, at }) => (answeredAt.has(id) ? Math.max(0, at - (answeredAt.get(id) ?? 0)) : []))
      const wanted = answeredAt.size * clientsEach
      const found = percentiles(told)
      bench.say(
        `${answeredAt.size} orders, ${told.length} of ${wanted} messages, p95 ${found.p95Ms.toFixed(0)} ms after the answer; server ${alone.toFixed(0)} → ${full.toFixed(0)} MB, ${((cpuMs / forMs) * 100).toFixed(0)} % of a core`,
      )
      const proved: boolean[] = []
      for (const [i, shop] of shops.entries()) proved.push(await prove(pool, folder, shop, placed[i] ?? [], bench))
      return {
        value: found.p95Ms,
        unit: 'ms',
        ...found,
        floor: null,
        ok: told.length === wanted && proved.every(Boolean),
        more: {
          clients: clientsEach * shops.length,
          ordersASecond,
          messages: told.length,
          placeP95Ms: percentiles(placing).p95Ms,
          serverCpuShare: cpuMs / forMs,
          serverMb: alone,
          serverMbWithClients: full,
        },
      }
    } finally {
      asker.close()
      await pool.end()
    }
  })
}

/** Follows a workspace's orders and tells of each the first time; settles once it is told where it begins. */
function follow(url: string, { apiKey }: Shop, tell: (orderId: string) => void): Promise<() => void> {
  return new Promise((done, failed) => {
    const told = new Set<string>()
    const asked = get(
      `${url}/api/v1/stream?topics=orders`,
      { agent: false, headers: { authorization: `Bearer ${apiKey}` } },
      (response) => {
        if (response.statusCode !== 200) return failed(new Error(`A stream was answered with ${response.statusCode}`))
        let rest = ''
        response.setEncoding('utf8')
        response.on('error', () => {})
        response.on('data', (part: string) => {
          const blocks = `${rest}${part}`.split('\n\n')
          rest = blocks.pop() ?? ''
          for (const block of blocks) {
            if (block.includes('event: hello')) done(() => asked.destroy())
            for (const [, id = ''] of block.matchAll(/"id":"([0-9a-f-]{36})"/g)) {
              if (told.has(id)) continue
              told.add(id)
              tell(id)
            }
          }
        })
      },
    )
    asked.once('error', failed)
  })
}
