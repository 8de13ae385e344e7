import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { startPostgresql15 } from './postgresql-15.ts'

// Everything a person needs to trust a change: checks, all tests with coverage, and the database tests once more on
// PostgreSQL 15 as a role that is no superuser, where Debian's package is installed. With arguments, those tests only.
// The last line is "<n> passed, <n> failed", checks and a missed coverage threshold count as one each; above it stands
// what failed, once more and in a few lines, for whoever sees only the end of a long log.

type Tally = { passed: number; failed: number; failures: string[] }
type Report = {
  numPassedTests: number
  numFailedTests: number
  testResults: Array<{ name: string; assertionResults: Array<{ fullName: string; status: string; failureMessages: string[] }> }>
}

// biome-ignore format: read it by column
const checks: Array<[name: string, program: string, args: string[]]> = [
  ['style',    'biome',  ['check', '--error-on-warnings']],
  ['types',    'tsc',    []],
  ['promises', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['arrows',   'node',   ['scripts/arrows.ts']],
]
const onPostgresql15 = ['server', 'sdk', 'e2e', '--exclude', 'e2e/supervisor*.test.ts', '--exclude', 'e2e/arrows*.test.ts']

const chosen = process.argv.slice(2)
const tallies =
  chosen.length > 0 ? [await runVitest(chosen)] : [await runChecks(), await runVitest(['--coverage']), await runOnPostgresql15()]
const passed = tallies.reduce((sum, one) => sum + one.passed, 0)
const failed = tallies.reduce((sum, one) => sum + one.failed, 0)
const failures = tallies.flatMap((one) => one.failures)
if (failures.length > 0) process.stdout.write(`\n${failures.join('\n')}\n`)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)

async function runChecks(): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, failures: [] }
  for (const [name, program, args] of checks) {
    const good = (await run(program, args)) === 0
    process.stdout.write(`${good ? 'passed' : 'FAILED'}: ${name}\n`)
    tally[good ? 'passed' : 'failed']++
    if (!good) tally.failures.push(`FAILED: ${name}`)
  }
  return tally
}

async function runVitest(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'docket-report-'))
  const report = join(folder, 'report.json')
  const code = await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`, ...args], env)
  const tally = existsSync(report) ? readTally(report) : { passed: 0, failed: 0, failures: [] }
  rmSync(folder, { recursive: true })
  if (code === 0 || tally.failed > 0) return tally
  // A suite that does not load, a lost promise, or coverage below its threshold has no test of its own.
  return { ...tally, failed: 1, failures: ['FAILED: a suite that did not load, an error nobody caught, or coverage (see above)'] }
}

function readTally(report: string): Tally {
  const { numPassedTests, numFailedTests, testResults }: Report = JSON.parse(readFileSync(report, 'utf8'))
  const failures = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(
        ({ fullName, failureMessages }) =>
          `FAILED: ${relative(process.cwd(), name)}: ${fullName}\n${failureMessages.join('\n').slice(0, 1500)}`,
      ),
  )
  return { passed: numPassedTests, failed: numFailedTests, failures }
}

async function runOnPostgresql15(): Promise<Tally> {
  const server = process.env.DATABASE_URL ? undefined : await startPostgresql15()
  if (!server) return { passed: 0, failed: 0, failures: [] }
  process.stdout.write('\nOnce more on PostgreSQL 15, as a role that is no superuser:\n')
  try {
    return await runVitest(onPostgresql15, { DATABASE_URL: server.url, DOCKET_ALLOW_NO_CHECKSUMS: '1' })
  } finally {
    await server.stop()
  }
}

function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env }, shell: process.platform === 'win32' })
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`)
      done(1)
    })
    child.once('exit', (code) => done(code ?? 1))
  })
}
