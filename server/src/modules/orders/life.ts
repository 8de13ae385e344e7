import type { GuardFacts } from '#contract/facts.ts'
import { type EffectWord, mayLeadTo, type Phase } from '#contract/workflow.ts'
import { type Answer, fine, no, type Reason, type Refusal } from '#platform/answer.ts'
import { businessDate, isAhead } from '#platform/calendar.ts'
import { evolve } from './evolve.ts'
import { type LineToPrice, priceLines } from './pricing.ts'
import { rules } from './rules.ts'
import { creditFor, openMilli } from './standing.ts'
import type {
  Actor,
  Allocation,
  Consumption,
  Cost,
  FieldValue,
  Flow,
  FlowMove,
  FlowStage,
  ItemId,
  Line,
  LineId,
  LocationId,
  LotId,
  MoneyEntry,
  MoneyKind,
  Order,
  OrderEvent,
  OrderId,
  Restock,
  Shortfall,
} from './types.ts'

// ─── Commands: what may be asked of an order ─────────────────────────────────────────────────────────────────────────

export const verbs = [
  'place',
  'move',
  'hold',
  'release',
  'cancel',
  'reopen',
  'note',
  'assign',
  'tag',
  'pay',
  'refund',
  'return',
  'wake',
] as const
export type Verb = (typeof verbs)[number]

export type Command =
  | { verb: 'place'; draft: Draft }
  | ({ verb: 'move'; action: string; by: 'action' | 'timer' | 'event'; generation: number | null } & MoveInput)
  | ({ verb: 'cancel' } & MoveInput)
  | ({ verb: 'reopen' } & MoveInput)
  | { verb: 'hold'; reasonCode: string; noteId: string | null; until: string | null }
  | { verb: 'release'; holdId: string | null }
  | { verb: 'note'; noteId: string }
  | { verb: 'assign'; assigneeId: string | null }
  | { verb: 'tag'; add: string[]; remove: string[] }
  | {
      verb: 'pay'
      kind: MoneyKind
      amountMinor: number
      method: string
      provider: string
      reference: string | null
      reasonCode: string | null
      at: string | null
    }
  | {
      verb: 'refund'
      amountMinor: number
      method: string
      provider: string
      reference: string | null
      reasonCode: string | null
      noteId: string | null
      returnId: string | null
      at: string | null
    }
  | { verb: 'return'; returnId: string; lines: ReturnedLine[]; at: string | null }
  | { verb: 'wake' }

export interface MoveInput {
  reason: string | null
  noteId: string | null
  fields: Record<string, FieldValue>
  idChecked: boolean
  /** When it was so; null = now. Imports and offline devices set it. */
  at: string | null
}

export interface ReturnedLine {
  lineId: LineId
  milli: number
  /** What is credited for it; null = its share of the line's net. */
  creditMinor: number | null
  /** Into which stock it goes back; null where it does not. */
  restock: { itemId: ItemId; lotId: LotId; movementId: string } | null
}

/** An order to be placed; its lines come resolved against the catalogue in {@link Facts.lines}. */
export interface Draft {
  id: OrderId
  channel: string
  source: string
  locationId: LocationId
  registerId: string | null
  connectionId: string | null
  externalId: string | null
  customerId: string | null
  priority: number
  currency: string
  tags: string[]
  fields: Record<string, FieldValue>
  costs: Cost[]
  wantedFrom: string | null
  wantedTo: string | null
  /** When it was so; null = now. */
  at: string | null
  capturedAt: string | null
  captureDevice: string | null
  quoteRef: string | null
  opportunityRef: string | null
  /** Code of the workflow; null = the workspace's own. */
  workflow: string | null
}

/** What must be known before a decision, and is recorded with it. */
export interface Facts {
  /** The database's clock. */
  now: string
  actor: Actor
  flow: Flow
  newId(): string
  may(permission: string): boolean
  place: { name: string; timeZone: string; dayStartsAt: string }
  /** For placing. */
  number: number
  lines: LineToPrice[]
  customer: { tier: string; segment: string } | null
  /** What could be taken of what {@link needs} asked for. */
  stock: StockAnswer
  /** History takes no reservation and moves no further by itself: what is handed over leaves the opening stock it came with. */
  history: boolean
  unitCostMicro(itemId: ItemId, locationId: LocationId, lotId: LotId): number | null
}

