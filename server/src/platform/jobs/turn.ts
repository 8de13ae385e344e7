import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { LostCommit, type Pools, TransientDbError } from '../db.ts'
import { plainMessage } from '../plain-error.ts'
import { claimDue, giveBack, settle } from './claims.ts'
import { type Claim, type Handler, type Lane, park, retryLater, TakenOver, type Verdict } from './types.ts'

/** Where the turns of one process work. */
export interface Desk {
  processId: string
  pools: Pools
  log: Logger
  /** Claims after which a row is parked. */
  attemptsMax: number
  /** Claims under work, by row id. */
  inHand: Map<string, Claim>
  stopping: boolean
}

/** What an alarm sets off: claims due rows, has them worked, writes what became of each. Never throws: the sweep finds what is left. */
export async function workTurn(desk: Desk, lane: Lane, kind: string, handler: Handler): Promise<void> {
  try {
    const claims = await desk.pools.system((tx) => claimDue(tx, desk.processId, lane, kind, handler.batchMax))
    for (const claim of claims) desk.inHand.set(claim.id, claim)
    await Promise.all(portionsOf(claims).map((portion) => workPortion(desk, handler, portion)))
  } catch (error) {
    desk.log.warn({ err: error, lane, kind }, 'A turn could not be taken; the next alarm or sweep repeats it')
  }
}

/** One workspace at a time; first comers together, rows that failed before each alone, so that a poison row ends only itself. */
function portionsOf(claims: readonly Claim[]): Claim[][] {
  const together = Map.groupBy(claims, (claim) => (claim.attempts === 1 ? claim.workspaceId : claim.id))
  return [...together.values()]
}

async function workPortion(desk: Desk, handler: Handler, claims: Claim[]): Promise<void> {
  const verdicts = await verdictsOf(desk, handler, claims)
  try {
    if (verdicts) await writeVerdicts(desk, claims, verdicts)
  } catch (error) {
    // They are no longer in hand: the sweep makes them due again.
    desk.log.warn({ err: error, kind: claims[0]?.kind, rows: claims.length }, 'What became of owed work could not be written')
  } finally {
    for (const claim of claims) if (desk.inHand.get(claim.id) === claim) desk.inHand.delete(claim.id)
  }
}

/** The work is done: while the database is away for a moment, saying so is tried again; once it is said, saying it again changes nothing. */
async function writeVerdicts(desk: Desk, claims: readonly Claim[], verdicts: readonly Verdict[]): Promise<void> {
  for (let pauseMs = 100; ; pauseMs *= 2) {
    try {
      return await desk.pools.system(async (tx) => settle(tx, claims, verdicts))
    } catch (error) {
      const passing = error instanceof TransientDbError || error instanceof LostCommit
      if (!passing || desk.stopping || pauseMs > 5_000) throw error
      await sleep(pauseMs)
    }
  }
}

/** Null when the rows were taken over: then there is nothing to say about them. */
async function verdictsOf(desk: Desk, handler: Handler, claims: readonly Claim[]): Promise<Verdict[] | null> {
  const [first] = claims
  if (!first) return null
  try {
    const verdicts = await withinDeadline(handler, first.workspaceId, claims)
    if (verdicts.length !== claims.length) throw new Error(`${first.kind} gave ${verdicts.length} verdicts on ${claims.length} claims`)
    return verdicts.map((verdict, i) => lastVerdict(verdict, claims[i] ?? first, desk.attemptsMax))
  } catch (error) {
    if (error instanceof TakenOver && claims.length === 1) return null
    desk.log.error(
      { err: error, workspaceId: first.workspaceId, kind: first.kind, owed: claims.map((claim) => claim.id) },
      'Owed work failed',
    )
    return claims.map((claim) => lastVerdict(retryLater(pauseMs(error, claim.attempts), messageOf(error)), claim, desk.attemptsMax))
  }
}

async function withinDeadline(handler: Handler, workspaceId: string, claims: readonly Claim[]): Promise<Verdict[]> {
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`It took longer than ${handler.deadlineMs} ms`)
      late.abort(error)
      reject(error)
    }, handler.deadlineMs)
  })
  try {
    return await Promise.race([handler.handle(workspaceId, claims, late.signal), deadline])
  } finally {
    clearTimeout(timer)
  }
}

function lastVerdict(verdict: Verdict, claim: Claim, attemptsMax: number): Verdict {
  return verdict.kind === 'later' && claim.attempts >= attemptsMax ? park(verdict.error) : verdict
}

/** 1 s after the first failure, twice as long after each more, 10 minutes at most; longer when the outside asks for it. */
function pauseMs(error: unknown, attempts: number): number {
  const asked = (error as { retryAfterMs?: unknown } | null)?.retryAfterMs
  return Math.max(typeof asked === 'number' ? asked : 0, Math.min(600_000, 1_000 * 2 ** (attempts - 1)))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? plainMessage(error) : 'Something that is no error was thrown'
}

/** Gives back everything still in hand; whatever its handlers still write is refused. */
export async function giveBackAll(desk: Desk): Promise<void> {
  const claims = [...desk.inHand.values()]
  if (claims.length === 0) return
  await desk.pools.system(async (tx) => giveBack(tx, claims))
  desk.inHand.clear()
}
