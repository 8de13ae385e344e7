import { join } from 'node:path'
import { type Victim, victims } from './docket.ts'
import { aWhile, type LoadOptions, openFolder, readyAfter, underLoad, type Verdict } from './under-load.ts'

export interface KillOptions extends LoadOptions {
  kills: number
  /** Who is killed in turn; server, worker and database where it is not said. */
  victims?: readonly Victim[]
  say?(line: string): void
}

export interface KillReport extends Verdict {
  /** How long it took from each kill until Docket was ready again. */
  kills: { victim: Victim; readyAfterMs: number }[]
}

/** Kills Docket's parts in turn with SIGKILL, under load; the supervisor brings each back without a hand. */
export async function killInTurn({ kills, victims: order = victims, say = () => {}, ...load }: KillOptions): Promise<KillReport> {
  const { folder, remove } = openFolder()
  const killed: KillReport['kills'] = []
  try {
    const verdict = await underLoad(load, join(folder, 'data'), async ({ docket, random, ledger }) => {
      const first = random.whole(0, order.length - 1)
      for (let n = 0; n < kills; n++) {
        await aWhile(random)
        const victim = order[(first + n) % order.length] as Victim
        const readyAfterMs = await readyAfter(docket.url, () => docket.kill(victim))
        killed.push({ victim, readyAfterMs })
        say(`${n + 1}. ${victim} killed, ready again after ${readyAfterMs} ms; ${ledger.answers.size} answers so far`)
      }
      await aWhile(random)
    })
    return { ...verdict, kills: killed }
  } finally {
    remove()
  }
}
