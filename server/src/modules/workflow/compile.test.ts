import { describe, expect, test } from 'vitest'
import { textOf } from '#contract/texts.ts'
import type { Definition } from '#contract/workflow.ts'
import { compile } from './compile.ts'
import { readDefinition } from './definition.ts'
import { sampleFacts } from './sample-facts.fixture.ts'
import { shop } from './shop.fixture.ts'

/** The shop with one thing changed, as somebody might send it. */
const changed = (change: (definition: Definition) => void): Definition => {
  const definition = shop()
  change(definition)
  return definition
}
const refusalOf = (definition: unknown) => {
  const read = readDefinition(definition)
  const answer = read.ok ? compile(read.value, { version: 1 }) : read
  return answer.ok ? 'accepted' : textOf(answer.reason.code, answer.reason.params)
}

describe('a definition without a fault', () => {
  const answer = compile(shop(), { version: 7 })
  const flow = answer.ok ? answer.value : undefined

  test('is accepted as it is', () => {
    expect(refusalOf(shop())).toBe('accepted')
  })

  test('knows its stages with their times in milliseconds', () => {
    expect(flow?.stage('waiting')).toEqual({
      code: 'waiting',
      phase: 'open',
      label: { en: 'Waiting' },
      lateAfterMs: 1_800_000,
      lateOn: 'time_is_up',
      dueAfterMs: 3_600_000,
      entering: ['reserve_stock'],
    })
    expect(flow?.stage('done')).toMatchObject({ lateAfterMs: null, lateOn: null, dueAfterMs: null, entering: [] })
    expect(flow?.stage('constructor')).toBeUndefined()
  })

  test('says what it is called, where it starts and what a shortage does', () => {
    expect(flow).toMatchObject({ code: 'shop', version: 7, initial: 'waiting', onShort: 'wait', whileWaiting: 'take_free' })
  })

  test('lists the moves from a stage in the order of the definition', () => {
    expect(flow?.movesFrom('waiting').map((move) => [move.on, move.by, move.to])).toEqual([
      ['hand_over', 'action', 'done'],
      ['time_is_up', 'timer', 'gone'],
      ['cancel', 'action', 'gone'],
    ])
    expect(flow?.movesFrom('nowhere')).toEqual([])
  })

  test('asks of actions a permission, of timers and events none', () => {
    expect(flow?.movesFrom('waiting').map((move) => move.permission)).toEqual(['orders:move', null, 'orders:cancel'])
    expect(flow?.movesFrom('gone').map((move) => move.permission)).toEqual(['orders:reopen', null, 'payments:refund'])
  })

  test('fills in what a move leaves out', () => {
    expect(flow?.movesFrom('waiting')[1]).toMatchObject({ label: null, requires: [], fourEyes: false, effects: [] })
  })
})

describe('a guard', () => {
  const guardOf = (...guards: { when: string; because: { en: string; es?: string } }[]) => {
    const answer = compile(
      changed((definition) => Object.assign(definition.moves[0] ?? {}, { guards })),
      { version: 1 },
    )
    if (!answer.ok) throw new Error(textOf(answer.reason.code, answer.reason.params))
    const [move] = answer.value.movesFrom('waiting')
    if (!move) throw new Error('no move')
    return move.guard
  }
  const paid = { when: 'order.balanceMinor <= 0', because: { en: 'Not paid.', es: 'Sin pagar.' } }
  const quick = { when: 'order.totalMinor / order.lineCount > 0', because: { en: 'Too small.' } }

  test('opens when there is none', () => {
    expect(guardOf()(sampleFacts())).toEqual({ ok: true })
  })

  test('opens when all hold', () => {
    expect(guardOf(paid, quick)({ ...sampleFacts(), 'order.balanceMinor': 0 })).toEqual({ ok: true })
  })

  test('gives the reason of the first that does not hold, in every language it has', () => {
    const answer = guardOf(quick, paid)({ ...sampleFacts(), 'order.balanceMinor': 5 })
    expect(answer).toMatchObject({ ok: false, because: paid.because, reason: { code: 'guard.failed' } })
    expect(answer.ok || textOf(answer.reason.code, answer.reason.params, 'es')).toBe('Sin pagar.')
    expect(answer.ok || textOf(answer.reason.code, answer.reason.params, 'en')).toBe('Not paid.')
  })

  test('that cannot be decided is closed and says why', () => {
    const answer = guardOf(quick)({ ...sampleFacts(), 'order.lineCount': 0 })
    expect(answer).toEqual({
      ok: false,
      because: quick.because,
      reason: { code: 'guard.unreadable', params: { when: quick.when, why: 'division by zero' } },
    })
  })
})

