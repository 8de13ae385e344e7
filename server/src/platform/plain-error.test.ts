import pg from 'pg'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { plainError, plainMessage, serializers } from './plain-error.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let client: pg.Client
beforeAll(async () => {
  database = await testDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(
    `create temp table people (id bigint primary key, name text not null constraint short check (length(name) < 10), born date)`,
  )
  await client.query(`insert into people values (1, 'first')`)
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

const secret = 'zqxAda Lovelace'
const failure = (text: string, values: unknown[]): Promise<Error> =>
  client.query(text, values).then(
    () => Promise.reject(new Error('It went well')),
    (error: Error) => error,
  )

// biome-ignore format: read it by column
test.each([
  ['a check',                 'insert into people values (2, $1)',                        [secret]],
  ['a missing value',         'insert into people values (null, $1)',                     [secret.slice(0, 8)]],
  ['a text that is no date',  'insert into people values (3, $2, $1::text::date)',        [secret, 'x']],
  ['a text that is no id',    'select $1::text::uuid',                                    [secret]],
  ['a text that is no JSON',  'select $1::text::json',                                    [`{"name":"${secret}"`]],
  ['a text that is no search', 'select $1::text::tsquery',                                 ['zqxAda Lovelace']],
  ['a word that is too long', 'select $1::text::tsquery',                                 [`'${secret.padEnd(3_000, 'x')}'`]],
  ['a text that is no array', 'select $1::text::bigint[]',                                [secret]],
])('%s tells a log nothing of what was sent', async (_, text, values) => {
  const error = await failure(text, values)
  expect(`${error.message} ${JSON.stringify(error)}`).toContain('zqx')
  const lines: string[] = []
  pino({ serializers }, { write: (line: string) => void lines.push(line) }).error({ err: new Error('Around it', { cause: error }) }, 'failed')
  expect(lines.join('')).not.toContain('zqx')
  expect(plainMessage(error)).not.toContain('zqx')
  expect(plainError(error).message.length).toBeGreaterThan(10)
})

test('what failed and where is told', async () => {
  const error = await failure('insert into people values (2, $1)', [secret])
  expect(plainError(error)).toMatchObject({ code: '23514', table: 'people', constraint: 'short' })
  expect(plainError(error).stack).toMatch(/^\s+at /)
})

test('a database that speaks another language quotes in another way', () => {
  const message = `la sintaxis de entrada no es válida para tipo uuid: «${secret}»`
  const error = Object.assign(new Error(message), { code: '22P02', severity: 'ERROR' })
  expect(plainMessage(error)).toBe('la sintaxis de entrada no es válida para tipo uuid …')
})

test('a text that cannot be read is not told of either', () => {
  const error = (() => {
    try {
      return JSON.parse(`{"name": ${secret}}`)
    } catch (thrown) {
      return thrown
    }
  })()
  expect(JSON.stringify(plainError(error))).not.toContain('zqx')
})
