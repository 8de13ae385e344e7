import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearest } from './nearest.ts'
import { orderFields } from './order-fields.ts'
import { parseFilter, type Reading } from './parse.ts'
import { printFilter } from './print.ts'
import type { Filter } from './syntax.ts'

const reading: Reading = {
  fields: orderFields,
  known: { stage: ['AWAITING_PROCESSING', 'IN_PROCESS', 'COMPLETED'], location: ['main'], register: [] },
  hides: new Set(['prices']),
}

/** What is wrong: code, place, what it says, what was meant. */
function wrong(text: string): unknown[] {
  const read = parseFilter(text, reading)
  return read.ok
    ? []
    : read.errors.map(({ code, at, length, suggestion }) => [code, text.slice(at, at + length), ...(suggestion ? [suggestion] : [])])
}

describe('a filter that cannot be meant says where and why', () => {
  // biome-ignore format: read it by column
  const table: [string, unknown[]][] = [
    ['stge:IN_PROCESS',                  [['filter.unknown_field', 'stge:IN_PROCESS', 'stage']]],
    ['nonesuch:1',                       [['filter.unknown_field', 'nonesuch:1']]],
    ['constructor:1',                    [['filter.unknown_field', 'constructor:1']]],
    ['field:1',                          [['filter.missing_name', 'field:1']]],
    ['ada stage:IN_PROCES',              [['filter.unknown_value', 'stage:IN_PROCES', 'IN_PROCESS']]],
    ['is:latte',                         [['filter.unknown_value', 'is:latte', 'late']]],
    ['payment:unpayed,paid',             [['filter.unknown_value', 'payment:unpayed,paid', 'unpaid']]],
    ['location:mian',                    [['filter.unknown_value', 'location:mian', 'main']]],
    ['total>50',                         [['filter.hidden', 'total>50']]],
    ['tag:x -(due>soon OR priority:a)',  [['filter.bad_value', 'due>soon'], ['filter.bad_value', 'priority:a']]],
    ['placed:2026-02-30',                [['filter.bad_value', 'placed:2026-02-30']]],
    ['day>-7d',                          [['filter.bad_value', 'day>-7d']]],
    ['age:2h',                           [['filter.bad_value', 'age:2h']]],
    ['owner:ada',                        [['filter.bad_value', 'owner:ada']]],
    ['field.colour>red',                 [['filter.bad_value', 'field.colour>red']]],
    ['stage>IN_PROCESS',                 [['filter.not_ordered', 'stage>IN_PROCESS']]],
    ['stage:none',                       [['filter.never_empty', 'stage:none']]],
    ['stage:',                           [['filter.missing_value', 'stage:']]],
    ['tag:a,',                           [['filter.missing_value', 'tag:a,']]],
    ['priority:..',                      [['filter.missing_value', 'priority:..']]],
    ['ada "love',                        [['filter.open_quote', '"love']]],
    ['(ada OR tag:x',                    [['filter.open_bracket', '(']]],
    ['ada)',                             [['filter.stray_bracket', ')']]],
    ['ada OR',                           [['filter.dangling', 'OR']]],
    ['OR ada',                           [['filter.dangling', 'OR']]],
    ['AND ada',                          [['filter.dangling', 'AND']]],
    ['ada ()',                           [['filter.nothing', '()']]],
    ['ada !!!',                          [['filter.no_words', '!!!']]],
    ['('.repeat(25),                     [['filter.too_deep', '(']]],
  ]
  test.each(table)('%s', (text, expected) => expect(wrong(text)).toEqual(expected))

  test('the 31st thing that is asked is one too many', () => {
    const ask = (count: number) => wrong(Array.from({ length: count }, () => 'tag:x').join(' '))
    expect([ask(30), ask(31)]).toEqual([[], [['filter.too_many', 'tag:x']]])
  })
})

describe('a filter is read as it is typed', () => {
  // biome-ignore format: read it by column
  const table: [string, string][] = [
    ['stage:in_process  channel:kiosk,web -tag:vip', 'stage:IN_PROCESS channel:kiosk,web -tag:vip'],
    ['Stage:"IN_PROCESS" AND IS:Late',               'stage:IN_PROCESS is:late'],
    ['priority:>5 priority>=-3 due<today',           'priority>5 priority>=-3 due<today'],
    ['placed:2026-11-01..2026-11-20 due:..-7d',      'placed:2026-11-01..2026-11-20 due:..-7d'],
    ['(assignee:me OR owner:me) "ada lovelace" ada', '(assignee:me OR owner:me) "ada lovelace" ada'],
    ['tag:a OR tag:b tag:c OR -(x y)',               'tag:a OR tag:b tag:c OR -(x y)'],
    ['payment:none tag:none tag:"none"',             'payment:"none" tag:none tag:"none"'],
    ['tag:"a \\"b\\" c",d external:any',             'tag:"a \\"b\\" c",d external:any'],
    ['ada@example.org +34-600 #1042 12:30',          'ada@example.org +34-600 #1042 12:30'],
    ['due:"2026-11-01T09:00"..now',                  'due:2026-11-01T09:00..now'],
    ['',                                             ''],
  ]
  test.each(table)('%s', (text, printed) => expect(printFilter(read(text))).toBe(printed))
})

const read = (text: string): Filter => {
  const parsed = parseFilter(text, reading)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.filter
}

/** Without the places of its parts. */
const shape = (filter: Filter): unknown =>
  JSON.parse(JSON.stringify(filter, (key, value: unknown) => (key === 'at' || key === 'length' ? undefined : value)))

const piece = fc.constantFrom(
  'tag:x',
  'stage:COMPLETED',
  'priority>5',
  'due:none',
  'ada',
  '"a b"',
  'placed:..today',
  'tag:"(x)",y',
  'field.colour:red',
)
const text = fc.letrec<{ text: string }>((again) => ({
  text: fc.oneof(
    { maxDepth: 4 },
    piece,
    fc.array(again('text'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' ')),
    fc.array(again('text'), { minLength: 2, maxLength: 3 }).map((parts) => `(${parts.join(' OR ')})`),
    again('text').map((part) => `-(${part})`),
  ),
})).text

test('a filter that is printed and read again is the same', () => {
  fc.assert(
    fc.property(text, (typed) => {
      const first = parseFilter(typed, reading)
      if (!first.ok) return
      expect(shape(read(printFilter(first.filter)))).toEqual(shape(first.filter))
    }),
    { seed: Number(process.env.DOCKET_SEED), numRuns: 500 },
  )
})

test('whatever is typed, it is read or refused within its length', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 60 }),
        fc.array(fc.constantFrom('tag', ':', '-', '(', ')', '"', 'OR', ' ', '..', ',', '>', 'x', '\\')).map((parts) => parts.join('')),
      ),
      (typed) => {
        const parsed = parseFilter(typed, reading)
        for (const { at, length } of parsed.ok ? [] : parsed.errors) {
          expect(at).toBeGreaterThanOrEqual(0)
          expect(at + length).toBeLessThanOrEqual(typed.length)
        }
      },
    ),
    { seed: Number(process.env.DOCKET_SEED), numRuns: 2_000 },
  )
})

test('what is near is suggested, what is far is not', () => {
  expect(['stge', 'custmer', 'pla', 'xyzzy', 'totla'].map((word) => nearest(word, Object.keys(orderFields)))).toEqual([
    'stage',
    'customer',
    'placed',
    null,
    'total',
  ])
})
