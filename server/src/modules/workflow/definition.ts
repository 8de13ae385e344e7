import { z } from 'zod'
import { permissions } from '#contract/permissions.ts'
import { type Definition, effectWords, exampleFacts, exampleTurns, phases } from '#contract/workflow.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { durationMs } from './duration.ts'

/**
 * Reads a definition from outside: `workflow.bad_shape` names the first place that is wrong and why,
 * `workflow.unknown_word` a word that nobody has taught, with those that are known.
 * Whether its parts fit together is asked by {@link compile}.
 */
export function readDefinition(input: unknown): Answer<Definition> {
  const read = definition.safeParse(input)
  if (read.success) return fine(read.data)
  const issue = read.error.issues[0]
  if (!issue) throw new Error('Zod refused a definition without an issue')
  const where = issue.path.map(String).join('.') || 'the definition'
  if (issue.code === 'invalid_value')
    return no('workflow.unknown_word', { where, word: wordAt(input, issue.path), known: issue.values.map(String).join(', ') })
  return no('workflow.bad_shape', { where, why: issue.message })
}

const code = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/, 'a code starts with a letter and has up to 60 letters, digits, _ and -')
const word = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,59}$/, 'a word starts with a lower-case letter and has up to 60 lower-case letters, digits and _')
const moveWord = word.refine((on) => !(exampleTurns as readonly string[]).includes(on), 'this word means something else in examples')
const sentence = z.string().trim().min(1, 'say it in at least one character').max(300)
const label = z
  .record(z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'a language is a code like en or pt-BR'), sentence)
  .and(z.object({ en: sentence }))
const duration = z
  .string()
  .refine((text) => durationMs(text) !== null, 'a duration is written like PT30M, PT2H30M, P3D or P1W, at most 400 days')

const stage = z.strictObject({
  phase: z.enum(phases),
  label,
  late: z.strictObject({ after: duration, on: moveWord }).exactOptional(),
  entering: z.array(z.enum(effectWords)).exactOptional(),
  due: duration.exactOptional(),
})

const guard = z.strictObject({ when: z.string().min(1, 'an empty condition holds for nobody').max(1000), because: label })

const move = z.strictObject({
  from: z.union([code, z.array(code).min(1)]),
  on: moveWord,
  by: z.enum(['action', 'timer', 'event', 'auto']).exactOptional(),
  to: code,
  label: label.exactOptional(),
  guards: z.array(guard).max(10).exactOptional(),
  permission: z.enum(permissions).exactOptional(),
  requires: z.array(z.string().regex(/^(reason|field\.[a-z][a-z0-9_]{0,59})$/, 'write reason, or field.<name>')).exactOptional(),
  fourEyes: z.boolean().exactOptional(),
  effects: z.array(z.enum(effectWords)).exactOptional(),
})

const example = z.strictObject({
  name: sentence,
  facts: z.array(z.enum(exampleFacts)).exactOptional(),
  events: z.array(word).max(100),
  ends: code,
  refused: word.exactOptional(),
})

const stagesMax = 60
const movesMax = 400
const definition: z.ZodType<Definition> = z.strictObject({
  code,
  label,
  initial: code,
  onShort: z.enum(['refuse', 'wait', 'accept']),
  whileWaiting: z.enum(['take_free', 'take_nothing']).exactOptional(),
  stages: z.record(code, stage).refine((stages) => Object.keys(stages).length <= stagesMax, `${stagesMax} stages are the most`),
  moves: z.array(move).max(movesMax),
  examples: z.array(example).max(400),
})

function wordAt(input: unknown, path: readonly PropertyKey[]): string {
  let at = input
  for (const key of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
  return typeof at === 'string' ? at : String(JSON.stringify(at))
}
