import { expect, test } from 'vitest'
import { seed } from '#server/testing/seed.ts'
import { killInTurn } from './chaos/kill-in-turn.ts'
import { mutants } from './fixtures/mutants.ts'

// Here the database itself is killed: it has to be the embedded one, which is the same whatever DATABASE_URL says.
const withEmbeddedDatabase = test.skipIf(process.env.DATABASE_URL)

// The large form is `npm run chaos`.
withEmbeddedDatabase(
  'server, worker and database are killed under load: nothing that was answered is lost, nothing is there twice, and work goes on',
  async () => {
    const { wrong, errors, done, kills } = await killInTurn({ seed, kills: 3, connections: 16 })
    expect([wrong, kills.length], errors.join('\n')).toEqual([[], 3])
    expect(done).toBeGreaterThan(50)
  },
  120_000,
)

withEmbeddedDatabase(
  'a server that answers before COMMIT is caught when the database is killed',
  async () => {
    const { wrong } = await killInTurn({ seed, kills: 2, connections: 16, victims: ['database'], mutant: mutants.answerBeforeCommit })
    expect(wrong).toContainEqual(expect.stringContaining('answered with yes and lost'))
  },
  120_000,
)