export interface StockAnswer {
  allocations: Omit<Allocation, 'id'>[]
  misses: StockMiss[]
}

/** Stock that was not there: `freeMilli` of `wantedMilli`, thousandths of the item's base unit. */
export interface StockMiss {
  lineId: LineId
  itemId: ItemId
  locationId: LocationId
  itemName: string
  wantedMilli: number
  freeMilli: number
}

/** What a decision asks of the stock, line by line; `partial` = take what is there. */
export interface StockNeed {
  mode: 'all_or_nothing' | 'wait_for_all' | 'partial'
  lines: { lineId: LineId; itemId: ItemId; milli: number }[]
}

export interface Decided {
  ok: true
  events: OrderEvent[]
  order: Order
  /** Why each step was taken or could not be, for the record. */
  reasons: Reason[]
  timers: { name: string; dueAt: string; generation: number }[]
  /** True when asking again changed nothing. */
  already: boolean
}

// ─── needs ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * What stock must be known, and perhaps taken, to decide a command: everything a move, a stage it may enter, or an automatic move
 * after that could reserve. Pure; null when nothing is.
 */
export function needs(flow: Flow, order: Order | null, command: Command, lines: readonly LineToPrice[]): StockNeed | null {
  const mode =
    flow.onShort === 'refuse'
      ? 'all_or_nothing'
      : flow.onShort === 'wait' && flow.whileWaiting === 'take_nothing'
        ? 'wait_for_all'
        : 'partial'
  if (command.verb === 'place') {
    const goods = lines.filter((line) => line.kind === 'goods' && line.itemId !== null)
    const wanted = goods.map((line) => ({ lineId: line.id, itemId: line.itemId as ItemId, milli: line.quantityMilli }))
    return mayReserve(flow, flow.initial) ? { mode, lines: wanted } : null
  }
  if (!order) return null
  if (command.verb === 'wake') return order.shortfalls.length === 0 ? null : { mode, lines: stillWanted(order, order.lines) }
  const on = command.verb === 'move' ? command.action : command.verb
  const moves = flow.movesFrom(order.stage).filter((move) => move.on === on || move.by === 'auto')
  if (!moves.some((move) => move.effects.includes('reserve_stock') || mayReserve(flow, move.to))) return null
  const restores = moves.some((move) => move.effects.includes('restore_lines') || flow.stage(move.to)?.entering.includes('restore_lines'))
  return { mode, lines: stillWanted(order, restores ? order.lines.map(afterRestore) : order.lines) }
}

/** Whether entering a stage, or where automatic moves lead from it, reserves stock. */
function mayReserve(flow: Flow, code: string, seen = new Set<string>()): boolean {
  if (seen.has(code)) return false
  seen.add(code)
  if (flow.stage(code)?.entering.includes('reserve_stock')) return true
  return flow
    .movesFrom(code)
    .some((move) => move.by === 'auto' && (move.effects.includes('reserve_stock') || mayReserve(flow, move.to, seen)))
}

function afterRestore(line: Line): Line {
  return { ...line, cancelledMilli: 0 }
}

/** Open quantities of goods that hold no stock yet: those of lines with no reservation, and of lines with a shortfall what is missing. */
function stillWanted(order: Order, lines: Line[]): { lineId: LineId; itemId: ItemId; milli: number }[] {
  const wanted: { lineId: LineId; itemId: ItemId; milli: number }[] = []
  for (const line of lines) {
    if (line.kind !== 'goods' || line.itemId === null || openMilli(line) <= 0) continue
    const short = order.shortfalls.filter((shortfall) => shortfall.lineId === line.id)
    if (short.length > 0) wanted.push(...short.map(({ lineId, itemId, milli }) => ({ lineId, itemId, milli })))
    else if (!order.reservations.some((reservation) => reservation.lineId === line.id))
      wanted.push({ lineId: line.id, itemId: line.itemId, milli: openMilli(line) })
  }
  return wanted
}

// ─── decide ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const automaticMovesMax = 32

