import fc from 'fast-check'
import type { OrderFacts } from '#contract/filter/order-fields.ts'
import { endOfPhone, wordsIn } from '#contract/filter/words.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'

// Few values of everything, so that generated filters meet them; among them what is told apart wrongly most easily.

export const now = '2026-11-20T10:30:00.000Z'
export const me = newId()
export const colleague = newId()
export const stranger = newId()
export const places = { main: newId(), second: newId() }
export const stages = { NEW: 'open', IN_PROCESS: 'working', READY: 'ready', COMPLETED: 'done', CANCELED: 'cancelled' } as const
const phaseOf: Record<string, string> = stages
export const people = [
  { id: newId(), name: 'Ada Lovelace', email: 'ada@example.org', phone: '+34 600 123 456' },
  { id: newId(), name: 'José Núñez', email: 'pepe_nunez@example.com', phone: '(601) 22-33' },
  { id: newId(), name: 'Adam Smith', email: '', phone: '12' },
]
export const goods = [
  { id: newId(), code: 'CUP-1', name: 'Blue cup', barcode: '8400001' },
  { id: newId(), code: 'TEA', name: 'Té verde', barcode: '8400002' },
  { id: newId(), code: 'ADA', name: 'Lamp', barcode: '17' },
]

/** Moments around midnights of Madrid, when its clocks change, and now. */
export const moments = [
  '2026-11-20T10:30:00.000Z',
  '2026-11-20T10:29:59.999Z',
  '2026-11-19T23:00:00.000Z',
  '2026-11-19T22:59:59.999Z',
  '2026-11-13T10:30:00.000Z',
  '2026-10-25T00:30:00.000Z',
  '2026-10-25T01:30:00.000Z',
  '2026-10-31T23:00:00.000Z',
  '2026-11-21T09:00:00.000Z',
]

const id = (...ids: string[]) => fc.constantFrom(...ids)
const some = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 2 })

const generated = fc.record({
  stage: fc.constantFrom('NEW', 'IN_PROCESS', 'READY', 'COMPLETED', 'CANCELED'),
  payment: fc.constantFrom('none', 'unpaid', 'part_paid', 'paid'),
  fulfilment: fc.constantFrom('none', 'unfulfilled', 'fulfilled'),
  channel: fc.constantFrom('web', 'kiosk', 'phone'),
  source: fc.constantFrom('api', 'import'),
  location: id(places.main, places.second),
  register: some(id(places.main)),
  owner: some(id(me, colleague, stranger)),
  assignee: some(id(me, colleague, stranger)),
  customer: some(fc.constantFrom(...people)),
  contact: some(fc.constantFrom(...people)),
  tier: fc.constantFrom('', 'gold'),
  segment: fc.constantFrom('', 'hotels'),
  tag: fc.uniqueArray(fc.constantFrom('vip', 'gift', 'none', 'a "b"'), { maxLength: 3 }),
  lines: fc.array(fc.constantFrom(...goods), { maxLength: 3 }),
  field: fc.dictionary(
    fc.constantFrom('colour', 'table'),
    fc.oneof(
      fc.constantFrom('red', 'Red wine', '5', 'TRACK_99%'),
      fc.constantFrom(5, -1),
      fc.constantFrom(...moments).map((at) => ({ at })),
    ),
    { maxKeys: 2 },
  ),
  external: some(fc.constantFrom('1042', 'X-7', 'ada')),
  attention: fc.constantFrom('', 'late', 'short'),
  priority: fc.constantFrom(0, 5, -3),
  currency: fc.constantFrom('EUR', 'EUR', 'USD'),
  total: fc.constantFrom(0, 4_999, 5_000, 5_001, -100),
  paid: fc.constantFrom(0, 5_000),
  refunded: fc.constantFrom(0, 100),
  balance: fc.constantFrom(-1, 0, 5_000),
  placed: fc.constantFrom(...moments),
  recorded: fc.constantFrom(...moments),
  updated: fc.constantFrom(...moments),
  due: some(fc.constantFrom(...moments)),
  wanted: some(fc.constantFrom(...moments)),
  waiting: fc.constantFrom(...moments),
  day: fc.constantFrom('2026-11-20', '2026-11-19', '2026-10-25'),
  holds: fc.constantFrom(0, 0, 2),
  short: fc.boolean(),
})

export type GeneratedOrder = { id: string; facts: OrderFacts; row: Record<string, unknown> } & Pick<
  ReturnType<typeof drawn>[number],
  'customer' | 'contact' | 'lines' | 'tag' | 'field'
>

const drawn = (count: number, seed: number) => fc.sample(generated, { numRuns: count, seed })

