import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ProvedShop, provedShop } from '../../testing/proved-shop.ts'
import { verify } from './verify.ts'

let shop: ProvedShop
beforeAll(async () => {
  shop = await provedShop()
})
afterAll(() => shop?.drop())

describe('a database in which nothing is wrong', () => {
  test('is found clean', async () => {
    const report = await verify(shop.url)
    expect(report.findings.filter(({ violations }) => violations > 0)).toEqual([])
    expect(report).toMatchObject({ ok: true, orders: 6, unsealed: { commits: 0, oldestSeconds: 0 } })
    console.log(report.findings.map((f) => `${f.invariant} ${f.checked}`).join('\n'))
  })
})
