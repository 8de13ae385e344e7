import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { CreateItem, UpdateItem } from './items.ts'
import { inputOfAction, isOrderVerb, orderVerbs, PlaceOrder } from './orders.ts'
import { CreateRegister, SaveReasons } from './places.ts'
import { CreateReturn } from './returns.ts'
import { Adjustment, CreateReservation } from './stock.ts'
import { isCode } from './texts.ts'

const id = '018f0000-0000-7000-8000-000000000001'

/** Where and why an input is refused; empty when it is taken. */
const faults = (schema: z.ZodType, input: unknown) =>
  schema.safeParse(input).error?.issues.map(({ path, message }) => `${path.join('/')} ${message}`) ?? []

describe('an adjustment of stock', () => {
  const at = { item: 'CUP', location: 'main' }
  // biome-ignore format: read it by column
  const table: [string, unknown, string[]][] = [
    ['a receipt',                        { ...at, kind: 'receipt', deltaMilli: 5, unitCostMicro: 7 },                        []],
    ['a count of nothing',               { ...at, kind: 'count', countMilli: 0 },                                            []],
    ['a correction downwards',           { ...at, kind: 'adjust', deltaMilli: -5, reasonCode: 'broken' },                    []],
    ['a write-off',                      { ...at, kind: 'write_off', deltaMilli: -5 },                                       []],
    ['a transfer',                       { ...at, kind: 'transfer', deltaMilli: 5, toLocation: 'cellar' },                   []],
    ['a lot with its last day',          { ...at, kind: 'receipt', deltaMilli: 5, lot: { code: 'L1', expiresOn: '2026-02-28' } }, []],
    ['a receipt of nothing',             { ...at, kind: 'receipt', deltaMilli: 0 },                                          ['deltaMilli input.above_zero']],
    ['a receipt of less than nothing',   { ...at, kind: 'receipt', deltaMilli: -1 },                                         ['deltaMilli input.above_zero']],
    ['a receipt that says no amount',    { ...at, kind: 'receipt' },                                                         ['deltaMilli input.missing']],
    ['a write-off upwards',              { ...at, kind: 'write_off', deltaMilli: 1 },                                        ['deltaMilli input.below_zero']],
    ['a count without one',              { ...at, kind: 'count' },                                                           ['countMilli input.missing']],
    ['a count with a difference',        { ...at, kind: 'count', countMilli: 1, deltaMilli: 1 },                             ['deltaMilli input.not_here']],
    ['a difference with a count',        { ...at, kind: 'adjust', countMilli: 1, deltaMilli: 1 },                            ['countMilli input.not_here']],
    ['a transfer to nowhere',            { ...at, kind: 'transfer', deltaMilli: 5 },                                         ['toLocation input.one_location']],
    ['a transfer to two places',         { ...at, kind: 'transfer', deltaMilli: 5, toLocation: 'x', toLocationId: id },      ['toLocation input.one_location']],
    ['a receipt to somewhere else',      { ...at, kind: 'receipt', deltaMilli: 5, toLocation: 'x' },                         ['toLocation input.not_here']],
    ['nowhere',                          { item: 'CUP', kind: 'receipt', deltaMilli: 5 },                                    ['location input.one_location']],
    ['an item named twice',              { ...at, itemId: id, kind: 'receipt', deltaMilli: 5 },                              ['item input.one_of_two']],
    ['a day that never was',             { ...at, kind: 'receipt', deltaMilli: 5, lot: { code: 'L1', expiresOn: '2026-02-29' } }, ['lot/expiresOn input.day']],
  ]
  test.each(table)('%s', (_, input, expected) => expect(faults(Adjustment, input)).toEqual(expected))
})

describe('a return', () => {
  const line = { lineId: id, quantityMilli: 1 }
  const loose = { item: 'CUP', quantityMilli: 1, amountMinor: 5 }
  // biome-ignore format: read it by column
  const table: [string, unknown, string[]][] = [
    ['of an order',                      { orderId: id, lines: [line] },                                                     []],
    ['of nobody knows which',            { location: 'main', lines: [loose] },                                               []],
    ['of what stands in no catalogue',   { location: 'main', lines: [{ name: 'Box', kind: 'charge', quantityMilli: 1, amountMinor: 5 }] }, []],
    ['of an order, somewhere else',      { orderId: id, location: 'main', lines: [line] },                                   ['location input.of_the_order']],
    ['of an order, by item',             { orderId: id, lines: [{ item: 'CUP', quantityMilli: 1 }] },                        ['lines/0/lineId input.missing', 'lines/0/item input.of_the_order']],
    ['of no order, nowhere',             { lines: [loose] },                                                                 ['location input.one_location']],
    ['of no order, for nothing said',    { location: 'main', lines: [{ item: 'CUP', quantityMilli: 1 }] },                   ['lines/0/amountMinor input.missing']],
    ['of no order, by its line',         { location: 'main', lines: [{ ...loose, lineId: id }] },                            ['lines/0/lineId input.not_here']],
    ['of goods without an item',         { location: 'main', lines: [{ name: 'Cup', kind: 'goods', quantityMilli: 1, amountMinor: 5 }] }, ['lines/0/item input.missing']],
    ['of an item named twice',           { location: 'main', lines: [{ ...loose, itemId: id }] },                            ['lines/0/item input.one_of_two']],
  ]
  test.each(table)('%s', (_, input, expected) => expect(faults(CreateReturn, input)).toEqual(expected))
})

