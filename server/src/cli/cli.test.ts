import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyDatabase, testDatabase } from '../testing/test-database.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { commands } from './commands.ts'
import { progressOn } from './progress.ts'
import { runCommand } from './run-command.ts'

let database: { url: string; drop(): Promise<void> }
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

async function docket(line: string, { url = database.url, table = commands }: { url?: string; table?: readonly Command[] } = {}) {
  let out = ''
  let err = ''
  const code = await runCommand(
    table,
    line.split(' ').filter(Boolean),
    { DATABASE_URL: url },
    { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) } },
  )
  return { code, out, err }
}

describe('the command line', () => {
  test('without a command shows what there is, as an error', async () => {
    const { code, out } = await docket('')
    expect(code).toBe(2)
    for (const { name, summary } of commands) expect(out).toContain(`${name.padEnd('workspace create'.length)}  ${summary}`)
  })

  test('shows the same when asked for help, as an answer', async () => {
    expect(await docket('--help')).toMatchObject({ code: 0, out: (await docket('')).out, err: '' })
  })

  test('says how a command is used', async () => {
    expect(await docket('migrate --help')).toEqual({
      code: 0,
      out: 'Bring the database to the schema of this version.\nUsage: npm run -s docket -- migrate [--json]\n',
      err: '',
    })
  })

  test.each([
    ['dance', 'There is no command "dance".'],
    ['workspace', 'There is no command "workspace".'],
    ['workspace create', '<code> is missing.'],
    ['workspace create a b --blueprint counter', '"b" is one argument too many.'],
    ['workspace create a', '--blueprint is missing. Choose one of: counter, made-to-order, marketplace.'],
    ['workspace create a --blueprint counter --language fi', '--language is "fi"; it may be en or es.'],
    ['workspace create a --blueprint', "Option '--blueprint <value>' argument missing"],
    ['import bakery-tickets /nowhere.csv --workspace a', 'There is no file /nowhere.csv.'],
    ['import bakery-tickets / --workspace a', '/ is a folder. Name the file in it.'],
    ['migrate --force', "Unknown option '--force'"],
    ['workflow explain counter --language xx', '--language is "xx"; it may be en or es.'],
  ])('docket %s is not understood', async (line, sentence) => {
    const { code, out, err } = await docket(line)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(sentence)
    expect(err).toContain('Usage:')
  })

  test('says in one sentence that the database does not answer', async () => {
    const { code, err } = await docket('workspace create a --blueprint counter', { url: 'postgres://nobody:x@127.0.0.1:1/none' })
    expect([code, err.split('\n')]).toEqual([78, [expect.stringContaining('The database does not answer'), '']])
  })

  test('says in one sentence that the database was never prepared', async () => {
    const empty = await emptyDatabase()
    const { code, err } = await docket('workspace create a --blueprint counter', { url: empty.url })
    await empty.drop()
    expect([code, err]).toEqual([78, 'This database has not been prepared for Docket. Run: npm run -s docket -- migrate\n'])
  })

  test('throws what is a bug, after closing what was open', async () => {
    const broken: Command = {
      name: 'break',
      usage: '',
      summary: '',
      run: (_, context) => context.pools().then(() => Promise.reject(new Error('bug'))),
    }
    await expect(docket('break', { table: [broken] })).rejects.toThrow('bug')
  })
})

describe('migrate', () => {
  test('prepares a database once', async () => {
    const empty = await emptyDatabase()
    const first = await docket('migrate --json', { url: empty.url })
    const second = await docket('migrate', { url: empty.url })
    await empty.drop()
    expect(JSON.parse(first.out).applied).toContain('0001_foundation.sql')
    expect(second).toMatchObject({ code: 0, out: 'The database has this schema already.\n' })
  })
})

describe('workspace create', () => {
  test('makes a workspace and shows its key once', async () => {
    const { code, out } = await docket(
      'workspace create bakery --blueprint made-to-order --currency USD --time-zone America/New_York --location Downtown',
    )
    expect(code).toBe(0)
    expect(out).toMatch(
      /Workspace bakery is ready \(Made to order, USD, America\/New_York\)\.\nLocation: main \([0-9a-f-]{36}\)\nAPI key: {2}dk_[\w-]{43}\n/,
    )
  })

  test('answers machines in one line of JSON', async () => {
    const { code, out } = await docket('workspace create machine --blueprint counter --name Machine --json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({
      workspaceId: expect.any(String),
      code: 'machine',
      locationId: expect.any(String),
      apiKeyId: expect.any(String),
      apiKey: expect.stringMatching(/^dk_/),
      blueprint: 'counter',
    })
  })

  test('says why not', async () => {
    await docket('workspace create taken --blueprint counter')
    expect(await docket('workspace create taken --blueprint counter')).toMatchObject({
      code: 1,
      out: '',
      err: 'Workspace taken exists already. Take another code.\n',
    })
    const { code, out } = await docket('workspace create x --blueprint circus --json')
    expect([code, JSON.parse(out).refused.code]).toEqual([1, 'blueprint.not_found'])
  })
})

