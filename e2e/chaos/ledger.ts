import { type FileHandle, open } from 'node:fs/promises'

/** One thing that a client asked for. `mark` is what it can be found by again in the database. */
export interface Sent {
  mark: number
  shop: string
  what: 'place' | 'note' | 'pay' | 'hold' | 'move' | 'receive'
  /** The order it is about; null for what is about none, or makes one. */
  orderId: string | null
  /** What was received. */
  milli?: number
}

/** What came back in the end: done, with the version that it made of an order, or refused. What never came back has no answer. */
export type Answered =
  | { mark: number; ok: true; orderId: string | null; version: number | null }
  | { mark: number; ok: false; status: number; code: string }

/** What the clients know, in a file that the system has nothing to do with: the judge of everything that it claims. */
export interface Ledger {
  sent: Sent[]
  answers: Map<number, Answered>
  /** Settles when the disk has it. */
  write(entry: { sent: Sent } | { answered: Answered }): Promise<void>
  close(): Promise<void>
}

/** Opens a new ledger, one JSON object a line. Lines written at the same moment share one flush. */
export async function openLedger(path: string): Promise<Ledger> {
  const file = await open(path, 'wx')
  const sent: Sent[] = []
  const answers = new Map<number, Answered>()
  let waiting: string[] = []
  let underWay: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null
  return {
    sent,
    answers,
    write: (entry) => {
      if ('sent' in entry) sent.push(entry.sent)
      else answers.set(entry.answered.mark, entry.answered)
      waiting.push(`${JSON.stringify(entry)}\n`)
      next ??= underWay.then(() => {
        const lines = waiting.join('')
        waiting = []
        underWay = writeDown(file, lines)
        next = null
        return underWay
      })
      return next
    },
    close: async () => {
      await next
      await underWay
      await file.close()
    },
  }
}

async function writeDown(file: FileHandle, lines: string): Promise<void> {
  await file.write(lines)
  await file.datasync()
}
