import * as z from 'zod'
import { pageOf, text, uuid, version, whole } from './fields.ts'
import { limits } from './limits.ts'

/** The lists a file can be made of. */
export const exportedLists = ['orders', 'customers', 'stock'] as const
export type ExportedList = (typeof exportedLists)[number]

export const exportStates = ['queued', 'ready', 'failed', 'expired'] as const

/** A list as a file of comma-separated values. */
export const CreateExport = z.strictObject({
  list: z.enum(exportedLists),
  filter: text(limits.filterCharacters).optional(),
  /** The id or code of a saved view: its filter and order are the file's, beside the filter that is sent. */
  view: text(64).optional(),
  sort: text(40).optional(),
  /** Names of columns, in their order; all that the caller sees where none are sent. */
  columns: z.array(text(64)).min(1).max(60).optional(),
  /** Separator, decimals and headings: `en` 1,234.50 as `1234.50` between commas, `es` as `1234,50` between semicolons. */
  locale: z.enum(['en', 'es']).optional(),
  /** So that spreadsheets see that it is UTF-8. */
  byteOrderMark: z.boolean().optional(),
})
export type CreateExport = z.infer<typeof CreateExport>

export const Export = z.strictObject({
  id: uuid,
  version,
  list: z.enum(exportedLists),
  state: z.enum(exportStates),
  columns: z.array(z.string()),
  locale: z.string(),
  rows: whole,
  bytes: whole,
  /** Why it failed. */
  problem: z.strictObject({ code: z.string(), text: z.string() }).nullable(),
  createdAt: z.string(),
  readyAt: z.string().nullable(),
  /** When the file is thrown away. */
  expiresAt: z.string().nullable(),
})
export type Export = z.infer<typeof Export>
export const Exports = pageOf(Export)
