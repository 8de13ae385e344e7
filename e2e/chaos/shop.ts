import { setTimeout as wait } from 'node:timers/promises'
import { openPools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { type Client, client } from '#sdk/client.ts'
import { blueprintNamed } from '#server/testing/test-workspace.ts'
import { createWorkspace } from '#usecases/workspaces/create-workspace.ts'

/** A workspace that the clients trade with. */
export interface Shop {
  code: string
  workspaceId: string
  api: Client
  /** Codes of what is sold. */
  items: readonly string[]
  /** What was put on the shelves beside the load, thousandths of all items together. */
  stockedMilli: number
}

const itemsAShop = 12

/** One shop that refuses what is not there, and one whose orders wait for it; both with a few things on the shelf. */
export async function openShops(databaseUrl: string, url: string): Promise<Shop[]> {
  const pools = openPools(databaseUrl, { write: 1, read: 1, system: 1 })
  try {
    return await Promise.all(['counter', 'made-to-order'].map((blueprint) => openShop(pools, blueprint, url)))
  } finally {
    await pools.end()
  }
}

async function openShop(pools: ReturnType<typeof openPools>, code: string, url: string): Promise<Shop> {
  const made = await createWorkspace(pools, {
    code,
    blueprint: blueprintNamed(code),
    currency: 'EUR',
    language: 'en',
    timeZone: 'Europe/Madrid',
  })
  if (!made.ok) throw new Error(`The workspace was refused: ${made.reason.code}`)
  const api = client({ url, apiKey: made.value.apiKey, timeoutMs: 5_000 })
  const items = Array.from({ length: itemsAShop }, (_, i) => `ITEM-${i}`)
  for (const item of items)
    must(
      await api.call('createItem', { body: { code: item, name: item, stocked: 'own', variants: [{ code: item, priceMicro: 1_250_000 }] } }),
    )
  const shop = { code, workspaceId: made.value.workspaceId, api, items, stockedMilli: 0 }
  await receiveOfEach(shop, 200_000)
  return shop
}

/** The same amount of everything that is sold. */
export async function receiveOfEach(shop: Shop, deltaMilli: number): Promise<void> {
  const { api, items } = shop
  const adjustments = items.map((item) => ({ kind: 'receipt' as const, item, location: 'main', deltaMilli }))
  const { results } = must(await api.call('adjustStock', { body: { adjustments }, idempotencyKey: newId() }))
  if (results.some(({ status }) => status !== 200)) throw new Error(JSON.stringify(results))
  shop.stockedMilli += deltaMilli * items.length
}

function must<T>(answer: { ok: true; body: T } | { ok: false; status: number; problem: unknown }): T {
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(answer.problem)}`)
  return answer.body
}

/** Waits until a server says that it may be sent work. */
export async function untilReady(url: string, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const ready = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1_000) }).then(
      (response) => response.status === 200,
      () => false,
    )
    if (ready) return
    if (performance.now() > deadline) throw new Error(`Not ready again after ${withinMs / 1_000} s.`)
    await wait(25)
  }
}
