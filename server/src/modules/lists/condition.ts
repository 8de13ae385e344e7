import { type Field, type Fields, fieldNamed } from '#contract/filter/fields.ts'
import { type Asker, momentMeant, personMeant, placeMeant } from '#contract/filter/matches.ts'
import { dayMeant, durationMeant } from '#contract/filter/moments.ts'
import { countMeant, milliMeant, moneyMeant } from '#contract/filter/parse.ts'
import { type Comparison, type Filter, partsOf, type Test, type Words } from '#contract/filter/syntax.ts'
import { put, type Values } from './values.ts'

/** What a list is made of, as far as its filter must know. */
export interface Listed {
  fields: Fields
  /** How the table is called in the statement. */
  alias: string
  /** SQL for a test of a field that is more than a column. */
  special?(name: string, test: Test, asker: Asker, values: Values): string
  /** What a test of a column says besides, where an index knows only that; null where nothing. */
  implied?(name: string, test: Test): string | null
  /** SQL for words that are all to be found. */
  words(words: readonly Words[], asker: Asker, values: Values): string
}

/** SQL of a filter, as it was read: true or false and never null. Who asks has been refused the fields that are hidden before. */
export function conditionFor(listed: Listed, filter: Filter, asker: Asker, values: Values): string {
  switch (filter.kind) {
    case 'every': {
      const { words, others } = partsOf(filter.of)
      const looked = words.length > 0 ? [listed.words(words, asker, values)] : []
      return allOf([...looked, ...others.map((part) => conditionFor(listed, part, asker, values))])
    }
    case 'either':
      return `(${filter.of.map((part) => conditionFor(listed, part, asker, values)).join(' or ')})`
    case 'not':
      return `not ${conditionFor(listed, filter.of, asker, values)}`
    case 'words':
      return listed.words([filter], asker, values)
    case 'test':
      return testSql(listed, filter.field, filter.test, asker, values)
  }
}

const allOf = (conditions: readonly string[]): string => (conditions.length === 0 ? 'true' : `(${conditions.join(' and ')})`)

function testSql(listed: Listed, name: string, test: Test, asker: Asker, values: Values): string {
  const field = fieldNamed(listed.fields, name)
  if (!field) throw new Error(`There is no field ${name}`)
  if (field.column === null) return listed.special?.(name, test, asker, values) ?? never(name)
  const column = `${listed.alias}.${field.column}`
  if (test.kind === 'none') return `(${column} is null)`
  if (test.kind === 'any') return `(${column} is not null)`
  const condition = holdsSql(name, field, column, test, asker, values, listed.alias)
  const implied = listed.implied?.(name, test) ?? null
  if (implied !== null) return `(${condition} and ${implied})`
  // What is not there is unlike everything: false, not unknown.
  return field.optional && condition !== 'false' ? `(${column} is not null and ${condition})` : condition
}

function never(name: string): never {
  throw new Error(`The field ${name} has neither a column nor anything else`)
}

type Asked = Exclude<Test, { kind: 'none' | 'any' }>

function holdsSql(name: string, field: Field, column: string, test: Asked, asker: Asker, values: Values, alias: string): string {
  switch (field.kind) {
    case 'word':
    case 'text':
    case 'flag':
      return test.kind === 'is' ? oneOfTexts(column, test.values, field, values) : 'false'
    case 'person':
      return test.kind === 'is'
        ? oneOfIds(
            column,
            test.values.flatMap((one) => personMeant(one, asker)),
            values,
          )
        : 'false'
    case 'place':
      return test.kind === 'is'
        ? oneOfIds(
            column,
            test.values.flatMap((one) => placeMeant(name, one, asker) ?? []),
            values,
          )
        : 'false'
    case 'money':
      return compareSql(test, (text, by) => {
        const meant = moneyMeant(text, asker.homeCurrency)
        return (
          meant && `(${alias}.currency = ${put(values, meant.currency, 'text')} and ${column} ${by} ${put(values, meant.minor, 'bigint')})`
        )
      })
    case 'count':
      return compareSql(test, (text, by) => countSql(column, text, by, values))
    case 'quantity':
      return quantitySql(column, test, values)
    case 'moment':
      return momentSql(column, test, asker, values)
    case 'day':
      return compareSql(test, (text, by) => {
        const day = dayMeant(text, asker)
        return day && `${column} ${by} ${put(values, day, 'date')}`
      })
    case 'duration':
      return compareSql(test, (text, by) => {
        const ms = durationMeant(text)
        return ms === null
          ? null
          : `${column} ${turned[by]} ${put(values, new Date(Date.parse(asker.now) - ms).toISOString(), 'timestamptz')}`
      })
    case 'custom':
      return never(name)
  }
}

