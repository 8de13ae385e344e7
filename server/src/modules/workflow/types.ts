import type { GuardFacts } from '#contract/facts.ts'
import type { Permission } from '#contract/permissions.ts'
import type { EffectWord, Label, Phase } from '#contract/workflow.ts'
import type { Reason } from '#platform/answer.ts'

/** A compiled definition: what may be asked of it while an order moves. Never changes. */
export interface Flow {
  code: string
  version: number
  initial: string
  onShort: 'refuse' | 'wait' | 'accept'
  whileWaiting: 'take_free' | 'take_nothing'
  stage(code: string): FlowStage | undefined
  /** Moves that leave a stage, in the order of the definition. */
  movesFrom(stage: string): FlowMove[]
}

export interface FlowStage {
  code: string
  phase: Phase
  label: Label
  lateAfterMs: number | null
  lateOn: string | null
  dueAfterMs: number | null
  entering: EffectWord[]
}

export interface FlowMove {
  on: string
  by: 'action' | 'timer' | 'event' | 'auto'
  to: string
  label: Label | null
  permission: Permission | null
  requires: string[]
  fourEyes: boolean
  effects: EffectWord[]
  /** True once every guard holds; otherwise the reason of the first that does not (or cannot be read). Never throws. */
  guard(facts: GuardFacts): GuardAnswer
}

export type GuardAnswer = { ok: true } | { ok: false; reason: Reason; because: Label }
