import { test } from 'vitest'
import { newId } from '#platform/ids.ts'
import { testShop } from '#server/testing/test-shop.ts'
import { randomOf } from './chaos/random.ts'
import { inParallel } from './fixtures/in-parallel.ts'
import { startServerProcess } from './fixtures/server-process.ts'
const items = Array.from({ length: 20 }, (_, i) => `ITEM-${i}`)
test('x', async () => {
  const shop = await testShop()
  const mutant = { file: 'server/src/platform/db.ts', find: "  const code = codeOf(error)\n  return code", times: 1, replace: "  const code = codeOf(error)\n if (code === '40P01') console.log('DL', (error as any).detail, (error as any).where)\n else if (code) console.log('E', code, (error as Error).message)\n return code" }
  const servers = await Promise.all([1, 2].map(() => startServerProcess(shop.databaseUrl, mutant)))
  const apis = servers.map((s) => s.as(shop.apiKey))
  for (const code of items) await apis[0]?.call('createItem', { body: { code, name: code, stocked: 'own', variants: [{ code, priceMicro: 1_000_000 }] } })
  await shop.receive(Object.fromEntries(items.map((code) => [code, 100_000])))
  const random = randomOf(5)
  const t = {} as Record<string, number>
  const note = (what: string, status: number) => { t[`${what} ${status}`] = (t[`${what} ${status}`] ?? 0) + 1 }
  await inParallel(Number(process.env.N ?? 100), 64, async (n) => {
    const api = apis[n % 2] as never as ReturnType<typeof servers[0]['as']>
    const basket = () => Array.from({ length: 5 }, () => ({ item: random.one(items), quantityMilli: 1_000 }))
    const placed = await api.call('placeOrder', { body: { channel: 'web', location: 'main', lines: basket() }, idempotencyKey: newId() })
    note('place', placed.status)
    if (!placed.ok) return
    const { id, lines } = placed.body
    const acts = (process.env.ACTS ?? '').split(',').filter(Boolean)
    for (const action of acts) {
      if (action === 'receive') { note('receive', (await api.call('adjustStock', { body: { adjustments: basket().map(({ item }) => ({ kind: 'receipt' as const, item, location: 'main', deltaMilli: 1_000 })) }, idempotencyKey: newId() })).status); continue }
      const body = action === 'cancel' ? { reason: 'customer_changed_mind' } : action === 'reopen' ? { reason: 'customer_came_back' } : action === 'pay' ? { amountMinor: 500, method: 'cash' } : action === 'return' ? { lines: lines.map((l) => ({ lineId: l.id, quantityMilli: 1_000 })) } : {}
      const a = await api.call('actOnOrder', { params: { id, action }, body: body as never })
      note(action, a.status)
      if (!a.ok && a.status === 500) console.log(JSON.stringify(a.problem))
    }
  })
  for (const s of servers) await s.stop()
  console.log(process.env.ACTS, JSON.stringify(t))
  for (const s of servers) console.log(s.said().slice(0, 6000))
  const dl = servers.map((s) => s.said().split('DL').length - 1)
  console.log('deadlocks', dl)
  await shop.end()
}, 120_000)
