import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPools, type Pools } from '#platform/db.ts'
import { testDatabase } from '#server/testing/test-database.ts'
import { blueprintNamed } from '#server/testing/test-workspace.ts'
import type { Engine } from '#usecases/engine.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { referenceCache } from '#usecases/reference.ts'
import { createWorkspace } from '#usecases/workspaces/create-workspace.ts'
import { creator } from '../../../demo/creator.ts'
import { demoFileOf, readDemoFile, writeDemoFile } from './demo-file.ts'
import { findDemoWorkspaces } from './demo-rows.ts'
import { type Demo, removeDemo, startDemo } from './start-demo.ts'

let folder: string
let database: Awaited<ReturnType<typeof testDatabase>>
let pools: Pools
let engine: Engine
let demo: Demo

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docket-demo-'))
  database = await testDatabase()
  pools = openPools(database.url)
  engine = openEngine(pools, referenceCache(pools), () => {}, 256)
  demo = { shops: [creator], size: { seed: 1, orders: 10 }, file: demoFileOf(folder), url: 'http://127.0.0.1:1' }
})

afterEach(async () => {
  await pools.end()
  await database.drop()
  rmSync(folder, { recursive: true })
})

const workspace = (code: string) =>
  createWorkspace(pools, { code, blueprint: blueprintNamed('counter'), currency: 'EUR', language: 'en', timeZone: 'UTC' })
const owedParts = async () => {
  const [one] = await findDemoWorkspaces(pools)
  return pools.view(one?.workspaceId ?? '', (db) =>
    db.query({ text: `select payload from owed where kind = 'demo' and state = 'due'`, values: [] }),
  )
}

test('the way in is written down for nobody else to read, and stays the same at the next start', async () => {
  const first = await startDemo(engine, demo, 'new')
  expect(readDemoFile(demo.file)).toEqual({ url: demo.url, workspaces: first })
  expect(statSync(demo.file).mode & 0o777).toBe(0o600)
  expect(await startDemo(engine, { ...demo, url: 'http://127.0.0.1:2' }, 'new')).toEqual(first)
  expect(readDemoFile(demo.file)?.url).toBe('http://127.0.0.1:2')
  expect(await owedParts()).toEqual([{ payload: { from: 0 } }])
})

test('where somebody works there is no demo unless it is asked for, and no code is taken from anybody', async () => {
  await workspace('creator')
  expect(await startDemo(engine, demo, 'new')).toBe(null)
  expect(readDemoFile(demo.file)).toBe(undefined)
  const entries = await startDemo(engine, demo, 'always')
  expect(entries?.map(({ code }) => code)).toEqual(['creator-demo'])
})

test('a shop that nobody knows the way into is opened again', async () => {
  const [before] = (await startDemo(engine, demo, 'new')) ?? []
  writeDemoFile(demo.file, { url: demo.url, workspaces: [] })
  const [after] = (await startDemo(engine, demo, 'new')) ?? []
  expect(after?.apiKey).not.toBe(before?.apiKey)
  expect(await findDemoWorkspaces(pools)).toHaveLength(1)
})

test('when it is removed nothing of it stays, and nobody else loses anything', async () => {
  await startDemo(engine, demo, 'new')
  await workspace('mine')
  await removeDemo(engine, demo.file)
  expect(await findDemoWorkspaces(pools)).toEqual([])
  expect(readDemoFile(demo.file)).toBe(undefined)
  const left = await pools.system((tx) => tx.query({ text: 'select code from workspaces', values: [] }))
  expect(left).toEqual([{ code: 'mine' }])
})
