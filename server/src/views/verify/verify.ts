import { bulkChecks } from './bulk-checks.ts'
import { deskChecks } from './desk-checks.ts'
import { type Anchor, compareAnchors, type Head, readHeads, readTail, type Tail } from './heads.ts'
import { logChecks } from './log-checks.ts'
import { referenceChecks } from './reference-checks.ts'
import type { ToldCounts } from './replay-subjects.ts'
import { checkSchema } from './schema-checks.ts'
import { runSetChecks } from './set-checks.ts'
import { cutSlices, type Slice } from './slices.ts'
import { openSnapshot, type Reader } from './snapshot.ts'
import { stockChecks, untoldChecks } from './stock-checks.ts'
import { type Finding, Tally } from './tally.ts'
import { foundIn, threadsFor, workSlices } from './work-slices.ts'

export type { Anchor, Finding, Head, Tail }

export interface VerifyOptions {
  /** Code of the one workspace to look at; all of them otherwise. */
  workspace?: string
  /** Heads kept outside, to be found again. */
  anchors?: readonly Anchor[]
  /** Threads that replay and hash; as many as are worth it otherwise. 0 = none beside this one. */
  threads?: number
  onProgress?(progress: Progress): void
}

/** Orders and other subjects replayed, and events hashed so far, of how many. */
export interface Progress {
  subjects: number
  subjectsOf: number
  events: number
  eventsOf: number
}

export interface Report {
  ok: boolean
  /** One an invariant that had something to look at, in the order of the table of invariants; workspaces by their code. */
  findings: Finding[]
  /** What to keep outside: a cut tail and a rewritten log are only seen against an earlier head. */
  heads: Head[]
  /** Commits that wait for their position. */
  unsealed: Tail
  orders: number
  seconds: number
  ordersPerSecond: number
}

/** There is no workspace of that code. */
export class UnknownWorkspace extends Error {
  override name = 'UnknownWorkspace'
}

/**
 * Compares what the database says with what its log proves, and its tables with each other: everything in one snapshot, nothing is written.
 * Throws {@link UnknownWorkspace}, and what the database throws when it cannot be read.
 */
export async function verify(url: string, options: VerifyOptions = {}): Promise<Report> {
  const startedAt = performance.now()
  const { id, reader } = await openSnapshot(url)
  try {
    const codes = new Map(
      (await reader.rows('select workspace_id, code from workspaces')).map(([workspaceId, code]) => [workspaceId ?? '', code ?? '']),
    )
    const workspaceId = options.workspace === undefined ? null : idOf(codes, options.workspace)
    const slices = await cutSlices(reader, workspaceId)
    const tally = new Tally()
    const [told] = await Promise.all([
      workAll(url, id, slices, options, tally),
      (async () => {
        await runSetChecks(reader, workspaceId, [...logChecks, ...stockChecks, ...deskChecks, ...bulkChecks, ...referenceChecks], tally)
        await checkSchema(reader, tally)
      })(),
    ])
    await nameUntold(reader, workspaceId, told, tally)
    const heads = await readHeads(reader, workspaceId)
    await compareAnchors(reader, options.anchors ?? [], codes, workspaceId, tally)
    const unsealed = await readTail(reader, workspaceId)
    const findings = tally.all().map((finding) => readable(finding, codes))
    const orders = findings.find(({ invariant }) => invariant === 'replay.orders')?.checked ?? 0
    const seconds = (performance.now() - startedAt) / 1_000
    return {
      ok: findings.every(({ violations }) => violations === 0),
      findings,
      heads,
      unsealed,
      orders,
      seconds,
      ordersPerSecond: Math.round(orders / seconds),
    }
  } finally {
    await reader.close()
  }
}

function idOf(codes: ReadonlyMap<string, string>, wanted: string): string {
  for (const [id, code] of codes) if (code === wanted) return id
  throw new UnknownWorkspace(`There is no workspace ${wanted}.`)
}

async function workAll(
  url: string,
  snapshotId: string,
  slices: readonly Slice[],
  { threads = threadsFor(slices), onProgress }: VerifyOptions,
  tally: Tally,
): Promise<ToldCounts> {
  const told: ToldCounts = { reservations: 0, movements: 0 }
  const size = (of: Slice['of']) => slices.reduce((all, slice) => all + (slice.of === of ? slice.size : 0), 0)
  const progress: Progress = { subjects: 0, subjectsOf: size('subjects'), events: 0, eventsOf: size('commits') }
  let sinceMs = performance.now()
  await workSlices(url, snapshotId, slices, threads, (slice, worked) => {
    tally.add(worked.findings)
    told.reservations += worked.reservations
    told.movements += worked.movements
    if (slice.of === 'subjects') progress.subjects += slice.size
    if (slice.of === 'commits') progress.events += slice.size
    const now = performance.now()
    for (const invariant of foundIn[slice.of]) tally.took(invariant, now - sinceMs)
    sinceMs = now
    onProgress?.({ ...progress })
  })
  return told
}

/** Every row an event tells of was looked up; where the table has more, those more are named. */
async function nameUntold(reader: Reader, workspaceId: string | null, told: ToldCounts, tally: Tally): Promise<void> {
  for (const table of ['reservations', 'movements'] as const) {
    const [row] = await reader.rows(`select count(*) from ${table} where $1::uuid is null or workspace_id = $1`, [workspaceId])
    if (Number(row?.[0]) !== told[table]) await runSetChecks(reader, workspaceId, [untoldChecks[table]], tally)
  }
}

function readable({ examples, ms, ...finding }: Finding, codes: ReadonlyMap<string, string>): Finding {
  const named = examples.map((example) =>
    'workspace' in example ? { ...example, workspace: codes.get(String(example.workspace)) ?? example.workspace ?? null } : example,
  )
  return { ...finding, examples: named, ms: Math.round(ms) }
}
