import { readFile } from 'node:fs/promises'
import { StartRefused } from '#platform/start-refused.ts'
import { invariants } from '#views/verify/invariants.ts'
import { type Anchor, type Finding, type Progress, type Report, UnknownWorkspace, verify as verifyDatabase } from '#views/verify/verify.ts'
import { type Command, type Context, readArguments, UsageError } from './command.ts'

const violatedExitCode = 1
// Not 1: whoever asks must not take "could not look" for "looked, and something is wrong".
const notVerifiedExitCode = 2

export const verify: Command = {
  name: 'verify',
  usage: '[--workspace <code>] [--anchors <file> | --anchor <position>:<hash>] [--json]',
  summary: 'Rebuild everything from the log and name each wrong cent, unit, number and hash.',
  run: async (args, context) => {
    const { options } = readArguments(
      args,
      { workspace: { type: 'string' }, anchors: { type: 'string' }, anchor: { type: 'string' }, json: { type: 'boolean', default: false } },
      [],
    )
    const { workspace, anchor, json } = options
    if (anchor !== undefined && workspace === undefined) throw new UsageError('--anchor is of one workspace: name it with --workspace.')
    const anchors = [
      ...(options.anchors === undefined ? [] : await readAnchors(options.anchors)),
      ...(anchor === undefined ? [] : [anchorOf(anchor)]),
    ]
    const progress = context.progress()
    try {
      const report = await verifyDatabase(await context.databaseUrl(), {
        anchors,
        ...(workspace === undefined ? {} : { workspace }),
        onProgress: (done) => progress.show(() => progressLine(done)),
      })
      progress.end()
      if (json) answerJson(report, context)
      else answerTable(report, context)
      return report.ok ? 0 : violatedExitCode
    } catch (error) {
      progress.end()
      if (!(error instanceof UnknownWorkspace || error instanceof StartRefused || isDatabaseError(error))) throw error
      context.say(error.message)
      return notVerifiedExitCode
    }
  },
}

function isDatabaseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

/** Heads as an earlier `verify --json` printed them, one JSON object a line; its other lines are passed by. */
async function readAnchors(file: string): Promise<Anchor[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--anchors cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    let head: Partial<Anchor> | undefined
    try {
      head = (JSON.parse(line) as { head?: Partial<Anchor> }).head
    } catch {
      throw new UsageError(`--anchors: line ${i + 1} of ${file} is not JSON.`)
    }
    if (head === undefined) return []
    const { workspace = null, workspaceId = null, position, hash } = head
    if (!Number.isSafeInteger(position) || position === undefined || typeof hash !== 'string')
      throw new UsageError(`--anchors: line ${i + 1} of ${file} has no position or no hash.`)
    return [{ workspace, workspaceId, position, hash }]
  })
}

function anchorOf(text: string): Anchor {
  const [, position, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? []
  if (position === undefined || hash === undefined)
    throw new UsageError(`--anchor is "${text}"; it is <position>:<hash>, as verify prints the head.`)
  return { workspace: null, workspaceId: null, position: Number(position), hash }
}

// ─── What is said ────────────────────────────────────────────────────────────────────────────────────────────────────

function answerJson({ findings, heads, unsealed, ok, orders, seconds, ordersPerSecond }: Report, { answer }: Context): void {
  for (const finding of findings) answer(JSON.stringify(finding))
  for (const head of heads) answer(JSON.stringify({ head }))
  answer(JSON.stringify({ ok, orders, seconds: Math.round(seconds * 1_000) / 1_000, ordersPerSecond, unsealed }))
}

const numbers = new Intl.NumberFormat('en')

function answerTable({ findings, heads, unsealed, ok, orders, seconds, ordersPerSecond }: Report, { answer }: Context): void {
  const nameWidth = Math.max(...findings.map(({ invariant }) => invariant.length))
  const countWidth = Math.max(...findings.map(({ checked }) => numbers.format(checked).length))
  for (const { invariant, checked, violations, examples } of findings) {
    const verdict = violations === 0 ? 'ok   ' : 'WRONG'
    answer(
      `${verdict}  ${invariant.padEnd(nameWidth)}  ${numbers.format(checked).padStart(countWidth)}  ${violations === 0 ? '' : `${numbers.format(violations)} wrong. ${invariants[invariant]}`}`.trimEnd(),
    )
    for (const example of examples) answer(`       ${sentence(example)}`)
    if (violations > examples.length) answer(`       … and ${numbers.format(violations - examples.length)} more.`)
  }
  for (const { workspace, position, hash } of heads) answer(`head   ${workspace}  ${position}:${hash}`)
  if (unsealed.commits > 0)
    answer(
      `tail   ${numbers.format(unsealed.commits)} commits are not sealed yet, the oldest for ${numbers.format(unsealed.oldestSeconds)} s.`,
    )
  answer(
    `${ok ? 'Everything holds' : 'Something is wrong'}: ${numbers.format(orders)} orders in ${seconds.toFixed(1)} s (${numbers.format(ordersPerSecond)}/s).`,
  )
}

function sentence({ column, stored, expected, why, ...which }: Finding['examples'][number]): string {
  const what = Object.entries(which).map(([name, value]) => `${name} ${value}`)
  const difference =
    stored === undefined && expected === undefined
      ? []
      : [`${column ?? 'it'} is ${stored ?? 'nothing'}, should be ${expected ?? 'nothing'}`]
  return [what.join(', '), ...difference, ...(why === undefined || why === null ? [] : [String(why)])].join(': ')
}

function progressLine({ subjects, subjectsOf, events, eventsOf }: Progress): string {
  return `Replayed ${numbers.format(subjects)} of ${numbers.format(subjectsOf)} histories, digested ${numbers.format(events)} of ${numbers.format(eventsOf)} events`
}
