import type { RowGroup } from './group-rows.ts'
import type { CsvRecord, HistoryRefusal, RefusalReason, RefusedRow, Worth } from './history.ts'

/** Why a row keeps its document from being made. */
export interface RowFault {
  row: number
  reason: RefusalReason
}

/** A group that names its document, with every row read. */
export interface ReadGroup<Row> {
  externalId: string
  rows: Row[]
}

/**
 * Reads every row of a group by `readRow`, which answers with what the row says or why it cannot be read.
 * One such reason refuses the whole group: no document is ever half in.
 */
export function readGroup<Row extends object>(
  group: RowGroup,
  readRow: (record: CsvRecord) => Row | RefusalReason,
  worth: (record: CsvRecord) => Worth | null,
): ReadGroup<Row> | HistoryRefusal {
  const faults: RowFault[] = []
  const rows: Row[] = []
  for (const record of group.records) {
    const read = record.fault ?? readRow(record)
    if (typeof read === 'string') faults.push({ row: record.row, reason: read })
    else rows.push(read)
  }
  if (group.id === null || faults.length > 0) return refuseGroup(group, faults, worth)
  // The id came again after its document was closed: a document of its own, so that nothing is lost.
  return { externalId: group.part === 1 ? group.id : `${group.id}-${group.part}`, rows }
}

/** A whole group refused: the guilty rows first with their reasons, then the others; each with what the file states it to be worth. */
export function refuseGroup(group: RowGroup, faults: RowFault[], worth: (record: CsvRecord) => Worth | null): HistoryRefusal {
  const reasons = new Map(faults.map((fault) => [fault.row, fault.reason]))
  const refused = group.records.map((record): RefusedRow => {
    const stated = worth(record)
    return {
      row: record.row,
      reason: reasons.get(record.row) ?? 'document_refused',
      netMinor: stated?.netMinor ?? 0,
      currency: stated?.currency ?? null,
    }
  })
  refused.sort((a, b) => Number(a.reason === 'document_refused') - Number(b.reason === 'document_refused') || a.row - b.row)
  return { kind: 'refused', refused }
}
