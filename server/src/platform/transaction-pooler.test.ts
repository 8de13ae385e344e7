import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '#server/testing/test-database.ts'
import { StartRefused } from './start-refused.ts'
import { refuseTransactionPooler, type Session } from './transaction-pooler.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const direct = async (): Promise<Session> => {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  return client
}

/** As PgBouncer does with pool_mode = transaction: every statement outside a transaction may meet another server session. */
async function pooler(sessions: number): Promise<{ connect(): Promise<Session>; end(): Promise<void> }> {
  const backends = await Promise.all(Array.from({ length: sessions }, direct))
  let turn = 0
  const session: Session = {
    query: (sql, values) => {
      const backend = backends[turn++ % backends.length]
      if (!backend) throw new Error('The pooler has no session.')
      return backend.query(sql, values)
    },
    end: async () => {},
  }
  return { connect: async () => session, end: async () => void (await Promise.all(backends.map((backend) => backend.end()))) }
}

test('a direct connection is accepted', async () => {
  await expect(refuseTransactionPooler(direct)).resolves.toBeUndefined()
})

test.each([1, 2, 3])('a pooler in transaction mode with %i server sessions is refused with the way out', async (sessions) => {
  const { connect, end } = await pooler(sessions)
  const refused = await refuseTransactionPooler(connect).catch((error: unknown) => error)
  await end()
  expect(refused).toBeInstanceOf(StartRefused)
  expect(String(refused)).toContain('pool_mode = session')
})
