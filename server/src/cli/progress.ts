/** A line about long work. */
export interface Progress {
  /** What has been done so far. Cheap enough for every row: it is shown ten times a second on a terminal, every five seconds elsewhere. */
  show(text: () => string): void
  /** Takes the line away; with a last word, leaves that behind. */
  end(text?: string): void
}

const terminalEveryMs = 100
const plainEveryMs = 5_000

/** Progress on a stream, which is a terminal or not. */
export function progressOn(
  stream: { isTTY?: boolean; columns?: number; write(text: string): unknown },
  now: () => number = () => performance.now(),
): Progress {
  const terminal = stream.isTTY === true
  const everyMs = terminal ? terminalEveryMs : plainEveryMs
  let shownAt = terminal ? Number.NEGATIVE_INFINITY : now()
  let drawn = false
  return {
    show: (text) => {
      if (now() - shownAt < everyMs) return
      shownAt = now()
      // A line that wraps could not be rewritten.
      stream.write(terminal ? `\r\x1b[K${text().slice(0, (stream.columns ?? 80) - 1)}` : `${text()}\n`)
      drawn = terminal
    },
    end: (text) => {
      if (drawn) stream.write('\r\x1b[K')
      drawn = false
      if (text !== undefined) stream.write(`${text}\n`)
    },
  }
}
