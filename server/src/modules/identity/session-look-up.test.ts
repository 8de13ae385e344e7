import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Db, type Pools, poolOf, type Statement } from '#platform/db.ts'
import { type TestWorkspace, testWorkspace } from '../../testing/test-workspace.ts'
import { findSessionHolder } from './accounts.ts'

// 100,000 sessions of 20,000 people, half of them members: one above ten, those above everybody else.
let shop: TestWorkspace
let pools: Pools
const person = (n: string) => `('00000000-0000-4000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
beforeAll(async () => {
  shop = await testWorkspace()
  pools = shop.pools
  await pools.system(async (tx) => {
    tx.send({
      text: `insert into users (id, email) select ${person('g')}, 'u' || g || '@example.org' from generate_series(1, 20000) g`,
      values: [],
    })
    tx.send({
      text: `insert into sessions (id, user_id, token_hash, expires_at)
        select gen_random_uuid(), ${person('g % 20000 + 1')}, 'h' || (g % 20000 + 1) || case when g > 20000 then '/' || g else '' end, now() + interval '1 day' from generate_series(1, 100000) g`,
      values: [],
    })
  })
  await pools.change(shop.workspaceId, async (tx) =>
    tx.send({
      text: `insert into memberships (workspace_id, user_id, role, reports_to)
        select $1, ${person('g')}, 'staff', case when g = 1 then null else ${person('case when g <= 11 then 1 else g % 10 + 2 end')} end from generate_series(1, 10000) g`,
      values: [shop.workspaceId],
    }),
  )
  const owner = poolOf(shop.databaseUrl, 'docket_owner', 1, '')
  await owner.query('analyze sessions, memberships, users')
  await owner.end()
}, 120_000)
afterAll(() => shop.end())

const teamOf = async (n: number) => (await pools.system((tx) => findSessionHolder(tx, `h${n}`, null)))?.here?.teamIds

test('everybody below somebody is their team, and only they', async () => {
  expect([(await teamOf(1))?.length, (await teamOf(2))?.length, (await teamOf(500))?.length]).toEqual([9_999, 999, 0])
})

test('looking up somebody with nobody below takes little, however many members there are', async () => {
  const times: number[] = []
  for (let n = 0; n < 5; n++) times.push(await executionMs())
  // Memory that is set aside for millions and not used shows in nothing else.
  expect(Math.min(...times)).toBeLessThan(5)
})

/** What the database says it took, without planning and the way there. */
async function executionMs(): Promise<number> {
  const said: Statement[] = []
  const noted: Db = {
    query: async (statement) => {
      said.push(statement)
      return []
    },
  }
  await findSessionHolder(noted, '', null)
  const rows = await pools.system((tx) =>
    tx.query<{ 'QUERY PLAN': { 'Execution Time': number }[] }>({
      text: `explain (analyze, timing off, format json) ${said[0]?.text}`,
      values: ['h500', null],
    }),
  )
  return rows[0]?.['QUERY PLAN'][0]?.['Execution Time'] ?? Number.NaN
}

test('a circle, should there ever be one, ends', async () => {
  await pools.change(shop.workspaceId, async (tx) =>
    tx.send({
      text: `update memberships set reports_to = ${person('500')} where workspace_id = $1 and user_id = ${person('1')}`,
      values: [shop.workspaceId],
    }),
  )
  expect((await teamOf(1))?.length).toBe(9_999)
  expect((await teamOf(500))?.length).toBe(9_999)
})
