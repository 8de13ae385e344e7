import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { StartRefused } from './start-refused.ts'

/** The system user that the database server runs as. `undefined` where a function takes it: the user of this process. */
export type SystemUser = { name: string; uid: number; gid: number }

/**
 * Finds the user for the database server: nobody special unless this process is root, whom PostgreSQL refuses.
 * As root an existing `docket` or `postgres` is taken, else a system user `docket` without a shell is made.
 */
export function databaseUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const found = findUser('docket') ?? findUser('postgres')
  if (found) return found
  spawnSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    'docket',
  ])
  const made = findUser('docket')
  if (made) return made
  throw new StartRefused(
    'PostgreSQL does not run as root, and no system user "docket" could be made. Add one (useradd --system docket), or start Docket as another user.',
  )
}

function findUser(name: string): SystemUser | undefined {
  const [uid, gid] = [id('-u', name), id('-g', name)]
  return uid === undefined || gid === undefined ? undefined : { name, uid, gid }
}

function id(what: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [what, name], { encoding: 'utf8' })
  return status === 0 ? Number.parseInt(stdout, 10) : undefined
}

/** How a child process is started as that user. */
export const as = (user: SystemUser | undefined): { uid?: number; gid?: number } => (user ? { uid: user.uid, gid: user.gid } : {})

/** Says whether that user can enter a folder; asked of the system itself, since every folder above it has a say. */
export function canEnter(user: SystemUser | undefined, folder: string): boolean {
  if (!user) return true
  mkdirSync(folder, { recursive: true })
  return spawnSync('test', ['-x', folder], { ...as(user), cwd: '/' }).status === 0
}
