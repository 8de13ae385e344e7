import pg from 'pg'
import { expect, test } from 'vitest'
import { testDatabase } from './test-database.ts'

test('a test database has the newest schema and nobody else sees what is written into it', async () => {
  const [a, b] = [await testDatabase(), await testDatabase()]
  const clients = [new pg.Client(a.url), new pg.Client(b.url)] as const
  for (const client of clients) await client.connect()
  for (const client of clients) await client.query('set role docket_owner')
  const before = await clients[0].query(`select count(*)::int as n from docket.schema_migrations where name like '0001%'`)
  await clients[0].query('create table docket.only_here ()')
  const seen = await clients[1].query(`select to_regclass('docket.only_here') as seen`)
  for (const client of clients) await client.end()
  await Promise.all([a.drop(), b.drop()])
  expect([before.rows[0], seen.rows[0]]).toEqual([{ n: 1 }, { seen: null }])
})
