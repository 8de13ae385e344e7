import { describe, expect, test } from 'vitest'
import { isCode, textOf, texts } from './texts.ts'

const paramsOf = (text: string) => [...text.matchAll(/\{([\w:]+)\}/g)].map((match) => match[1]).sort()

describe('the catalogue', () => {
  test.each(Object.entries(texts))('%s says the same with the same parameters in every language', (_, text) => {
    expect(paramsOf(text.es)).toEqual(paramsOf(text.en))
  })

  test.each(Object.entries(texts))('%s neither shouts nor is empty', (_, text) => {
    for (const sentence of [text.en, text.es]) expect(sentence).toMatch(/^[^!¡]+[.}]$/)
  })
})

describe('a sentence', () => {
  test('names the thing in the language of the reader', () => {
    expect(textOf('item.not_found', { item: 'TEA' }, 'es')).toBe('No existe el artículo TEA. Comprueba el código o añade el artículo.')
  })

  test('falls back to English', () => {
    expect(textOf('order.no_lines', {}, 'fi')).toBe(texts['order.no_lines'].en)
  })

  test('shows a parameter that is missing by its name', () => {
    expect(textOf('location.closed', {})).toContain('{location}')
  })

  test('shows quantities and money in whole units', () => {
    expect(textOf('stock.too_little', { item: 'TEA', location: 'MAIN', wanted: 2000, free: 500 })).toContain(
      'Only 0.5 of TEA are free at MAIN; 2 were wanted.',
    )
    expect(textOf('money.refund_too_much', { refundable: 4250, wanted: -5, currency: 'EUR' })).toContain(
      '42.50 EUR can be refunded; -0.05 were',
    )
    expect(textOf('money.refund_too_much', { refundable: 4250, wanted: 12, currency: 'JPY' })).toContain(
      '4250 JPY can be refunded; 12 were',
    )
    expect(textOf('money.refund_too_much', { refundable: 'some', wanted: 12_345, currency: 'KWD' })).toContain(
      'some KWD can be refunded; 12.345 were',
    )
  })

  test('takes no parameter from the prototype', () => {
    expect(textOf('location.closed', { constructor: 'x' })).toContain('{location}')
  })

  test('does not read what stands in a parameter', () => {
    const hostile = "$& {item} <b>'; drop table orders; --"
    expect(textOf('location.closed', { location: hostile })).toBe(`Location ${hostile} is closed. Choose another or open it.`)
  })

  test('prefers the translation that a parameter brings along', () => {
    const params = { because: 'Not paid.', 'because.es': 'Sin pagar.' }
    expect([textOf('guard.failed', params, 'es'), textOf('guard.failed', params, 'en')]).toEqual(['Sin pagar.', 'Not paid.'])
  })

  test('is known by its code, and nothing else is', () => {
    expect([isCode('order.held'), isCode('toString'), isCode('order.hold')]).toEqual([true, false, false])
  })
})
