import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openPools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { testDatabase } from '#server/testing/test-database.ts'
import { owe } from './owe.ts'

const script = fileURLToPath(new URL('../../testing/jobs-process.ts', import.meta.url))

test('what a killed or a stopped process had claimed goes on elsewhere within 20 s, and the one that wakes up may not write', {
  timeout: 60_000,
}, async () => {
  const database = await testDatabase()
  const pools = openPools(database.url, { write: 1, read: 1, system: 1 })
  const workspaceId = newId()
  const rows = [
    { id: newId(), kind: 'a' },
    { id: newId(), kind: 'b' },
  ] as const
  const started: ChildProcess[] = []
  const start = async (kind: string, workMs: number) => {
    const child = fork(script, [JSON.stringify({ url: database.url, kind, workMs })])
    started.push(child)
    await says(child, 'ready')
    return child
  }
  try {
    const [killed, stopped] = await Promise.all([start('a', 60_000), start('b', 6_000)])
    const claimed = Promise.all([says(killed, 'claimed'), says(stopped, 'claimed')])
    await pools.change(workspaceId, async (tx) =>
      owe(
        tx,
        workspaceId,
        rows.map((row) => ({ ...row, lane: 'live', payload: {} })),
      ),
    )
    await claimed
    const heirs = await Promise.all([start('a', 0), start('b', 0)])
    const wrote = Promise.all(heirs.map((heir) => says(heir, 'wrote')))
    killed.kill('SIGKILL')
    stopped.kill('SIGSTOP')
    const at = performance.now()
    expect(await wrote).toEqual(rows.map((row) => row.id))
    const tookMs = performance.now() - at
    process.stdout.write(`Taken over after ${Math.round(tookMs)} ms\n`)
    expect(tookMs).toBeLessThan(20_000)

    const refused = says(stopped, 'refused')
    stopped.kill('SIGCONT')
    expect(await refused).toBe(rows[1].id)
    await sleep(200)
    const notes = await pools.view(workspaceId, (db) =>
      db.query<{ text: string }>({ text: 'select text from notes order by text', values: [] }),
    )
    expect(notes.map((note) => note.text).sort()).toEqual(rows.map((row, i) => `${row.id} ${heirs[i]?.pid}`).sort())
  } finally {
    for (const child of started) child.kill('SIGKILL')
    await pools.end()
    await database.drop()
  }
})

async function says(child: ChildProcess, word: string): Promise<unknown> {
  for (;;) {
    const [message]: Record<string, unknown>[] = await once(child, 'message')
    if (message && word in message) return message[word]
  }
}
