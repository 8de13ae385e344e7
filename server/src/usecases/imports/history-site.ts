import type { Item } from '#modules/catalogue/index.ts'
import type { CsvRecord, ImportFormat } from '#server/imports/history.ts'

export interface ImportRequest {
  workspaceId: string
  /** The location it happened at, by code. */
  location: string
  format: ImportFormat
  /** Reads the file from its beginning; called twice. */
  open(): AsyncIterable<CsvRecord>
  /** Tells this file's content from others': the opening stock is booked once a content. */
  digest: string
  dryRun: boolean
  /** Hears how many rows were read, while it goes on. */
  onProgress(progress: { phase: 'reading' | 'placing'; rows: number; orders: number }): void
}

/** Minor units of one currency; file = placed + returned + refused. */
export interface Net {
  file: number
  placed: number
  returned: number
  refused: number
}

/** What became of every row of the file. */
export interface ImportReport {
  rows: number
  orders: number
  lines: number
  returns: number
  writeOffs: number
  refused: { line: number; reason: string }[]
  /** By currency; `currency` is the file's first. */
  nets: Map<string, Net>
  currency: string
  /** Orders and returns that stood already, from an earlier run. */
  already: number
  /** Lines of returns that were matched to what they reverse, and those that stand alone. */
  returnLines: { matched: number; alone: number }
}

/** Where a file's history is placed, made ready once. */
export interface Site {
  locationId: string
  /** The lot of this file's opening stock, by item id. */
  lots: Map<string, string>
  lotCode: string
  /** The item of a code of the file; each of them was made or was there. */
  item(code: string): Item
  /** Ids of customers met lately, by their id outside. */
  customers: Map<string, string>
  /** Sign of a document of this file, in what its orders say they were captured with. */
  mark: string
}

/** What an order or return of this format is called among all that comes from outside. */
export function externalIdOf(format: Pick<ImportFormat, 'name'>, id: string): string {
  return `${format.name}:${id}`
}

/** Which file and row an order came from: a return reverses only what stands before it in its own file. */
export function captureMark(site: Pick<Site, 'mark'>, row: number): string {
  return `${site.mark} row ${row}`
}
