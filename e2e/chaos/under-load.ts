import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { embeddedPostgresUrl } from '#platform/embedded-postgres.ts'
import { freePort } from '../fixtures/docket-process.ts'
import type { Mutant } from '../fixtures/mutants.ts'
import { type Docket, startDocket } from './docket.ts'
import { judge } from './judge.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { type Random, randomOf } from './random.ts'
import { openShops, receiveOfEach, untilReady } from './shop.ts'

export interface LoadOptions {
  seed: number
  connections: number
  mutant?: Mutant
}

/** What is left after Docket was disturbed under load. */
export interface Verdict {
  /** Requests that were answered with yes, and those that were refused. */
  done: number
  refused: number
  /** What must not be, in sentences. */
  wrong: string[]
  /** What the servers logged as errors of their own, to find out why. */
  errors: string[]
}

/** A running Docket with its clients, for whoever disturbs it. */
export interface Scene {
  docket: Docket
  random: Random
  ledger: Ledger
  /** Starts Docket again where it lies, after all of it has gone. */
  startAgain(): Promise<void>
}

const readyWithinMs = 30_000
// A worker that died holding work is known to be gone after 15 s; a mutant need not be waited for.
const quietWithinMs = 40_000
const mutantQuietWithinMs = 1_000

/** Runs Docket in a data folder under load while `disturb` does its worst, lets it come to rest, and judges what is left. */
export async function underLoad(
  { seed, connections, mutant }: LoadOptions,
  folder: string,
  disturb: (scene: Scene) => Promise<void>,
): Promise<Verdict> {
  const random = randomOf(seed)
  const port = await freePort()
  const outside = mkdtempSync(join(tmpdir(), 'docket-ledger-'))
  const ledger = await openLedger(join(outside, 'ledger.jsonl'))
  const scene: Scene = {
    docket: await startDocket(folder, port, mutant),
    random: random.branch(),
    ledger,
    startAgain: async () => {
      scene.docket = await startDocket(folder, port, mutant)
    },
  }
  try {
    const databaseUrl = embeddedPostgresUrl(folder) ?? ''
    const shops = await openShops(databaseUrl, scene.docket.url)
    const load = startLoad(shops, connections, ledger, random.branch())
    try {
      await disturb(scene)
    } finally {
      await load.stop()
    }
    for (const shop of shops) await receiveOfEach(shop, 5_000_000)
    const wrong = await judge(databaseUrl, shops, ledger, mutant ? mutantQuietWithinMs : quietWithinMs)
    const answers = [...ledger.answers.values()]
    const done = answers.filter((answer) => answer.ok).length
    return { done, refused: answers.length - done, wrong, errors: errorsIn(scene.docket.process.said()) }
  } finally {
    scene.docket.process.child.kill('SIGTERM')
    await scene.docket.process.exit
    await ledger.close()
    rmSync(outside, { recursive: true, force: true })
  }
}

const errorsMax = 5

function errorsIn(said: string): string[] {
  return said
    .split('\n')
    .filter((line) => line.startsWith('{"level":50'))
    .slice(0, errorsMax)
}

/** Does something and says how long it took until Docket was ready again. */
export async function readyAfter(url: string, something: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await something()
  await untilReady(url, readyWithinMs)
  return Math.round(performance.now() - startedAt)
}

/** A while of load, as long as chance has it. */
export function aWhile(random: Random): Promise<void> {
  return wait(random.whole(700, 2_000))
}

/** An empty folder that every user may enter: as root the database runs as another one. */
export function openFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'docket-chaos-'))
  chmodSync(folder, 0o755)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
