import { fieldNamed } from './fields.ts'
import { type Clock, dayMeant, durationMeant, isRelative, type Span, spanOf } from './moments.ts'
import { type OrderFacts, type OrderFlag, orderFields, type Searched } from './order-fields.ts'
import { countMeant, isId, milliMeant, moneyMeant } from './parse.ts'
import { type Comparison, type Filter, partsOf, type Test, type Words } from './syntax.ts'
import { holdsWords, lowered, numberIn } from './words.ts'

/** Who asks, when and where: what `me`, `today` and a code mean. */
export interface Asker extends Clock {
  homeCurrency: string
  /** The principal's id; null for who is nobody in particular. */
  me: string | null
  /** Everybody below and the principal. */
  team: readonly string[]
  /** The id of a location or register by its code; null where there is none. */
  place(field: string, code: string): string | null
  /** Whether words may be looked for among names, addresses and telephone numbers. */
  seesContact: boolean
}

/** Whether a filter, as it was read, lets an order through. SQL says the same (modules/lists). */
export function matches(filter: Filter, order: OrderFacts, asker: Asker): boolean {
  switch (filter.kind) {
    case 'every': {
      const { words, others } = partsOf(filter.of)
      return (words.length === 0 || found(words, order, asker)) && others.every((part) => matches(part, order, asker))
    }
    case 'either':
      return filter.of.some((part) => matches(part, order, asker))
    case 'not':
      return !matches(filter.of, order, asker)
    case 'words':
      return found([filter], order, asker)
    case 'test':
      return holds(filter.field, filter.test, order, asker)
  }
}

/** Each of the words is found somewhere, all that are only found with people with one and the same. */
function found(group: readonly Words[], order: OrderFacts, { seesContact }: Asker): boolean {
  const elsewhere = order.words.filter((place) => place.in !== 'person')
  const people = seesContact ? order.words.filter((place) => place.in === 'person') : []
  const isElsewhere = (word: Words) => (!word.whole && numberIn(word.text) === order.number) || elsewhere.some((place) => isIn(place, word))
  return [null, ...people].some((person) => group.every((word) => (person !== null && isIn(person, word)) || isElsewhere(word)))
}

function isIn(place: Searched, { text, whole }: Words): boolean {
  switch (place.in) {
    case 'person':
    case 'item':
      return holdsWords(place.words, text, whole)
    case 'exact':
      return place.words.includes(text)
    case 'beginning':
      return place.words.some((known) => (whole ? known === text : lowered(known).startsWith(lowered(text))))
  }
}

function holds(name: string, test: Test, order: OrderFacts, asker: Asker): boolean {
  const field = fieldNamed(orderFields, name)
  if (!field) return false
  if (name === 'is') return test.kind === 'is' && test.values.some((flag) => flags[flag as OrderFlag](order, asker))
  const value = name.startsWith('field.') ? (order.field[name.slice('field.'.length)] ?? null) : order[name as keyof OrderFacts]
  const isEmpty = value === null || (Array.isArray(value) && value.length === 0)
  if (test.kind === 'none' || test.kind === 'any') return isEmpty === (test.kind === 'none')
  if (isEmpty) return false
  switch (field.kind) {
    case 'word':
    case 'text':
    case 'flag':
      return (
        test.kind === 'is' && (Array.isArray(value) ? test.values.some((one) => value.includes(one)) : test.values.includes(String(value)))
      )
    case 'person':
      return test.kind === 'is' && test.values.some((one) => personMeant(one, asker).includes(String(value)))
    case 'place':
      return test.kind === 'is' && test.values.some((one) => placeMeant(name, one, asker) === value)
    case 'money':
      return compared(
        test,
        (one) => {
          const meant = moneyMeant(one, asker.homeCurrency)
          return meant && meant.currency === order.currency ? alone(meant.minor) : null
        },
        Number(value),
      )
    case 'count':
      return compared(test, (one) => orNull(countMeant(one), alone), Number(value))
    case 'quantity':
      return compared(test, (one) => orNull(milliMeant(one), alone), Number(value))
    case 'moment':
      return compared(test, (one) => orNull(momentMeant(one, test, asker), inMs), Date.parse(String(value)))
    case 'day':
      return compared(test, (one) => orNull(dayMeant(one, asker), alone), String(value))
    case 'duration':
      // The longer ago, the earlier.
      return compared(test, (one) => orNull(durationMeant(one), alone), Date.parse(asker.now) - Date.parse(String(value)))
    case 'custom':
      return customHolds(test, value as string | number | { at: string }, asker)
  }
}

