import { describe, expect, test } from 'vitest'
import type { FieldGroup, Permission, Scope } from '#contract/permissions.ts'
import { type Topic, topicNames } from '#contract/stream.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '#usecases/call.ts'
import type { OrderNow, Stretch, ThingChanged } from './read-changes.ts'
import { eyesOf, whatIsTold } from './what-is-told.ts'

const [here, there] = [newId(), newId()]
const [me, below, other] = [newId(), newId(), newId()]
/** Customers. */
const [mine, theirs, keyAccount] = [newId(), newId(), newId()]

function call(rights: [Permission, Scope][], more: Partial<Call> = {}): Call {
  return {
    workspaceId: newId(),
    actor: { kind: 'person', id: me },
    permissions: new Map(rights),
    locationIds: null,
    teamIds: [],
    grantedCustomerIds: [],
    hides: new Set<FieldGroup>(),
    moneyLimits: {},
    language: 'en',
    commandId: newId(),
    ...more,
  }
}

function thing(subject: string, id: string, more: Partial<ThingChanged> = {}): ThingChanged {
  return {
    subject,
    id,
    position: 1,
    seq: 1,
    types: ['Happened'],
    at: '2026-01-01T00:00:00.000Z',
    locationId: null,
    orderId: null,
    ownerId: null,
    ownerBefore: null,
    ...more,
  }
}

const order = (id: string, locationId: string, ownerId: string | null, customerId: string | null = null) =>
  ({ id, locationId, ownerId, customerId, totalMinor: 500, balanceMinor: 500 }) as OrderNow

// biome-ignore format: read it by column
const orders = {
  mineHere:     order(newId(), here,  me),
  belowHere:    order(newId(), here,  below),
  othersHere:   order(newId(), here,  other),
  nobodysHere:  order(newId(), here,  null),
  mineThere:    order(newId(), there, me),
  othersThere:  order(newId(), there, other),
  keyAccounts:  order(newId(), there, other, keyAccount),
}
const stretch: Stretch = {
  workspaceId: newId(),
  from: 0,
  to: 1,
  things: Object.values(orders).map(({ id }) => thing('order', id)),
  orders: new Map(Object.values(orders).map((one) => [one.id, one])),
  levels: [],
  jobs: [],
  through: new Map(),
}
const names = new Map(Object.entries(orders).map(([name, { id }]) => [id, name]))
const told = (one: Call, of: Stretch = stretch, topics: readonly Topic[] = topicNames) => whatIsTold(eyesOf(one, topics), of) ?? []
const seen = (one: Call) => told(one).map((change) => ('id' in change ? names.get(change.id) : null))

// biome-ignore format: read it by column
describe.each<[Scope | null, Partial<Call>, string[]]>([
  ['workspace', {},                                          ['mineHere', 'belowHere', 'othersHere', 'nobodysHere', 'mineThere', 'othersThere', 'keyAccounts']],
  ['workspace', { locationIds: [here] },                     ['mineHere', 'belowHere', 'othersHere', 'nobodysHere']],
  ['location',  { locationIds: [here] },                     ['mineHere', 'belowHere', 'othersHere', 'nobodysHere']],
  ['location',  { locationIds: [] },                         []],
  ['team',      { teamIds: [me, below] },                    ['mineHere', 'belowHere', 'mineThere']],
  ['team',      { teamIds: [me, below], locationIds: [here] }, ['mineHere', 'belowHere']],
  ['own',       { teamIds: [me, below] },                    ['mineHere', 'mineThere']],
  ['own',       { locationIds: [there] },                    ['mineThere']],
  ['own',       { grantedCustomerIds: [keyAccount] },        ['mineHere', 'mineThere', 'keyAccounts']],
  ['location',  { locationIds: [here], grantedCustomerIds: [keyAccount] }, ['mineHere', 'belowHere', 'othersHere', 'nobodysHere', 'keyAccounts']],
  [null,        { grantedCustomerIds: [keyAccount] },        []],
])('orders:read %s of %j', (scope, more, expected) => {
  test('is told of the orders within, and of nothing else', () => {
    expect(seen(call(scope === null ? [['stock:read', 'workspace']] : [['orders:read', scope]], more))).toEqual(expected)
  })
})

test('whoever is kept from prices is told none', () => {
  const [change] = told(call([['orders:read', 'workspace']], { hides: new Set(['prices'] as const) }))
  expect(change).toMatchObject({ order: { totalMinor: null, balanceMinor: null } })
})