// The longer ago, the earlier.
const turned = { '=': '=', '>': '<', '>=': '<=', '<': '>', '<=': '>=' } as const
type Sign = Comparison | '='

// Words of a closed set stand in the statement itself, so that indexes of some of them can be proved to hold what is asked for.
function oneOfTexts(column: string, texts: readonly string[], field: Field, values: Values): string {
  const closed = field.values
  if (closed && texts.every((text) => Object.hasOwn(closed, text))) {
    const literals = texts.map((text) => `'${text}'`)
    return literals.length === 1 ? `${column} = ${literals[0]}` : `${column} in (${literals.join(', ')})`
  }
  return texts.length === 1 ? `${column} = ${put(values, texts[0], 'text')}` : `${column} = any(${put(values, texts, 'text[]')})`
}

function oneOfIds(column: string, ids: readonly string[], values: Values): string {
  if (ids.length === 0) return 'false'
  return ids.length === 1 ? `${column} = ${put(values, ids[0], 'uuid')}` : `${column} = any(${put(values, ids, 'uuid[]')})`
}

/** A test of values that are each one; `sql` is null where the text means none. */
function compareSql(test: Asked, sql: (text: string, by: Sign) => string | null): string {
  switch (test.kind) {
    case 'is':
      return `(${test.values.map((text) => sql(text, '=') ?? 'false').join(' or ')})`
    case 'compare':
      return sql(test.value, test.by) ?? 'false'
    case 'between': {
      const from = test.from === null ? 'true' : (sql(test.from, '>=') ?? 'false')
      const to = test.to === null ? 'true' : (sql(test.to, '<=') ?? 'false')
      return `(${from} and ${to})`
    }
  }
}

/** A whole number against a column of them; null where it is none. */
function countSql(column: string, text: string, by: Sign, values: Values): string | null {
  const count = countMeant(text)
  return count === null ? null : `${column} ${by} ${put(values, count, 'bigint')}`
}

/** A test of a quantity. */
export function quantitySql(column: string, test: Asked, values: Values): string {
  return compareSql(test, (text, by) => {
    const milli = milliMeant(text)
    return milli === null ? null : `${column} ${by} ${put(values, milli, 'bigint')}`
  })
}

/** A test of a moment: a day takes in its midnight and not the next one. */
function momentSql(column: string, test: Asked, asker: Asker, values: Values): string {
  return compareSql(test, (text, by) => {
    const span = momentMeant(text, test, asker)
    if (!span) return null
    const at = (moment: string) => put(values, moment, 'timestamptz')
    const isOne = span.from === span.to
    switch (by) {
      case '=':
        return isOne ? `${column} = ${at(span.from)}` : `(${column} >= ${at(span.from)} and ${column} < ${at(span.to)})`
      case '>=':
      case '<':
        return `${column} ${by} ${at(span.from)}`
      case '>':
        return `${column} ${isOne ? '>' : '>='} ${at(span.to)}`
      case '<=':
        return `${column} ${isOne ? '<=' : '<'} ${at(span.to)}`
    }
  })
}

/** A test of a workspace's own field, whose value may be text, a whole number or a moment. */
export function compareCustom(alias: string, test: Asked, asker: Asker, values: Values): string {
  const kinds = [
    test.kind === 'is' ? `${alias}.text_value = any(${put(values, test.values, 'text[]')})` : 'false',
    compareSql(test, (text, by) => countSql(`${alias}.int_value`, text, by, values)),
    momentSql(`${alias}.time_value`, test, asker, values),
  ]
  // Of the three, two are not there; false is not unknown inside `exists`.
  return `(${kinds.join(' or ')})`
}