describe('user add', () => {
  beforeAll(async () => void (await docket('workspace create people --blueprint counter')))

  test('makes a member and shows the made password once', async () => {
    const { code, out } = await docket('user add Ada@Example.org --workspace people --role owner --name Ada')
    expect([code, out]).toEqual([0, expect.stringMatching(/^ada@example\.org is a member of people as owner\.\nPassword: [\w-]{20}\n/)])
  })

  test('lets somebody who is known into another workspace with the password they have', async () => {
    await docket('workspace create elsewhere --blueprint counter')
    const { code, out } = await docket('user add ada@example.org --workspace elsewhere --role staff')
    expect([code, out]).toEqual([0, expect.stringContaining('their password stays as it is')])
    expect(out).not.toContain('Password:')
  })

  test.each([
    ['user add ada@example.org --workspace people --role owner', 'ada@example.org is a member already. Change the member instead.\n'],
    ['user add bob@example.org --workspace nowhere --role owner', 'There is no workspace nowhere. Check the code.\n'],
    ['user password nobody@example.org', 'Nobody has the e-mail nobody@example.org. Check it.\n'],
  ])('%s is refused', async (line, err) => {
    expect(await docket(line)).toEqual({ code: 1, out: '', err })
  })

  test('makes nobody for a role that is not there', async () => {
    expect(await docket('user add eve@example.org --workspace people --role emperor')).toMatchObject({ code: 1, out: '' })
    expect(await docket('user password eve@example.org')).toMatchObject({ code: 1 })
  })

  test('a lost password is replaced by a made one', async () => {
    expect(await docket('user password ada@example.org')).toMatchObject({ code: 0, out: expect.stringMatching(/^Password: [\w-]{20}\n$/) })
  })
})

describe('workflow explain', () => {
  test('tells a blueprint without a database', async () => {
    const { code, out } = await docket('workflow explain counter', { url: 'postgres://nobody:x@127.0.0.1:1/none' })
    expect([code, out.split('\n')[0]]).toEqual([0, '# Counter (counter)'])
    expect((await docket('workflow explain counter --language es')).out).toContain('# Mostrador (counter)')
  })

  test('tells the newest version of a workspace', async () => {
    await docket('workspace create told --blueprint marketplace')
    const { code, out } = await docket('workflow explain told/marketplace --json')
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { code: 'marketplace', version: 1, lines: expect.arrayContaining(['# Marketplace (marketplace)']) },
    ])
  })

  test.each([
    ['circus', 'There is no blueprint circus.'],
    ['nowhere/counter', 'There is no workspace nowhere.'],
    ['seen/nothing', 'There is no workflow nothing.'],
  ])('says that there is none: %s', async (name, sentence) => {
    await docket('workspace create seen --blueprint counter')
    const { code, err } = await docket(`workflow explain ${name}`)
    expect(code).toBe(1)
    expect(err).toContain(sentence)
  })
})

describe('arguments', () => {
  test('a name that ends in ? may be missing', () => {
    expect(readArguments([], {}, ['file?']).named).toEqual({ 'file?': '' })
    expect(() => readArguments([], {}, ['file'])).toThrow(UsageError)
  })
})

describe('progress', () => {
  const shown = (isTTY: boolean, steps: [atMs: number, text: string][], last?: string) => {
    let text = ''
    let now = 0
    const progress = progressOn({ isTTY, columns: 20, write: (part) => (text += part) }, () => now)
    for (const [atMs, line] of steps) {
      now = atMs
      progress.show(() => line)
    }
    progress.end(last)
    return text
  }

  test('rewrites one line on a terminal, at most ten times a second, and takes it away', () => {
    expect(
      shown(true, [
        [0, 'one'],
        [50, 'two'],
        [100, 'three is longer than the terminal'],
      ]),
    ).toBe('\r\x1b[Kone\r\x1b[Kthree is longer tha\r\x1b[K')
  })

  test('writes a plain line every five seconds elsewhere', () => {
    expect(
      shown(
        false,
        [
          [0, 'one'],
          [4_999, 'two'],
          [5_000, 'three'],
        ],
        'done',
      ),
    ).toBe('three\ndone\n')
  })
})
