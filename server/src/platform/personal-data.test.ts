import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { impersonal, personal } from './personal-data.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let client: pg.Client
beforeAll(async () => {
  database = await testDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

/** Columns in which a text could stand: whatever is neither an id nor a number nor a moment. */
async function columns(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'docket'::regnamespace and c.relkind in ('r', 'p', 'm') and a.attnum > 0 and not a.attisdropped
        and format_type(a.atttypid, null) not in ('uuid', 'uuid[]', 'bigint', 'integer', 'boolean', 'date', 'timestamp with time zone')`,
  )
  return rows.map(({ name }) => name).sort()
}

const registered = () => [...Object.keys(personal), ...Object.values(impersonal).flat()]

test('every column in which a text could stand is in the register of personal data, or says why not', async () => {
  expect(registered().sort()).toEqual(await columns())
})

test('no column is in it twice', () => {
  expect(registered().filter((name, at, all) => all.indexOf(name) !== at)).toEqual([])
})

test('a new column is missed', async () => {
  await client.query('set role docket_owner')
  await client.query('alter table docket.customers add column nickname text')
  expect(await columns()).not.toEqual(registered().sort())
  await client.query('alter table docket.customers drop column nickname')
})