test('a topic that was not asked for is not told, nor one that may not be followed', () => {
  const all: [Permission, Scope][] = [
    ['orders:read', 'workspace'],
    ['items:read', 'workspace'],
  ]
  const of = { ...stretch, things: [...stretch.things, thing('item', newId()), thing('location', here, { locationId: here })] }
  expect(new Set(told(call(all), of).map(({ subject }) => subject))).toEqual(new Set(['order', 'item']))
  expect(told(call(all), of, ['places'])).toEqual([])
})

test('a place is told to whoever may know of it', () => {
  const [location, register] = [thing('location', here, { locationId: here }), thing('register', newId(), { locationId: here })]
  const of = { ...stretch, things: [location, register] }
  const ids = (locationIds: string[] | null) =>
    told(call([['places:read', 'location']], { locationIds }), of).map((change) => 'id' in change && change.id)
  expect(ids([here])).toEqual([location.id, register.id])
  expect(ids([there])).toEqual([])
  expect(ids(null)).toEqual([location.id, register.id])
})

test('a return is told to whoever sees its order; one of none to whoever sees orders of nobody where it was', () => {
  const [ofMine, ofOthers, alone] = [newId(), newId(), newId()]
  const things = [
    thing('return', ofMine, { orderId: orders.mineHere.id, locationId: here }),
    thing('return', ofOthers, { orderId: orders.othersHere.id, locationId: here }),
    thing('return', alone, { locationId: here }),
  ]
  const ids = (one: Call) => told(one, { ...stretch, things }).map((change) => 'id' in change && change.id)
  expect(ids(call([['orders:read', 'own']]))).toEqual([ofMine])
  expect(ids(call([['orders:read', 'location']], { locationIds: [here] }))).toEqual([ofMine, ofOthers, alone])
  expect(ids(call([['orders:read', 'location']], { locationIds: [there] }))).toEqual([])
})

test('stock is told where stock may be read', () => {
  const level = (locationId: string) => ({ itemId: newId(), locationId, lotId: newId(), onHandMilli: 1, reservedMilli: 0, updatedAt: '' })
  const of = { ...stretch, things: [], levels: [level(here), level(there)] }
  const places = (one: Call) => told(one, of).map((change) => 'locationId' in change && change.locationId)
  expect(places(call([['stock:read', 'location']], { locationIds: [here] }))).toEqual([here])
  expect(places(call([['stock:read', 'workspace']]))).toEqual([here, there])
  expect(places(call([['orders:read', 'workspace']]))).toEqual([])
})

test('a customer whom somebody else looks after now is gone, to those who saw them and to nobody else', () => {
  const of = (ownerId: string, ownerBefore: string | null) => ({ ...stretch, things: [thing('customer', mine, { ownerId, ownerBefore })] })
  const own = call([['customers:read', 'own']])
  expect(told(own, of(me, null))).toMatchObject([{ id: mine, types: ['Happened'] }])
  expect(told(own, of(other, me))).toEqual([{ subject: 'customer', id: mine, gone: true }])
  expect(told(own, of(other, below))).toEqual([])
  expect(told(call([['customers:read', 'workspace']]), of(other, me))).toMatchObject([{ id: mine, types: ['Happened'] }])
  expect(told(call([['customers:read', 'own']], { grantedCustomerIds: [mine] }), of(theirs, other))).toMatchObject([
    { id: mine, types: ['Happened'] },
  ])
})

test('what nobody follows is told to nobody', () => {
  const things = ['api_key', 'member', 'role', 'invitation', 'view', 'export', 'workspace', 'reservation'].map((subject) =>
    thing(subject, newId()),
  )
  const everything = call(['orders:read', 'people:read', 'keys:write', 'stock:read'].map((right) => [right as Permission, 'workspace']))
  expect(told(everything, { ...stretch, things })).toEqual([])
})

test('an order that the filter does not let through is gone, to those who see it and to nobody else', () => {
  const sieve = { key: 'live', looksForWords: false, letsThrough: () => true }
  const of = { ...stretch, through: new Map([['live', new Set([orders.mineHere.id])]]) }
  const own = eyesOf(call([['orders:read', 'own']]), topicNames, sieve)
  expect(whatIsTold(own, of)).toMatchObject([
    { id: orders.mineHere.id, types: ['Happened'] },
    { subject: 'order', id: orders.mineThere.id, gone: true },
  ])
  expect(whatIsTold(own, { ...of, through: new Map() })).toBeNull()
})
