import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FactName, type GuardFacts, facts as registry } from '#contract/facts.ts'
import { readCondition } from './cel.ts'
import { sampleFacts } from './sample-facts.fixture.ts'

const ask = (when: string, facts: Partial<GuardFacts> = {}) => {
  const read = readCondition(when)
  if (!read.ok) throw new Error(`${when}: ${read.why}`)
  return read.value.holds({ ...sampleFacts(), ...facts })
}
const refusal = (when: string) => {
  const read = readCondition(when)
  return read.ok ? 'accepted' : read.why
}

describe('a condition', () => {
  // biome-ignore format: read it by column
  test.each([
    ['order.balanceMinor <= 0',                                           { 'order.balanceMinor': 0 },                    true],
    ['order.balanceMinor <= 0',                                           { 'order.balanceMinor': 1 },                    false],
    ['order.balanceMinor + 1 > order.balanceMinor',                       { 'order.balanceMinor': 9_007_199_254_740_991 }, true],
    ['order.totalMinor > 49.5',                                           { 'order.totalMinor': 50 },                     true],
    ['"gift" in order.tags',                                              { 'order.tags': ['gift', 'rush'] },             true],
    ['order.categories.exists(category, category == "cake")',             { 'order.categories': ['bread'] },              false],
    ['customer.?tier.orValue("none") == "gold"',                          { 'customer.tier': 'gold' },                    true],
    ['customer.?tier.orValue("none") == "gold"',                          { 'customer.tier': null },                      false],
    ['customer.?tier.hasValue()',                                         { 'customer.tier': null },                      false],
    ['clock.now - order.placedAt > duration("1h")',                       { 'order.placedAt': '2026-01-05T08:00:00Z', 'clock.now': '2026-01-05T09:00:01Z' }, true],
    ['order.?dueAt.orValue(clock.now) < clock.now',                       { 'order.dueAt': null },                        false],
    ['clock.now.getHours("Europe/Madrid") >= 10',                         { 'clock.now': '2026-01-05T09:00:00Z' },        true],
    ['!stock.isShort && order.phase in ["open", "working"]',              { 'stock.isShort': false, 'order.phase': 'open' }, true],
  ] as const)('%s with %j is %s', (when, facts, answer) => {
    expect(ask(when, facts as Partial<GuardFacts>)).toBe(answer)
  })

  test('names the facts it reads', () => {
    const read = readCondition('order.balanceMinor <= 0 || has(order.phase) || customer.?tier.hasValue()')
    expect(read.ok && read.value.reads).toEqual(['order.balanceMinor', 'order.phase', 'customer.tier'])
  })
})

describe('what is refused when it is saved', () => {
  // biome-ignore format: read it by column
  test.each([
    ['order.balance <= 0',                                         'there is no fact order.balance'],
    ['has(order.balance)',                                         'there is no fact order.balance'],
    ['order.?balance.orValue(0) <= 0',                             'there is no fact order.balance'],
    ['order.constructor == "x"',                                   'there is no fact order.constructor'],
    ['order["balanceMinor"] <= 0',                                 'order alone says nothing'],
    ['order[?"balanceMinor"].orValue(0) <= 0',                     'order alone says nothing'],
    ['{"a": order}["a"].nope == 1',                                'order alone says nothing'],
    ['customer.tier == "gold"',                                    'customer.tier may not be known: write customer.?tier.orValue(…)'],
    ['supplier.name == "x"',                                       'Unknown variable: supplier'],
    ['order.totalMinor',                                           'it must be a yes or no, not int'],
    ['order.totalMinor == "50"',                                   'no such overload: int == string'],
    ['order.totalMinor == 49.5',                                   'no such overload: int == double'],
    ['order.tags == "gift"',                                       'no such overload'],
    ['dyn(order.totalMinor) == "x"',                               'dyn() is not offered'],
    ['order.source.matches("(a+)+$")',                             'matches() is not offered'],
    ['cel.bind(x, order.totalMinor, x > 1)',                       'bind() is not offered'],
    ['order.tags.map(t, t + t)[0] == "aa"',                        'map() is not offered'],
    ['order.tags.exists(a, order.tags.exists(b, a == b))',         'exists() inside another'],
    ['exists(order.tags, true)',                                   "overload"],
    ['has(order.tags.exists(t, nope))',                            'invalid'],
    ['',                                                           'Unexpected token'],
    ['order.totalMinor >',                                         'Unexpected token'],
    ['true || order.nope',                                         'there is no fact order.nope'],
    [`${'('.repeat(40)}true${')'.repeat(40)}`,                                      'xceeded'],
    [Array.from({ length: 120 }, () => 'true').join(' && '),        'xceeded'],
  ])('%s', (when, why) => {
    expect(refusal(when)).toContain(why)
  })
})

