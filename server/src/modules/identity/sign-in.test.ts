import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openPools, type Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { insertUser } from './accounts.ts'
import { openSignIn, type SignIn } from './sign-in.ts'

const work = vi.hoisted(() => ({ argon2: 0 }))
vi.mock('./password.ts', async (original) => {
  const real = await original<typeof import('./password.ts')>()
  return {
    hashPassword: (password: string) => {
      work.argon2++
      return real.hashPassword(password)
    },
    isPassword: (password: string, kept: string) => {
      work.argon2++
      return real.isPassword(password, kept)
    },
  }
})

let database: Awaited<ReturnType<typeof testDatabase>>
let pools: Pools
let door: SignIn
const device = { address: '192.0.2.1', userAgent: 'Test/1.0' }
beforeAll(async () => {
  database = await testDatabase()
  pools = openPools(database.url, { write: 1, read: 1, system: 2 })
  door = openSignIn(pools, randomBytes(32))
  const { hashPassword } = await import('./password.ts')
  const hash = await hashPassword('the right one')
  await pools.system((tx) => insertUser(tx, { id: newId(), email: 'ada@example.org', name: 'Ada' }, hash))
  await pools.system(async (tx) =>
    tx.send({ text: "insert into users (id, email) values (gen_random_uuid(), 'no-password@example.org')", values: [] }),
  )
})
afterAll(async () => {
  await pools.end()
  await database.drop()
})
beforeEach(() => {
  work.argon2 = 0
})

test.each(['ada@example.org', 'nobody@example.org', 'no-password@example.org'])(
  'a wrong password takes one look, whoever it is: %s',
  async (email) => {
    expect(await door.signIn({ email, password: 'a wrong one' }, device)).toBeNull()
    expect(work.argon2).toBe(1)
  },
)

test('a session is kept with its device and by the hash of its token alone', async () => {
  const session = await door.signIn({ email: 'ada@example.org', password: 'the right one' }, device)
  expect(session?.token).toMatch(/^\w{32}$/)
  const rows = await pools.system((tx) => tx.query<Record<string, unknown>>({ text: 'select * from sessions', values: [] }))
  expect(rows).toMatchObject([{ ip_address: '192.0.2.1', user_agent: 'Test/1.0', token_hash: expect.stringMatching(/^[\w-]{43}$/) }])
  expect(JSON.stringify(rows)).not.toContain(session?.token)
  await door.signOut(session?.token ?? '')
  expect(await pools.system((tx) => tx.query({ text: 'select * from sessions', values: [] }))).toEqual([])
})
