import { type Definition, phases } from '#contract/workflow.ts'
import { originsOf } from './compile.ts'

/**
 * Stage codes as people read them: by phase, within a phase along the moves from the start, unreached ones last.
 * The definition's own key order is no help: PostgreSQL's jsonb does not keep it.
 */
export function stagesInOrder(definition: Definition): string[] {
  const inOrder: string[] = []
  const follow = (stage: string) => {
    if (inOrder.includes(stage)) return
    inOrder.push(stage)
    for (const move of definition.moves) if (originsOf(move).includes(stage)) follow(move.to)
  }
  follow(definition.initial)
  for (const stage of Object.keys(definition.stages).sort()) follow(stage)
  const phaseOf = (stage: string) => phases.indexOf(definition.stages[stage]?.phase ?? 'rejected')
  return inOrder.sort((a, b) => phaseOf(a) - phaseOf(b))
}
