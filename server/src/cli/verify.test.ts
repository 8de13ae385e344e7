import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Copy, type ProvedShop, provedShop } from '../testing/proved-shop.ts'
import { commands } from './commands.ts'
import { runCommand } from './run-command.ts'

let shop: ProvedShop
let broken: Copy
const folder = mkdtempSync(join(tmpdir(), 'docket-anchors-'))
beforeAll(async () => {
  shop = await provedShop()
  broken = await shop.withFault(`update orders set total_minor = total_minor + 1 where id = '${shop.ids.done}'`)
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await broken?.drop()
  await shop?.drop()
})

async function verify(url: string, ...args: string[]) {
  let out = ''
  let err = ''
  const code = await runCommand(
    commands,
    ['verify', ...args],
    { DATABASE_URL: url },
    { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) } },
  )
  return { code, out, err, lines: out.split('\n').filter(Boolean) }
}

test('verify says that everything holds, and answers 0', async () => {
  const { code, lines, err } = await verify(shop.url)
  expect([code, err]).toEqual([0, ''])
  expect(lines[0]).toMatch(/^ok {5}log\.sequences +\d+$/)
  expect(lines.at(-1)).toMatch(/^Everything holds: 7 orders in \d+\.\d s \([\d,]+\/s\)\.$/)
})

test('verify says what is wrong and with which order, and answers 1', async () => {
  const { code, out } = await verify(broken.url)
  expect(code).toBe(1)
  expect(out).toMatch(
    new RegExp(
      `WRONG  replay\\.orders +7  1 wrong\\. Replaying the events of an order gives its row\\.\\n       workspace shop, order ${shop.ids.done}, number \\d+: total_minor is \\d+, should be \\d+\\n`,
    ),
  )
  expect(out).toContain('Something is wrong: 7 orders')
})

test('verify --json is one line an invariant, the heads, and the sum of it last', async () => {
  const lines = (await verify(broken.url, '--json')).lines.map((line) => JSON.parse(line))
  const [finding] = lines.filter(({ invariant }) => invariant === 'replay.orders')
  expect(finding).toEqual({
    invariant: 'replay.orders',
    checked: 7,
    violations: 1,
    examples: [expect.objectContaining({ workspace: 'shop', order: shop.ids.done, column: 'total_minor' })],
    ms: expect.any(Number),
  })
  expect(lines.filter(({ head }) => head).map(({ head }) => head.workspace)).toEqual(['other', 'shop'])
  expect(lines.at(-1)).toEqual({
    ok: false,
    orders: 7,
    seconds: expect.any(Number),
    ordersPerSecond: expect.any(Number),
    unsealed: { commits: 0, oldestSeconds: 0 },
  })
})

test('what verify --json said before serves as anchors later', async () => {
  const file = join(folder, 'heads.jsonl')
  const { out } = await verify(shop.url, '--json')
  writeFileSync(file, out)
  expect(await verify(shop.url, '--anchors', file)).toMatchObject({ code: 0, out: expect.stringMatching(/ok {5}log\.anchors +2\n/) })
  writeFileSync(file, out.replace(/"hash":"..../, '"hash":"0000'))
  expect(await verify(shop.url, '--anchors', file)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/WRONG {2}log\.anchors +2 {2}1 wrong/),
  })
})

test('one head can be given by hand', async () => {
  const [, head = ''] = /head {3}shop {2}(\S+)/.exec((await verify(shop.url)).out) ?? []
  expect((await verify(shop.url, '--workspace', 'shop', '--anchor', head)).code).toBe(0)
  expect((await verify(shop.url, '--workspace', 'shop', '--anchor', head.replace(/....$/, '0000'))).code).toBe(1)
})

test.each([
  [['--workspace', 'nowhere'], 'There is no workspace nowhere.'],
  [['--anchor', `1:${'0'.repeat(64)}`], '--anchor is of one workspace: name it with --workspace.'],
  [['--workspace', 'shop', '--anchor', '1:xyz'], '--anchor is "1:xyz"; it is <position>:<hash>, as verify prints the head.'],
  [['--anchors', '/nowhere/heads'], '--anchors cannot be read'],
  [['extra'], '"extra" is one argument too many.'],
])('verify %s is not understood: 2', async (args, sentence) => {
  const { code, out, err } = await verify(shop.url, ...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(sentence)
})

test.each([
  ['no JSON', 'line 1 of'],
  ['{"head":{"workspace":"shop","position":"x"}}', 'has no position or no hash'],
])('a file of anchors with %s is not understood', async (text, sentence) => {
  const file = join(folder, 'wrong.jsonl')
  writeFileSync(file, text)
  expect(await verify(shop.url, '--anchors', file)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) })
})

test('a database that does not answer is not a database in which nothing is wrong: 2', async () => {
  const { code, out, err } = await verify('postgres://nobody@127.0.0.1:1/nowhere')
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain('The database does not answer')
})
