import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { embeddedPostgresUrl } from '#platform/embedded-postgres.ts'
import { freePort } from '../fixtures/docket-process.ts'
import type { Mutant } from '../fixtures/mutants.ts'
import { startDocket, type Victim, victims } from './docket.ts'
import { judge } from './judge.ts'
import { openLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { randomOf } from './random.ts'
import { openShops, receiveOfEach, untilReady } from './shop.ts'

export interface ChaosOptions {
  seed: number
  kills: number
  connections: number
  /** Who is killed in turn; server, worker and database where it is not said. */
  victims?: readonly Victim[]
  mutant?: Mutant
  say?(line: string): void
}

export interface ChaosReport {
  /** How long it took from each kill until Docket was ready again. */
  kills: { victim: Victim; readyAfterMs: number }[]
  /** Requests that were answered with yes. */
  done: number
  refused: number
  /** What must not be, in sentences. */
  wrong: string[]
}

const readyWithinMs = 30_000
// A worker that died holding work is known to be gone after 15 s; a mutant need not be waited for.
const quietWithinMs = 40_000
const mutantQuietWithinMs = 1_000

/** Runs Docket under load, kills its parts in turn with SIGKILL, lets it come to rest, and judges what is left. */
export async function runChaos({ seed, kills, connections, victims: order = victims, mutant, say = () => {} }: ChaosOptions): Promise<ChaosReport> {
  const random = randomOf(seed)
  const outside = mkdtempSync(join(tmpdir(), 'docket-chaos-'))
  chmodSync(outside, 0o755) // as root the database runs as another user, who has to get in
  const folder = join(outside, 'data')
  const docket = await startDocket(folder, await freePort(), mutant)
  const ledger = await openLedger(join(outside, 'ledger.jsonl'))
  try {
    const databaseUrl = embeddedPostgresUrl(folder) ?? ''
    const shops = await openShops(databaseUrl, docket.url)
    const load = startLoad(shops, connections, ledger, random.branch())
    const first = random.whole(0, order.length - 1)
    const report: ChaosReport = { kills: [], done: 0, refused: 0, wrong: [] }
    for (let n = 0; n < kills; n++) {
      await wait(random.whole(700, 2_000))
      const victim = order[(first + n) % order.length] as Victim
      const killedAt = performance.now()
      await docket.kill(victim)
      await untilReady(docket.url, readyWithinMs)
      const readyAfterMs = Math.round(performance.now() - killedAt)
      report.kills.push({ victim, readyAfterMs })
      say(`${n + 1}. ${victim} killed, ready again after ${readyAfterMs} ms; ${ledger.answers.size} answers so far`)
    }
    await wait(500)
    await load.stop()
    for (const shop of shops) await receiveOfEach(shop, 5_000_000)
    const answers = [...ledger.answers.values()]
    report.done = answers.filter((answer) => answer.ok).length
    report.refused = answers.length - report.done
    report.wrong = await judge(databaseUrl, shops, ledger, mutant ? mutantQuietWithinMs : quietWithinMs)
    return report
  } finally {
    docket.process.child.kill('SIGTERM')
    await docket.process.exit
    await ledger.close()
    rmSync(outside, { recursive: true, force: true })
  }
}
