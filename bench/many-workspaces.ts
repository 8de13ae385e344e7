import { openPools, type Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { callOfEngine } from '#usecases/call.ts'
import { saveItems } from '#usecases/items/save-items.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { referenceCache } from '#usecases/reference.ts'
import { adjustStock } from '#usecases/stock/adjust-stock.ts'
import { createWorkspace } from '#usecases/workspaces/create-workspace.ts'
import { blueprints } from '../server/blueprints/index.ts'
import { inTurns, openAsker, percentiles } from './asking.ts'
import { docketCommand, onFreshDocket } from './docket.ts'
import { between, randomOf } from './random.ts'
import type { Bench, Found } from './row.ts'

const workspaces = 100
const ordersEach = 500
const ordersARequest = 50
const itemsEach = 20
const connections = 8

/** So many orders over a hundred workspaces, in turns: batches of fifty, so that hardly two that follow each other share anything. */
export function placeOverWorkspaces(bench: Bench): Promise<Found> {
  return onFreshDocket(async (docket, folder) => {
    const pools = openPools(docket.databaseUrl)
    const asker = openAsker(docket.url, connections)
    try {
      const keys = await openAll(pools)
      bench.say(`${keys.length} workspaces with ${itemsEach} items each`)
      const random = randomOf(bench.seed)
      const requests = Array.from({ length: ordersEach / ordersARequest }, () => keys).flat()
      const latencies: number[] = []
      let placed = 0
      const began = performance.now()
      await inTurns(requests, connections, async (apiKey) => {
        const { status, text, ms } = await asker.ask({
          method: 'POST',
          path: '/api/v1/orders/batch',
          headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': newId() },
          body: JSON.stringify({ orders: Array.from({ length: ordersARequest }, () => orderOf(random)) }),
        })
        latencies.push(ms)
        if (status === 200 || status === 201 || status === 207) placed += text.split('"status":201').length - 1
      })
      const seconds = (performance.now() - began) / 1_000
      const verified = await docketCommand(folder, ['verify', '--json'])
      const ok = placed === workspaces * ordersEach && verified.exitCode === 0
      bench.say(`${placed} placed in ${seconds.toFixed(1)} s; verify ended with ${verified.exitCode}`)
      return {
        value: placed / seconds,
        unit: 'orders/s',
        ...percentiles(latencies),
        floor: null,
        ok,
        more: { workspaces, orders: placed, ordersARequest },
      }
    } finally {
      asker.close()
      await pools.end()
    }
  })
}

function orderOf(random: () => number) {
  const chosen = new Set<number>()
  while (chosen.size < 3) chosen.add(between(random, 0, itemsEach - 1))
  return { channel: 'web', location: 'main', lines: [...chosen].map((at) => ({ item: `SKU-${at}`, quantityMilli: 1_000 })) }
}

/** By the use cases that the doors go through; a door for each would take minutes. */
async function openAll(pools: Pools): Promise<string[]> {
  const reference = referenceCache(pools)
  const engine = openEngine(pools, reference, () => {}, 256)
  const blueprint = blueprints.find(({ code }) => code === 'counter')
  if (!blueprint) throw new Error('There is no blueprint for a counter')
  const keys: string[] = []
  for (let n = 0; n < workspaces; n++) {
    const made = await createWorkspace(pools, { code: `shop-${n}`, blueprint, currency: 'EUR', language: 'en', timeZone: 'Europe/Madrid' })
    if (!made.ok) throw new Error(`The workspace was refused: ${made.reason.code}`)
    const call = callOfEngine(made.value.workspaceId, 'system')
    const codes = Array.from({ length: itemsEach }, (_, i) => `SKU-${i}`)
    await saveItems(
      engine,
      call,
      codes.map((code) => ({
        mode: 'create',
        item: {
          code,
          name: code,
          kind: 'goods',
          stocked: 'own',
          variants: [{ code, contentMilli: 1_000, priceMicro: 2_500_000, currency: 'EUR' }],
        },
      })),
    )
    await adjustStock(
      engine,
      call,
      codes.map((item) => ({
        key: null,
        body: { kind: 'receipt', item, location: 'main', deltaMilli: 10_000_000, unitCostMicro: 1_000_000 },
      })),
    )
    keys.push(made.value.apiKey)
  }
  return keys
}
