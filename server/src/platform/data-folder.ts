import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { syncFolder } from './durable-file.ts'
import type { Settings } from './settings.ts'
import { StartRefused } from './start-refused.ts'

/** Makes the data folder where there is none. As root others may pass through it: the database server runs as a user of its own. */
export function openDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  } catch (error) {
    throw new StartRefused(
      `The data folder ${folder} cannot be made (${error instanceof Error ? error.message : error}). Set DOCKET_DATA to a folder that this user may write to.`,
    )
  }
}

/**
 * The 32 bytes that encrypt personal data and credentials: the setting, or the key file of the data folder, which is made
 * at the first start; `say` then tells that a backup is unreadable without it.
 * Throws `StartRefused` when the file is damaged or others may read it.
 */
export function masterKey(settings: Pick<Settings, 'masterKey' | 'dataFolder'>, say: (line: string) => void): Buffer {
  if (settings.masterKey) return settings.masterKey
  const file = join(settings.dataFolder, 'master.key')
  if (!existsSync(file)) {
    openDataFolder(settings.dataFolder)
    makeKeyFile(file)
    say(`Made the master key ${file}. Keep a copy of it apart from the database: a backup without it cannot be read.`)
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new StartRefused(`Others may read the master key ${file}. Run: chmod 600 '${file}'`)
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
  if (key.length !== 32)
    throw new StartRefused(
      `The master key ${file} does not hold 32 bytes in base64. Put the saved copy back: a new key reads nothing of what is stored.`,
    )
  return key
}

// Two processes may start at once: a link never replaces a file, and the one that comes second uses what it finds, whole.
function makeKeyFile(file: string): void {
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(unfinished, file)
    syncFolder(dirname(file))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(unfinished)
  }
}
