import type { ViewedList } from '../views.ts'
import type { Fields, Sorts } from './fields.ts'
import { orderFields, orderSorts } from './order-fields.ts'

/** What customers are filtered by; words look into name, e-mail and telephone number. */
// biome-ignore format: read it by column
export const customerFields = {
  tier:     { kind: 'word',     column: 'tier',          indexed: false,                 meaning: { en: 'tier',                        es: 'nivel' } },
  segment:  { kind: 'word',     column: 'segment',       indexed: false,                 meaning: { en: 'segment',                     es: 'segmento' } },
  country:  { kind: 'word',     column: 'country',       indexed: false, group: 'contact', meaning: { en: 'country',                     es: 'país' } },
  owner:    { kind: 'person',   column: 'owner_id',      indexed: false, optional: true, meaning: { en: 'who looks after them',        es: 'quién se ocupa' } },
  external: { kind: 'text',     column: 'external_id',   indexed: true,  optional: true, meaning: { en: 'what the outside calls them', es: 'cómo se llama fuera' } },
  added:    { kind: 'moment',   column: 'created_at',    indexed: true,                  meaning: { en: 'when they were added',        es: 'cuándo se añadió' } },
  updated:  { kind: 'moment',   column: 'updated_at',    indexed: true,                  meaning: { en: 'when they last changed',      es: 'cuándo cambió por última vez' } },
} as const satisfies Fields

// biome-ignore format: read it by column
export const customerSorts: Sorts = {
  name:     { key: 'c.name',       type: 'text', group: 'contact' },
  added:    { key: 'c.created_at', type: 'timestamptz' },
  updated:  { key: 'c.updated_at', type: 'timestamptz' },
}

const item = { kind: 'word', column: null, indexed: true, meaning: { en: 'code of the item', es: 'código del artículo' } } as const
const place = { kind: 'place', column: 'location_id', indexed: true, meaning: { en: 'location', es: 'local' } } as const

/** What stock is filtered by; words look into code and name of the item. */
// biome-ignore format: read it by column
export const stockFields = {
  item,
  location: place,
  lot:      { kind: 'word',     column: null,             indexed: false, optional: true, meaning: { en: 'code of the lot',        es: 'código del lote' } },
  onhand:   { kind: 'quantity', column: 'on_hand_milli',  indexed: false,                 meaning: { en: 'what is there',          es: 'lo que hay' } },
  reserved: { kind: 'quantity', column: 'reserved_milli', indexed: false,                 meaning: { en: 'what is reserved',       es: 'lo reservado' } },
  free:     { kind: 'quantity', column: null,             indexed: false,                 meaning: { en: 'what is not reserved',   es: 'lo que queda libre' } },
  updated:  { kind: 'moment',   column: 'updated_at',     indexed: false,                 meaning: { en: 'when it last changed',   es: 'cuándo cambió por última vez' } },
} as const satisfies Fields

/** What reservations are filtered by; words look into code and name of the item. */
// biome-ignore format: read it by column
export const reservationFields = {
  item,
  location: place,
  order:    { kind: 'person',   column: null,         indexed: true,  optional: true, meaning: { en: 'order, by id',           es: 'pedido, por identificador' } },
  quantity: { kind: 'quantity', column: 'milli',      indexed: false,                 meaning: { en: 'how much',               es: 'cuánto' } },
  kept:     { kind: 'moment',   column: 'created_at', indexed: true,                  meaning: { en: 'since when it is kept',  es: 'desde cuándo se guarda' } },
  expires:  { kind: 'moment',   column: 'expires_at', indexed: false, optional: true, meaning: { en: 'until when it is kept',  es: 'hasta cuándo se guarda' } },
} as const satisfies Fields

// biome-ignore format: read it by column
const movementKinds = {
  opening:   { en: 'opening stock', es: 'existencias iniciales' },
  receipt:   { en: 'receipt',       es: 'recepción' },
  count:     { en: 'count',         es: 'recuento' },
  adjust:    { en: 'correction',    es: 'corrección' },
  write_off: { en: 'write-off',     es: 'baja' },
  consume:   { en: 'consumed',      es: 'consumido' },
  found:     { en: 'found',         es: 'encontrado' },
  return:    { en: 'came back',     es: 'devuelto' },
  transfer:  { en: 'transfer',      es: 'traslado' },
}

/** What movements are filtered by; words look into code and name of the item. */
// biome-ignore format: read it by column
export const movementFields = {
  item,
  location: place,
  kind:     { kind: 'word',     column: 'kind',        indexed: false, values: movementKinds, meaning: { en: 'why it moved',                es: 'por qué se movió' } },
  reason:   { kind: 'word',     column: 'reason_code', indexed: false, optional: true,        meaning: { en: 'reason',                      es: 'motivo' } },
  external: { kind: 'text',     column: 'external_id', indexed: true,  optional: true,        meaning: { en: 'what the outside calls it',   es: 'cómo se llama fuera' } },
  quantity: { kind: 'quantity', column: 'delta_milli', indexed: false,                        meaning: { en: 'how much; below zero left',   es: 'cuánto; bajo cero salió' } },
  at:       { kind: 'moment',   column: 'at',          indexed: false,                        meaning: { en: 'when it was so',              es: 'cuándo fue' } },
  recorded: { kind: 'moment',   column: 'recorded_at', indexed: true,                         meaning: { en: 'when we learned of it',       es: 'cuándo lo supimos' } },
} as const satisfies Fields

// biome-ignore format: read it by column
export const stockSorts: Sorts       = { item:     { key: 's.item_id',     type: 'uuid' } }
export const reservationSorts: Sorts = { kept: { key: 'r.created_at', type: 'timestamptz' } }
export const movementSorts: Sorts = { recorded: { key: 'm.recorded_at', type: 'timestamptz' } }

interface ListWords {
  fields: Fields
  sorts: Sorts
  /** The order it comes in where nothing is said. */
  sort: string
}

/** What each list is filtered and sorted by. */
// biome-ignore format: read it by column
export const listWords: Record<ViewedList, ListWords> = {
  orders:       { fields: orderFields,       sorts: orderSorts,       sort: '-placed' },
  customers:    { fields: customerFields,    sorts: customerSorts,    sort: 'added' },
  stock:        { fields: stockFields,       sorts: stockSorts,           sort: 'item' },
  reservations: { fields: reservationFields, sorts: reservationSorts,     sort: '-kept' },
  movements:    { fields: movementFields,    sorts: movementSorts,    sort: '-recorded' },
}
