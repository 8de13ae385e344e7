import type { ExportedList, exportStates } from '#contract/exports.ts'
import type { Reason } from '#platform/answer.ts'
import type { Id } from '#platform/ids.ts'

export type ExportId = Id<'Export'>

/** A file made of a list. Moments are ISO 8601. */
export interface Export {
  id: ExportId
  list: ExportedList
  /** As they were typed, to be read again with the rights of the moment; personal, because they may hold a name; none once the file is gone. */
  filters: string[]
  sort: string | null
  columns: string[]
  locale: 'en' | 'es'
  byteOrderMark: boolean
  state: (typeof exportStates)[number]
  rows: number
  bytes: number
  problem: Reason | null
  by: { kind: 'person' | 'api_key'; id: string }
  createdAt: string
  readyAt: string | null
  expiresAt: string | null
  version: number
}
