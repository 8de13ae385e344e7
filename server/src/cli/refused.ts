import { textOf } from '#contract/texts.ts'
import type { Reason } from '#platform/answer.ts'
import type { Context } from './command.ts'

/** Says why not, for people or as a JSON line, and answers the exit code. */
export function refused({ code, params }: Reason, { answer, say }: Pick<Context, 'answer' | 'say'>, json: boolean): number {
  const text = textOf(code, params)
  if (json) answer(JSON.stringify({ refused: { code, params, text } }))
  else say(text)
  return 1
}