describe('what cannot be decided', () => {
  // biome-ignore format: read it by column
  test.each([
    ['order.totalMinor / order.lineCount > 1',       { 'order.lineCount': 0 },                      'division by zero'],
    ['order.totalMinor * order.totalMinor > 1',      { 'order.totalMinor': 9_007_199_254_740_991 }, 'overflow'],
    ['order.tags[3] == "gift"',                      { 'order.tags': ['gift'] },                    'out of bounds'],
    ['timestamp(order.source) < clock.now',          { 'order.source': 'yesterday' },               'timestamp'],
    ['order.totalMinor > 1',                         { 'order.totalMinor': 1.5 },                   'order.totalMinor is not a whole number'],
    ['order.totalMinor > 1',                         { 'order.totalMinor': Number.NaN },            'order.totalMinor is not a whole number'],
    ['order.placedAt < clock.now',                   { 'order.placedAt': 'soon' },                  'order.placedAt is not a moment'],
    ['order.phase == "open"',                        { 'order.phase': undefined },                  'order.phase is not known'],
    ['!(order.phase == "open")',                     { 'order.phase': 7 },                          'order.phase is not text'],
    ['order.?phase.orValue("open") == "open"',       { 'order.phase': undefined },                  'order.phase is not known'],
  ])('%s with %j says why', (when, facts, why) => {
    expect(ask(when, facts as Partial<GuardFacts>)).toEqual({ why: expect.stringContaining(why) })
  })
})

describe('random facts', () => {
  const anything = fc.record(Object.fromEntries(Object.keys(registry).map((name) => [name, fc.oneof(...hostile())])))
  const conditions = Object.entries(registry).map(([name, fact]) => conditionOn(name as FactName, fact.type))

  test('never make a condition throw, nor true where something could not be read', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(...conditions), (facts, when) => {
        const answer = ask(when, facts as Partial<GuardFacts>)
        if (typeof answer === 'boolean') expect(readable(facts, when)).toBe(true)
        else expect(answer.why.length).toBeGreaterThan(0)
      }),
      { numRuns: 2000 },
    )
  })

  test('and random text is refused or answered, never thrown', () => {
    const fragments = fc.constantFrom(
      ...Object.keys(registry),
      'true',
      '(',
      ')',
      '&&',
      '==',
      '"',
      '.',
      '?',
      '[',
      ']',
      '{',
      'has',
      'orValue',
      '1',
      '0',
      '/',
      '$',
      "'; drop table orders; --",
      '<script>',
    )
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 12 }), (parts) => {
        const read = readCondition(parts.join(' '))
        if (read.ok) read.value.holds(sampleFacts())
        else expect(read.why.length).toBeGreaterThan(0)
      }),
      { numRuns: 1000 },
    )
  })
})

const hostile = () => [
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(fc.string()),
  fc.array(fc.integer()),
  fc.object(),
  fc.bigInt(),
]

/** For every fact a condition that no value of another type can make true. */
function conditionOn(name: FactName, type: string): string {
  const at = name in optional ? `${name.replace('.', '.?')}.orValue(${emptyOf[type]})` : name
  if (type === 'list<string>') return `${at}.all(each, each != "no") || ${at}.size() < 0`
  if (type === 'bool') return `${at} || !${at}`
  return `${at} <= ${at}`
}

const emptyOf: Record<string, string> = { string: '""', int: '0', timestamp: 'timestamp("2026-01-01T00:00:00Z")' }
const optional = Object.fromEntries(Object.entries(registry).filter(([, fact]) => 'optional' in fact))

function readable(facts: Record<string, unknown>, when: string): boolean {
  const read = readCondition(when)
  return (
    read.ok &&
    read.value.reads.every((name) => {
      const value = facts[name]
      if (value === null || value === undefined) return name in optional
      const { type } = registry[name]
      if (type === 'int') return Number.isSafeInteger(value)
      if (type === 'timestamp') return typeof value === 'string' && !Number.isNaN(new Date(value).getTime())
      if (type === 'list<string>') return Array.isArray(value) && value.every((each) => typeof each === 'string')
      return type === 'bool' ? typeof value === 'boolean' : typeof value === 'string'
    })
  )
}