describe('a planted fault is named:', () => {
  // biome-ignore format: read it by column
  test.each<[string, (definition: Definition) => void, string]>([
    ['a start that is not there',        (d) => { d.initial = 'nowhere' },                                     'initial names the stage nowhere'],
    ['a start that has ended',           (d) => { d.initial = 'done' },                                        'Orders cannot start in done'],
    ['a move from nowhere',              (d) => { d.moves.push({ from: ['waiting', 'lost'], on: 'go', to: 'done' }) }, 'moves.6 (go) names the stage lost'],
    ['a move to nowhere',                (d) => { d.moves.push({ from: 'waiting', on: 'go', to: 'lost' }) },   'moves.6 (go) names the stage lost'],
    ['a stage only the language knows',  (d) => { d.moves.push({ from: 'waiting', on: 'go', to: 'toString' }) }, 'names the stage toString'],
    ['a forbidden phase',                (d) => { d.moves.push({ from: 'gone', on: 'go', to: 'done' }) },      'leads from gone (cancelled) to done (done), and cancelled may not become done'],
    ['a timer nothing sets',             (d) => { d.moves.push({ from: 'waiting', on: 'too_late', by: 'timer', to: 'gone' }) }, 'uses the word too_late, which nobody has taught. Known: time_is_up'],
    ['a timer where none runs',          (d) => { d.moves.push({ from: 'gone', on: 'too_late', by: 'timer', to: 'waiting' }) }, 'Known: no timer of gone'],
    ['an ill-typed guard',               (d) => { d.moves.push({ from: 'waiting', on: 'go', to: 'done', guards: [{ when: 'order.totalMinor == "5"', because: { en: 'x' } }] }) }, 'The condition order.totalMinor == "5" of moves.6 (go) is not possible: no such overload'],
    ['a guard on an unknown fact',       (d) => { d.moves.push({ from: 'waiting', on: 'go', to: 'done', guards: [{ when: 'order.weight > 5', because: { en: 'x' } }] }) }, 'there is no fact order.weight'],
  ])('%s', (_, plant, sentence) => {
    expect(refusalOf(changed(plant))).toContain(sentence)
  })

  // biome-ignore format: read it by column
  test.each<[string, unknown, string]>([
    ['an unknown effect',        { ...shop(), stages: { ...shop().stages, waiting: { phase: 'open', label: { en: 'W' }, entering: ['teleport'] } } }, 'stages.waiting.entering.0 uses the word teleport, which nobody has taught. Known: reserve_stock, release_stock'],
    ['an unknown phase',         { ...shop(), stages: { waiting: { phase: 'asleep', label: { en: 'W' } } } },            'stages.waiting.phase uses the word asleep'],
    ['a phase that is no word',  { ...shop(), stages: { waiting: { phase: 4, label: { en: 'W' } } } },                   'stages.waiting.phase uses the word 4'],
    ['an unknown permission',    { ...shop(), moves: [{ from: 'waiting', on: 'go', to: 'done', permission: 'orders:eat' }] }, 'moves.0.permission uses the word orders:eat'],
    ['an unknown example fact',  { ...shop(), examples: [{ name: 'x', facts: ['raining'], events: [], ends: 'done' }] }, 'examples.0.facts.0 uses the word raining'],
    ['an unknown shortage word', { ...shop(), onShort: 'pray' },                                                         'onShort uses the word pray'],
    ['an unknown key',           { ...shop(), colour: 'red' },                                                           'The workflow is not well formed at the definition: Unrecognized key: "colour"'],
    ['no English',               { ...shop(), label: { es: 'Tienda' } },                                                 'not well formed at label.en'],
    ['an empty label',           { ...shop(), label: { en: '  ' } },                                                     'not well formed at label.en: say it in at least one character'],
    ['a bad duration',           { ...shop(), stages: { waiting: { phase: 'open', label: { en: 'W' }, due: '30 minutes' } } }, 'at stages.waiting.due: a duration is written like PT30M'],
    ['a bad requirement',        { ...shop(), moves: [{ from: 'waiting', on: 'go', to: 'done', requires: ['patience'] }] }, 'at moves.0.requires.0: write reason, or field.<name>'],
    ['a bad stage code',         { ...shop(), stages: { '1st': { phase: 'open', label: { en: 'W' } } } },                'at stages.1st'],
    ['a move named like a turn', { ...shop(), moves: [{ from: 'waiting', on: 'stock_arrives', to: 'done' }] },           'this word means something else in examples'],
    ['an empty condition',       { ...shop(), moves: [{ from: 'waiting', on: 'go', to: 'done', guards: [{ when: '', because: { en: 'x' } }] }] }, 'an empty condition holds for nobody'],
    ['too many stages',          { ...shop(), stages: Object.fromEntries(Array.from({ length: 61 }, (_, n) => [`s${n}`, { phase: 'open', label: { en: 'S' } }])) }, '60 stages are the most'],
    ['nothing at all',           null,                                                                                   'not well formed at the definition'],
  ])('%s', (_, definition, sentence) => {
    expect(refusalOf(definition)).toContain(sentence)
  })
})
