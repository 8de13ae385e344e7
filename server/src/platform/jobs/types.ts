/** Lanes by cost of starvation: what a person waits for, what came in a heap, what goes outside, what looks after the rest. */
export type Lane = 'live' | 'bulk' | 'outbound' | 'sweep'

/** How many turns of a lane one process works at a time. */
// biome-ignore format: read it by column
export const turnsMax: Record<Lane, number> = {
  live:     4,
  bulk:     2,
  outbound: 8,
  sweep:    1,
}

/** Work to be done once the transaction that owes it is committed. */
export interface Owed {
  id: string
  /** An order to whoever works it: `push_order`. */
  kind: string
  lane: Lane
  /** Ids only, as JSON; whoever works it reads the truth. */
  payload: unknown
  /** ISO 8601; now when missing. */
  dueAt?: string
  /** Greater goes first; 0 when missing. */
  priority?: number
}

/** A row of owed work that this process holds until somebody with a greater fence does. */
export interface Claim {
  workspaceId: string
  id: string
  kind: string
  lane: Lane
  payload: unknown
  fence: number
  /** This claim included. */
  attempts: number
}

/** What became of a claim. */
export type Verdict = { kind: 'finished' } | { kind: 'later'; afterMs: number; error: string } | { kind: 'parked'; error: string }

export const finished: Verdict = { kind: 'finished' }

/** Try again, `afterMs` or up to a quarter more from now. `error` says why, without personal data. */
export function retryLater(afterMs: number, error: string): Verdict {
  return { kind: 'later', afterMs: Math.ceil(afterMs * (1 + Math.random() / 4)), error }
}

/** Trying again would change nothing: a person has to look. `error` says why, without personal data. */
export function park(error: string): Verdict {
  return { kind: 'parked', error }
}

/** How one kind of owed work is done. */
export interface Handler {
  /** Where its rows may stand. */
  lanes: readonly Lane[]
  /** Rows claimed at a time. */
  batchMax: number
  /** After this long the rows go back and late writes are refused. */
  deadlineMs: number
  /** Works rows of one workspace; answers one verdict a claim, in their order. `signal` is aborted at the deadline. */
  handle(workspaceId: string, claims: readonly Claim[], signal: AbortSignal): Promise<Verdict[]>
}

/** Handlers by kind. */
export type Handlers = Readonly<Record<string, Handler>>

/** The row is in other hands by now: whatever was being done about it must not be written. */
export class TakenOver extends Error {
  override name = 'TakenOver'
}

/** What must hold between the parts; the README's table says it in words. */
export const timing = {
  beatMs: 3_000,
  muteMs: 60_000,
  silentMs: 15_000,
  sweepMs: 3_000,
  alarmGraceMs: 1_000,
  stopMs: 10_000,
} as const
