import { minorDigits } from '../currency.ts'
import { limits } from '../limits.ts'
import type { FieldGroup } from '../permissions.ts'
import type { Code, Params } from '../texts.ts'
import { type Field, type FieldKind, type Fields, fieldNamed } from './fields.ts'
import { dayMeant, durationMeant, spanOf } from './moments.ts'
import { nearest } from './nearest.ts'
import { type Comparison, comparisons, everything, type Filter, leavesOf, type Spot, type Test } from './syntax.ts'
import { wordsIn } from './words.ts'

/** What is wrong with a filter, and where; its sentence stands in the catalogue of texts. */
export interface FilterError extends Spot {
  code: Code
  params: Params
  /** The field or value that was probably meant. */
  suggestion: string | null
}

export interface Reading {
  fields: Fields
  /** Words that only the workspace knows, by field: its stages, channels, codes of locations. Others are refused, with what is near. */
  known?: Readonly<Record<string, readonly string[]>>
  /** Groups of fields kept from who asks. */
  hides?: ReadonlySet<FieldGroup>
  /** The workspace's; money without a currency is in it. */
  homeCurrency?: string
}

/**
 * Reads a filter: tests of fields and words, all of which must hold; `OR`, brackets, `-` for not, quotes.
 * `stage:IN_PROCESS channel:kiosk,web total>50 -tag:vip due<today (assignee:me OR owner:me) "ada lovelace"`.
 * Answers the filter, or everything that is wrong with it, first to last.
 */
export function parseFilter(text: string, reading: Reading): { ok: true; filter: Filter } | { ok: false; errors: FilterError[] } {
  const read = readSyntax(text)
  if ('code' in read) return { ok: false, errors: [read] }
  const leaves = leavesOf(read)
  const beyond = leaves[limits.filterTerms]
  const errors = leaves.flatMap((leaf) => checked(leaf, reading))
  if (beyond)
    errors.push({
      ...spotOf(beyond),
      code: 'filter.too_many',
      params: { terms: leaves.length, most: limits.filterTerms },
      suggestion: null,
    })
  return errors.length > 0 ? { ok: false, errors } : { ok: true, filter: read }
}

const spotOf = ({ at, length }: Spot): Spot => ({ at, length })

// ─── How it is put together ──────────────────────────────────────────────────────────────────────────────────────────

class Broken extends Error {
  readonly error: FilterError
  constructor(code: Code, params: Params, at: number, length: number) {
    super(code)
    this.error = { at, length, code, params, suggestion: null }
  }
}

const deepest = 20

