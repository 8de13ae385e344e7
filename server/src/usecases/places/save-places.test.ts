import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReasonWord, Tax } from '#modules/places/index.ts'
import { newId } from '#platform/ids.ts'
import { type TestWorkspace, testWorkspace } from '../../testing/test-workspace.ts'
import type { Saved } from '../change-nouns.ts'
import { type LocationToSave, saveLocations } from './save-locations.ts'
import { saveReasons } from './save-reasons.ts'
import { type RegisterToSave, saveRegisters } from './save-registers.ts'
import { saveTaxes } from './save-taxes.ts'

let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
})
afterAll(() => shop.end())

const why = (answer: Saved<unknown>) => (answer.ok ? (answer.already ? 'already' : 'ok') : answer.reason.code)
const value = <T>(answers: Saved<T>[]): T => {
  const answer = answers[0]
  if (!answer?.ok) throw new Error(JSON.stringify(answer?.reason))
  return answer.value
}
const reference = async () => {
  const found = await shop.reference.get(shop.workspaceId)
  if (!found) throw new Error('no workspace')
  return found
}
const logOf = (id: string) =>
  shop.pools.view(shop.workspaceId, (db) =>
    db.query<{ seq: number; type: string }>({ text: 'select seq, type from events where subject_id = $1 order by seq', values: [id] }),
  )

describe('locations', () => {
  const save = (...requests: LocationToSave[]) => saveLocations(shop, shop.call(), requests)

  test('are made, changed, closed and opened, each time a version more', async () => {
    const made = value(
      await save({ mode: 'create', location: { code: 'north', name: 'North', timeZone: 'Atlantic/Canary', dayStartsAt: '05:00' } }),
    )
    expect((await reference()).location('north')).toEqual(made)
    const closed = value(await save({ mode: 'update', id: made.id, expectedVersion: 1, location: { status: 'closed' } }))
    expect(closed).toEqual({ ...made, status: 'closed', version: 2 })
    expect((await reference()).location(made.id)?.status).toBe('closed')
    expect((await save({ mode: 'update', id: made.id, expectedVersion: 2, location: { status: 'closed' } })).map(why)).toEqual(['already'])
    expect((await logOf(made.id)).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'LocationCreated'],
      [2, 'LocationChanged'],
    ])
  })

  test('are refused with a code that is taken, a zone that is none, a version that has passed, an id that is unknown', async () => {
    const id = shop.locationId
    const zone = { name: 'x', timeZone: 'UTC' }
    const answers = await save(
      { mode: 'create', location: { code: 'main', ...zone } },
      { mode: 'create', location: { code: 'x', ...zone, timeZone: 'Europe/Atlantis' } },
      { mode: 'update', id, expectedVersion: 9, location: { name: 'x' } },
      { mode: 'update', id: newId(), expectedVersion: null, location: { name: 'x' } },
      { mode: 'update', id, expectedVersion: null, location: { timeZone: 'nowhere' } },
      { mode: 'create', location: { id, code: 'other', ...zone } },
      { mode: 'create', location: { id, code: 'main', ...zone } },
    )
    expect(answers.map(why)).toEqual([
      'location.exists',
      'time_zone.unknown',
      'location.changed',
      'location.not_found',
      'time_zone.unknown',
      'location.exists',
      'location.exists',
    ])
  })

  test('are the same again only as they were sent, and to who may read them', async () => {
    const sent = { id: newId(), code: 'twice', name: 'Twice', timeZone: 'UTC' }
    const answers = await save(
      { mode: 'create', location: sent },
      { mode: 'create', location: sent },
      { mode: 'create', location: { ...sent, name: 'Other' } },
    )
    expect(answers.map(why)).toEqual(['ok', 'already', 'location.exists'])
    const writer = shop.call([['places:write', 'workspace']])
    expect(await saveLocations(shop, writer, [{ mode: 'create', location: sent }])).toEqual([
      { ok: false, reason: { code: 'location.exists', params: { location: sent.id } } },
    ])
  })

  test('are changed by whoever may, where they may', async () => {
    const bound = shop.call([['places:write', 'location']], [shop.locationId])
    const answers = await saveLocations(shop, bound, [
      { mode: 'update', id: shop.locationId, expectedVersion: null, location: { name: 'Mine' } },
      { mode: 'create', location: { code: 'theirs', name: 'x', timeZone: 'UTC' } },
    ])
    expect(answers.map(why)).toEqual(['ok', 'permission.denied'])
  })
})

