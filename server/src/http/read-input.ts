import type * as z from 'zod'
import type { Problem } from '#contract/problem.ts'
import { type Code, isCode, type Params, textOf } from '#contract/texts.ts'
import type { Refused } from './problems.ts'

type Where = 'body' | 'query' | 'path'
type Issue = z.core.$ZodIssue
type Wrong = NonNullable<Problem['errors']>[number]

const errorsMax = 25

/** What was sent, parsed by the contract; or a refusal that points at each thing that is wrong, `under` a pointer into the whole. */
export function readInput<T>(
  schema: z.ZodType<T>,
  given: unknown,
  where: Where,
  language: string,
  under = '',
): { ok: true; value: T } | ({ ok: false } & Refused) {
  const parsed = schema.safeParse(given)
  if (parsed.success) return { ok: true, value: parsed.data }
  const errors = parsed.error.issues
    .flatMap(flat)
    .slice(0, errorsMax)
    .map((issue) => wrongOf(issue, given, where, language, under))
  const [first] = errors
  return {
    ok: false,
    refused: { code: 'request.invalid', params: { where: first?.pointer || where, why: first?.detail.replace(/\.$/, '') ?? '' } },
    errors,
  }
}

/** One unknown property, one entry; what is wrong inside a key of a record is told of the key. */
function flat(issue: Issue): Issue[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ ...issue, keys: [key], path: [...issue.path, key] }))
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element')
    return issue.issues.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }) as Issue)
  return [issue]
}

function wrongOf(issue: Issue, given: unknown, where: Where, language: string, under: string): Wrong {
  const { code, params } = reasonOf(issue, given)
  return {
    in: where,
    pointer: `${under}${issue.path.map((part) => `/${String(part).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`,
    code,
    detail: textOf(code, params, language),
  }
}

function reasonOf(issue: Issue, given: unknown): { code: Code; params: Params } {
  // The contract's own rules carry a code of the catalogue as their message.
  if (isCode(issue.message)) return { code: issue.message, params: {} }
  switch (issue.code) {
    case 'unrecognized_keys':
      return { code: 'input.unknown', params: { field: (issue.keys[0] ?? '').slice(0, 100) } }
    case 'invalid_type':
      return valueAt(given, issue.path) === undefined
        ? { code: 'input.missing', params: {} }
        : { code: 'input.type', params: kinds[issue.expected] ?? { wanted: issue.expected } }
    case 'invalid_value':
      return { code: 'input.choice', params: { known: issue.values.map(String).join(', ') } }
    case 'too_small':
      return {
        code: issue.origin === 'string' ? 'input.too_short' : issue.origin === 'array' ? 'input.too_few' : 'input.too_small',
        params: { least: Number(issue.minimum) },
      }
    case 'too_big':
      return {
        code: issue.origin === 'string' ? 'input.too_long' : issue.origin === 'array' ? 'input.too_many' : 'input.too_big',
        params: { most: Number(issue.maximum) },
      }
    case 'invalid_format':
      return { code: 'input.format', params: { format: issue.format.toUpperCase() } }
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'custom':
      return { code: 'input.invalid', params: {} }
  }
}

// biome-ignore format: read it by column
const kinds: Partial<Record<string, Params>> = {
  string:  { wanted: 'text',                          'wanted.es': 'un texto' },
  int:     { wanted: 'a whole number',                'wanted.es': 'un número entero' },
  number:  { wanted: 'a number',                      'wanted.es': 'un número' },
  boolean: { wanted: 'true or false',                 'wanted.es': 'true o false' },
  array:   { wanted: 'a list',                        'wanted.es': 'una lista' },
  object:  { wanted: 'an object',                     'wanted.es': 'un objeto' },
  record:  { wanted: 'an object of names and values', 'wanted.es': 'un objeto de nombres y valores' },
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, part) ? (at as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  )
}
