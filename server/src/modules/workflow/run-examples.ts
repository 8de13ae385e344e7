import type { Definition, Example } from '#contract/workflow.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Flow } from './types.ts'

/** Where an example came to: the stage it stands in, and the first of its events that was refused (nothing after it is played). */
export interface Played {
  stage: string
  refused: { index: number; why: string } | null
}

/** Plays an example on a compiled flow; who decides the moves is not this module's business. */
export type Play = (flow: Flow, example: Example) => Played

/** Fine when every example ends where it says; otherwise the first that does not. */
export function runExamples(definition: Definition, flow: Flow, play: Play): Answer<void> {
  for (const example of definition.examples) {
    const { stage, refused } = play(flow, example)
    const was = standing(example, stage, refused)
    const wanted = standing(
      example,
      example.ends,
      example.refused === undefined ? null : { index: example.events.lastIndexOf(example.refused), why: '' },
    )
    const sameEnd = stage === example.ends && (refused?.index ?? -1) === (example.refused === undefined ? -1 : example.events.length - 1)
    const lastIsRefused = example.refused === undefined || example.events.at(-1) === example.refused
    if (!sameEnd || !lastIsRefused) return no('workflow.example_failed', { example: example.name, was, wanted })
  }
  return fine()
}

function standing(example: Example, stage: string, refused: Played['refused']): string {
  if (!refused) return stage
  const event = example.events[refused.index] ?? '?'
  return refused.why === '' ? `${stage} with ${event} refused` : `${stage} with ${event} refused (${refused.why})`
}
