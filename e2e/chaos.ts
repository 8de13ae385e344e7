import { bulkInPieces } from './chaos/bulk-in-pieces.ts'
import { cutPower, whyNoPowerCuts } from './chaos/cut-power.ts'
import { killInTurn } from './chaos/kill-in-turn.ts'
import { mutants } from './fixtures/mutants.ts'

// `npm run chaos`: the large form of what `npm test` does with a few kills, and power cuts where they can be made.
// Repeated with DOCKET_SEED=<seed> npm run chaos. Ends with 1 when anything is not as it must be.
const seed = Number(process.env.DOCKET_SEED ?? Math.floor(Math.random() * 2 ** 31))
const connections = 64
const readyWithinMs = 5_000
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const failures: string[] = []

say(`Seed of this run: DOCKET_SEED=${seed}`)

say('\nServer, worker and database are killed in turn, twenty times:')
const killed = await killInTurn({ seed, kills: 20, connections, say })
const slowest = Math.max(...killed.kills.map(({ readyAfterMs }) => readyAfterMs))
say(`${killed.done} requests done, ${killed.refused} refused; ready again after ${slowest} ms at most.`)
mustBe(killed.wrong.length === 0, [...killed.wrong, ...killed.errors].join('\n'))
mustBe(slowest < readyWithinMs, `Once it was not ready again within ${readyWithinMs} ms.`)

say('\nA server that answers before COMMIT, and the database is killed:')
mustShowLosses((await killInTurn({ seed, kills: 3, connections, victims: ['database'], mutant: mutants.answerBeforeCommit, say })).wrong)

say('\nTen thousand orders are moved by one job and moved back, and the worker is killed three times, the database once:')
const pieces = await bulkInPieces({ orders: 10_000, victims: ['jobs', 'database', 'jobs'], say })
mustBe(pieces.length === 0, pieces.join('\n'))

const noPowerCuts = whyNoPowerCuts()
if (noPowerCuts) say(`\nLeft out: ${noPowerCuts}.`)
else {
  say('\nThe power is cut, five times:')
  const cut = await cutPower({ seed, cuts: 5, connections, say })
  say(`${cut.done} requests done, ${cut.refused} refused.`)
  mustBe(cut.wrong.length === 0, [...cut.wrong, ...cut.errors].join('\n'))

  say('\nThe power is cut, and COMMIT does not wait for the disk (synchronous_commit=off):')
  mustShowLosses((await cutPower({ seed, cuts: 4, connections, mutant: mutants.doNotFlush, say })).wrong)
}

say(failures.length === 0 ? '\nEverything is as it must be.' : `\nSeed ${seed}:\n${failures.join('\n')}`)
process.exitCode = failures.length === 0 ? 0 : 1

function mustBe(isSo: boolean, otherwise: string): void {
  if (isSo) return
  failures.push(otherwise)
  say(`WRONG: ${otherwise}`)
}

function mustShowLosses(wrong: string[]): void {
  const lost = wrong.filter((sentence) => sentence.includes('answered with yes and lost'))
  say(lost.length > 0 ? `Caught, as it must be: ${lost.join('; ')}` : 'Not caught.')
  mustBe(lost.length > 0, 'The mutant was not caught.')
}
