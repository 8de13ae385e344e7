import { mayLeadTo, type Phase } from '#contract/workflow.ts'
import { type Answer, fine, no, type Refusal } from '#platform/answer.ts'
import { businessDate, isAhead } from '#platform/calendar.ts'
import type { Command, Decided, Draft, Facts, MoveInput, ReturnedLine, StockNeed } from './commands.ts'
import { release, reserve, runEffects } from './effects.ts'
import { guardFacts } from './guard-facts.ts'
import { type LineToPrice, priceLines } from './pricing.ts'
import { rules } from './rules.ts'
import { creditFor, openMilli } from './standing.ts'
import { Story } from './story.ts'
import type { Flow, FlowMove, FlowStage, ItemId, Line, LineId, MoneyEntry, Order, Restock } from './types.ts'
import { needsToUndo, undo } from './undo.ts'

/** Phases in which nothing more is expected of an order. */
export const endedPhases: readonly Phase[] = ['done', 'cancelled', 'rejected']

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
  if (command.verb === 'undo') return needsToUndo(command.done)
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
  // An order that is back where it was stood there at rest.
  const loop = facts.history || command.verb === 'undo' ? null : runAutomaticMoves(story)
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

function place(story: Story, draft: Draft): Refusal | null {
  const { facts } = story
  const { flow, now, actor } = facts
  const initial = flow.stage(flow.initial)
  if (!initial) throw new Error(`Workflow ${flow.code} has no stage ${flow.initial}`)
  const priced = priceLines(facts.lines, draft.currency)
  if (!priced.ok) return priced
  const ahead = liesAhead(draft.at, now) ?? liesAhead(draft.capturedAt, now)
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
  const at = 'at' in command ? command.at : null
  const ahead = liesAhead(at, facts.now)
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
    case 'undo':
      return undo(story, command.done)
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
  // Whoever holds an order stops its clock too; with the last hold it runs again ({@link timersOf}).
  if (by === 'timer' && order.holds.length > 0) return null
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
  // Somebody acted after all.
  if (order.attention === 'late') story.tell({ type: 'AttentionCleared' })
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
  if (endedPhases.includes(to.phase) && story.order.attention === 'short') story.tell({ type: 'AttentionCleared' })
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

/** Timers that must stand after this decision: one for the stage's lateness, one for the earliest hold that ends by itself. */
function timersOf({ order, before, facts }: Story): Decided['timers'] {
  const timers: Decided['timers'] = []
  const stage = facts.flow.stage(order.stage)
  const isEntered = order.generation !== before?.generation
  const isFree = before !== null && before.holds.length > 0 && order.holds.length === 0
  if (stage?.lateOn && stage.lateAfterMs !== null && (isEntered || isFree)) {
    // Freed, a stage's time that still runs is left as it is; what ran out while the order was held is up now.
    const dueAt = isEntered ? new Date(Date.parse(facts.now) + stage.lateAfterMs).toISOString() : facts.now
    timers.push({ name: stage.lateOn, dueAt, generation: order.generation })
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
