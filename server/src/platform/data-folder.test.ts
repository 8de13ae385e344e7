import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { masterKey, openDataFolder } from './data-folder.ts'
import { StartRefused } from './start-refused.ts'

let parent: string
let dataFolder: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'docket-key-'))
  dataFolder = join(parent, 'new')
})
afterEach(() => rmSync(parent, { recursive: true }))

const nothing = () => {}

test('the first start makes a key that only its owner can read, and says what it is for', () => {
  const said: string[] = []
  const key = masterKey({ masterKey: undefined, dataFolder }, (line) => said.push(line))
  expect([key.length, statSync(join(dataFolder, 'master.key')).mode & 0o777, said]).toEqual([
    32,
    0o600,
    [expect.stringContaining('a backup without it cannot be read')],
  ])
})

test('later starts find the same key and say nothing', () => {
  const said: string[] = []
  const first = masterKey({ masterKey: undefined, dataFolder }, nothing)
  expect([masterKey({ masterKey: undefined, dataFolder }, (line) => said.push(line)), said]).toEqual([first, []])
})

test('a key in the settings leaves the folder alone', () => {
  const given = Buffer.alloc(32, 7)
  expect(masterKey({ masterKey: given, dataFolder }, nothing)).toBe(given)
  expect(() => statSync(dataFolder)).toThrow('ENOENT')
})

test('a key that others may read is refused with the command that helps', () => {
  masterKey({ masterKey: undefined, dataFolder }, nothing)
  chmodSync(join(dataFolder, 'master.key'), 0o644)
  expect(() => masterKey({ masterKey: undefined, dataFolder }, nothing)).toThrow(/chmod 600/)
})

test('a damaged key is refused instead of being replaced', () => {
  openDataFolder(dataFolder)
  writeFileSync(join(dataFolder, 'master.key'), 'half a ke', { mode: 0o600 })
  expect(() => masterKey({ masterKey: undefined, dataFolder }, nothing)).toThrow(/Put the saved copy back/)
})

test('a data folder that cannot be made is a refusal to start', () => {
  writeFileSync(join(parent, 'file'), '')
  expect(() => openDataFolder(join(parent, 'file', 'under'))).toThrow(StartRefused)
})
