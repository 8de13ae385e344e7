import type { CsvRecord } from './history.ts'
import { rememberIds } from './seen-ids.ts'

/** The rows of one document, in file order. */
export interface RowGroup {
  /** Null for rows that name no document and stand in none. */
  id: string | null
  /** 1, or how many-th group of this id in the file it is, where the id came again after its group was closed. */
  part: number
  records: CsvRecord[]
}

/** What a row says about its document: the id it will have, and what rows must share to belong together. */
export interface RowKey {
  id: string
  key: string
}

/** How many documents may still grow: rows of one document can have a few rows of others between them. */
const openMax = 8

/**
 * Gathers rows into documents with flat memory. A group is closed when `openMax` others have had rows since; rows that come
 * later make a new group with the next `part`, so nothing is lost and nothing is held back.
 * A row that cannot say where it belongs (no id, torn) belongs to the document around it: the rows before and after have the same
 * key, or it names that key itself, or the file breaks off there. Otherwise it is a group of its own without id.
 */
export async function* groupRows(records: AsyncIterable<CsvRecord>, keyOf: (record: CsvRecord) => RowKey | null): AsyncGenerator<RowGroup> {
  // The document that had a row last stands last. (A Map that is emptied and filled all the time keeps its dead tables for long.)
  const open: OpenGroup[] = []
  const seen = rememberIds()
  let strays: Stray[] = []

  for await (const record of records) {
    const name = keyOf(record)
    if (name === null || record.fault !== null) {
      const claimed = name && open.find(({ key }) => key === name.key)
      if (claimed) claimed.group.records.push(record)
      else strays.push({ record, key: name?.key ?? null })
      if (strays.length === straysMax) yield* alone(take())
      continue
    }
    const { id, key } = name
    const last = open.at(-1)
    if (last?.key === key) {
      last.group.records.push(...take(), record)
      continue
    }
    const between = strays
    strays = []
    yield* alone(between.filter((stray) => stray.key !== key).map((stray) => stray.record))
    const at = open.findIndex((other) => other.key === key)
    const [again] = at < 0 ? [] : open.splice(at, 1)
    const group = again?.group ?? { id, part: seen.note(id) + 1, records: [] }
    group.records.push(...between.filter((stray) => stray.key === key).map((stray) => stray.record), record)
    open.push({ key, group })
    if (open.length > openMax) {
      const closed = open.shift()
      if (closed) yield closed.group
    }
  }

  if (strays.at(-1)?.record.fault === 'torn_row') open.at(-1)?.group.records.push(...take())
  for (const { group } of open) yield group
  yield* alone(take())

  function take(): CsvRecord[] {
    const records = strays.map((stray) => stray.record)
    strays = []
    return records
  }
}

interface OpenGroup {
  key: string
  group: RowGroup
}

interface Stray {
  record: CsvRecord
  /** The key it claims, where it can be read. */
  key: string | null
}

/** A file full of rows without id is not gathered in memory. */
const straysMax = 1_000

function* alone(records: CsvRecord[]): Generator<RowGroup> {
  for (const record of records) yield { id: null, part: 1, records: [record] }
}