/**
 * What happens when a command meets an order: events, or a refusal with its reason. Automatic moves follow until nothing fires.
 * Pure: the clock, ids and everything known come in as facts; nothing is stored.
 */
export function decide(before: Order | null, command: Command, facts: Facts): Decided | Refusal {
  const story = new Story(before, facts)
  const refusal =
    command.verb === 'place' ? place(story, command.draft) : before ? act(story, before, command) : no('order.not_found', { order: '' })
  if (refusal && !refusal.ok) return refusal
  const loop = facts.history ? null : runAutomaticMoves(story)
  if (loop) return loop
  return {
    ok: true,
    events: story.events,
    order: story.order,
    reasons: story.reasons,
    timers: timersOf(story),
    already: story.events.length === 0,
  }
}

/** The events decided so far and the order as they leave it. */
class Story {
  readonly events: OrderEvent[] = []
  readonly reasons: Reason[] = []
  readonly facts: Facts
  readonly before: Order | null
  /** The clock of this decision: when it was so. */
  at: string
  idChecked = false
  /** Stock answers not used yet; each can be taken once. */
  stock: StockAnswer | null
  private current: Order | null

  constructor(before: Order | null, facts: Facts) {
    this.before = before
    this.current = before
    this.facts = facts
    this.at = facts.now
    this.stock = facts.stock
  }

  get order(): Order {
    if (!this.current) throw new Error('Nothing was placed yet')
    return this.current
  }

  tell(event: OrderEvent): void {
    this.current = evolve(this.current, { seq: (this.current?.seq ?? 0) + 1, event })
    this.events.push(event)
  }
}

function place(story: Story, draft: Draft): Refusal | null {
  const { facts } = story
  const { flow, now, actor } = facts
  const initial = flow.stage(flow.initial)
  if (!initial) throw new Error(`Workflow ${flow.code} has no stage ${flow.initial}`)
  const priced = priceLines(facts.lines, draft.currency)
  if (!priced.ok) return priced
  const ahead = liesAhead(draft.at, now)
  if (ahead) return ahead
  story.at = draft.at ?? now
  const { workflow: _, ...kept } = draft
  const { lines, ...totals } = priced.value
  const refusal = story.facts.lines.length === 0 ? no('order.no_lines') : null
  if (refusal) return refusal
  story.tell({
    type: 'OrderPlaced',
    order: {
      ...kept,
      ...totals,
      number: facts.number,
      workflow: { code: flow.code, version: flow.version },
      phase: initial.phase,
      stage: initial.code,
      customerTier: facts.customer?.tier ?? '',
      customerSegment: facts.customer?.segment ?? '',
      ownerId: actor.kind === 'import' ? null : actor.id,
      tags: [...new Set(draft.tags)].sort(),
      dueAt: draft.wantedTo ?? draft.wantedFrom ?? after(story.at, initial.dueAfterMs),
      at: story.at,
      recordedAt: now,
      businessDate: businessDate(story.at, facts.place.timeZone, facts.place.dayStartsAt),
    },
    lines,
  })
  return runEffects(story, initial.entering)
}

function act(story: Story, order: Order, command: Exclude<Command, { verb: 'place' }>): Refusal | null {
  for (const rule of rules[command.verb]) {
    const answer = rule(order, command)
    if (!answer.ok) return answer
  }
  const { facts } = story
  const ahead = 'at' in command ? liesAhead(command.at, facts.now) : null
  if (ahead) return ahead
  switch (command.verb) {
    case 'move':
      return move(story, command.action, command.by, command, command.generation)
    case 'cancel':
    case 'reopen':
      return move(story, command.verb, 'action', command, null)
    case 'hold':
      story.tell({
        type: 'HoldPlaced',
        hold: {
          id: facts.newId(),
          reasonCode: command.reasonCode,
          noteId: command.noteId,
          placedBy: facts.actor.id,
          placedAt: facts.now,
          until: command.until,
        },
      })
      return null
    case 'release':
      for (const hold of order.holds)
        if (command.holdId === null || hold.id === command.holdId) story.tell({ type: 'HoldReleased', holdId: hold.id, by: facts.actor.id })
      return null
    case 'note':
      story.tell({ type: 'NoteAdded', noteId: command.noteId })
      return null
    case 'assign':
      if (command.assigneeId !== order.assigneeId) story.tell({ type: 'Assigned', assigneeId: command.assigneeId })
      return null
    case 'tag': {
      const added = [...new Set(command.add)].filter((tag) => !order.tags.includes(tag)).sort()
      const removed = [...new Set(command.remove)].filter((tag) => order.tags.includes(tag)).sort()
      if (added.length + removed.length > 0) story.tell({ type: 'TagsChanged', added, removed })
      return null
    }
    case 'pay':
      story.tell({ type: 'MoneyRecorded', entry: entryOf(story, { ...command, noteId: null, returnId: null }) })
      return null
    case 'refund':
      story.tell({ type: 'MoneyRecorded', entry: entryOf(story, { ...command, kind: 'refund', amountMinor: -command.amountMinor }) })
      return null
    case 'return':
      takeBack(story, order, command.returnId, command.lines)
      return null
    case 'wake':
      return order.shortfalls.length === 0 ? null : reserve(story)
  }
}

