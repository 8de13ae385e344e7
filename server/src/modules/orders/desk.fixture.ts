import type { EffectWord, Phase } from '#contract/workflow.ts'
import type { Refusal } from '#platform/answer.ts'
import { newId, nilId } from '#platform/ids.ts'
import type { Command, Decided, Draft, Facts, MoveInput, StockAnswer, StockNeed } from './commands.ts'
import { decide, needs } from './life.ts'
import type { LineToPrice } from './pricing.ts'
import type { Flow, FlowMove, FlowStage, ItemId, LineId, LocationId, LotId, Order, OrderEvent, OrderId } from './types.ts'

export const noon = '2026-03-02T12:00:00.000Z'
export const locationId = newId() as LocationId

/** A flow in a few words: stages by name, moves as rows. Guards are asked in the order of the rows; without one a move is open. */
export function flowOf(
  stages: Record<string, Phase | (Partial<FlowStage> & { phase: Phase })>,
  moves: (Partial<FlowMove> & { from: string; on: string; to: string })[],
  more: Partial<Pick<Flow, 'onShort' | 'whileWaiting' | 'initial'>> = {},
): Flow {
  const stage = (code: string): FlowStage | undefined => {
    const named = stages[code]
    if (named === undefined) return undefined
    const usual = { code, label: { en: code }, lateAfterMs: null, lateOn: null, dueAfterMs: null, entering: [] as EffectWord[] }
    return typeof named === 'string' ? { ...usual, phase: named } : { ...usual, ...named }
  }
  return {
    code: 'test',
    version: 1,
    initial: Object.keys(stages)[0] ?? '',
    onShort: 'refuse',
    whileWaiting: 'take_free',
    stage,
    movesFrom: (from) => moves.filter((move) => move.from === from).map(({ from: _, ...move }) => ({ ...usualMove, ...move })),
    ...more,
  }
}

const usualMove = {
  by: 'action' as const,
  label: null,
  permission: null,
  requires: [],
  fourEyes: false,
  effects: [],
  guard: () => ({ ok: true as const }),
}

/** Reserve, pack, hand over; cancel and reopen: the shortest life with everything in it. */
export function plainFlow(more: Partial<Pick<Flow, 'onShort' | 'whileWaiting'>> = {}): Flow {
  return flowOf(
    {
      waiting: { phase: 'open', entering: ['reserve_stock'] },
      packing: 'working',
      packed: 'ready',
      gone: 'done',
      stopped: 'cancelled',
    },
    [
      { from: 'waiting', on: 'start', to: 'packing' },
      { from: 'packing', on: 'put_back', to: 'waiting' },
      { from: 'packing', on: 'pack', to: 'packed', effects: ['count_picked', 'count_packed'] },
      { from: 'packed', on: 'hand_over', to: 'gone', effects: ['hand_over'] },
      { from: 'waiting', on: 'cancel', to: 'stopped', effects: ['cancel_open'] },
      { from: 'packing', on: 'cancel', to: 'stopped', effects: ['cancel_open'] },
      { from: 'packed', on: 'cancel', to: 'stopped', effects: ['cancel_open'] },
      { from: 'gone', on: 'cancel', to: 'stopped', effects: ['cancel_open'] },
      { from: 'stopped', on: 'reopen', to: 'waiting', effects: ['restore_lines'] },
      { from: 'gone', on: 'reopen', to: 'waiting', effects: ['restore_lines'] },
    ],
    more,
  )
}

/** A line to be priced; three pieces at 2.50 where nothing else is said. */
export function lineOf(more: Partial<LineToPrice> = {}): LineToPrice {
  return {
    id: newId<'Line'>() satisfies LineId,
    kind: 'goods',
    itemId: newId<'Item'>() satisfies ItemId,
    variantId: null,
    code: 'CUP',
    name: 'Cup',
    category: 'kitchen',
    baseUnit: 'piece',
    quantityMilli: 3_000,
    priceMicro: 2_500_000,
    perMilli: 1_000,
    recipeId: null,
    reasonCode: null,
    tax: null,
    ...more,
  }
}

/** A line that stands in no catalogue; `amountMinor` cents. */
export function freeLineOf(kind: 'service' | 'charge' | 'discount', amountMinor: number): LineToPrice {
  return lineOf({
    kind,
    itemId: null,
    code: '',
    quantityMilli: 1_000,
    priceMicro: (kind === 'discount' ? -amountMinor : amountMinor) * 10_000,
  })
}

export function draftOf(more: Partial<Draft> = {}): Draft {
  return {
    id: newId<'Order'>() satisfies OrderId,
    channel: 'desk',
    source: 'api',
    locationId,
    registerId: null,
    connectionId: null,
    externalId: null,
    customerId: null,
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
    ...more,
  }
}

