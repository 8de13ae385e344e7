import { mkdirSync } from 'node:fs'
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
