import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDataFolder } from './data-folder.ts'
import { StartRefused } from './start-refused.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'docket-folder-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

test('the data folder is made where there is none, and nobody else may look into it', () => {
  openDataFolder(join(parent, 'a', 'b'))
  expect(statSync(join(parent, 'a', 'b')).mode & 0o066).toBe(0)
})

test('a data folder that cannot be made is a refusal to start', () => {
  writeFileSync(join(parent, 'file'), '')
  expect(() => openDataFolder(join(parent, 'file', 'under'))).toThrow(StartRefused)
})