function liesAhead(at: string | null, now: string): Refusal | null {
  return at !== null && isAhead(at, now) ? no('time.in_future', { at }) : null
}

function entryOf(story: Story, entry: Omit<MoneyEntry, 'id' | 'at'> & { at: string | null }): MoneyEntry {
  const { kind, amountMinor, method, provider, reference, reasonCode, noteId, returnId, at } = entry
  return { id: story.facts.newId(), kind, amountMinor, method, provider, reference, reasonCode, noteId, returnId, at: at ?? story.at }
}

function takeBack(story: Story, order: Order, returnId: string, returned: readonly ReturnedLine[]): void {
  const deltas = new Map<LineId, number>()
  const restocked: Restock[] = []
  let creditMinor = 0
  for (const { lineId, milli, creditMinor: given, restock } of returned) {
    const line = order.lines.find((candidate) => candidate.id === lineId)
    if (!line) throw new Error(`Return ${returnId} names a line that order ${order.id} does not have`)
    const before = deltas.get(lineId) ?? 0
    creditMinor += given ?? creditFor({ ...line, returnedMilli: line.returnedMilli + before }, milli)
    deltas.set(lineId, before + milli)
    if (restock) restocked.push({ ...restock, lineId, locationId: order.locationId, milli })
  }
  story.tell({ type: 'LinesReturned', returnId, deltas: [...deltas].map(([lineId, milli]) => ({ lineId, milli })), creditMinor, restocked })
}

// ─── Moves ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function move(story: Story, on: string, by: 'action' | 'timer' | 'event', input: MoveInput, generation: number | null): Refusal | null {
  const { order, facts } = story
  // A timer of a stage that was left meanwhile is no news.
  if (by === 'timer' && generation !== null && generation !== order.generation) return null
  story.at = input.at ?? facts.now
  story.idChecked = input.idChecked
  const found = findMove(story, on, by, input)
  if (found.ok) return make(story, found.value, input)
  if (by !== 'timer') return found
  // Nothing takes the late order further: a person is needed.
  if (order.attention === '') story.tell({ type: 'AttentionRaised', code: 'late' })
  return null
}

/** The first move of that name from here that may be made; otherwise why the first of them may not. */
function findMove(story: Story, on: string, by: 'action' | 'timer' | 'event', input: MoveInput): Answer<FlowMove> {
  const { order, facts } = story
  const named = facts.flow
    .movesFrom(order.stage)
    .filter((candidate) => candidate.on === on && (candidate.by === by || (by === 'event' && candidate.by === 'action')))
  let first: Refusal | null = null
  for (const candidate of named) {
    const answer = mayMove(order, candidate, facts, { by, idChecked: input.idChecked })
    const missing = answer.ok ? isGiven(order, candidate, input) : answer
    if (missing.ok) return fine(candidate)
    first ??= missing
  }
  return first ?? no('move.not_from_here', { action: on, stage: order.stage })
}

