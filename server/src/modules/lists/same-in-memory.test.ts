import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matches } from '#contract/filter/matches.ts'
import { orderFields } from '#contract/filter/order-fields.ts'
import { parseFilter } from '#contract/filter/parse.ts'
import type { Filter } from '#contract/filter/syntax.ts'
import { endOfPhone, wordsIn } from '#contract/filter/words.ts'
import { isWithin, type Reach } from '#contract/permissions.ts'
import {
  colleague,
  insertOrders,
  me,
  moments,
  now,
  people,
  places,
  someOrders,
  stages,
  stranger,
} from '#server/testing/generated-orders.ts'
import { type TestWorkspace, testWorkspace } from '#server/testing/test-workspace.ts'
import { conditionOf, findWords, type OrderAsker, orderReach, sidesOf, type Values, within } from './index.ts'

const seed = Number(process.env.DOCKET_SEED)
const orders = someOrders(80, seed)

let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
  await insertOrders(shop.pools, shop.workspaceId, orders)
})
afterAll(() => shop.end())

const asker = (seesContact: boolean): OrderAsker => ({
  now,
  zone: 'Europe/Madrid',
  homeCurrency: 'EUR',
  me,
  team: [colleague],
  place: (_, code) => (code === 'main' ? places.main : places.second),
  seesContact,
  phases: (stage) => (Object.hasOwn(stages, stage) ? [stages[stage as keyof typeof stages]] : []),
})

const id = (...ids: string[]) => fc.constantFrom(...ids)
const one = (...texts: string[]) => fc.constantFrom(...texts)
const moment = fc.oneof(
  one('today', 'yesterday', 'tomorrow', 'now', '-7d', '-1h', '+1d', '2026-11-20', '2026-10-25', '2026-11-01T00:00', '2026-10-25T02:30'),
  one(...moments),
)
const person = fc.oneof(one('me', 'team'), id(me, stranger))
const money = one('50', '49.99', '50.01', '0', '-1', '50USD')
const values = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 1, maxLength: 3 }).map((all) => all.join(','))
const asked = (names: fc.Arbitrary<string>, of: fc.Arbitrary<string>) =>
  fc.tuple(names, values(of)).map(([name, text]) => `${name}:${text}`)
const compared = (names: fc.Arbitrary<string>, of: fc.Arbitrary<string>) =>
  fc.oneof(
    asked(names, of),
    fc.tuple(names, one('>', '>=', '<', '<='), of).map((parts) => parts.join('')),
    fc.tuple(names, of, of).map(([name, from, to]) => `${name}:${from}..${to}`),
    fc.tuple(names, of).map(([name, from]) => `${name}:${from}..`),
    fc.tuple(names, of).map(([name, to]) => `${name}:..${to}`),
  )

const leaf = fc.oneof(
  asked(one('stage'), one(...Object.keys(stages))),
  asked(one('phase'), one('open', 'working', 'done', 'cancelled')),
  asked(one('is'), one('live', 'ended', 'late', 'overdue', 'problem', 'held', 'short')),
  asked(one('payment'), one('none', 'unpaid', 'paid')),
  asked(one('fulfilment'), one('none', 'fulfilled')),
  asked(one('channel', 'source', 'tier', 'segment', 'currency'), one('web', 'kiosk', 'api', 'gold', 'hotels', 'EUR', 'USD')),
  asked(one('location', 'register'), one('main', 'second', places.main)),
  asked(one('owner', 'assignee'), person),
  asked(one('customer'), id(...people.map((known) => known.id))),
  asked(one('tag'), one('vip', 'gift', '"none"', '"a \\"b\\""')),
  asked(one('item'), one('CUP-1', 'TEA', 'NOTHING')),
  asked(one('external'), one('1042', 'X-7')),
  asked(one('attention'), one('late', 'short')),
  compared(one('total', 'balance', 'paid', 'refunded'), money),
  compared(one('number', 'priority'), one('1042', '1050', '0', '5', '-3')),
  compared(one('placed', 'recorded', 'updated', 'due', 'wanted'), moment),
  compared(one('day'), one('today', 'yesterday', '2026-10-25')),
  fc.tuple(one('age', 'waiting'), one('>', '>=', '<', '<='), one('1h', '7d', '30m', '1w')).map((parts) => parts.join('')),
  compared(one('field.colour', 'field.table'), one('5', '-1', '2026-11-20', 'today')),
  asked(one('field.colour', 'field.table'), one('red', '"Red wine"', '5')),
  fc
    .tuple(one('register', 'owner', 'assignee', 'customer', 'tag', 'external', 'due', 'wanted', 'field.colour'), one('none', 'any'))
    .map((parts) => parts.join(':')),
  one(
    'ada',
    'love',
    '"ada"',
    '"lovelace ada"',
    '"ada smith"',
    'jose',
    'NUÑEZ',
    '600',
    '3456',
    '60123456',
    '2233',
    'te',
    'verde',
    'cup',
    'cup-1',
    '8400001',
    '84',
    '17',
    '1042',
    '#1045',
    'x-7',
    'X-7',
    '"1042"',
    'red',
    '"Red wine"',
    'track_9',
    'TRACK_99%',
    'example',
    'pepe_nunez@example.com',
    'zzz',
    orders[3]?.id ?? '',
  ),
)