describe('other inputs', () => {
  // biome-ignore format: read it by column
  const table: [string, z.ZodType, unknown, string[]][] = [
    ['stock kept',                       CreateReservation, { item: 'CUP', locationId: id, quantityMilli: 1, purpose: 'window' }, []],
    ['stock kept nowhere',               CreateReservation, { item: 'CUP', quantityMilli: 1, purpose: 'window' },            ['location input.one_location']],
    ['a register',                       CreateRegister,    { location: 'main', code: 'K1', name: 'K', kind: 'kiosk' },      []],
    ['a register nowhere',               CreateRegister,    { code: 'K1', name: 'K', kind: 'kiosk' },                        ['location input.one_location']],
    ['an item with its code alone',      CreateItem,        { code: 'CUP' },                                                 []],
    ['an item that loses its recipe',    UpdateItem,        { recipe: null },                                                []],
    ['a time before there were years',   PlaceOrder,        { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1 }], at: '0001-01-01T00:00:00+14:00' }, ['at input.moment']],
    ['a time in the year 10000',         PlaceOrder,        { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1 }], at: '9999-12-31T23:59:59-12:00' }, ['at input.moment']],
    ['a lot of the year 0',              Adjustment,        { kind: 'receipt', item: 'CUP', location: 'main', deltaMilli: 1, lot: { code: 'L', expiresOn: '0000-01-01' } }, ['lot/expiresOn input.day']],
    ['a time before 1900 in UTC',        PlaceOrder,        { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1 }], at: '1900-01-01T00:30:00+01:00' }, ['at input.moment']],
    ['the last time of 2200 in UTC',     PlaceOrder,        { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1 }], at: '2201-01-01T00:30:00+01:00' }, []],
    ['a lot of the year 2201',           Adjustment,        { kind: 'receipt', item: 'CUP', location: 'main', deltaMilli: 1, lot: { code: 'L', expiresOn: '2201-01-01' } }, ['lot/expiresOn input.day']],
    ['a word with a bell in it',         SaveReasons,       { reasons: [{ kind: 'cancel', code: 'x', label: { en: 'x\u0007' }, active: true }] }, ['reasons/0/label/en input.control']],
    ['a wanted time the wrong way',      PlaceOrder,        { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1 }], wanted: { from: '2026-01-05T10:00:00Z', to: '2026-01-05T10:00:00+01:00' } }, ['wanted/to input.from_after_to']],
    ['a variant of nothing',             PlaceOrder,        { channel: 'web', location: 'main', lines: [{ variantId: id, barcode: '1', quantityMilli: 1 }] }, ['lines/0/variantId input.variant_alone']],
    ['a catalogue line with a name',     PlaceOrder,        { channel: 'web', location: 'main', lines: [{ item: 'CUP', quantityMilli: 1, name: 'x', category: 'y', amountMinor: 1, perMilli: 5 }] }, ['lines/0/priceMicro input.missing', 'lines/0/name input.catalogue', 'lines/0/category input.catalogue', 'lines/0/amountMinor input.catalogue']],
    ['a charge with an item',            PlaceOrder,        { channel: 'web', location: 'main', lines: [{ kind: 'charge', name: 'x', amountMinor: -5, item: 'CUP' }] }, ['lines/0/item input.no_catalogue']],
    ['a service for nothing, unnamed',   PlaceOrder,        { channel: 'web', location: 'main', lines: [{ kind: 'service' }] }, ['lines/0/name input.missing', 'lines/0/amountMinor input.missing']],
    ['a catalogue line without how much', PlaceOrder,       { channel: 'web', location: 'main', lines: [{ item: 'CUP' }] },    ['lines/0/quantityMilli input.missing']],
  ]
  test.each(table)('%s', (_, schema, input, expected) => {
    expect(faults(schema, input)).toEqual(expected)
    for (const fault of expected) expect(isCode(fault.split(' ')[1] ?? '')).toBe(true)
  })
})

test('every verb has its own input, every other action takes what a move takes', () => {
  expect(orderVerbs.every(isOrderVerb)).toBe(true)
  expect(isOrderVerb('toString')).toBe(false)
  expect(inputOfAction('hand_over').safeParse({ idChecked: true }).success).toBe(true)
  expect(inputOfAction('hold').safeParse({ idChecked: true }).success).toBe(false)
})