/** Whether a move may be made now, its inputs aside: permission, holds, phase table, four eyes, guards. */
export function mayMove(
  order: Order,
  move: FlowMove,
  facts: Pick<Facts, 'flow' | 'actor' | 'may' | 'now'>,
  input: { by: 'action' | 'timer' | 'event' | 'auto'; idChecked: boolean },
): Answer<void> {
  const to = facts.flow.stage(move.to)
  if (!to) throw new Error(`Workflow ${facts.flow.code} has no stage ${move.to}`)
  const permission = permissionFor(move)
  if (input.by === 'action' && !facts.may(permission)) return no('permission.denied', { permission })
  if (order.holds.length > 0 && input.by !== 'event' && to.phase !== 'cancelled' && to.phase !== 'rejected')
    return no('order.held', { reason: order.holds[0]?.reasonCode ?? '' })
  if (to.phase !== order.phase && !mayLeadTo[order.phase].includes(to.phase))
    return no('move.forbidden_phase', { from: order.phase, to: to.phase })
  if (move.fourEyes && order.stageEnteredBy !== null && order.stageEnteredBy === facts.actor.id)
    return no('move.four_eyes', { action: move.on })
  const guarded = move.guard(guardFacts(order, facts.actor, facts.now, input.idChecked))
  return guarded.ok ? fine() : { ok: false, reason: guarded.reason }
}

/** What a person needs to be allowed to make a move. */
export function permissionFor(move: FlowMove): string {
  return move.permission ?? 'orders:move'
}

function isGiven(order: Order, move: FlowMove, input: MoveInput): Answer<void> {
  for (const required of move.requires) {
    if (required === 'reason') {
      if (input.reason === null) return no('move.needs_reason', { action: move.on })
      continue
    }
    const field = required.replace(/^field\./, '')
    if (!(field in input.fields) && !(field in order.fields)) return no('move.needs_field', { action: move.on, field })
  }
  return fine()
}

function make(story: Story, move: FlowMove, input: Pick<MoveInput, 'reason' | 'noteId' | 'fields' | 'idChecked'>): Refusal | null {
  const { order, facts } = story
  const to = facts.flow.stage(move.to) as FlowStage
  // Effects of the move are what it does to leave; the stage's own come with entering.
  const left = runEffects(story, move.effects)
  if (left) return left
  story.tell({
    type: 'StageChanged',
    from: order.stage,
    to: to.code,
    fromPhase: order.phase,
    toPhase: to.phase,
    on: move.on,
    at: story.at,
    by: facts.actor.kind === 'person' || facts.actor.kind === 'api_key' ? facts.actor.id : null,
    dueAt: order.wantedTo ?? order.wantedFrom ?? (to.dueAfterMs === null ? order.dueAt : after(story.at, to.dueAfterMs)),
    reason: input.reason,
    noteId: input.noteId,
    fields: input.fields,
    idChecked: input.idChecked,
  })
  const entered = runEffects(story, to.entering)
  // Whatever the definition forgot: an order that has ended holds nothing.
  return entered ?? (endedPhases.includes(to.phase) ? release(story, 'ended') : null)
}

const nothingGiven = { reason: null, noteId: null, fields: {}, idChecked: false }

function runAutomaticMoves(story: Story): Refusal | null {
  for (let count = 0; count <= automaticMovesMax; count++) {
    const { order, facts } = story
    const next = facts.flow.movesFrom(order.stage).find((candidate) => candidate.by === 'auto' && fires(story, candidate))
    if (!next) return null
    const refusal = make(story, next, nothingGiven)
    if (refusal) return refusal
  }
  return no('move.loop', { most: automaticMovesMax, stage: story.order.stage })
}

function fires(story: Story, candidate: FlowMove): boolean {
  const answer = mayMove(story.order, candidate, story.facts, { by: 'auto', idChecked: story.idChecked })
  if (!answer.ok) story.reasons.push(answer.reason)
  return answer.ok
}

// ─── Effects: what the words of a definition do ──────────────────────────────────────────────────────────────────────

