import { describe, expect, test } from 'vitest'
import type { Scope } from '#contract/permissions.ts'
import { newId } from '#platform/ids.ts'
import { type Call, callOfEngine, mayDo, maySee } from './call.ts'
import { mayTouch } from './may-touch.ts'

const [me, below, other, here, there] = [newId(), newId(), newId(), newId(), newId()]
const granted = newId()

function caller(scope: Scope | null, locationIds: readonly string[] | null): Call {
  return {
    ...callOfEngine(newId(), 'system'),
    actor: { kind: 'person', id: me },
    permissions: new Map(scope === null ? [] : [['orders:read', scope]]),
    locationIds,
    teamIds: [below],
    grantedCustomerIds: [granted],
  }
}

// biome-ignore format: read it by column
describe.each([
  //                                 mine here  below here  other here  other there  nobody's here
  ['nothing',               null,        null,   [false,     false,      false,      false,       false]],
  ['own',                   'own',       null,   [true,      false,      false,      false,       false]],
  ['team',                  'team',      null,   [true,      true,       false,      false,       false]],
  ['team, bound to there',  'team',      [there],[false,     false,      false,      false,       false]],
  ['location',              'location',  [here], [true,      true,       true,       false,       true]],
  ['location, unbound',     'location',  null,   [true,      true,       true,       true,        true]],
  ['workspace',             'workspace', null,   [true,      true,       true,       true,        true]],
  ['workspace, bound',      'workspace', [here], [true,      true,       true,       false,       true]],
] as [string, Scope | null, string[] | null, boolean[]][])('%s', (_, scope, locationIds, expected) => {
  const call = caller(scope, locationIds)
  const orders = [[me, here], [below, here], [other, here], [other, there], [null, here]] as const

  test('reaches what it says', () => {
    expect(orders.map(([ownerId, locationId]) => mayDo(call, 'orders:read', { ownerId, locationId: locationId ?? null }))).toEqual(expected)
  })

  test('and the orders of key accounts are seen besides, where orders are read at all', () => {
    expect(maySee(call, { ownerId: other, locationId: there, customerId: granted })).toBe(scope !== null)
    expect(mayDo(call, 'orders:read', { ownerId: other, locationId: there })).toBe(expected[3])
  })
})

test('what lies at no location is reached by owner alone', () => {
  const ask = (scope: Scope, ownerId: string | null) => mayTouch(caller(scope, [here]), 'orders:read', ownerId).ok
  expect(['own', 'team', 'location', 'workspace'].map((scope) => ask(scope as Scope, other))).toEqual([false, false, true, true])
  expect(['own', 'team'].map((scope) => ask(scope as Scope, below))).toEqual([false, true])
})
