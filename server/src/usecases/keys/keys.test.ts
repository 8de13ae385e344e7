import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { grantCustomers, listApiKeys } from '#modules/identity/index.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { type TestWorkspace, testWorkspace } from '../../testing/test-workspace.ts'
import type { Saved } from '../change-nouns.ts'
import { type Authenticator, authenticator } from './authenticate.ts'
import { createApiKeys } from './create-api-keys.ts'
import { revokeApiKeys } from './revoke-api-keys.ts'

let shop: TestWorkspace
let keys: Authenticator
const trustedMs = 60
const limits = { trustedMs, most: 3, noteUseEveryMs: 60_000 }
beforeAll(async () => {
  shop = await testWorkspace()
})
beforeEach(() => {
  keys = authenticator(shop.pools, limits)
  return () => keys.end()
})
afterAll(() => shop.end())

const why = (answer: Saved<unknown>) => (answer.ok ? (answer.already ? 'already' : 'ok') : answer.reason.code)
const make = async (request: Parameters<typeof createApiKeys>[2][number]) => {
  const [answer] = await createApiKeys(shop, shop.call(), [request])
  if (!answer?.ok) throw new Error(JSON.stringify(answer?.reason))
  return answer.value
}
const knows = async (secret: string) => (await keys.authenticate(secret)).ok

describe('a key', () => {
  test('has the rights of its role, narrowed to what it names, at its locations', async () => {
    const { id, secret } = await make({
      name: 'till',
      role: 'staff',
      permissions: ['orders:read', 'customers:read'],
      locationIds: [shop.locationId],
    })
    const known = await keys.authenticate(secret)
    expect(known).toMatchObject({
      ok: true,
      value: {
        workspaceId: shop.workspaceId,
        actor: { kind: 'api_key', id },
        locationIds: [shop.locationId],
        grantedCustomerIds: [],
        language: 'en',
      },
    })
    expect(known.ok && [...known.value.permissions.keys()].sort()).toEqual(['customers:read', 'orders:read'])
  })

  test('reads the customers it was granted', async () => {
    const { id, secret } = await make({ name: 'account', role: 'read_only' })
    const customerId = newId()
    const grant = { principalId: id, customerId, grantedBy: shop.apiKeyId }
    for (const _ of ['once', 'again'])
      await shop.pools.change(shop.workspaceId, async (tx) => grantCustomers(tx, shop.workspaceId, [grant]))
    const known = await keys.authenticate(secret)
    expect(known.ok && known.value.grantedCustomerIds).toEqual([customerId])
  })

  test.each(['', 'dk_', 'dk_short', `dk_${'A'.repeat(43)}`, `dk_${'A'.repeat(44)}`, `xx_${'A'.repeat(43)}`, `dk_${"'".repeat(43)}`])(
    'that is none is refused: %s',
    async (secret) => {
      expect(await keys.authenticate(secret)).toMatchObject({ ok: false, reason: { code: 'auth.invalid' } })
    },
  )

  test('that was withdrawn is refused once what was remembered has passed, and withdrawing it again changes nothing', async () => {
    const { id, secret } = await make({ name: 'old', role: 'staff' })
    expect(await knows(secret)).toBe(true)
    expect((await revokeApiKeys(shop, shop.call(), [id, id])).map(why)).toEqual(['ok', 'already'])
    await wait(trustedMs)
    expect(await knows(secret)).toBe(false)
    expect((await revokeApiKeys(shop, shop.call(), [id])).map(why)).toEqual(['already'])
  })

  test('ends on time, also while it is remembered', async () => {
    const { secret } = await make({ name: 'short', role: 'staff', expiresAt: new Date(Date.now() + 200).toISOString() })
    keys = authenticator(shop.pools, { ...limits, trustedMs: 60_000 })
    expect(await knows(secret)).toBe(true)
    await wait(250)
    expect(await knows(secret)).toBe(false)
  })

  test('of another workspace cannot be withdrawn', async () => {
    const { id, secret } = await make({ name: 'ours', role: 'staff' })
    const other = await shop.neighbour('other')
    expect((await revokeApiKeys(other, other.call(), [id])).map(why)).toEqual(['api_key.not_found'])
    expect(await knows(secret)).toBe(true)
  })
})

