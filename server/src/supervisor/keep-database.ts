import { embeddedPostgresUrl, startEmbeddedPostgres } from '#platform/embedded-postgres.ts'
import { takeLock } from './folder-lock.ts'
import { keepRunning } from './keep-running.ts'

/** The embedded database, kept running by this process or by another supervisor of the same data folder. */
type KeptDatabase = { url: string; stop(): Promise<void> }

const lookEveryMs = 500

/**
 * Runs the embedded database of a data folder. When another supervisor of the folder does so already (another role),
 * that one is used, and this process takes the work over when it stops.
 */
export async function keepDatabase(folder: string, say: (line: string) => void): Promise<KeptDatabase> {
  let url = ''
  const own = () =>
    keepRunning(
      'The database',
      async () => {
        const server = await startEmbeddedPostgres(folder, say)
        url = server.url
        return server
      },
      say,
    )
  const lock = takeLock(folder, 'database')
  if (lock) {
    const database = await own()
    return { url, stop: () => database.stop() }
  }
  url = await waitForUrl(folder)
  let takenOver: Promise<{ stop(): Promise<void> }> | undefined
  const timer = setInterval(() => {
    if (takenOver || !takeLock(folder, 'database')) return
    say('The process that ran the database has gone; running it from here.')
    takenOver = own()
    takenOver.catch((error: unknown) => say(String(error)))
  }, lookEveryMs)
  return {
    url,
    stop: async () => {
      clearInterval(timer)
      await (await takenOver)?.stop()
    },
  }
}

// The other supervisor may be making the database at this moment; `migrate` then waits for its first connection.
async function waitForUrl(folder: string): Promise<string> {
  for (;;) {
    const url = embeddedPostgresUrl(folder)
    if (url) return url
    await new Promise((done) => setTimeout(done, 100))
  }
}
