// A process with jobs, for tests that kill and stop one. Started with `JSON.stringify({ url, kind, workMs })` as its argument: it works
// rows of `kind`, each for `workMs`, then writes a note that names it. Says `{ claimed }`, `{ refused }`, `{ wrote }` with the row's id.
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { openPools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { assertFence, finish } from '#platform/jobs/claims.ts'
import { startJobs } from '#platform/jobs/start-jobs.ts'
import { finished, type Handler, TakenOver } from '#platform/jobs/types.ts'

const { url, kind, workMs }: { url: string; kind: string; workMs: number } = JSON.parse(process.argv[2] ?? '')
const pools = openPools(url, { write: 2, read: 1, system: 2 })
const say = (message: object) => process.send?.({ ...message, pid: process.pid })

const handler: Handler = {
  lanes: ['live'],
  batchMax: 1,
  deadlineMs: 120_000,
  async handle(workspaceId, claims) {
    const id = claims[0]?.id
    say({ claimed: id })
    await sleep(workMs)
    try {
      await pools.change(workspaceId, async (tx) => {
        await assertFence(tx, claims)
        tx.send({
          text: 'insert into notes (workspace_id, id, text) values ($1, $2, $3)',
          values: [workspaceId, newId(), `${id} ${process.pid}`],
        })
        await finish(tx, claims)
      })
      say({ wrote: id })
    } catch (error) {
      if (error instanceof TakenOver) say({ refused: id })
      throw error
    }
    return [finished]
  },
}

const jobs = await startJobs({
  url,
  pools,
  settings: { role: 'jobs', orderRetryAttempts: 10 },
  handlers: { [kind]: handler },
  fireTimers: async () => {},
  expireReservations: async () => {},
  log: pino({ level: 'silent' }),
})
say({ ready: jobs.health().processId })
