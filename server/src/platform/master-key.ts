import { hkdfSync, randomBytes } from 'node:crypto'
import { linkSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openDataFolder } from './data-folder.ts'
import { syncFolder, writeDurably } from './durable-file.ts'
import type { Settings } from './settings.ts'
import { StartRefused } from './start-refused.ts'

/**
 * The 32 bytes every other key is derived from: `DOCKET_MASTER_KEY`, or those of `master.key` in the data folder, made by whichever
 * process asks first. Throws `StartRefused` when the file is no key or others may read it.
 */
export function masterKey({ masterKey, dataFolder }: Pick<Settings, 'masterKey' | 'dataFolder'>): Buffer {
  if (masterKey !== undefined) return masterKey
  openDataFolder(dataFolder)
  const file = join(dataFolder, 'master.key')
  return keyIn(file) ?? madeIn(file)
}

/** A key of 32 bytes for one purpose, by HKDF-SHA-256: whoever learns it learns neither the master key nor another. */
export function derivedKey(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `docket ${purpose}`, 32))
}

function keyIn(file: string): Buffer | undefined {
  try {
    // Windows keeps who may read a file elsewhere.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
      throw new StartRefused(`Others may read the master key ${file}. Allow nobody else: chmod 600 ${file}`)
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
    if (key.length === 32) return key
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  throw new StartRefused(
    `${file} does not hold a key of 32 bytes in base64. Put back the one that was there: without it, what was encrypted stays unreadable.`,
  )
}

/** A link is refused where somebody else was quicker, so that two processes end with one key. */
function madeIn(file: string): Buffer {
  const mine = `${file}.${process.pid}`
  writeDurably(mine, `${randomBytes(32).toString('base64')}\n`)
  try {
    linkSync(mine, file)
    syncFolder(join(file, '..'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(mine)
  }
  const key = keyIn(file)
  if (!key) throw new Error(`${file} was made and is not there`)
  return key
}
