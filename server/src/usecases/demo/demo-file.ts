import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '#platform/durable-file.ts'

/** The way into the demo workspaces: `demo.json` of the data folder, readable by nobody else. */
export interface DemoFile {
  url: string
  workspaces: DemoEntry[]
}

export interface DemoEntry {
  code: string
  name: string
  blueprint: string
  apiKey: string
  users: { email: string; password: string; role: string }[]
  /** `catalogId` is the id of the register that the kiosk stands at. */
  kiosks: { catalogId: string; token: string }[]
}

export const demoFileOf = (dataFolder: string): string => join(dataFolder, 'demo.json')

/** What stands there; nothing where there is no such file, or where it is not to be read. */
export function readDemoFile(file: string): DemoFile | undefined {
  if (!existsSync(file)) return undefined
  try {
    // Written by writeDemoFile; whoever changed it has another one made.
    return JSON.parse(readFileSync(file, 'utf8')) as DemoFile
  } catch {
    return undefined
  }
}

export function writeDemoFile(file: string, { url, workspaces }: DemoFile): void {
  if (workspaces.length === 0) rmSync(file, { force: true })
  else writeDurably(file, `${JSON.stringify({ url, workspaces }, null, 2)}\n`)
}
