import { setTimeout as wait } from 'node:timers/promises'

/** A part that runs: its process, how it ends by itself, how it is ended. */
export type Running = {
  pid: number
  /** Settles when it has ended, wanted or not, with what there is to say about it. */
  ended: Promise<string>
  /** Ends it, and does nothing when it has ended. */
  stop(): Promise<void>
}

const healthyAfterMs = 2_000
const slowestMs = 30_000

/**
 * Starts a part and starts it again whenever it ends: at once the first time, then more and more slowly;
 * a part that held out for two seconds begins anew. Settles when it runs for the first time; a start that fails then is the caller's.
 * `stop` ends it for good.
 */
export async function keepRunning(
  name: string,
  start: () => Promise<Running>,
  say: (line: string) => void,
): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController()
  let current = await start()
  const life = watch()
  return {
    stop: async () => {
      stopping.abort()
      await current.stop()
      await life
      // What was just being started when the word came.
      await current.stop()
    },
  }

  async function watch(): Promise<void> {
    let failures = 0
    for (;;) {
      const startedAt = performance.now()
      const reason = await current.ended
      if (stopping.signal.aborted) return
      if (performance.now() - startedAt > healthyAfterMs) failures = 0
      say(`${name} (process ${current.pid}) ended: ${reason}`)
      failures = await startAgain(failures)
      if (stopping.signal.aborted) return
    }
  }

  async function startAgain(failuresBefore: number): Promise<number> {
    for (let failures = failuresBefore; ; failures++) {
      if (failures > 0) await pause(failures)
      if (stopping.signal.aborted) return failures
      try {
        current = await start()
        say(`${name} runs again (process ${current.pid}).`)
        return failures + 1
      } catch (error) {
        say(`${name} does not start: ${error instanceof Error ? error.message : error}`)
      }
    }
  }

  async function pause(failures: number): Promise<void> {
    const delayMs = Math.min(slowestMs, 100 * 2 ** failures)
    say(`Starting it again in ${delayMs / 1000} s.`)
    await wait(delayMs, undefined, { signal: stopping.signal }).catch(() => {})
  }
}