/** So many orders, as facts and as rows. */
export function someOrders(count: number, seed: number): GeneratedOrder[] {
  return drawn(count, seed).map(({ customer, contact, lines, ...told }, at) => {
    const number = 1_040 + at
    const person = ({ name, email, phone }: (typeof people)[number]) => ({
      in: 'person' as const,
      words: [...wordsIn(`${name} ${email} ${phone}`), ...endOfPhone(phone)],
    })
    const orderId = newId()
    const facts: OrderFacts = {
      ...told,
      number,
      phase: phaseOf[told.stage] ?? '',
      customer: customer?.id ?? null,
      item: lines.map(({ code }) => code),
      age: told.placed,
      words: [
        ...[customer, contact].flatMap((one) => (one ? [person(one)] : [])),
        ...lines.flatMap(({ code, name, barcode }) => [
          { in: 'item' as const, words: wordsIn(`${code} ${name}`) },
          { in: 'exact' as const, words: [code, barcode] },
        ]),
        { in: 'exact' as const, words: [orderId, ...(told.external === null ? [] : [told.external])] },
        { in: 'beginning' as const, words: Object.values(told.field).filter((value) => typeof value === 'string') },
      ],
    }
    const row = {
      id: orderId,
      number,
      seq: 1,
      workflow_code: 'counter',
      workflow_version: 1,
      phase: facts.phase,
      stage: told.stage,
      stage_entered_at: told.waiting,
      generation: 1,
      payment: told.payment,
      fulfilment: told.fulfilment,
      holds: told.holds,
      short: told.short,
      attention: told.attention,
      channel: told.channel,
      source: told.source,
      location_id: told.location,
      register_id: told.register,
      external_id: told.external,
      connection_id: told.external === null ? null : newId(),
      customer_id: facts.customer,
      customer_tier: told.tier,
      customer_segment: told.segment,
      owner_id: told.owner,
      assignee_id: told.assignee,
      priority: told.priority,
      currency: told.currency,
      gross_minor: told.total,
      discount_minor: 0,
      tax_minor: 0,
      total_minor: told.total,
      captured_minor: told.paid,
      refunded_minor: told.refunded,
      balance_minor: told.balance,
      due_at: told.due,
      wanted_from: told.wanted,
      at: told.placed,
      recorded_at: told.recorded,
      business_date: told.day,
      detail: JSON.stringify({ tags: told.tag }),
      updated_at: told.updated,
    }
    return { id: orderId, facts, row, customer, contact, lines, tag: told.tag, field: told.field }
  })
}

/** Puts them into a workspace, past every use case: for what reads rows alone. */
export async function insertOrders(pools: Pools, workspaceId: string, orders: readonly GeneratedOrder[]): Promise<void> {
  const all: [string, Record<string, unknown>[]][] = [
    ['customers', people.map((person) => ({ ...person, version: 1 }))],
    ['items', goods.map(({ id: itemId, code, name }) => ({ id: itemId, code, name, kind: 'goods', base_unit: 'piece', stocked: 'none' }))],
    ['variants', goods.map(({ id: itemId, code }) => ({ id: itemId, item_id: itemId, code, content_milli: 1_000, currency: 'EUR' }))],
    ['barcodes', goods.map(({ id: itemId, barcode }) => ({ barcode, variant_id: itemId }))],
    ['orders', orders.map(({ row }) => row)],
    [
      'order_contacts',
      orders.flatMap(({ id: orderId, contact }) =>
        contact ? [{ order_id: orderId, name: contact.name, email: contact.email, phone: contact.phone }] : [],
      ),
    ],
    ['order_tags', orders.flatMap(({ id: orderId, tag }) => tag.map((one) => ({ order_id: orderId, tag: one })))],
    [
      'order_fields',
      orders.flatMap(({ id: orderId, field }) =>
        Object.entries(field).map(([name, value]) => ({ order_id: orderId, field: name, ...fieldColumns(value) })),
      ),
    ],
    [
      'order_lines',
      orders.flatMap(({ id: orderId, lines }) => lines.map(({ id: itemId, code, name }, at) => lineRow(orderId, itemId, code, name, at))),
    ],
  ]
  await pools.change(workspaceId, async (tx) => {
    for (const [table, rows] of all) {
      for (const row of rows) {
        const columns = ['workspace_id', ...Object.keys(row)]
        await tx.query({
          text: `insert into ${table} (${columns.join(', ')}) values (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
          values: [workspaceId, ...Object.values(row)],
        })
      }
    }
  })
}

function fieldColumns(value: string | number | { at: string }): Record<string, unknown> {
  if (typeof value === 'string') return { text_value: value }
  return typeof value === 'number' ? { int_value: value } : { time_value: value.at }
}

function lineRow(orderId: string, itemId: string, code: string, name: string, position: number): Record<string, unknown> {
  return {
    order_id: orderId,
    id: newId(),
    position,
    kind: 'goods',
    item_id: itemId,
    code,
    name,
    category: '',
    base_unit: 'piece',
    price_micro: 1,
    per_milli: 1_000,
    gross_minor: 1,
    discount_minor: 0,
    tax_ppm: 0,
    tax_included: false,
    tax_minor: 0,
    net_minor: 1,
    ordered_milli: 1_000,
  }
}
