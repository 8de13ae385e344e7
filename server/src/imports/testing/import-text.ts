import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CsvRecord, HistoryDocument, ImportFormat } from '../history.ts'
import { readCsv } from '../read-csv.ts'

/** Runs `work` with the path of a file that holds `content` and is gone afterwards. */
export async function withFile<T>(content: string | Uint8Array, work: (file: string) => Promise<T>): Promise<T> {
  const file = join(tmpdir(), `docket-import-${randomUUID()}.csv`)
  await writeFile(file, content)
  try {
    return await work(file)
  } finally {
    await rm(file)
  }
}

export interface Imported {
  records: CsvRecord[]
  documents: HistoryDocument[]
}

/** All records of a file and the documents the format makes of them. */
export async function importFile(format: ImportFormat, file: string): Promise<Imported> {
  const records: CsvRecord[] = []
  const documents = await Array.fromAsync(format.read(noting(readCsv(file, format), records)))
  return { records, documents }
}

/** The same for a text. */
export function importText(format: ImportFormat, text: string): Promise<Imported> {
  return withFile(text, (file) => importFile(format, file))
}

async function* noting(records: AsyncIterable<CsvRecord>, noted: CsvRecord[]): AsyncGenerator<CsvRecord> {
  for await (const record of records) {
    noted.push(record)
    yield record
  }
}

/** The reasons of all refused rows by line number. */
export function reasonsOf(documents: HistoryDocument[]): Record<number, string> {
  return Object.fromEntries(
    documents.flatMap((document) => (document.kind === 'refused' ? document.refused.map(({ row, reason }) => [row, reason]) : [])),
  )
}

/** A cell as RFC 4180 writes it. */
export const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
