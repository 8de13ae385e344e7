import type { Label } from '../workflow.ts'
import type { Fields, Sorts } from './fields.ts'

// biome-ignore format: read it by column
const phases = {
  draft:     { en: 'not placed yet',        es: 'sin hacer todavía' },
  open:      { en: 'accepted, waiting',     es: 'aceptado, a la espera' },
  working:   { en: 'being worked on',       es: 'en curso' },
  ready:     { en: 'ready',                 es: 'listo' },
  moving:    { en: 'on its way',            es: 'en camino' },
  done:      { en: 'finished',              es: 'terminado' },
  cancelled: { en: 'cancelled',             es: 'cancelado' },
  rejected:  { en: 'rejected',              es: 'rechazado' },
} satisfies Record<string, Label>

// biome-ignore format: read it by column
const payments = {
  none:          { en: 'nothing to pay',    es: 'nada que pagar' },
  unpaid:        { en: 'unpaid',            es: 'sin pagar' },
  authorised:    { en: 'authorised',        es: 'autorizado' },
  part_paid:     { en: 'partly paid',       es: 'pagado en parte' },
  paid:          { en: 'paid',              es: 'pagado' },
  overpaid:      { en: 'overpaid',          es: 'pagado de más' },
  part_refunded: { en: 'partly refunded',   es: 'devuelto en parte' },
  refunded:      { en: 'refunded',          es: 'devuelto' },
  written_off:   { en: 'written off',       es: 'dado por perdido' },
} satisfies Record<string, Label>

// biome-ignore format: read it by column
const fulfilments = {
  none:           { en: 'nothing to hand over', es: 'nada que entregar' },
  unfulfilled:    { en: 'unfulfilled',          es: 'sin entregar' },
  part_fulfilled: { en: 'partly fulfilled',     es: 'entregado en parte' },
  fulfilled:      { en: 'fulfilled',            es: 'entregado' },
  part_returned:  { en: 'partly returned',      es: 'devuelto en parte' },
  returned:       { en: 'returned',             es: 'devuelto' },
  cancelled:      { en: 'cancelled',            es: 'cancelado' },
} satisfies Record<string, Label>

/** What may be said of an order by `is:`. */
// biome-ignore format: read it by column
const orderFlags = {
  live:    { en: 'neither ended nor a draft',          es: 'ni terminado ni borrador' },
  ended:   { en: 'finished, cancelled or rejected',    es: 'terminado, cancelado o rechazado' },
  late:    { en: 'nobody acted in time',               es: 'nadie actuó a tiempo' },
  overdue: { en: 'live and past its due time',         es: 'en curso y pasada su hora' },
  problem: { en: 'a person is needed',                 es: 'hace falta una persona' },
  held:    { en: 'on hold',                            es: 'retenido' },
  short:   { en: 'something is missing in stock',      es: 'faltan existencias' },
} satisfies Record<string, Label>
export type OrderFlag = keyof typeof orderFlags

