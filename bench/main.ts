import { loadavg } from 'node:os'
import { placeBatches } from './batches.ts'
import { moveInBulk } from './bulk-move.ts'
import { placeAtOnce } from './crowd.ts'
import { giveUp } from './docket.ts'
import { listOfFifty } from './fifty-workspaces.ts'
import { costOfGrowth } from './growth.ts'
import { idleMemory } from './idle-memory.ts'
import { importTickets } from './import-tickets.ts'
import { placeOverWorkspaces } from './many-workspaces.ts'
import { listOfAMillion, pageOfAMillion, searchOfAMillion, statusOfAMillion, viewsOfAMillion } from './million-rows.ts'
import { closeMillion } from './million-stand.ts'
import { placeHot, placeSpread } from './placements.ts'
import { type Bench, type Found, lineOf } from './row.ts'
import { startFirst, startNext } from './start-times.ts'
import { holdSteady } from './steady.ts'
import { followByMany } from './streams.ts'

// biome-ignore format: read it by column
const rows: Record<string, (bench: Bench) => Promise<Found>> = {
  'place.64':    (bench) => placeSpread(bench, 64),
  'place.256':   (bench) => placeSpread(bench, 256),
  'place.hot':   (bench) => placeHot(bench, 64),
  'batch':       placeBatches,
  'import':      importTickets,
  'list.1m':     listOfAMillion,
  'list.50':     listOfFifty,
  'page.1m':     pageOfAMillion,
  'status.1m':   statusOfAMillion,
  'search.1m':   searchOfAMillion,
  'views.1m':    viewsOfAMillion,
  'growth':      costOfGrowth,
  'bulk.10k':    (bench) => moveInBulk(bench, 10_000),
  'crowd':       placeAtOnce,
  'workspaces':  placeOverWorkspaces,
  'steady':      holdSteady,
  'stream.200':  followByMany,
  'start.first': startFirst,
  'start.next':  startNext,
  'idle':        idleMemory,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in rows))
if (unknown.length > 0) {
  process.stderr.write(`There is no row ${unknown.join(', ')}. Choose of: ${Object.keys(rows).join(', ')}.\n`)
  process.exit(2)
}

const seed = Number(process.env.DOCKET_SEED ?? Math.floor(Math.random() * 2 ** 31))
const say = (line: string) => void process.stderr.write(`${line}\n`)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    // Whatever was under way fails now, and is no news.
    process.on('uncaughtException', () => {})
    void giveUp().finally(() => process.exit(130))
  })
}

for (const [name, run] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  say(`── ${name} (seed ${seed}, load ${loadavg()[0]?.toFixed(1)})`)
  const [load = 0] = loadavg()
  const found = await run({ seed, say: (line) => say(`   ${line}`) })
  process.stdout.write(`${lineOf(name, seed, load, found)}\n`)
  if (!found.ok) process.exitCode = 1
}
await closeMillion()
