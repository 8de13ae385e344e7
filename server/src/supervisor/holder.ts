import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Role } from '#platform/settings.ts'

/** Who runs a role of a data folder: left beside the lock for whoever comes second. */
export type Holder = { pid: number; since: string; host: string; port: number; url: string | undefined }

const fileOf = (folder: string, role: Role): string => join(folder, `server-${role}.json`)

export function writeHolder(folder: string, role: Role, holder: Holder): void {
  writeFileSync(fileOf(folder, role), `${JSON.stringify(holder)}\n`, { mode: 0o600 })
}

export function removeHolder(folder: string, role: Role): void {
  rmSync(fileOf(folder, role), { force: true })
}

/** Undefined while the one who took the lock has not yet said who it is. */
export function readHolder(folder: string, role: Role): Holder | undefined {
  try {
    const holder: Holder = JSON.parse(readFileSync(fileOf(folder, role), 'utf8'))
    return holder
  } catch {
    return undefined
  }
}

/** Whether somebody accepts connections there. */
export function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const answer = (listening: boolean) => {
      socket.destroy()
      done(listening)
    }
    socket
      .once('connect', () => answer(true))
      .once('error', () => answer(false))
      .once('timeout', () => answer(false))
  })
}
