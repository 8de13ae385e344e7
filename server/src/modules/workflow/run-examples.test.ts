import { describe, expect, test } from 'vitest'
import { textOf } from '#contract/texts.ts'
import type { Example } from '#contract/workflow.ts'
import { compile } from './compile.ts'
import { type Play, runExamples } from './run-examples.ts'
import { shop } from './shop.fixture.ts'

/** Follows moves by name alone; what an order makes of them is the order core's. */
const followNames: Play = (flow, example) => {
  let stage = flow.initial
  for (const [index, event] of example.events.entries()) {
    const move = flow.movesFrom(stage).find((candidate) => candidate.on === event)
    if (!move) return { stage, refused: { index, why: event === 'dance' ? '' : `not from ${stage}` } }
    stage = move.to
  }
  return { stage, refused: null }
}

function run(...examples: Example[]): string {
  const definition = { ...shop(), examples: examples.length > 0 ? examples : shop().examples }
  const flow = compile(definition, { version: 1 })
  if (!flow.ok) throw new Error(flow.reason.code)
  const answer = runExamples(definition, flow.value, followNames)
  return answer.ok ? 'as told' : textOf(answer.reason.code, answer.reason.params)
}

describe('examples', () => {
  test('that come out as told are fine', () => {
    expect(run()).toBe('as told')
  })

  // biome-ignore format: read it by column
  test.each<[string, Example, string]>([
    ['another end',                        { name: 'x', events: ['cancel'], ends: 'done' },                                       'The example x ends in gone; done was expected.'],
    ['a refusal nobody told',              { name: 'x', events: ['hand_over', 'cancel'], ends: 'done' },                          'ends in done with cancel refused (not from done)'],
    ['a refusal that did not come',        { name: 'x', events: ['cancel'], ends: 'gone', refused: 'cancel' },                    'ends in gone; gone with cancel refused was expected.'],
    ['a refusal too early',                { name: 'x', events: ['reopen', 'hand_over'], ends: 'waiting', refused: 'hand_over' }, 'ends in waiting with reopen refused'],
    ['a refusal of something in between',  { name: 'x', events: ['reopen', 'hand_over'], ends: 'waiting', refused: 'reopen' },    'ends in waiting with reopen refused'],
    ['a refusal of what never happens',    { name: 'x', events: [], ends: 'waiting', refused: 'cancel' },                         'waiting with ? refused was expected.'],
    ['a word that no move has',            { name: 'x', events: ['dance'], ends: 'waiting' },                                     'ends in waiting with dance refused; waiting was expected.'],
  ])('are red on %s', (_, example, sentence) => {
    expect(run(example)).toContain(sentence)
  })
})