const effects: Record<EffectWord, (story: Story) => Refusal | null> = {
  reserve_stock: reserve,
  release_stock: (story) => release(story, 'release_stock'),
  consume_stock: (story) => consume(story, false),
  count_made: (story) => count(story, 'made', (line) => line.orderedMilli - line.cancelledMilli - line.madeMilli),
  count_picked: (story) => count(story, 'picked', (line) => line.orderedMilli - line.cancelledMilli - line.pickedMilli),
  count_packed: (story) => count(story, 'packed', (line) => line.orderedMilli - line.cancelledMilli - line.packedMilli),
  count_delivered: (story) => count(story, 'delivered', (line) => line.handedOverMilli - line.deliveredMilli),
  hand_over: handOver,
  cancel_open: (story) => release(story, 'cancel_open') ?? count(story, 'cancelled', openMilli),
  restore_lines: (story) => count(story, 'cancelled', (line) => -line.cancelledMilli),
  raise_attention: (story) => {
    if (story.order.attention === '') story.tell({ type: 'AttentionRaised', code: 'workflow' })
    return null
  },
  clear_attention: (story) => {
    if (story.order.attention !== '') story.tell({ type: 'AttentionCleared' })
    return null
  },
}

function runEffects(story: Story, words: readonly EffectWord[]): Refusal | null {
  for (const word of words) {
    const refusal = effects[word](story)
    if (refusal) return refusal
  }
  return null
}

function reserve(story: Story): Refusal | null {
  const { facts, order } = story
  if (story.facts.history || story.stock === null) return null
  const { allocations, misses } = story.stock
  if (allocations.length === 0 && misses.length === 0) return null
  story.stock = null
  const [first] = misses
  if (first && facts.flow.onShort === 'refuse') {
    return no('stock.too_little', {
      item: first.itemName,
      location: facts.place.name,
      wanted: first.wantedMilli,
      free: first.freeMilli,
      itemId: first.itemId,
      locationId: first.locationId,
    })
  }
  const shortfalls: Shortfall[] = misses.map(({ lineId, itemId, locationId, wantedMilli, freeMilli }) => ({
    lineId,
    itemId,
    locationId,
    milli: wantedMilli - freeMilli,
  }))
  // Woken in vain: nothing new was to be had.
  if (allocations.length === 0 && order.shortfalls.length > 0 && sameShortfalls(order.shortfalls, shortfalls)) return null
  story.tell({
    type: 'StockReserved',
    reservations: allocations.map((taken) => ({ ...taken, id: facts.newId() as Allocation['id'] })),
    shortfalls,
  })
  if (shortfalls.length > 0 && facts.flow.onShort === 'accept' && story.order.attention === '')
    story.tell({ type: 'AttentionRaised', code: 'short' })
  if (shortfalls.length === 0 && story.order.attention === 'short') story.tell({ type: 'AttentionCleared' })
  return null
}

function sameShortfalls(one: readonly Shortfall[], other: readonly Shortfall[]): boolean {
  const total = (all: readonly Shortfall[]) => all.reduce((sum, shortfall) => sum + shortfall.milli, 0)
  return one.length === other.length && total(one) === total(other)
}

function release(story: Story, because: string): Refusal | null {
  const { order } = story
  if (order.reservations.length > 0 || order.shortfalls.length > 0) {
    story.tell({ type: 'StockReleased', reservationIds: order.reservations.map((held) => held.id), because })
  }
  return null
}

/** What is reserved leaves the stock; `withFound` also books what was handed over although the stock did not know it. */
function consume(story: Story, withFound: boolean): Refusal | null {
  const { order, facts } = story
  const cost = (itemId: ItemId, locationId: LocationId, lotId: LotId) => facts.unitCostMicro(itemId, locationId, lotId)
  const consumed: Consumption[] = order.reservations.map(({ id, lineId, itemId, locationId, lotId, milli }) => ({
    movementId: facts.newId(),
    reservationId: id,
    lineId,
    itemId,
    locationId,
    lotId,
    milli,
    unitCostMicro: cost(itemId, locationId, lotId),
  }))
  if (story.facts.history && story.stock) {
    const { allocations } = story.stock
    story.stock = null
    for (const { lineId, itemId, locationId, lotId, milli } of allocations) {
      consumed.push({
        movementId: facts.newId(),
        reservationId: null,
        lineId,
        itemId,
        locationId,
        lotId,
        milli,
        unitCostMicro: cost(itemId, locationId, lotId),
      })
    }
  }
  const found = withFound
    ? order.shortfalls.map(({ lineId, itemId, locationId, milli }) => ({
        movementId: facts.newId(),
        consumption: {
          movementId: facts.newId(),
          reservationId: null,
          lineId,
          itemId,
          locationId,
          lotId: nilLot,
          milli,
          unitCostMicro: null,
        },
      }))
    : []
  if (consumed.length + found.length > 0) story.tell({ type: 'StockConsumed', consumed, found })
  return null
}

