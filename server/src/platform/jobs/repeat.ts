/** Work done again and again, never twice at once. */
export interface Repeated {
  /** Resolves when the last round has ended. */
  stop(): Promise<void>
}

/** Does `round` now and `everyMs` after each end; what it throws goes to `failed`, and the next round comes all the same. */
export function repeat(everyMs: number, round: () => Promise<void>, failed: (error: unknown) => void): Repeated {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running = go()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }

  async function go(): Promise<void> {
    try {
      await round()
    } catch (error) {
      failed(error)
    }
    if (stopped) return
    timer = setTimeout(() => {
      running = go()
    }, everyMs)
  }
}
