import { setTimeout as sleep } from 'node:timers/promises'
import { findKeyHolder, hashOf } from '#modules/identity/index.ts'
import { findWorkspace } from '#modules/places/index.ts'
import type { Engine } from '../engine.ts'
import { type DemoEntry, readDemoFile, writeDemoFile } from './demo-file.ts'
import { type DemoWorkspace, endParts, findDemoWorkspaces, isSomebodyAtWork, oweNextPart, removeDemoWorkspace } from './demo-rows.ts'
import type { DemoShop } from './demo-shop.ts'
import { openShop } from './open-shop.ts'
import type { DemoSize } from './run-shop.ts'

/** The demo of one server: which shops, how much of a past, and where the way in is written down. */
export interface Demo {
  shops: readonly DemoShop[]
  size: DemoSize
  file: string
  url: string
}

/**
 * Sees to it that every shop of the demo stands and goes on, and answers how to get in; null where `when` says that there is none to be:
 * `new` leaves out a server that somebody works on. A shop that nobody knows the way into (killed while it was opened, a lost file) is
 * removed and opened again.
 */
export async function startDemo(engine: Engine, { shops, file, url }: Demo, when: 'new' | 'always'): Promise<DemoEntry[] | null> {
  const { pools } = engine
  if (when === 'new' && (await isSomebodyAtWork(pools))) return null
  const known = readDemoFile(file)?.workspaces ?? []
  const entries: DemoEntry[] = []
  for (const shop of shops) {
    const standing = (await findDemoWorkspaces(pools)).filter(({ blueprint }) => blueprint === shop.blueprint.code)
    const open = await findOpen(engine, standing, known)
    for (const other of standing) if (other !== open?.workspace) await removeDemoWorkspace(pools, other.workspaceId)
    entries.push(open?.entry ?? (await openAnew(engine, shop)))
    writeDemoFile(file, { url, workspaces: entries })
  }
  for (const { workspaceId } of await findDemoWorkspaces(pools)) await oweNextPart(pools, workspaceId)
  return entries
}

// How long what was begun may take to its end.
const underWayMs = 1_000

/** Removes every demo workspace and what told the way in. */
export async function removeDemo({ pools }: Pick<Engine, 'pools'>, file: string): Promise<void> {
  const workspaces = await findDemoWorkspaces(pools)
  for (const { workspaceId } of workspaces) await endParts(pools, workspaceId)
  await sleep(underWayMs)
  for (const { workspaceId } of workspaces) await removeDemoWorkspace(pools, workspaceId)
  writeDemoFile(file, { url: '', workspaces: [] })
}

/** The workspace that one of these keys opens. */
async function findOpen(
  { pools }: Engine,
  standing: readonly DemoWorkspace[],
  known: readonly DemoEntry[],
): Promise<{ workspace: DemoWorkspace; entry: DemoEntry } | undefined> {
  for (const entry of known) {
    const holder = await pools.system((tx) => findKeyHolder(tx, hashOf(entry.apiKey)))
    const workspace = standing.find(({ workspaceId }) => workspaceId === holder?.workspaceId)
    if (workspace) return { workspace, entry }
  }
  return undefined
}

async function openAnew(engine: Engine, shop: DemoShop): Promise<DemoEntry> {
  const isTaken = await engine.pools.system((tx) => findWorkspace(tx, shop.code))
  const { workspaceId: _, ...entry } = await openShop(engine, shop, isTaken === undefined ? shop.code : `${shop.code}-demo`)
  return entry
}
