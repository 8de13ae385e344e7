import { describe, expect, test } from 'vitest'
import type { Command } from './commands.ts'
import { ada, bob, cancelling, codeOf, Desk, flowOf, freeLineOf, lineOf, moving, paying, plainFlow, reopening } from './desk.fixture.ts'
import type { Order } from './types.ts'

/** Does something, then takes it back: how the order stood before and how it stands, and what taking it back told or why it was refused. */
function doneAndUndone(desk: Desk, command: Command): { before: Order; events: string[] | string; after: Order } {
  const before = desk.order
  const events = desk.tell(command)
  const answer = desk.run({ verb: 'undo', done: { before, events } })
  return { before, events: answer.ok ? answer.events.map((event) => event.type) : codeOf(answer), after: desk.order }
}

const placed = () => new Desk().place([lineOf(), freeLineOf('charge', 300)])

// biome-ignore format: read it by column
const reversible: [what: string, desk: () => Desk, command: Command, told: string[], same: (order: Order) => unknown][] = [
  ['a move',            placed,                                      moving('start'),                                                                          ['MoveUndone'],                                    ({ stage, phase, dueAt, stageEnteredBy }) => ({ stage, phase, dueAt, stageEnteredBy })],
  ['a move that counts', () => placed().move('start'),               moving('pack'),                                                                           ['MoveUndone', 'LinesCounted', 'LinesCounted'],    ({ stage, lines }) => ({ stage, lines })],
  ['fields of a move',  () => placed().move('start'),                moving('put_back', { fields: { shelf: { kind: 'text', value: 'A' } } }),                  ['MoveUndone'],                                    ({ stage, fields }) => ({ stage, fields })],
  ['tags',              placed,                                      { verb: 'tag', add: ['rush', 'vip'], remove: [] },                                        ['TagsChanged'],                                   ({ tags }) => tags],
  ['an assignment',     placed,                                      { verb: 'assign', assigneeId: bob },                                                      ['Assigned'],                                      ({ assigneeId }) => assigneeId],
  ['a hold',            placed,                                      { verb: 'hold', reasonCode: 'check', noteId: null, until: null },                         ['HoldReleased'],                                  ({ holds }) => holds],
  ['a reopening',       () => { const desk = placed(); desk.tell(cancelling({ reason: 'late' })); return desk }, reopening(),                                  ['StockReleased', 'MoveUndone', 'LinesCounted'],   ({ stage, lines, reservations, endReason, creditedMinor }) => ({ stage, lines, reservations, endReason, creditedMinor })],
]

describe('taken back, it is as if it had not been:', () => {
  test.each(reversible)('%s', (_, desk, command, told, same) => {
    const { before, events, after } = doneAndUndone(desk(), command)
    expect([...(events as string[])].sort()).toEqual([...told].sort())
    expect(same(after)).toEqual(same(before))
  })
})

test('a hold that was released stands again, by whoever takes the release back', () => {
  const desk = placed()
  desk.tell({ verb: 'hold', reasonCode: 'check', noteId: null, until: null }, [], { actor: { kind: 'person', id: bob } })
  const { after } = doneAndUndone(desk, { verb: 'release', holdId: null })
  expect(after.holds).toMatchObject([{ reasonCode: 'check', placedBy: ada }])
})

test('stock that a move gave back is taken again', () => {
  const desk = new Desk(givingBack).place()
  const { before, after } = doneAndUndone(desk, moving('wait'))
  expect(after.reservations).toMatchObject(before.reservations.map(({ lineId, milli }) => ({ lineId, milli })))
})

test('stock that somebody else has taken meanwhile cannot be, and then nothing is taken back', () => {
  const desk = new Desk(givingBack).place()
  const before = desk.order
  const events = desk.tell(moving('wait'))
  desk.freeMilli = 1_000
  expect(codeOf(desk.run({ verb: 'undo', done: { before, events } }))).toBe('undo.stock_gone')
  expect(desk.order.stage).toBe('waiting')
})

const givingBack = flowOf({ taken: { phase: 'open', entering: ['reserve_stock'] }, waiting: 'open' }, [
  { from: 'taken', on: 'wait', to: 'waiting', effects: ['release_stock'] },
])

// biome-ignore format: read it by column
test.each<[string, Desk, Command, string]>([
  ['a payment',     placed(),                        paying(500),                          'undo.money'],
  ['a note',        placed(),                        { verb: 'note', noteId: 'n' },        'undo.noted'],
  ['a hand-over',   placed().move('start', 'pack'),  moving('hand_over'),                  'undo.consumed'],
  ['a cancelling',  placed(),                        cancelling({ reason: 'late' }),       'undo.ended'],
])('%s stays', (_, desk, command, code) => {
  expect(doneAndUndone(desk, command).events).toBe(code)
})

test('what was changed since stays as it is', () => {
  const desk = placed()
  const before = desk.order
  const events = desk.tell(moving('start'))
  desk.tell({ verb: 'tag', add: ['rush'], remove: [] })
  expect(codeOf(desk.run({ verb: 'undo', done: { before, events } }))).toBe('undo.changed_since')
})

test('what took something back is not taken back itself', () => {
  const desk = placed()
  const first = desk.order
  const events = desk.tell(moving('start'))
  const before = desk.order
  const undone = desk.tell({ verb: 'undo', done: { before: first, events } })
  expect(codeOf(desk.run({ verb: 'undo', done: { before, events: undone } }))).toBe('undo.undone')
})

test.each<[Command, string]>([
  [moving('start'), 'orders:move'],
  [{ verb: 'tag', add: ['rush'], remove: [] }, 'orders:tag'],
  [{ verb: 'assign', assigneeId: bob }, 'orders:assign'],
  [{ verb: 'hold', reasonCode: 'check', noteId: null, until: null }, 'orders:hold'],
])('who may not do %o may not take it back', (command, permission) => {
  const desk = new Desk(plainFlow()).place()
  const before = desk.order
  const events = desk.tell(command)
  const answer = desk.run({ verb: 'undo', done: { before, events } }, [], { may: (asked) => asked !== permission })
  expect(answer).toMatchObject({ ok: false, reason: { code: 'permission.denied', params: { permission } } })
})
