import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Takes a lock of the data folder, or answers `undefined` when another process has it. The operating system holds it
 * (a file lock, by way of SQLite), so it ends with the process, however that ends; `release` gives it back earlier.
 */
export function takeLock(folder: string, name: string): { release(): void } | undefined {
  const file = join(folder, `${name}.lock`)
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('pragma journal_mode = memory; pragma locking_mode = exclusive; begin exclusive')
    chmodSync(file, 0o600)
    held.add(database)
    return {
      release: () => {
        held.delete(database)
        database.close()
      },
    }
  } catch (error) {
    database.close()
    if (error instanceof Error && error.message.includes('locked')) return undefined
    throw error
  }
}

// A handle that nobody refers to is collected, and its lock with it.
const held = new Set<DatabaseSync>()