const filterText: fc.Arbitrary<string> = fc.letrec<{ filter: string }>((again) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(again('filter'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join(' ')),
    fc.array(again('filter'), { minLength: 2, maxLength: 3 }).map((parts) => `(${parts.join(' OR ')})`),
    again('filter').map((part) => `-(${part})`),
  ),
})).filter

function read(text: string): Filter {
  const parsed = parseFilter(text, {
    fields: orderFields,
    known: { stage: Object.keys(stages), location: ['main', 'second'], register: ['main', 'second'] },
  })
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.errors)}`)
  return parsed.filter
}

async function numbersInSql(filter: Filter, by: OrderAsker, isPrepared: boolean): Promise<number[]> {
  return shop.pools.view(shop.workspaceId, async (db) => {
    const found = isPrepared ? await findWords(db, filter, by) : undefined
    const bound: Values = [shop.workspaceId]
    const condition = conditionOf(filter, found ? { ...by, found } : by, bound)
    const rows = await db.query<{ number: number; told: boolean | null }>({
      text: `select o.number, (${condition}) as told from orders o where o.workspace_id = $1 order by o.number`,
      values: bound,
    })
    expect(rows.filter(({ told }) => told === null)).toEqual([])
    return rows.filter(({ told }) => told).map(({ number }) => number)
  })
}

describe('a filter lets the same orders through in SQL and in memory', () => {
  test.each([
    ['with names', true, true],
    ['without names', false, true],
    ['with words looked for by the statement itself', true, false],
  ])('%s', { timeout: 120_000 }, async (_, seesContact, isPrepared) => {
    const by = asker(seesContact)
    await fc.assert(
      fc.asyncProperty(filterText, async (text) => {
        const filter = read(text)
        const inMemory = orders.filter(({ facts }) => matches(filter, facts, by)).map(({ facts }) => facts.number)
        expect(await numbersInSql(filter, by, isPrepared)).toEqual(inMemory)
      }),
      { seed, numRuns: 400 },
    )
  })
})

const some = (ids: string[]) => fc.subarray(ids)
const reach: fc.Arbitrary<Reach> = fc.record({
  locationIds: fc.option(some(Object.values(places)), { nil: null }),
  ownerIds: fc.option(some([me, colleague]), { nil: null }),
  customerIds: some(people.map((known) => known.id)),
})

test('what is within reach is the same in SQL and in memory, whole and by its sides', async () => {
  await fc.assert(
    fc.asyncProperty(reach, async (bounds) => {
      const inMemory = orders.filter(({ facts }) =>
        isWithin(bounds, { locationId: facts.location, ownerId: facts.owner, customerId: facts.customer }),
      )
      const numbers = inMemory.map(({ facts }) => facts.number)
      const bound: Values = [shop.workspaceId]
      const whole = within(bounds, orderReach, bound)
      const [rows] = await shop.pools.view(shop.workspaceId, async (db) => [
        await db.query<{ number: number }>({
          text: `select o.number from orders o where o.workspace_id = $1 and ${whole} order by 1`,
          values: bound,
        }),
      ])
      expect(rows?.map(({ number }) => number)).toEqual(numbers)
      const apart: Values = [shop.workspaceId]
      const sides = sidesOf(bounds, orderReach, apart).map((side) => `select o.number from orders o where o.workspace_id = $1 and ${side}`)
      const [parts] = await shop.pools.view(shop.workspaceId, async (db) => [
        await db.query<{ number: number }>({ text: `${sides.join(' union all ')} order by 1`, values: apart }),
      ])
      expect(parts?.map(({ number }) => number)).toEqual(numbers)
    }),
    { seed, numRuns: 150 },
  )
})

const letters = fc.constantFrom(...'aZ09áÀñÇžß漢Ж😀', ...' \t-_@.,;:/\\\'"`~!?()[]{}<>|%&#+*=^$')

test('a text is cut into the same words in SQL and in memory, and a telephone number has the same end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(letters, { maxLength: 30 }).map((all) => all.join('')),
      async (text) => {
        const [row] = await shop.pools.view(shop.workspaceId, (db) =>
          db.query<{ words: string[]; phone: string[] }>({ text: 'select words_in($1) as words, phone_end($1) as phone', values: [text] }),
        )
        expect(row).toEqual({ words: wordsIn(text), phone: endOfPhone(text) })
      },
    ),
    { seed, numRuns: 300 },
  )
})
