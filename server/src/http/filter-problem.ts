import type { FilterError } from '#contract/filter/parse.ts'
import { textOf } from '#contract/texts.ts'
import { type Refused, refused } from './problems.ts'

/** A filter that cannot be read: the first thing that is wrong with it, and each of them with its place and what was probably meant. */
export function filterProblem(
  errors: readonly FilterError[],
  language: string,
  pointer = '/filter',
  where: 'query' | 'body' = 'query',
): Refused {
  const [first] = errors
  if (!first) return refused('internal')
  return {
    refused: { code: first.code, params: { ...first.params, at: first.at, length: first.length, suggestion: first.suggestion } },
    errors: errors.map(({ code, params, at, length, suggestion }) => ({
      in: where,
      pointer,
      code,
      detail: textOf(code, params, language),
      at,
      length,
      suggestion,
    })),
  }
}
