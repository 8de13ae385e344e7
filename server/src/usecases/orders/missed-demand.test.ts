import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Pools } from '#platform/db.ts'
import { orderOf, refusalOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import { missedDemand } from './missed-demand.ts'
import { numberBlocks } from './number-blocks.ts'

let shop: TestShop
beforeEach(async () => {
  shop = await testShop()
})
afterEach(() => shop.end())

const rows = () =>
  shop.pools.view(shop.workspaceId, (db) =>
    db.query<object>({
      text: 'select i.code, m.channel, m.times, m.wanted_milli as wanted, m.free_milli as free from missed_demand m join items i on i.workspace_id = m.workspace_id and i.id = m.item_id order by i.code, m.channel',
      values: [],
    }),
  )

describe('demand that is not met', () => {
  test('is counted by item, place, channel and hour, after the answer', async () => {
    await shop.receive({ CUP: 2 })
    expect(refusalOf(await shop.place({ CUP: 3 }))).toBe('stock.too_little')
    expect(refusalOf(await shop.place({ CUP: 5 }))).toBe('stock.too_little')
    expect(refusalOf(await shop.place({ TEA: 1 }, { channel: 'web' }))).toBe('stock.too_little')
    orderOf(await shop.place({ CUP: 2 }))
    await shop.engine.missed.flush()
    expect(await rows()).toEqual([
      { code: 'CUP', channel: 'desk', times: 2, wanted: 8_000, free: 4_000 },
      { code: 'TEA', channel: 'web', times: 1, wanted: 1_000, free: 0 },
    ])
  })

  test('is written by itself within moments, and added to what stands', async () => {
    for (let i = 0; i < 2; i++) {
      await shop.place({ CUP: 1 })
      await sleep(1_200)
    }
    expect(await rows()).toMatchObject([{ times: 2, wanted: 2_000 }])
  })

  const counted = {
    workspaceId: '',
    itemId: '',
    locationId: '',
    channel: 'desk',
    at: '2026-01-05T10:59:59.000Z',
    wantedMilli: 2,
    freeMilli: 1,
  }

  test('that cannot be written now is written with the next', async () => {
    let isAway = true
    const pools: Pools = {
      ...shop.pools,
      change: (workspaceId, work) => (isAway ? Promise.reject(new Error('away')) : shop.pools.change(workspaceId, work)),
    }
    const missed = missedDemand(pools)
    const [item] = await shop.pools.view(shop.workspaceId, (db) =>
      db.query<{ id: string }>({ text: `select id from items where code = 'CUP'`, values: [] }),
    )
    const miss = { ...counted, workspaceId: shop.workspaceId, itemId: item?.id ?? '', locationId: shop.locationId }
    missed.count(miss)
    await missed.flush()
    isAway = false
    missed.count(miss)
    await missed.flush()
    expect(await rows()).toMatchObject([{ times: 2, wanted: 4, free: 2 }])
  })

  test('of a thousand different things a second is enough', async () => {
    const written: unknown[][] = []
    const pools: Pools = {
      ...shop.pools,
      change: async (_, work) =>
        work({ send: ({ values }: { values: unknown[] }) => void written.push(JSON.parse(String(values[1]))) } as never),
    }
    const missed = missedDemand(pools)
    for (let i = 0; i < 1_500; i++) missed.count({ ...counted, itemId: String(i) })
    await missed.flush()
    expect(written.map((list) => list.length)).toEqual([1_000])
  })
})

describe('human numbers', () => {
  test('come in blocks of a hundred, to all who ask at once, each once', async () => {
    let fetched = 0
    const blocks = numberBlocks({
      ...shop.pools,
      change: (workspaceId, work) => {
        fetched++
        return shop.pools.change(workspaceId, work)
      },
    })
    const taken = await Promise.all([...Array(50).keys()].map(() => blocks.take(shop.workspaceId, 'order', 3)))
    const numbers = taken.flat()
    expect([new Set(numbers).size, fetched]).toEqual([150, 2])
    expect(await blocks.take(shop.workspaceId, 'return', 250)).toHaveLength(250)
    expect((await blocks.take(shop.workspaceId, 'return', 1))[0]).toBe(251)
  })

  test('that cannot be fetched fail who asked, and are fetched for the next', async () => {
    let isAway = true
    const blocks = numberBlocks({
      ...shop.pools,
      change: (workspaceId, work) => (isAway ? Promise.reject(new Error('away')) : shop.pools.change(workspaceId, work)),
    })
    await expect(blocks.take(shop.workspaceId, 'order', 1)).rejects.toThrow('away')
    isAway = false
    expect(await blocks.take(shop.workspaceId, 'order', 1)).toHaveLength(1)
  })
})