/** One order at a desk: commands go in, the order and what was told come out. */
export class Desk {
  readonly flow: Flow
  readonly told: OrderEvent[] = []
  /** How much is free on the shelf, whatever the item; thousandths. */
  freeMilli = Number.MAX_SAFE_INTEGER
  /** What is known beside the usual, from here on. */
  facts: Partial<Facts> = {}
  private current: Order | null = null

  constructor(flow: Flow = plainFlow()) {
    this.flow = flow
  }

  get order(): Order {
    if (!this.current) throw new Error('Nothing was placed')
    return this.current
  }

  run(command: Command, lines: LineToPrice[] = [], facts: Partial<Facts> = {}): Decided | Refusal {
    const need = needs(this.flow, this.current, command, lines)
    const decided = decide(this.current, command, {
      now: noon,
      actor: { kind: 'person', id: ada },
      flow: this.flow,
      newId,
      may: () => true,
      place: { name: 'Main', timeZone: 'Europe/Madrid', dayStartsAt: '00:00' },
      number: 7,
      lines,
      customer: null,
      stock: need ? this.handOut(need) : { allocations: [], misses: [] },
      history: false,
      unitCostMicro: () => 1_500_000,
      ...this.facts,
      ...facts,
    })
    if (!decided.ok) return decided
    this.current = decided.order
    this.told.push(...decided.events)
    return decided
  }

  /** A command that must go well; answers what was told of it. */
  tell(command: Command, lines: LineToPrice[] = [], facts: Partial<Facts> = {}): OrderEvent[] {
    const decided = this.run(command, lines, facts)
    if (!decided.ok) throw new Error(`Refused: ${decided.reason.code} ${JSON.stringify(decided.reason.params)}`)
    return decided.events
  }

  place(lines: LineToPrice[] = [lineOf()], draft: Partial<Draft> = {}): this {
    this.tell({ verb: 'place', draft: draftOf(draft) }, lines)
    return this
  }

  move(...actions: string[]): this {
    for (const action of actions) this.tell(moving(action))
    return this
  }

  private handOut({ mode, lines }: StockNeed): StockAnswer {
    const wanted = lines.reduce((sum, line) => sum + line.milli, 0)
    const allocations: StockAnswer['allocations'] = []
    const misses: StockAnswer['misses'] = []
    const isShort = wanted > this.freeMilli
    let free = isShort && mode !== 'partial' ? 0 : this.freeMilli
    for (const { lineId, itemId, milli } of lines) {
      const given = Math.min(free, milli)
      free -= given
      if (given > 0) allocations.push({ lineId, itemId, locationId, lotId: nilId as LotId, milli: given })
      if (given < milli) misses.push({ lineId, itemId, locationId, itemName: 'CUP', wantedMilli: milli, freeMilli: given })
    }
    this.freeMilli -= allocations.reduce((sum, taken) => sum + taken.milli, 0)
    return { allocations, misses }
  }
}

/** Two people. */
export const ada = newId()
export const bob = newId()

const nothingGiven: MoveInput = { reason: null, noteId: null, fields: {}, idChecked: false, at: null }

export function moving(action: string, more: Partial<MoveInput & { by: 'action' | 'timer' | 'event'; generation: number }> = {}): Command {
  const { by = 'action', generation = null, ...input } = more
  return { verb: 'move', action, by, generation, ...nothingGiven, ...input }
}

export const cancelling = (more: Partial<MoveInput> = {}): Command => ({ verb: 'cancel', ...nothingGiven, ...more })
export const reopening = (more: Partial<MoveInput> = {}): Command => ({ verb: 'reopen', ...nothingGiven, ...more })

export function paying(amountMinor: number, more: Partial<Extract<Command, { verb: 'pay' }>> = {}): Command {
  return {
    verb: 'pay',
    kind: 'capture',
    amountMinor,
    method: 'cash',
    provider: 'manual',
    reference: null,
    reasonCode: null,
    at: null,
    ...more,
  }
}

export function refunding(amountMinor: number, more: Partial<Extract<Command, { verb: 'refund' }>> = {}): Command {
  const entry = { method: 'cash', provider: 'manual', reference: null, reasonCode: null, noteId: null, returnId: null, at: null }
  return { verb: 'refund', amountMinor, ...entry, ...more }
}

export function returning(
  lines: { lineId: string; milli: number; creditMinor?: number; lotId?: string }[],
  at: string | null = null,
): Command {
  return {
    verb: 'return',
    returnId: newId(),
    at,
    lines: lines.map(({ lineId, milli, creditMinor, lotId }) => ({
      lineId: lineId as LineId,
      milli,
      creditMinor: creditMinor ?? null,
      restock: lotId === undefined ? null : { itemId: newId<'Item'>() satisfies ItemId, lotId: lotId as LotId, movementId: newId() },
    })),
  }
}

/** The code of a refusal; throws where it went well. */
export function codeOf(answer: Decided | Refusal): string {
  if (answer.ok) throw new Error(`Went well: ${answer.events.map((event) => event.type).join(', ')}`)
  return answer.reason.code
}
