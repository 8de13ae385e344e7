import { textOf } from '#contract/texts.ts'
import type { Example, ExampleTurn } from '#contract/workflow.ts'
import {
  type Command,
  type Draft,
  decide,
  type Facts,
  type FieldValue,
  type ItemId,
  type LineId,
  type LineToPrice,
  type LocationId,
  type LotId,
  type MoveInput,
  needs,
  type Order,
  type OrderId,
  type StockAnswer,
} from '#modules/orders/index.ts'
import type { Flow, Played } from '#modules/workflow/index.ts'
import type { Reason } from '#platform/answer.ts'
import { newId, nilId } from '#platform/ids.ts'

/**
 * Plays an example of a definition on the order core: one order of one line, handled by somebody with every permission who gives
 * whatever reason or field a move asks for. Nothing is stored.
 */
export function playExample(flow: Flow, example: Example): Played {
  const table: Table = {
    flow,
    order: null,
    shelf: example.facts?.includes('stock_is_short') ? 'empty' : 'full',
    customer: example.facts?.includes('customer_is_known') ?? false,
  }
  const refused = run(table, placing(table))
  if (refused) return { stage: flow.initial, refused: { index: 0, why: textOf(refused.code, refused.params) } }
  if (example.facts?.includes('paid')) play(table, 'payment_arrives')
  if (example.facts?.includes('on_hold')) play(table, 'hold_opens')
  for (const [index, event] of example.events.entries()) {
    const reason = play(table, event)
    if (reason) return { stage: orderOf(table).stage, refused: { index, why: textOf(reason.code, reason.params) } }
  }
  return { stage: orderOf(table).stage, refused: null }
}

interface Table {
  flow: Flow
  order: Order | null
  shelf: 'full' | 'empty'
  customer: boolean
}

function orderOf({ order }: Table): Order {
  if (!order) throw new Error('The order of an example was not placed')
  return order
}

/** What one word of an example does; the reason when it was refused. */
function play(table: Table, word: string): Reason | null {
  if (!isTurn(word)) return run(table, moveNamed(table, word))
  switch (word) {
    case 'stock_arrives':
      table.shelf = 'full'
      return run(table, { verb: 'wake' })
    case 'payment_arrives':
      return run(table, {
        verb: 'pay',
        kind: 'capture',
        amountMinor: orderOf(table).balanceMinor,
        method: 'cash',
        provider: 'manual',
        reference: null,
        reasonCode: null,
        at: null,
      })
    case 'hold_opens':
      return run(table, { verb: 'hold', reasonCode: 'example', noteId: null, until: null })
    case 'hold_closes':
      return run(table, { verb: 'release', holdId: null })
  }
}

const turns: Record<ExampleTurn, true> = { stock_arrives: true, payment_arrives: true, hold_opens: true, hold_closes: true }
const isTurn = (word: string): word is ExampleTurn => Object.hasOwn(turns, word)

/** The command behind a move's word: who makes it follows from the definition. */
function moveNamed(table: Table, word: string): Command {
  const { stage } = orderOf(table)
  const named = table.flow.movesFrom(stage).filter((move) => move.on === word)
  const fields = named.flatMap((move) => move.requires).filter((required) => required !== 'reason')
  const input: MoveInput = {
    reason: 'example',
    noteId: null,
    fields: Object.fromEntries(
      fields.map((field): [string, FieldValue] => [field.replace(/^field\./, ''), { kind: 'text', value: 'example' }]),
    ),
    idChecked: true,
    at: null,
  }
  if (word === 'cancel' || word === 'reopen') return { verb: word, ...input }
  const by = table.flow.stage(stage)?.lateOn === word ? 'timer' : named.some((move) => move.by === 'event') ? 'event' : 'action'
  return { verb: 'move', action: word, by, generation: null, ...input }
}

function run(table: Table, command: Command): Reason | null {
  const decided = decide(table.order, command, factsFor(table, command))
  if (!decided.ok) return decided.reason
  table.order = decided.order
  return null
}

const at = '2026-01-05T09:00:00.000Z'
const locationId = newId<'Location'>() satisfies LocationId
const itemId = newId<'Item'>() satisfies ItemId
const line: LineToPrice = {
  id: newId<'Line'>() satisfies LineId,
  kind: 'goods',
  itemId,
  variantId: null,
  code: 'EXAMPLE',
  name: 'Example',
  category: 'examples',
  baseUnit: 'piece',
  quantityMilli: 1000,
  priceMicro: 42_500_000,
  perMilli: 1000,
  recipeId: null,
  reasonCode: null,
  tax: null,
}

function factsFor(table: Table, command: Command): Facts {
  return {
    now: at,
    actor: { kind: 'person', id: null },
    flow: table.flow,
    newId,
    may: () => true,
    place: { name: 'Example', timeZone: 'UTC', dayStartsAt: '00:00' },
    number: 1,
    lines: [line],
    customer: null,
    stock: stockFor(table, command),
    history: false,
    unitCostMicro: () => null,
  }
}

function stockFor({ flow, order, shelf }: Table, command: Command): StockAnswer {
  const wanted = needs(flow, order, command, [line])?.lines ?? []
  if (shelf === 'full') return { allocations: wanted.map((need) => ({ ...need, locationId, lotId: nilId as LotId })), misses: [] } // no lot
  return {
    allocations: [],
    misses: wanted.map(({ milli, ...need }) => ({ ...need, locationId, itemName: line.name, wantedMilli: milli, freeMilli: 0 })),
  }
}

function placing({ customer }: Table): Command {
  const draft: Draft = {
    id: newId<'Order'>() satisfies OrderId,
    channel: 'example',
    source: 'example',
    locationId,
    registerId: null,
    connectionId: null,
    externalId: null,
    customerId: customer ? newId() : null,
    priority: 0,
    currency: 'EUR',
    tags: [],
    fields: {},
    costs: [],
    wantedFrom: null,
    wantedTo: null,
    at: null,
    capturedAt: null,
    captureDevice: null,
    quoteRef: null,
    opportunityRef: null,
    workflow: null,
  }
  return { verb: 'place', draft }
}