/** What orders are filtered by. */
// biome-ignore format: read it by column
export const orderFields = {
  number:      { kind: 'count',    column: 'number',           indexed: true,                                  meaning: { en: 'number',                          es: 'número' } },
  stage:       { kind: 'word',     column: 'stage',            indexed: true,                                  meaning: { en: 'stage of its workflow',           es: 'etapa de su flujo' } },
  phase:       { kind: 'word',     column: 'phase',            indexed: true,  values: phases,                 meaning: { en: 'phase',                           es: 'fase' } },
  is:          { kind: 'flag',     column: null,               indexed: true,  values: orderFlags,             meaning: { en: 'what is so',                      es: 'lo que es así' } },
  payment:     { kind: 'word',     column: 'payment',          indexed: true,  values: payments,               meaning: { en: 'payment',                    es: 'pago' } },
  fulfilment:  { kind: 'word',     column: 'fulfilment',       indexed: false, values: fulfilments,            meaning: { en: 'fulfilment',                      es: 'entrega' } },
  channel:     { kind: 'word',     column: 'channel',          indexed: true,                                  meaning: { en: 'how it was sold',                 es: 'cómo se vendió' } },
  source:      { kind: 'word',     column: 'source',           indexed: false,                                 meaning: { en: 'where it came from',              es: 'de dónde vino' } },
  location:    { kind: 'place',    column: 'location_id',      indexed: true,                                  meaning: { en: 'location that serves it',         es: 'local que lo atiende' } },
  register:    { kind: 'place',    column: 'register_id',      indexed: false, optional: true,                 meaning: { en: 'kiosk or till',                   es: 'quiosco o caja' } },
  owner:       { kind: 'person',   column: 'owner_id',         indexed: true,  optional: true,                 meaning: { en: 'whose order it is',               es: 'de quién es' } },
  assignee:    { kind: 'person',   column: 'assignee_id',      indexed: true,  optional: true,                 meaning: { en: 'who works on it',                 es: 'quién se ocupa' } },
  customer:    { kind: 'person',   column: 'customer_id',      indexed: true,  optional: true,                 meaning: { en: 'customer, by id',                 es: 'cliente, por identificador' } },
  tier:        { kind: 'word',     column: 'customer_tier',    indexed: false,                                 meaning: { en: 'tier of the customer',            es: 'nivel del cliente' } },
  segment:     { kind: 'word',     column: 'customer_segment', indexed: false,                                 meaning: { en: 'segment of the customer',         es: 'segmento del cliente' } },
  tag:         { kind: 'word',     column: null,               indexed: false, optional: true,                 meaning: { en: 'tag',                             es: 'etiqueta' } },
  item:        { kind: 'word',     column: null,               indexed: false,                                 meaning: { en: 'code of something in it',         es: 'código de algo que lleva' } },
  field:       { kind: 'custom',   column: null,               indexed: false, optional: true,                 meaning: { en: 'a field of your own',             es: 'un campo propio' } },
  external:    { kind: 'text',     column: 'external_id',      indexed: true,  optional: true,                 meaning: { en: 'what the outside calls it',       es: 'cómo se llama fuera' } },
  attention:   { kind: 'word',     column: 'attention',        indexed: true,  values: { late: { en: 'nobody acted in time', es: 'nadie actuó a tiempo' }, short: { en: 'stock is missing', es: 'faltan existencias' }, workflow: { en: 'the workflow asks for a person', es: 'el flujo pide una persona' } }, meaning: { en: 'why a person is needed', es: 'por qué hace falta una persona' } },
  priority:    { kind: 'count',    column: 'priority',         indexed: false,                                 meaning: { en: 'priority',                        es: 'prioridad' } },
  currency:    { kind: 'word',     column: 'currency',         indexed: false,                                 meaning: { en: 'currency',                        es: 'moneda' } },
  total:       { kind: 'money',    column: 'total_minor',      indexed: true,  group: 'prices',                meaning: { en: 'total',                           es: 'total' } },
  balance:     { kind: 'money',    column: 'balance_minor',    indexed: false, group: 'prices',                meaning: { en: 'what is still to be paid',        es: 'lo que falta por pagar' } },
  paid:        { kind: 'money',    column: 'captured_minor',   indexed: false, group: 'prices',                meaning: { en: 'what was paid',                   es: 'lo que se pagó' } },
  refunded:    { kind: 'money',    column: 'refunded_minor',   indexed: false, group: 'prices',                meaning: { en: 'what was given back',             es: 'lo que se devolvió' } },
  placed:      { kind: 'moment',   column: 'at',               indexed: true,                                  meaning: { en: 'when it was placed',              es: 'cuándo se hizo' } },
  recorded:    { kind: 'moment',   column: 'recorded_at',      indexed: false,                                 meaning: { en: 'when we learned of it',           es: 'cuándo lo supimos' } },
  updated:     { kind: 'moment',   column: 'updated_at',       indexed: true,                                  meaning: { en: 'when it last changed',            es: 'cuándo cambió por última vez' } },
  due:         { kind: 'moment',   column: 'due_at',           indexed: true,  optional: true,                 meaning: { en: 'when it is due',                  es: 'para cuándo es' } },
  wanted:      { kind: 'moment',   column: 'wanted_from',      indexed: false, optional: true,                 meaning: { en: 'from when the customer wants it', es: 'desde cuándo lo quiere el cliente' } },
  day:         { kind: 'day',      column: 'business_date',    indexed: false,                                 meaning: { en: 'trading day',                     es: 'día de venta' } },
  age:         { kind: 'duration', column: 'at',               indexed: true,                                  meaning: { en: 'how long ago it was placed',      es: 'cuánto hace que se hizo' } },
  waiting:     { kind: 'duration', column: 'stage_entered_at', indexed: false,                                 meaning: { en: 'how long it has been in its stage', es: 'cuánto lleva en su etapa' } },
} as const satisfies Fields

/** The orders a list may come in; each has an index of its own. */
// biome-ignore format: read it by column
export const orderSorts: Sorts = {
  placed:  { key: 'o.at',                           type: 'timestamptz' },
  updated: { key: 'o.updated_at',                   type: 'timestamptz' },
  due:     { key: "coalesce(o.due_at, 'infinity')", type: 'timestamptz' },
  total:   { key: 'o.total_minor',                  type: 'bigint', group: 'prices' },
  number:  { key: 'o.number',                       type: 'bigint' },
}

/**
 * What is known of an order by those who ask without the database: its fields by their names, ids in lower case, moments in ISO 8601,
 * amounts in minor units; `words` is what words are looked for in.
 */
export interface OrderFacts {
  number: number
  stage: string
  phase: string
  payment: string
  fulfilment: string
  channel: string
  source: string
  location: string
  register: string | null
  owner: string | null
  assignee: string | null
  customer: string | null
  tier: string
  segment: string
  tag: readonly string[]
  /** Codes of its lines. */
  item: readonly string[]
  field: Readonly<Record<string, string | number | { at: string }>>
  external: string | null
  attention: string
  priority: number
  currency: string
  total: number
  balance: number
  paid: number
  refunded: number
  placed: string
  recorded: string
  updated: string
  due: string | null
  wanted: string | null
  /** `2026-11-01`. */
  day: string
  age: string
  waiting: string
  holds: number
  short: boolean
  words: readonly Searched[]
}

/**
 * One place that words are looked for in: a person (the customer, or whom the order is for), an item, a text that must be just it (its id, an id
 * outside, a barcode), or one that may begin with it (a field of the workspace's own).
 */
export interface Searched {
  in: 'person' | 'item' | 'exact' | 'beginning'
  /** Its words; of `exact` and `beginning` the texts themselves. */
  words: readonly string[]
}
