import type { GuardFacts } from '#contract/facts.ts'
import type { Permission } from '#contract/permissions.ts'
import { type Definition, type Guard, type Label, type Move, mayLeadTo, type Stage } from '#contract/workflow.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { type Condition, readCondition } from './cel.ts'
import { durationMs } from './duration.ts'
import type { Flow, FlowMove, FlowStage, GuardAnswer } from './types.ts'

/**
 * Makes a definition runnable, or names its first fault: a stage that is not there, a start that is none, a move the phase table forbids,
 * a timer that nothing sets, a guard that does not type-check.
 */
export function compile(definition: Definition, { version }: { version: number }): Answer<Flow> {
  const start = startOf(definition)
  if (!start.ok) return start
  const moves = new Map<string, FlowMove[]>(Object.keys(definition.stages).map((stage) => [stage, []]))
  for (const [index, move] of definition.moves.entries()) {
    const where = `moves.${index} (${move.on})`
    const compiled = compileMove(move, where)
    if (!compiled.ok) return compiled
    for (const from of originsOf(move)) {
      const fits = fitsBetween(definition, from, move, where)
      if (!fits.ok) return fits
      moves.get(from)?.push(compiled.value)
    }
  }
  const stages = new Map(Object.entries(definition.stages).map(([code, stage]) => [code, stageOf(code, stage)]))
  return fine({
    code: definition.code,
    version,
    initial: definition.initial,
    onShort: definition.onShort,
    whileWaiting: definition.whileWaiting ?? 'take_free',
    stage: (code) => stages.get(code),
    movesFrom: (stage) => moves.get(stage) ?? [],
  })
}

/** The stages a move may start from. */
export const originsOf = (move: Move): string[] => (typeof move.from === 'string' ? [move.from] : move.from)

/** What a person needs for a move; timers, events and automatic moves are nobody's to make. */
export function permissionOf(move: Move): Permission | null {
  if (move.permission || (move.by ?? 'action') !== 'action') return move.permission ?? null
  if (move.on === 'cancel') return 'orders:cancel'
  return move.on === 'reopen' ? 'orders:reopen' : 'orders:move'
}

function startOf(definition: Definition): Answer<void> {
  const stage = stageNamed(definition, definition.initial)
  if (!stage) return no('workflow.unknown_stage', { where: 'initial', stage: definition.initial })
  if (stage.phase === 'draft' || stage.phase === 'open') return fine()
  return no('workflow.bad_start', { stage: definition.initial, phase: stage.phase })
}

function fitsBetween(definition: Definition, from: string, move: Move, where: string): Answer<void> {
  const left = stageNamed(definition, from)
  if (!left) return no('workflow.unknown_stage', { where, stage: from })
  const entered = stageNamed(definition, move.to)
  if (!entered) return no('workflow.unknown_stage', { where, stage: move.to })
  if (left.phase !== entered.phase && !mayLeadTo[left.phase].includes(entered.phase)) {
    return no('workflow.forbidden_phase', { where, from, fromPhase: left.phase, to: move.to, toPhase: entered.phase })
  }
  if (move.by === 'timer' && left.late?.on !== move.on)
    return no('workflow.unknown_word', { where, word: move.on, known: left.late?.on ?? `no timer of ${from}` })
  return fine()
}

function compileMove(move: Move, where: string): Answer<FlowMove> {
  const by = move.by ?? 'action'
  const guards: CompiledGuard[] = []
  for (const { when, because } of move.guards ?? []) {
    const condition = readCondition(when)
    if (!condition.ok) return no('workflow.bad_guard', { where, when, why: condition.why })
    guards.push({ condition: condition.value, because, failed: failedBecause(when, because) })
  }
  return fine({
    on: move.on,
    by,
    to: move.to,
    label: move.label ?? null,
    permission: permissionOf(move),
    requires: move.requires ?? [],
    fourEyes: move.fourEyes ?? false,
    effects: move.effects ?? [],
    guard: guards.length === 0 ? () => open : (facts: GuardFacts) => ask(guards, facts),
  })
}

interface CompiledGuard {
  condition: Condition
  because: Guard['because']
  failed: GuardAnswer
}

const open: GuardAnswer = { ok: true }

function ask(guards: CompiledGuard[], facts: GuardFacts): GuardAnswer {
  for (const { condition, because, failed } of guards) {
    const answer = condition.holds(facts)
    if (answer === false) return failed
    if (answer !== true)
      return { ok: false, reason: { code: 'guard.unreadable', params: { when: condition.when, why: answer.why } }, because }
  }
  return open
}

/** The sentence travels inside the reason in every language it has (`because`, `because.es`), so that a stored reason can be read without the definition. */
function failedBecause(when: string, because: Label): GuardAnswer {
  const { en, ...others } = because
  const translations = Object.fromEntries(Object.entries(others).map(([language, text]) => [`because.${language}`, text]))
  return { ok: false, reason: { code: 'guard.failed', params: { when, because: en, ...translations } }, because }
}

const stageOf = (code: string, stage: Stage): FlowStage => ({
  code,
  phase: stage.phase,
  label: stage.label,
  lateAfterMs: stage.late ? durationMs(stage.late.after) : null,
  lateOn: stage.late?.on ?? null,
  dueAfterMs: stage.due ? durationMs(stage.due) : null,
  entering: stage.entering ?? [],
})

/** Stages by name and nothing else: `constructor` is no stage. */
const stageNamed = (definition: Definition, code: string): Stage | undefined =>
  Object.hasOwn(definition.stages, code) ? definition.stages[code] : undefined
