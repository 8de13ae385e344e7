import * as z from 'zod'
import { pageOf, text, uuid, version, whole } from './fields.ts'
import { limits } from './limits.ts'
import type { FieldGroup, Permission } from './permissions.ts'
import type { Label } from './workflow.ts'

/** The lists a file can be made of. */
export const exportedLists = ['orders', 'customers', 'stock'] as const
export type ExportedList = (typeof exportedLists)[number]

/** What reading each list takes; taking it along takes `orders:export` as well. */
export const readsList = { orders: 'orders:read', customers: 'customers:read', stock: 'stock:read' } as const satisfies Record<
  ExportedList,
  Permission
>

interface Column {
  heading: Label & { es: string }
  /** Hidden from whoever is kept from this group. */
  group?: FieldGroup
}

/** What a file of each list may hold. */
// biome-ignore format: read it by column
export const exportColumns = {
  orders: {
    number:     { heading: { en: 'Number',          es: 'Número' } },
    placed:     { heading: { en: 'Placed',          es: 'Hecho' } },
    channel:    { heading: { en: 'Channel',         es: 'Canal' } },
    location:   { heading: { en: 'Location',        es: 'Local' } },
    stage:      { heading: { en: 'Stage',           es: 'Etapa' } },
    phase:      { heading: { en: 'Phase',           es: 'Fase' } },
    customer:   { heading: { en: 'Customer',        es: 'Cliente' },            group: 'contact' },
    items:      { heading: { en: 'Items',           es: 'Artículos' } },
    lines:      { heading: { en: 'Lines',           es: 'Líneas' } },
    total:      { heading: { en: 'Total',           es: 'Total' },              group: 'prices' },
    balance:    { heading: { en: 'To be paid',      es: 'Por pagar' },          group: 'prices' },
    currency:   { heading: { en: 'Currency',        es: 'Moneda' },             group: 'prices' },
    payment:    { heading: { en: 'Payment',         es: 'Pago' },               group: 'prices' },
    fulfilment: { heading: { en: 'Fulfilment',      es: 'Entrega' } },
    due:        { heading: { en: 'Due',             es: 'Para' } },
    tags:       { heading: { en: 'Tags',            es: 'Etiquetas' } },
    holds:      { heading: { en: 'Holds',           es: 'Retenciones' } },
    attention:  { heading: { en: 'Attention',       es: 'Atención' } },
    external:   { heading: { en: 'Number outside',  es: 'Número externo' } },
    owner:      { heading: { en: 'Owner',           es: 'Responsable' } },
    assignee:   { heading: { en: 'Assignee',        es: 'Asignado' } },
    source:     { heading: { en: 'Source',          es: 'Origen' } },
    updated:    { heading: { en: 'Last changed',    es: 'Último cambio' } },
    id:         { heading: { en: 'Id',              es: 'Identificador' } },
  },
  customers: {
    name:       { heading: { en: 'Name',            es: 'Nombre' },             group: 'contact' },
    email:      { heading: { en: 'E-mail',          es: 'Correo' },             group: 'contact' },
    phone:      { heading: { en: 'Phone',           es: 'Teléfono' },           group: 'contact' },
    country:    { heading: { en: 'Country',         es: 'País' },               group: 'contact' },
    tier:       { heading: { en: 'Tier',            es: 'Nivel' } },
    segment:    { heading: { en: 'Segment',         es: 'Segmento' } },
    external:   { heading: { en: 'Number outside',  es: 'Número externo' } },
    owner:      { heading: { en: 'Looked after by', es: 'Responsable' } },
    id:         { heading: { en: 'Id',              es: 'Identificador' } },
  },
  stock: {
    item:       { heading: { en: 'Item',            es: 'Artículo' } },
    name:       { heading: { en: 'Name',            es: 'Nombre' } },
    location:   { heading: { en: 'Location',        es: 'Local' } },
    lot:        { heading: { en: 'Lot',             es: 'Lote' } },
    onhand:     { heading: { en: 'On hand',         es: 'Existencias' } },
    reserved:   { heading: { en: 'Reserved',        es: 'Reservado' } },
    free:       { heading: { en: 'Free',            es: 'Libre' } },
    unit:       { heading: { en: 'Unit',            es: 'Unidad' } },
    updated:    { heading: { en: 'Last changed',    es: 'Último cambio' } },
  },
} as const satisfies Record<ExportedList, Record<string, Column>>

/** The columns of a list that somebody with these groups hidden sees, by name. */
export function columnsFor(list: ExportedList, hides: ReadonlySet<FieldGroup>): Map<string, Column> {
  const known: Record<string, Column> = exportColumns[list]
  return new Map(Object.entries(known).filter(([, { group }]) => group === undefined || !hides.has(group)))
}

export const exportStates = ['queued', 'ready', 'failed', 'expired'] as const

/** A list as a file of comma-separated values. */
export const CreateExport = z.strictObject({
  list: z.enum(exportedLists),
  filter: text(limits.filterCharacters).optional(),
  /** The id or code of a saved view: its filter and order are the file's, beside the filter that is sent. */
  view: text(64).optional(),
  sort: text(40).optional(),
  /** Names of columns, in their order; where none are sent those that the view shows, or all that the caller sees. */
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