function readSyntax(text: string): Filter | FilterError {
  let at = 0
  try {
    const whole = readEither(0)
    if (at < text.length) throw new Broken('filter.stray_bracket', {}, at, 1)
    return whole
  } catch (error) {
    if (error instanceof Broken) return error.error
    throw error
  }

  function readEither(depth: number): Filter {
    const start = at
    const parts = [readEvery(depth)]
    for (;;) {
      if (!skipWord('OR')) break
      const mark = at - 2
      parts.push(readEvery(depth))
      if (parts.slice(-2).some((part) => part.kind === 'every' && part.of.length === 0))
        throw new Broken('filter.dangling', { word: 'OR' }, mark, 2)
    }
    const [only] = parts
    if (parts.length === 1 && only) return only
    return { kind: 'either', of: parts, at: start, length: at - start }
  }

  function readEvery(depth: number): Filter {
    skipSpace()
    const start = at
    const parts: Filter[] = []
    for (;;) {
      skipSpace()
      if (at >= text.length || text[at] === ')' || isWordHere('OR')) break
      if (isWordHere('AND')) {
        if (parts.length === 0) throw new Broken('filter.dangling', { word: 'AND' }, at, 3)
        skipWord('AND')
        const mark = at - 3
        skipSpace()
        if (at >= text.length || text[at] === ')' || isWordHere('OR') || isWordHere('AND'))
          throw new Broken('filter.dangling', { word: 'AND' }, mark, 3)
        continue
      }
      parts.push(readOne(depth))
    }
    const [only] = parts
    if (parts.length === 1 && only) return only
    return parts.length === 0 ? { ...everything, at: start } : { kind: 'every', of: parts, at: start, length: at - start }
  }

  function readOne(depth: number): Filter {
    const start = at
    if (depth > deepest) throw new Broken('filter.too_deep', { most: deepest }, at, 1)
    if (text[at] === '-' && /[^\s)]/.test(text[at + 1] ?? ' ')) {
      at++
      const of = readOne(depth + 1)
      return { kind: 'not', of, at: start, length: at - start }
    }
    if (text[at] === '(') {
      at++
      const inside = readEither(depth + 1)
      if (text[at] !== ')') throw new Broken('filter.open_bracket', {}, start, 1)
      at++
      if (inside.kind === 'every' && inside.of.length === 0) throw new Broken('filter.nothing', {}, start, at - start)
      return inside
    }
    const named = matchHere(/([A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?)(:|>=|<=|>|<)/y)
    if (named) return readTest(start, (named[1] ?? '').toLowerCase(), named[2] ?? ':')
    if (text[at] === '"') return { kind: 'words', text: readQuoted(), whole: true, at: start, length: at - start }
    const word = matchHere(/[^\s"()]+/y)?.[0] ?? ''
    return { kind: 'words', text: word, whole: false, at: start, length: at - start }
  }

  function readTest(start: number, field: string, mark: string): Filter {
    const by = mark === ':' ? matchHere(/>=|<=|>|</y)?.[0] : mark
    const test: Test =
      by === undefined ? readValues(start, field) : { kind: 'compare', by: comparisonOf(by), value: readValue(start, field) }
    return { kind: 'test', field, test, at: start, length: at - start }
  }

  function readValues(start: number, field: string): Test {
    const isQuoted = text[at] === '"'
    const from = text.startsWith('..', at) ? null : readValue(start, field)
    if (text.startsWith('..', at)) {
      at += 2
      const to = at >= text.length || /[\s)]/.test(text[at] ?? ' ') ? null : readValue(start, field)
      if (from === null && to === null) throw new Broken('filter.missing_value', { field }, start, at - start)
      return { kind: 'between', from, to }
    }
    const values = [from ?? '']
    while (text[at] === ',') {
      at++
      values.push(readValue(start, field))
    }
    const [only] = values
    if (values.length === 1 && !isQuoted && (only === 'none' || only === 'any')) return { kind: only }
    return { kind: 'is', values }
  }

  function readValue(start: number, field: string): string {
    if (text[at] === '"') return readQuoted()
    const value = matchHere(/(?:(?!\.\.)[^\s"(),])+/y)?.[0]
    if (value === undefined) throw new Broken('filter.missing_value', { field }, start, Math.max(1, at - start))
    return value
  }

  function readQuoted(): string {
    const quoted = matchHere(/"((?:[^"\\]|\\[\s\S])*)"/y)
    if (!quoted) throw new Broken('filter.open_quote', {}, at, text.length - at)
    return (quoted[1] ?? '').replace(/\\([\s\S])/g, '$1')
  }

  function matchHere(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) at += match[0].length
    return match
  }

  function skipSpace(): void {
    while (/\s/.test(text[at] ?? 'x')) at++
  }

  function isWordHere(word: string): boolean {
    return text.startsWith(word, at) && /[\s()]/.test(text[at + word.length] ?? ' ')
  }

  function skipWord(word: string): boolean {
    skipSpace()
    if (!isWordHere(word)) return false
    at += word.length
    return true
  }
}

const comparisonOf = (text: string): Comparison => comparisons.find((one) => one === text) ?? '>'

// ─── Whether it can be meant ─────────────────────────────────────────────────────────────────────────────────────────

type Leaf = Extract<Filter, { kind: 'test' | 'words' }>

/** What is wrong with one test. Words of closed sets are put as they are spelt. */
function checked(leaf: Leaf, reading: Reading): FilterError[] {
  const wrong = (code: Code, params: Params, suggestion: string | null = null): FilterError[] => [
    { ...spotOf(leaf), code, params, suggestion },
  ]
  if (leaf.kind === 'words') return wordsIn(leaf.text).length > 0 ? [] : wrong('filter.no_words', { word: leaf.text })
  const name = leaf.field
  const field = fieldNamed(reading.fields, name)
  if (!field) {
    const near = nearest(name, Object.keys(reading.fields))
    return wrong('filter.unknown_field', { field: name, ...hint(near) }, near)
  }
  if (field.kind === 'custom' && !name.includes('.')) return wrong('filter.missing_name', { field: name })
  if (field.group && reading.hides?.has(field.group)) return wrong('filter.hidden', { field: name, group: field.group })
  const { test } = leaf
  // A closed set may know these words itself.
  if ((test.kind === 'none' || test.kind === 'any') && field.values && Object.hasOwn(field.values, test.kind))
    leaf.test = { kind: 'is', values: [test.kind] }
  else if (test.kind === 'none' || test.kind === 'any') return field.optional ? [] : wrong('filter.never_empty', { field: name })
  const isOrdered = ordered.has(field.kind)
  if ((test.kind === 'compare' || test.kind === 'between') && !isOrdered) return wrong('filter.not_ordered', { field: name })
  if (test.kind === 'is' && field.kind === 'duration')
    return wrong('filter.bad_value', { field: name, value: `:${test.values[0]}`, ...wanted.duration })
  return respelt(leaf, name, field, reading, wrong)
}

const ordered: ReadonlySet<FieldKind> = new Set(['money', 'count', 'quantity', 'moment', 'day', 'duration', 'custom'])

function respelt(
  leaf: Extract<Leaf, { kind: 'test' }>,
  name: string,
  field: Field,
  reading: Reading,
  wrong: (code: Code, params: Params, suggestion?: string | null) => FilterError[],
): FilterError[] {
  const errors: FilterError[] = []
  const spelt = (value: string): string => {
    const known = field.values ? Object.keys(field.values) : knownOf(reading, name)
    if (known) {
      const same = known.find((one) => one === value) ?? known.find((one) => one.toLowerCase() === value.toLowerCase())
      if (same !== undefined) return same
      if (field.kind !== 'place' || !isId(value)) {
        const near = nearest(value, known)
        errors.push(...wrong('filter.unknown_value', { field: name, value, ...hint(near) }, near))
      }
      return value.toLowerCase()
    }
    const isCompared = leaf.test.kind !== 'is'
    if (!isPossible(field.kind, value, reading, isCompared))
      errors.push(...wrong('filter.bad_value', { field: name, value, ...wanted[field.kind] }))
    return field.kind === 'person' ? value.toLowerCase() : value
  }
  const { test } = leaf
  if (test.kind === 'is') leaf.test = { kind: 'is', values: test.values.map(spelt) }
  else if (test.kind === 'compare') leaf.test = { ...test, value: spelt(test.value) }
  else if (test.kind === 'between')
    leaf.test = { kind: 'between', from: test.from === null ? null : spelt(test.from), to: test.to === null ? null : spelt(test.to) }
  return errors
}

const knownOf = ({ known = {} }: Reading, name: string): readonly string[] | undefined =>
  Object.hasOwn(known, name) ? known[name] : undefined

export const isId = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)

