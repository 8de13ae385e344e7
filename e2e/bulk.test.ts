import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { expectTrue } from '#server/testing/books.ts'
import { type BulkShop, bulkShop } from '#server/testing/bulk-shop.ts'

const script = fileURLToPath(new URL('fixtures/run-bulk-job.ts', import.meta.url))
const orders = 300

// The large form is `npm run chaos`.
test('a job whose process is killed three times does every order once, and so does taking it back', { timeout: 120_000 }, async () => {
  const shop = await bulkShop()
  try {
    await shop.receive({ CUP: orders })
    const ids = await shop.placeMany(orders)
    const job = await shop.make(ids, { run: 'preview' })
    await shop.work()
    await shop.steer(job, { verb: 'start', count: orders })
    expect(await runAndKill(shop, job.id, [40, 80, 120])).toBeGreaterThan(0)
    expect(await shop.job(job.id)).toMatchObject({ state: 'done', counts: { applied: orders } })
    expect(await told(shop, ids)).toEqual({ orders, StageChanged: orders })

    const undo = await shop.undo(job, { run: 'preview' })
    await shop.work()
    await shop.steer(undo, { verb: 'start', count: orders })
    await runAndKill(shop, undo.id, [80])
    expect(await shop.stages(ids)).toEqual({ AWAITING_PROCESSING: orders })
    expect(await told(shop, ids)).toEqual({ orders, StageChanged: orders, MoveUndone: orders })
    // What the job owes is still written down; nothing is left for it.
    await shop.work()
    await expectTrue(shop)
  } finally {
    await shop.end()
  }
})

/** Runs a job in processes of its own: each of the first is killed as soon as so many orders are done; the last one ends it. Answers how many did not end by themselves. */
async function runAndKill(shop: BulkShop, jobId: string, killedAfter: number[]): Promise<number> {
  let killed = 0
  for (const count of [...killedAfter, Number.POSITIVE_INFINITY]) {
    const child = fork(script, [JSON.stringify({ url: shop.databaseUrl, workspaceId: shop.workspaceId, jobId })])
    const ended = once(child, 'exit') as Promise<[number | null]>
    let isOver = false
    void ended.then(() => (isOver = true))
    while (!isOver && (await doneBy(shop, jobId)) < count) await wait(3)
    child.kill('SIGKILL')
    const [code] = await ended
    if (code === null) killed++
    else expect(code).toBe(0)
  }
  return killed
}

async function doneBy(shop: BulkShop, jobId: string): Promise<number> {
  return (await shop.items(jobId)).filter(({ state }) => state !== 'waiting').length
}

/** How often these orders were moved and moved back. */
async function told(shop: BulkShop, ids: readonly string[]): Promise<Record<string, number>> {
  const rows = await shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ type: string; times: number; orders: number }>({
      text: `select type, count(*) as times, count(distinct subject_id) as orders from events where type in ('StageChanged', 'MoveUndone') and subject_id = any($1::uuid[]) group by 1`,
      values: [ids],
    }),
  )
  return { orders: Math.min(...rows.map((row) => row.orders)), ...Object.fromEntries(rows.map(({ type, times }) => [type, times])) }
}
