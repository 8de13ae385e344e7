import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { derivedKey, masterKey } from './master-key.ts'

let dataFolder: string
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'docket-key-'))
})
afterEach(() => rmSync(dataFolder, { recursive: true }))
const file = () => join(dataFolder, 'master.key')
const ask = () => masterKey({ masterKey: undefined, dataFolder })

test('the key is made once, for this user alone, and found again', () => {
  const key = ask()
  expect(key).toHaveLength(32)
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  expect(readdirSync(dataFolder)).toEqual(['master.key'])
  expect(ask()).toEqual(key)
})

test('the setting wins, and no file is made', () => {
  const given = Buffer.alloc(32, 7)
  expect(masterKey({ masterKey: given, dataFolder })).toEqual(given)
  expect(readdirSync(dataFolder)).toEqual([])
})

test('a key that others may read is refused with the way out', () => {
  ask()
  chmodSync(file(), 0o640)
  expect(ask).toThrow(/chmod 600/)
})

test('a file that is no key is refused and left as it is', () => {
  writeFileSync(file(), 'not a key\n', { mode: 0o600 })
  expect(ask).toThrow(/32 bytes/)
  expect(readFileSync(file(), 'utf8')).toBe('not a key\n')
})

test('each purpose has a key of its own, the same every time', () => {
  const master = ask()
  expect(derivedKey(master, 'sessions')).toEqual(derivedKey(master, 'sessions'))
  expect(derivedKey(master, 'sessions')).not.toEqual(derivedKey(master, 'cursors'))
  expect(derivedKey(master, 'sessions')).toHaveLength(32)
})