/** Ids that `me`, `team` or an id mean. */
export function personMeant(text: string, { me, team }: Pick<Asker, 'me' | 'team'>): readonly string[] {
  if (text === 'me') return me === null ? [] : [me]
  return text === 'team' ? [...new Set([...(me === null ? [] : [me]), ...team])] : [text]
}

/** The id that a code or an id of a place means; null where it is none. */
export function placeMeant(field: string, text: string, { place }: Pick<Asker, 'place'>): string | null {
  return isId(text) ? text.toLowerCase() : place(field, text)
}

/** What a moment means in its test: alone, `-7d` is all the time from then until now. */
export function momentMeant(text: string, test: Test, clock: Clock): Span | null {
  const span = spanOf(text, clock)
  if (!span || test.kind !== 'is' || !isRelative(text)) return span
  return span.from < clock.now ? { from: span.from, to: clock.now } : { from: clock.now, to: span.from }
}

interface Stretch<V> {
  from: V
  to: V
}

const alone = <V>(value: V): Stretch<V> => ({ from: value, to: value })
const inMs = ({ from, to }: Span): Stretch<number> => ({ from: Date.parse(from), to: Date.parse(to) })
const orNull = <T, R>(value: T | null, then: (value: T) => R): R | null => (value === null ? null : then(value))

/** A stretch takes in its beginning and not its end; where both are the same, it is that one value. */
function compared<V extends number | string>(test: Test, meant: (text: string) => Stretch<V> | null, value: V): boolean {
  const by = (comparison: Comparison, text: string): boolean => {
    const stretch = meant(text)
    if (!stretch) return false
    const { from, to } = stretch
    const isOne = from === to
    switch (comparison) {
      case '<':
        return value < from
      case '>=':
        return value >= from
      case '>':
        return isOne ? value > to : value >= to
      case '<=':
        return isOne ? value <= to : value < to
    }
  }
  switch (test.kind) {
    case 'is':
      return test.values.some((one) => by('>=', one) && by('<=', one))
    case 'compare':
      return by(test.by, test.value)
    case 'between':
      return (test.from === null || by('>=', test.from)) && (test.to === null || by('<=', test.to))
    case 'none':
    case 'any':
      return false
  }
}

function customHolds(test: Test, value: string | number | { at: string }, asker: Asker): boolean {
  if (typeof value === 'string') return test.kind === 'is' && test.values.includes(value)
  if (typeof value === 'number') return compared(test, (one) => orNull(countMeant(one), alone), value)
  return compared(test, (one) => orNull(momentMeant(one, test, asker), inMs), Date.parse(value.at))
}

export const livePhases = ['open', 'working', 'ready', 'moving'] as const
export const endedPhases = ['done', 'cancelled', 'rejected'] as const

const isLive = ({ phase }: OrderFacts) => (livePhases as readonly string[]).includes(phase)

// biome-ignore format: read it by column
const flags: Record<OrderFlag, (order: OrderFacts, asker: Asker) => boolean> = {
  live:    isLive,
  ended:   ({ phase }) => (endedPhases as readonly string[]).includes(phase),
  late:    ({ attention }) => attention === 'late',
  overdue: (order, { now }) => isLive(order) && order.due !== null && Date.parse(order.due) < Date.parse(now),
  problem: ({ attention }) => attention !== '',
  held:    ({ holds: open }) => open > 0,
  short:   ({ short }) => short,
}
