import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

// Every arrow is seen red once: a small project with one planted fault is given to the checks of this project.

const project = fileURLToPath(new URL('../', import.meta.url))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

// biome-ignore format: read it by column
const sound: Record<string, string> = {
  'contract/src/words.ts':                  `export type Word = string\n`,
  'sdk/src/client.ts':                      `import type { Word } from '#contract/words.ts'\nexport type Client = Word\n`,
  'server/src/platform/db.ts':              `import pg from 'pg'\nexport const db = () => new pg.Client()\n`,
  'server/src/modules/orders/index.ts':     `export { store, type Order } from './store.ts'\n`,
  'server/src/modules/orders/store.ts':     `import { db } from '#platform/db.ts'\nexport type Order = string\nexport const store = () => db()\n`,
  'server/src/modules/stock/index.ts':      `import type { Word } from '#contract/words.ts'\nexport const take = (word: Word) => word\n`,
  'server/src/usecases/place.ts':           `import { store } from '#modules/orders/index.ts'\nimport { take } from '#modules/stock/index.ts'\nexport const place = () => [store(), take('x')]\n`,
  'server/src/views/list.ts':               `import { store } from '#modules/orders/index.ts'\nexport const list = () => store()\n`,
  'server/src/http/orders.ts':              `import { place } from '#usecases/place.ts'\nimport { list } from '#views/list.ts'\nexport const routes = [place, list]\n`,
  'server/src/jobs/push.ts':                `import { place } from '#usecases/place.ts'\nexport const push = place\n`,
  'server/src/cli/main.ts':                 `import { list } from '#views/list.ts'\nexport const main = list\n`,
  'server/src/imports/csv.ts':              `export const read = (text: string) => text\n`,
  'server/src/supervisor/main.ts':          `import { db } from '#platform/db.ts'\nexport const supervise = db\n`,
  'server/src/testing/world.ts':            `export const world = {}\n`,
}

function check(planted: Record<string, string>): { status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'docket-arrows-'))
  folders.push(folder)
  for (const file of ['.dependency-cruiser.cjs', 'package.json']) cpSync(join(project, file), join(folder, file))
  for (const [file, text] of Object.entries({ ...sound, ...planted })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  return run(process.execPath, [join(project, 'scripts/arrows.ts'), folder], folder)
}

function run(program: string, args: string[], cwd: string): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}` }
}

test('a project whose arrows all point down is green', () => {
  expect(check({})).toEqual({ status: 0, said: expect.stringContaining(`${Object.keys(sound).length} files read, 0 problems`) })
})

// biome-ignore format: read it by column
test.each([
  ['contract-is-below-all',      'contract/src/words.ts',             `import { db } from '#platform/db.ts'\nexport type Word = typeof db\n`],
  ['sdk-knows-the-contract',     'sdk/src/client.ts',                 `import { db } from '#platform/db.ts'\nexport const client = db\n`],
  ['platform-is-the-floor',      'server/src/platform/ids.ts',        `import type { Order } from '#modules/orders/index.ts'\nexport type Id = Order\n`],
  ['modules-stand-on-the-floor', 'server/src/modules/orders/life.ts', `import { place } from '#usecases/place.ts'\nexport const life = place\n`],
  ['modules-never-meet',         'server/src/modules/stock/index.ts', `import type { Order } from '#modules/orders/index.ts'\nexport const take = (order: Order) => order\n`],
  ['a-module-is-its-index',      'server/src/views/list.ts',          `import { store } from '#modules/orders/store.ts'\nexport const list = store\n`],
  ['usecases-point-down',        'server/src/usecases/show.ts',       `import { list } from '#views/list.ts'\nexport const show = list\n`],
  ['views-point-down',           'server/src/views/list.ts',          `import { place } from '#usecases/place.ts'\nexport const list = place\n`],
  ['doors-point-down',           'server/src/jobs/push.ts',           `import { routes } from '#server/http/orders.ts'\nexport const push = routes\n`],
  ['the-cli-is-a-door',          'server/src/cli/main.ts',            `import { routes } from '#server/http/orders.ts'\nexport const main = routes\n`],
  ['imports-are-strangers',      'server/src/imports/csv.ts',         `import { store } from '#modules/orders/index.ts'\nexport const read = store\n`],
  ['supervisor-knows-the-floor', 'server/src/supervisor/main.ts',     `import { place } from '#usecases/place.ts'\nexport const supervise = place\n`],
  ['proof-stays-out',            'server/src/platform/ids.ts',        `import { world } from '#server/testing/world.ts'\nexport const id = world\n`],
  ['no-development-packages',    'server/src/platform/ids.ts',        `import fc from 'fast-check'\nexport const id = fc\n`],
  ['no-jsx-in-the-server',       'server/src/http/page.ts',           `import { page } from './page.tsx'\nexport const show = page\n`],
  ['no-circles',                 'server/src/platform/ids.ts',        `import { other } from './other.ts'\nexport const id = () => other\n`],
  ['nothing-unresolved',         'server/src/platform/ids.ts',        `import { gone } from '#platform/gone.ts'\nexport const id = gone\n`],
])('the arrow %s is red when %s breaks it', (arrow, file, text) => {
  const beside = { 'server/src/http/page.tsx': `export const page = 1\n`, 'server/src/platform/other.ts': `import { id } from './ids.ts'\nexport const other = () => id\n` }
  const planted = arrow === 'no-jsx-in-the-server' || arrow === 'no-circles' ? { ...beside, 'server/src/platform/ids.ts': `export const id = 1\n` } : {}
  const { status, said } = check({ ...planted, [file]: text })
  expect({ status, said }).toEqual({ status: 1, said: expect.stringContaining(`(${arrow}`) })
})

// Whatever makes dependency-cruiser read less than there is, it says "no violations".
test.each([
  ['files left out', "exclude: { path: 'views' }", 'server/src/views/list.ts was not read'],
  ['packages left out', "exclude: { path: 'node_modules' }", 'the import of pg was not read'],
])('a reader with %s is found out', (_what, fault, said) => {
  const config = `const sound = require(${JSON.stringify(join(project, '.dependency-cruiser.cjs'))})\nmodule.exports = { ...sound, options: { ...sound.options, ${fault} } }\n`
  expect(check({ '.dependency-cruiser.cjs': config })).toEqual({ status: 1, said: expect.stringContaining(said) })
})

test('a promise that nobody waits for is red', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docket-arrows-'))
  folders.push(folder)
  for (const file of ['tsconfig.json', '.oxlintrc.json', 'package.json']) cpSync(join(project, file), join(folder, file))
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'server'))
  writeFileSync(join(folder, 'server/lost.ts'), `async function save(): Promise<void> {}\nexport function lose(): void {\n  save()\n}\n`)
  const { status, said } = run(join(project, 'node_modules/.bin/oxlint'), ['--type-aware', '--deny-warnings'], folder)
  expect({ failed: status !== 0, said }).toEqual({ failed: true, said: expect.stringContaining('no-floating-promises') })
})
