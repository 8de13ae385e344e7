import { readSettings } from '#platform/settings.ts'
import { StartRefused, startRefusedExitCode } from '#platform/start-refused.ts'
import { startServer } from './wiring.ts'

// One server process, whole or in one role. The supervisor gives it its database and is told when it is ready; without a supervisor it ends.
try {
  const settings = readSettings()
  const { databaseUrl } = settings
  if (databaseUrl === undefined) throw new StartRefused('This process is started by `npm start`, which gives it its database.')
  const server = await startServer({ ...settings, databaseUrl }, (line) => process.send?.({ say: line }))
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), 15_000).unref()
    void server.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on('SIGTERM', stop)
  process.on('disconnect', stop)
  process.send?.({ ready: true, url: server.url })
} catch (error) {
  if (!(error instanceof StartRefused)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(startRefusedExitCode)
}