const nilLot = '00000000-0000-0000-0000-000000000000' as LotId

function handOver(story: Story): Refusal | null {
  const { order, facts } = story
  const short = order.shortfalls[0]
  // Waiting means that nobody may hand over what is not there; accepted orders may have been found on the shelf after all.
  if (short && facts.flow.onShort === 'wait')
    return no('stock.still_short', { wanted: short.milli, itemId: short.itemId, locationId: short.locationId })
  return consume(story, true) ?? count(story, 'handedOver', openMilli)
}

function count(
  story: Story,
  counter: 'cancelled' | 'made' | 'picked' | 'packed' | 'handedOver' | 'delivered',
  of: (line: Line) => number,
): Refusal | null {
  const deltas: { lineId: LineId; milli: number }[] = []
  let creditMinor = 0
  for (const line of story.order.lines) {
    const milli = of(line)
    if (milli === 0) continue
    deltas.push({ lineId: line.id, milli })
    if (counter === 'cancelled') creditMinor += creditFor(line, milli)
  }
  if (deltas.length > 0) story.tell({ type: 'LinesCounted', counter, deltas, creditMinor, because: counter })
  return null
}

// ─── Facts for guards, timers ────────────────────────────────────────────────────────────────────────────────────────

/** One value for every fact a guard may ask about. */
export function guardFacts(order: Order, actor: Actor, now: string, idChecked: boolean): GuardFacts {
  return {
    'order.phase': order.phase,
    'order.stage': order.stage,
    'order.channel': order.channel,
    'order.source': order.source,
    'order.currency': order.currency,
    'order.totalMinor': order.totalMinor,
    'order.lineCount': order.lines.length,
    'order.priority': order.priority,
    'order.tags': order.tags,
    'order.categories': [...new Set(order.lines.map((line) => line.category))],
    'order.payment': order.payment,
    'order.fulfilment': order.fulfilment,
    'order.balanceMinor': order.balanceMinor,
    'order.isHeld': order.holds.length > 0,
    'order.needsAttention': order.attention !== '',
    'order.handedOverMilli': order.lines.reduce((sum, line) => sum + line.handedOverMilli, 0),
    'order.placedAt': order.at,
    'order.dueAt': order.dueAt,
    'customer.isKnown': order.customerId !== null,
    'customer.tier': order.customerTier === '' ? null : order.customerTier,
    'customer.segment': order.customerSegment === '' ? null : order.customerSegment,
    'stock.isShort': order.shortfalls.length > 0,
    'stock.reservedMilli': order.reservations.reduce((sum, held) => sum + held.milli, 0),
    'actor.kind': actor.kind,
    'input.idChecked': idChecked,
    'clock.now': now,
  }
}

/** Timers that must stand after this decision: one for the stage's lateness, one for the earliest hold that ends by itself. */
function timersOf({ order, before, facts }: Story): Decided['timers'] {
  const timers: Decided['timers'] = []
  const stage = facts.flow.stage(order.stage)
  if (stage?.lateOn && stage.lateAfterMs !== null && order.generation !== before?.generation) {
    timers.push({
      name: stage.lateOn,
      dueAt: new Date(Date.parse(facts.now) + stage.lateAfterMs).toISOString(),
      generation: order.generation,
    })
  }
  for (const hold of order.holds) {
    if (hold.until !== null && !before?.holds.some((held) => held.id === hold.id))
      timers.push({ name: `hold ${hold.id}`, dueAt: hold.until, generation: order.generation })
  }
  return timers
}

function after(at: string, ms: number | null): string | null {
  return ms === null ? null : new Date(Date.parse(at) + ms).toISOString()
}

/** Phases in which nothing more is expected of an order. */
export const endedPhases: readonly Phase[] = ['done', 'cancelled', 'rejected']