describe('making keys', () => {
  test('leaves role and limits in the log, but neither name nor secret', async () => {
    const { id, secret } = await make({ name: 'Ada’s laptop', role: 'staff' })
    const [event] = await shop.pools.view(shop.workspaceId, (db) =>
      db.query<{ payload: string }>({ text: 'select payload from events where subject_id = $1', values: [id] }),
    )
    expect(event?.payload).toBe('{"expiresAt":null,"locationIds":null,"permissions":null,"role":"staff"}')
    const listed = (await shop.pools.view(shop.workspaceId, (db) => listApiKeys(db, shop.workspaceId))).find((key) => key.id === id)
    expect(listed).toMatchObject({ name: 'Ada’s laptop', role: 'staff', permissions: null, revokedAt: null, lastUsedAt: null })
    expect(JSON.stringify(listed)).not.toContain(secret)
  })

  test('is refused for a role or location that is unknown and for a time that has passed', async () => {
    const answers = await createApiKeys(shop, shop.call(), [
      { name: 'x', role: 'emperor' },
      { name: 'x', role: 'staff', locationIds: [newId()] },
      { name: 'x', role: 'staff', expiresAt: '2020-01-01T00:00:00+02:00' },
      { name: 'x', role: 'staff' },
    ])
    expect(answers.map(why)).toEqual(['role.not_found', 'location.not_found', 'api_key.already_expired', 'ok'])
  })

  test('gives nobody more than the maker has', async () => {
    const manager = shop.call(
      [
        ['keys:write', 'workspace'],
        ['orders:read', 'location'],
      ],
      [shop.locationId],
    )
    const answers = await createApiKeys(shop, manager, [
      { name: 'x', role: 'owner' },
      { name: 'x', role: 'owner', permissions: ['orders:read'], locationIds: [shop.locationId] },
      { name: 'x', role: 'staff', permissions: ['orders:read'] },
      { name: 'x', role: 'staff', permissions: ['orders:read'], locationIds: [shop.locationId] },
    ])
    expect(answers.map(why)).toEqual(['permission.denied', 'permission.denied', 'api_key.needs_locations', 'ok'])
  })

  test('and withdrawing them needs the permission', async () => {
    const reader = shop.call([['orders:read', 'workspace']])
    expect((await createApiKeys(shop, reader, [{ name: 'x', role: 'read_only' }])).map(why)).toEqual(['permission.denied'])
    expect((await revokeApiKeys(shop, reader, [shop.apiKeyId])).map(why)).toEqual(['permission.denied'])
  })
})

describe('looking keys up', () => {
  const counted = (pools: Pools) => {
    const count = { lookUps: 0 }
    const system: Pools['system'] = (work) => {
      count.lookUps++
      return pools.system(work)
    }
    return { count, pools: { ...pools, system } }
  }

  test('is done once for all who ask at the same moment, and again when that has passed', async () => {
    const { count, pools } = counted(shop.pools)
    keys = authenticator(pools, limits)
    await Promise.all(Array.from({ length: 20 }, () => knows(shop.apiKey)))
    expect(count.lookUps).toBe(1)
    await wait(trustedMs)
    await knows(shop.apiKey)
    expect(count.lookUps).toBe(2)
  })

  test('remembers only so many', async () => {
    const { count, pools } = counted(shop.pools)
    keys = authenticator(pools, { ...limits, trustedMs: 60_000 })
    const made = await Promise.all(Array.from({ length: 4 }, () => make({ name: 'x', role: 'staff' })))
    for (const { secret } of made) await knows(secret)
    await knows(made[3]?.secret ?? '')
    expect(count.lookUps).toBe(4)
    await knows(made[0]?.secret ?? '')
    expect(count.lookUps).toBe(5)
  })

  test('that failed is tried again by the next who asks', async () => {
    let down = true
    keys = authenticator({ ...shop.pools, system: (work) => (down ? Promise.reject(new Error('down')) : shop.pools.system(work)) }, limits)
    await expect(keys.authenticate(shop.apiKey)).rejects.toThrow('down')
    down = false
    expect(await knows(shop.apiKey)).toBe(true)
  })

  test('writes down the last use of all keys together when it ends, and later what could not be written', async () => {
    let down = false
    keys = authenticator({ ...shop.pools, system: (work) => (down ? Promise.reject(new Error('down')) : shop.pools.system(work)) }, limits)
    const { id, secret } = await make({ name: 'used', role: 'staff' })
    const lastUse = async () =>
      (await shop.pools.view(shop.workspaceId, (db) => listApiKeys(db, shop.workspaceId))).find((key) => key.id === id)?.lastUsedAt
    const from = new Date().toISOString()
    await knows(secret)
    expect(await lastUse()).toBeNull()
    down = true
    await expect(keys.end()).rejects.toThrow('down')
    down = false
    await keys.end()
    const noted = (await lastUse()) ?? ''
    expect(noted >= from && noted <= new Date().toISOString()).toBe(true)
  })
})