describe('registers', () => {
  const save = (...requests: RegisterToSave[]) => saveRegisters(shop, shop.call(), requests)

  test('belong to a location named by id or code', async () => {
    const answers = await save(
      { mode: 'create', register: { code: 'K1', name: 'Kiosk', kind: 'kiosk', location: 'main' } },
      { mode: 'create', register: { code: 'T1', name: 'Till', kind: 'till', locationId: shop.locationId } },
    )
    expect(answers.map(why)).toEqual(['ok', 'ok'])
    expect((await reference()).registers.map(({ code, kind, locationId }) => [code, kind, locationId])).toEqual([
      ['K1', 'kiosk', shop.locationId],
      ['T1', 'till', shop.locationId],
    ])
  })

  test('close, and the log counts what happened to each', async () => {
    const { id } = value(await save({ mode: 'create', register: { code: 'K2', name: 'Kiosk', kind: 'kiosk', location: 'main' } }))
    expect(
      (
        await save(
          { mode: 'update', id, register: { status: 'closed' } },
          { mode: 'update', id, register: { status: 'open' } },
          { mode: 'update', id, register: { status: 'open' } },
        )
      ).map(why),
    ).toEqual(['ok', 'ok', 'already'])
    expect((await reference()).register('K2')?.status).toBe('open')
    expect(await logOf(id)).toEqual([
      { seq: 1, type: 'RegisterCreated' },
      { seq: 2, type: 'RegisterChanged' },
      { seq: 3, type: 'RegisterChanged' },
    ])
  })

  test('are refused with a code that is taken, a location or id that is unknown, and without the permission', async () => {
    const kiosk = { name: 'Kiosk', kind: 'kiosk', location: 'main' } as const
    const { id } = value(await save({ mode: 'create', register: { code: 'K3', ...kiosk } }))
    const answers = await save(
      { mode: 'create', register: { code: 'K3', ...kiosk } },
      { mode: 'create', register: { code: 'K4', ...kiosk, location: 'nowhere' } },
      { mode: 'update', id: newId(), register: { status: 'closed' } },
      { mode: 'create', register: { id, code: 'K5', ...kiosk } },
      { mode: 'create', register: { id, code: 'K3', ...kiosk, name: 'Other' } },
      { mode: 'create', register: { id, code: 'K3', ...kiosk } },
    )
    expect(answers.map(why)).toEqual([
      'register.exists',
      'location.not_found',
      'register.not_found',
      'register.exists',
      'register.exists',
      'already',
    ])
    const writer = shop.call([['places:write', 'workspace']])
    expect((await saveRegisters(shop, writer, [{ mode: 'create', register: { id, code: 'K3', ...kiosk } }])).map(why)).toEqual([
      'register.exists',
    ])
    const elsewhere = shop.call([['places:write', 'location']], [newId()])
    expect((await saveRegisters(shop, elsewhere, [{ mode: 'update', id, register: { status: 'closed' } }])).map(why)).toEqual([
      'register.not_found',
    ])
  })
})

describe('taxes and reasons', () => {
  const tax: Tax = { code: 'VAT21', name: 'VAT', ratePpm: 210_000, included: true }
  const reason: ReasonWord = { kind: 'cancel', code: 'rain', label: { en: 'It rained', es: 'Llovió' }, active: true }

  test('are kept by code and change in place', async () => {
    expect((await saveTaxes(shop, shop.call(), [tax, tax, { ...tax, ratePpm: 220_000 }])).map(why)).toEqual(['ok', 'already', 'ok'])
    expect((await saveReasons(shop, shop.call(), [reason, reason, { ...reason, active: false }])).map(why)).toEqual(['ok', 'already', 'ok'])
    expect((await reference()).tax('VAT21')).toEqual({ ...tax, ratePpm: 220_000 })
    expect((await reference()).reason('cancel', 'rain')).toEqual({ ...reason, active: false })
  })

  test('stand in the log of the workspace without a gap', async () => {
    await saveTaxes(shop, shop.call(), [
      { ...tax, code: 'A' },
      { ...tax, code: 'B' },
    ])
    const log = await logOf(shop.workspaceId)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1))
    expect(log.slice(-2).map(({ type }) => type)).toEqual(['TaxSaved', 'TaxSaved'])
  })

  test('are refused with a rate that is none, and without the permission', async () => {
    expect(
      (
        await saveTaxes(shop, shop.call(), [
          { ...tax, ratePpm: 1_000_001 },
          { ...tax, ratePpm: -1 },
          { ...tax, ratePpm: 0.5 },
        ])
      ).map(why),
    ).toEqual(['tax.bad_rate', 'tax.bad_rate', 'tax.bad_rate'])
    const reader = shop.call([['places:read', 'workspace']])
    expect([...(await saveTaxes(shop, reader, [tax])), ...(await saveReasons(shop, reader, [reason]))].map(why)).toEqual([
      'permission.denied',
      'permission.denied',
    ])
  })
})
