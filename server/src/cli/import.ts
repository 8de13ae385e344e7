import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { majorText } from '#contract/currency.ts'
import { findWorkspace } from '#modules/places/index.ts'
import type { Pools } from '#platform/db.ts'
import { sealLagMs, startSealer } from '#platform/sealer.ts'
import { formats } from '#server/imports/formats.ts'
import { readCsv, UnreadableFile } from '#server/imports/read-csv.ts'
import type { ImportReport } from '#usecases/imports/history-site.ts'
import { ImportRefused, importHistory } from '#usecases/imports/import-history.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { referenceCache } from '#usecases/reference.ts'
import { type Command, type Context, readArguments, UsageError } from './command.ts'
import { refused } from './refused.ts'

export const importFile: Command = {
  name: 'import',
  usage: '<format> <file> --workspace <code> [--location main] [--dry-run] [--json]',
  summary: `Bring in past orders (${[...formats.keys()].join(', ')}; .csv or .csv.gz) and account for every row.`,
  run: async (args, context) => {
    const { options, named } = readArguments(
      args,
      {
        workspace: { type: 'string' },
        location: { type: 'string', default: 'main' },
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      ['format', 'file'],
    )
    const format = formats.get(named.format)
    if (!format) throw new UsageError(`There is no format "${named.format}". Choose one of: ${[...formats.keys()].join(', ')}.`)
    if (options.workspace === undefined) throw new UsageError('--workspace is missing: say where the orders go.')
    const found = statSync(named.file, { throwIfNoEntry: false })
    if (!found) throw new UsageError(`There is no file ${named.file}.`)
    if (found.isDirectory()) throw new UsageError(`${named.file} is a folder. Name the file in it.`)
    const pools = await context.pools()
    const workspaceId = await pools.system((db) => findWorkspace(db, options.workspace ?? ''))
    if (!workspaceId) return refused({ code: 'workspace.not_found', params: { workspace: options.workspace } }, context, options.json)
    const bugs: unknown[] = []
    const engine = openEngine(pools, referenceCache(pools), (error) => bugs.push(error), context.settings().orderBatchSize)
    const progress = context.progress()
    const began = performance.now()
    try {
      const report = await importHistory(engine, {
        workspaceId,
        location: options.location,
        format,
        open: () => readCsv(named.file, format),
        digest: await digestOf(named.file),
        dryRun: options['dry-run'],
        onProgress: ({ phase, rows, orders }) =>
          progress.show(() =>
            phase === 'reading'
              ? `Read ${rows} rows`
              : `${options['dry-run'] ? 'Looked at' : 'Placed'} ${orders} orders, ${rows} rows, ${rate(orders, began)} orders/s`,
          ),
      })
      await sealAll(await context.databaseUrl(), pools)
      progress.end()
      tell(context, report, { seconds: (performance.now() - began) / 1_000, json: options.json, dryRun: options['dry-run'] })
      return 0
    } catch (error) {
      progress.end()
      if (!(error instanceof UnreadableFile) && !(error instanceof ImportRefused)) throw bugs[0] ?? error
      context.say(error.message)
      if (options.json)
        context.answer(
          JSON.stringify({ error: { code: error instanceof UnreadableFile ? error.code : 'import.refused', message: error.message } }),
        )
      return 1
    }
  },
}

/** Seals what went in where no server runs that would; where one does, this waits for it. */
async function sealAll(url: string, pools: Pools): Promise<void> {
  const sealer = startSealer(url, pino({ level: 'silent' }))
  try {
    while ((await sealLagMs(pools)) > 0) await sleep(50)
  } finally {
    await sealer.stop()
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

function rate(orders: number, began: number): number {
  return Math.round(orders / ((performance.now() - began) / 1_000))
}

function tell(
  context: Context,
  report: ImportReport,
  { seconds, json, dryRun }: { seconds: number; json: boolean; dryRun: boolean },
): void {
  const { rows, orders, lines, returns, writeOffs, refused: rowsRefused, nets, currency, already, returnLines } = report
  const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1_024)
  const netMinor = nets.get(currency) ?? { file: 0, placed: 0, returned: 0, refused: 0 }
  if (json) {
    const otherCurrencies = [...nets].filter(([other]) => other !== currency).map(([other, net]) => ({ currency: other, netMinor: net }))
    context.answer(
      JSON.stringify({
        rows,
        orders,
        lines,
        returns,
        refused: rowsRefused,
        netMinor,
        currency,
        seconds: Math.round(seconds * 1_000) / 1_000,
        peakRssMb,
        writeOffs,
        already,
        returnLines,
        otherCurrencies,
        dryRun,
      }),
    )
    return
  }
  context.answer(
    `${rows} rows: ${orders} orders with ${lines} lines, ${returns} returns, ${writeOffs} stock corrections, ${rowsRefused.length} rows refused${dryRun ? ' (dry run: nothing was written)' : ''}.`,
  )
  if (already > 0) context.answer(`${already} of these orders and returns stood already and were left alone.`)
  if (returnLines.matched + returnLines.alone > 0)
    context.answer(`Returned lines: ${returnLines.matched} matched to what they reverse, ${returnLines.alone} stand alone.`)
  for (const [one, { file, placed, returned: back, refused: not }] of nets) {
    const text = (minor: number) => majorText(minor, one)
    context.answer(`Net in ${one}: file ${text(file)} = placed ${text(placed)} + returned ${text(back)} + refused ${text(not)}`)
  }
  for (const [reason, count] of counted(rowsRefused))
    context.answer(`Refused, ${reason}: ${count} rows, the first on line ${rowsRefused.find((row) => row.reason === reason)?.line}`)
  context.answer(`${seconds.toFixed(1)} s, ${Math.round(orders / seconds)} orders/s, peak memory ${peakRssMb} MB`)
}

function counted(rows: ImportReport['refused']): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { reason } of rows) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return counts
}
