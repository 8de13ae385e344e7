import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seed } from '../testing/seed.ts'
import { emptyDatabase } from '../testing/test-database.ts'
import { canonicalText } from './canonical.ts'
import { rowList } from './row-list.ts'

let database: Awaited<ReturnType<typeof emptyDatabase>>
let client: pg.Client
beforeAll(async () => {
  database = await emptyDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

interface Row {
  id: string
  count: number | null
  name: string | null
  payload: string
  at: string | null
  day: string | null
  isOpen: boolean
}

const list = rowList<Row>({
  id: 'uuid',
  count: 'bigint',
  name: 'text',
  payload: 'canonical',
  at: 'timestamptz',
  day: 'date',
  isOpen: 'boolean',
})

// PostgreSQL keeps neither NUL nor half surrogates.
const anyText = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
const treacherous = fc.constantFrom(
  'null',
  'NULL',
  '',
  '{}',
  '{"a"}',
  ',',
  '"',
  '\\',
  '\\n',
  '\n',
  '\t\r',
  '\u001f',
  '\u007f',
  "'; --",
  '€',
  '👩‍🍳',
  'a\\"b',
)
const text = fc.oneof(treacherous, anyText)
const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null })
const moment = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString())
const row: fc.Arbitrary<Row> = fc.record({
  id: fc.uuid(),
  count: orNull(fc.maxSafeInteger()),
  name: orNull(text),
  payload: fc.dictionary(text, fc.oneof(text, fc.maxSafeInteger())).map(canonicalText),
  at: orNull(moment),
  day: orNull(moment.map((at) => at.slice(0, 10))),
  isOpen: fc.boolean(),
})

test('rows arrive as they were sent, whatever their texts hold', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const { rows: arrived } = await client.query({
        text: `select $1 as first, to_json(r) as row from (select ${list.columns} from ${list.from(2)}) r`,
        values: ['first', ...list.values(rows)],
      })
      expect(arrived.map(({ row }) => ({ ...row, at: row.at === null ? null : new Date(row.at).toISOString() }))).toEqual(rows)
    }),
    { seed, numRuns: 300 },
  )
})
