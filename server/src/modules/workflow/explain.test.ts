import { describe, expect, test } from 'vitest'
import { draw } from './draw.ts'
import { explain } from './explain.ts'
import { shop } from './shop.fixture.ts'
import { stagesInOrder } from './stage-order.ts'

describe('a definition in sentences', () => {
  const text = explain(shop()).join('\n')

  test.each([
    'When stock is missing, the order waits: it takes what is free and the rest as it arrives.',
    '- It is due 1 hour later, unless the customer asked for a time.',
    '- If nobody acts for 30 minutes (time_is_up), it becomes Gone (gone).',
    '- hand_over: it becomes Done (done). Takes the permission orders:move. Needs a reason and the field gate. Takes another person than the one who brought it here.',
    '- When it is reported, Found again (found): it becomes Waiting (waiting).',
    '- Nothing leads on from here.',
  ])('says: %s', (sentence) => {
    expect(text).toContain(sentence)
  })

  test('falls back to English where a label has no Spanish', () => {
    expect(explain(shop(), 'es')).toContain('## Waiting (waiting): aceptado, en espera')
  })

  test('says when a wait has no end', () => {
    const definition = shop()
    definition.stages.waiting = { phase: 'open', label: { en: 'Waiting' } }
    definition.moves = definition.moves.filter((move) => move.by !== 'timer')
    expect(explain(definition)).toContain('- If nobody acts, it stays here and nobody is told.')
  })

  // biome-ignore format: read it by column
  test.each([
    ['refuse', undefined,      'the order is refused'],
    ['accept', undefined,      'the order is taken all the same'],
    ['wait',   'take_nothing', 'takes nothing until everything is there'],
  ] as const)('tells what a shortage does: %s %s', (onShort, whileWaiting, sentence) => {
    expect(explain({ ...shop(), onShort, ...(whileWaiting ? { whileWaiting } : {}) })[3]).toContain(sentence)
  })
})

describe('a definition as a picture', () => {
  test('shows stages in the order of their life, whatever order they were kept in', () => {
    const definition = shop()
    definition.stages.attic = { phase: 'open', label: { en: 'Attic' } }
    expect(stagesInOrder(definition)).toEqual(['waiting', 'attic', 'done', 'gone'])
  })

  test('never lets a label speak Mermaid', () => {
    expect(draw(shop())).toContain('at_waiting --> at_gone: Cancel#58; #34;now#34;#59; #123;really#125;\n')
  })

  test('takes the label in the language asked for', () => {
    expect(draw(shop(), 'es')).toContain('state "Hecho" as at_done')
  })
})
