import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file that only this user may read, whole or not at all, and on disk when this returns. */
export function writeDurably(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}.new`
  writeFileSync(unfinished, text, { mode: 0o600, flush: true })
  renameDurably(unfinished, file)
}

/** Renames, and is on disk when this returns: a name that a power cut takes back would take what lies under it along. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to)
  syncFolder(dirname(to))
}

/** Brings the names in a folder to disk. Windows does that by itself and opens no folders. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
