import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { as, databaseUser } from '#platform/postgres-user.ts'

const programs = '/usr/lib/postgresql/15/bin'

/**
 * Starts Debian's PostgreSQL 15 as it comes (no checksums), in a folder of its own, with one role that may create
 * databases and roles and is no superuser. Undefined where the package `postgresql-15` is not installed.
 */
export async function startPostgresql15(): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  if (!existsSync(join(programs, 'initdb'))) {
    process.stdout.write('\nPostgreSQL 15 is not installed here (apt-get install postgresql-15): the run on it is left out.\n')
    return undefined
  }
  const user = databaseUser()
  const folder = mkdtempSync(join(tmpdir(), 'docket-pg15-'))
  const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')]
  const [superPassword, password] = [randomBytes(18).toString('hex'), randomBytes(18).toString('hex')]
  writeFileSync(passwordFile, superPassword, { mode: 0o600 })
  if (user) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid)
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  const act = (program: string, ...args: string[]) => {
    const done = spawnSync(join(programs, program), args, { ...as(user), cwd: '/', encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`${program} of PostgreSQL 15 failed: ${done.stderr}`)
  }
  act('initdb', '-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale', 'C.UTF-8', `--pwfile=${passwordFile}`)
  act(
    'pg_ctl',
    'start',
    '-w',
    '-D',
    data,
    '-l',
    join(folder, 'log'),
    '-o',
    `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`,
  )
  const admin = new pg.Client(`postgres://postgres:${superPassword}@127.0.0.1:${port}/postgres`)
  await admin.connect()
  await admin.query(`create role tester login createdb createrole password '${password}'`)
  await admin.end()
  return {
    url: `postgres://tester:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      act('pg_ctl', 'stop', '-w', '-D', data, '-m', 'fast')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
