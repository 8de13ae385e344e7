import type { Definition, Move } from '#contract/workflow.ts'
import { originsOf } from './compile.ts'
import { stagesInOrder } from './stage-order.ts'

/** A definition as a Mermaid state diagram, labels in the reader's language (English where it has none). */
export function draw(definition: Definition, language = 'en'): string {
  const stages = stagesInOrder(definition)
  const lines = ['stateDiagram-v2']
  for (const code of stages) {
    const stage = definition.stages[code]
    if (stage) lines.push(`  state "${escaped(stage.label[language] ?? stage.label.en)}" as ${idOf(code)}`)
  }
  lines.push(`  [*] --> ${idOf(definition.initial)}`)
  for (const from of stages) {
    for (const move of definition.moves) {
      if (originsOf(move).includes(from)) lines.push(`  ${idOf(from)} --> ${idOf(move.to)}: ${escaped(captionOf(move, language))}`)
    }
  }
  return `${lines.join('\n')}\n`
}

// biome-ignore format: read it by column
const signs = { action: '', timer: '⏱ ', event: '⇢ ', auto: '⚙ ' } as const

function captionOf(move: Move, language: string): string {
  const caption = move.label?.[language] ?? move.label?.en ?? move.on
  return `${signs[move.by ?? 'action']}${caption}${move.guards?.length ? ' [?]' : ''}`
}

// Mermaid has words of its own (`end`, `state`, `note`); with a prefix no stage can be one of them.
const idOf = (code: string) => `at_${code}`

/** Characters that mean something to Mermaid or to HTML, as Mermaid's own entities. */
const escaped = (text: string) => text.replace(/["#;:<>{}%`\\\n]/g, (sign) => `#${sign.charCodeAt(0)};`)
