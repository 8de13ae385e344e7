import type { Label } from './workflow.ts'

type CelType = 'string' | 'int' | 'bool' | 'timestamp' | 'list<string>'

interface Fact {
  type: CelType
  /** True: read through a CEL optional (`customer.?tier`), because it may not be known. */
  optional?: boolean
  unit?: string
  meaning: Label
  sample: string | number | boolean | string[]
  source: 'order' | 'customer' | 'stock' | 'actor' | 'input' | 'clock'
}

/**
 * Everything a guard or rule may ask about, by its name in CEL. The order core fills every declared fact;
 * what is not declared here does not type-check in a definition.
 */
// biome-ignore format: read it by column
export const facts = {
  'order.phase':            { type: 'string', sample: 'open', source: 'order', meaning: { en: 'phase of the order', es: 'fase del pedido' } },
  'order.stage':            { type: 'string', sample: 'AWAITING_PROCESSING', source: 'order', meaning: { en: 'stage of the order', es: 'etapa del pedido' } },
  'order.channel':          { type: 'string', sample: 'kiosk', source: 'order', meaning: { en: 'how it is sold', es: 'cómo se vende' } },
  'order.source':           { type: 'string', sample: 'api', source: 'order', meaning: { en: 'where it came from', es: 'de dónde vino' } },
  'order.currency':         { type: 'string', sample: 'EUR', source: 'order', meaning: { en: 'currency', es: 'moneda' } },
  'order.totalMinor':       { type: 'int', unit: 'minor units', sample: 4250, source: 'order', meaning: { en: 'total of the order', es: 'total del pedido' } },
  'order.lineCount':        { type: 'int', unit: 'lines', sample: 3, source: 'order', meaning: { en: 'number of lines', es: 'número de líneas' } },
  'order.priority':         { type: 'int', sample: 0, source: 'order', meaning: { en: 'priority', es: 'prioridad' } },
  'order.tags':             { type: 'list<string>', sample: ['gift'], source: 'order', meaning: { en: 'tags', es: 'etiquetas' } },
  'order.categories':       { type: 'list<string>', sample: ['bread'], source: 'order', meaning: { en: 'categories of its lines', es: 'categorías de sus líneas' } },
  'order.payment':          { type: 'string', sample: 'unpaid', source: 'order', meaning: { en: 'payment status', es: 'estado del pago' } },
  'order.fulfilment':       { type: 'string', sample: 'unfulfilled', source: 'order', meaning: { en: 'fulfilment status', es: 'estado de la entrega' } },
  'order.balanceMinor':     { type: 'int', unit: 'minor units', sample: 4250, source: 'order', meaning: { en: 'what is still to be paid', es: 'lo que falta por pagar' } },
  'order.isHeld':           { type: 'bool', sample: false, source: 'order', meaning: { en: 'a hold is open', es: 'hay una retención abierta' } },
  'order.needsAttention':   { type: 'bool', sample: false, source: 'order', meaning: { en: 'a person is needed', es: 'hace falta una persona' } },
  'order.handedOverMilli':  { type: 'int', unit: 'thousandths of the base unit', sample: 0, source: 'order', meaning: { en: 'goods handed over', es: 'mercancía entregada' } },
  'order.placedAt':         { type: 'timestamp', sample: '2026-01-05T09:00:00Z', source: 'order', meaning: { en: 'when it was placed', es: 'cuándo se hizo' } },
  'order.dueAt':            { type: 'timestamp', optional: true, sample: '2026-01-05T12:00:00Z', source: 'order', meaning: { en: 'when it is due', es: 'para cuándo es' } },
  'customer.isKnown':       { type: 'bool', sample: true, source: 'customer', meaning: { en: 'the customer is known', es: 'el cliente es conocido' } },
  'customer.tier':          { type: 'string', optional: true, sample: 'gold', source: 'customer', meaning: { en: 'tier of the customer', es: 'nivel del cliente' } },
  'customer.segment':       { type: 'string', optional: true, sample: 'hotels', source: 'customer', meaning: { en: 'segment of the customer', es: 'segmento del cliente' } },
  'stock.isShort':          { type: 'bool', sample: false, source: 'stock', meaning: { en: 'something is missing in stock', es: 'falta algo en las existencias' } },
  'stock.reservedMilli':    { type: 'int', unit: 'thousandths of the base unit', sample: 3000, source: 'stock', meaning: { en: 'stock reserved for it', es: 'existencias reservadas' } },
  'actor.kind':             { type: 'string', sample: 'person', source: 'actor', meaning: { en: 'kind of who acts', es: 'tipo de quien actúa' } },
  'input.idChecked':        { type: 'bool', sample: true, source: 'input', meaning: { en: 'the identity document was checked', es: 'se comprobó el documento de identidad' } },
  'clock.now':              { type: 'timestamp', sample: '2026-01-05T09:30:00Z', source: 'clock', meaning: { en: 'now', es: 'ahora' } },
} as const satisfies Record<string, Fact>

export type FactName = keyof typeof facts
type FactValue = { string: string; int: number; bool: boolean; timestamp: string; 'list<string>': string[] }

/** One value for every declared fact; moments are ISO 8601, integers safe numbers, optional ones null where unknown. */
export type GuardFacts = {
  [N in FactName]: (typeof facts)[N] extends { optional: true }
    ? FactValue[(typeof facts)[N]['type']] | null
    : FactValue[(typeof facts)[N]['type']]
}