// Whether a text is a moment does not depend on when and where it is read.
const anyClock = { now: '2026-01-01T00:00:00.000Z', zone: 'UTC' }

function isPossible(kind: FieldKind, value: string, { homeCurrency = 'EUR' }: Reading, isCompared: boolean): boolean {
  switch (kind) {
    case 'money':
      return moneyMeant(value, homeCurrency) !== null
    case 'count':
      return countMeant(value) !== null
    case 'quantity':
      return milliMeant(value) !== null
    case 'moment':
      return spanOf(value, anyClock) !== null
    case 'day':
      return dayMeant(value, anyClock) !== null
    case 'duration':
      return durationMeant(value) !== null
    case 'person':
      return value.toLowerCase() === 'me' || value.toLowerCase() === 'team' || isId(value)
    case 'custom':
      return !isCompared || countMeant(value) !== null || spanOf(value, anyClock) !== null
    case 'word':
    case 'text':
    case 'place':
    case 'flag':
      return value !== ''
  }
}

/** `50`, `12.5`, `50USD` in minor units of its currency; null where it is none. */
export function moneyMeant(text: string, homeCurrency: string): { minor: number; currency: string } | null {
  const [, sign, whole, fraction = '', given] = /^(-?)(\d{1,12})(?:\.(\d{1,4}))?([A-Za-z]{3})?$/.exec(text) ?? []
  if (whole === undefined) return null
  const currency = given?.toUpperCase() ?? homeCurrency
  const digits = minorDigits(currency)
  if (fraction.length > digits) return null
  const minor = Number(whole) * 10 ** digits + Number(fraction.padEnd(digits, '0') || 0)
  return Number.isSafeInteger(minor) ? { minor: sign === '-' ? -minor : minor, currency } : null
}

/** A whole number; null where it is none. */
export const countMeant = (text: string): number | null => (/^-?\d{1,15}$/.test(text) ? Number(text) : null)

/** `5`, `0.25` in thousandths; null where it is none. */
export function milliMeant(text: string): number | null {
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,9})(?:\.(\d{1,3}))?$/.exec(text) ?? []
  if (whole === undefined) return null
  const milli = Number(whole) * 1_000 + Number(fraction.padEnd(3, '0'))
  return sign === '-' ? -milli : milli
}

// biome-ignore format: read it by column
const wanted: Record<FieldKind, Params> = {
  word:     { wanted: 'a word',                                       'wanted.es': 'una palabra' },
  text:     { wanted: 'a text',                                       'wanted.es': 'un texto' },
  money:    { wanted: 'an amount like 12.50',                         'wanted.es': 'un importe como 12.50' },
  count:    { wanted: 'a whole number',                               'wanted.es': 'un número entero' },
  quantity: { wanted: 'a quantity like 5 or 0.25',                    'wanted.es': 'una cantidad como 5 o 0.25' },
  moment:   { wanted: 'a moment like today, -7d or 2026-11-01',       'wanted.es': 'un momento como today, -7d o 2026-11-01' },
  day:      { wanted: 'a day like today or 2026-11-01',               'wanted.es': 'un día como today o 2026-11-01' },
  duration: { wanted: 'a time span after > or <, like >30m or <2d',   'wanted.es': 'una duración tras > o <, como >30m o <2d' },
  person:   { wanted: 'me, team or an id',                            'wanted.es': 'me, team o un identificador' },
  place:    { wanted: 'a code or an id',                              'wanted.es': 'un código o un identificador' },
  flag:     { wanted: 'a word',                                       'wanted.es': 'una palabra' },
  custom:   { wanted: 'a whole number or a moment',                   'wanted.es': 'un número entero o un momento' },
}

function hint(near: string | null): Params {
  return near === null
    ? { hint: 'Ask for the list of what is known.', 'hint.es': 'Consulta la lista de lo que se conoce.' }
    : { hint: `Did you mean ${near}?`, 'hint.es': `¿Querías decir ${near}?` }
}
