import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mutants, planted } from './fixtures/mutants.ts'

// Who may what, asked in full; then once more with the filter of what one may see left out in one place at a time, which must be found;
// and the plans of every view under every reach at a million orders.

const matrix = 'server/src/http/who-may-what.test.ts'
const faults = ['listSeesAll', 'countSeesAll', 'streamSeesAll', 'bulkSeesAll'] as const

const sound = asked(null)
const found = faults.map((name) => ({ name, caught: !asked(name) }))
for (const { name, caught } of found) process.stdout.write(`${caught ? 'caught' : 'MISSED'}: ${name}\n`)
const planned = spawnSync('vitest', ['run', 'server/src/views/order-list-plans.test.ts'], {
  env: { ...process.env, DOCKET_LIST_ORDERS: '1000000' },
  stdio: 'inherit',
})
process.exit(sound && planned.status === 0 && found.every(({ caught }) => caught) ? 0 : 1)

/** Runs the matrix, with a fault or without; true when it found nothing wrong. */
function asked(name: (typeof faults)[number] | null): boolean {
  const env = { ...process.env }
  if (name !== null) {
    // One that is planted nowhere would be found by nobody and look caught.
    planted(readFileSync(mutants[name].file, 'utf8'), mutants[name])
    env.DOCKET_MUTANT = JSON.stringify(mutants[name])
  }
  const { status } = spawnSync('vitest', ['run', matrix], { env, stdio: ['ignore', name === null ? 'inherit' : 'ignore', 'inherit'] })
  return status === 0
}
