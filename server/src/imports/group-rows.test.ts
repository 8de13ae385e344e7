import { expect, test } from 'vitest'
import { groupRows } from './group-rows.ts'
import type { CsvRecord } from './history.ts'

/** Rows by their id; `-` has none, `!` is torn without one, `!a` is torn but names `a`. */
async function grouped(ids: string): Promise<string[]> {
  const records = ids
    .split(' ')
    .map((id, at): CsvRecord => ({ row: at + 2, cells: { id: id.replace(/[-!]/, '') }, fault: id.startsWith('!') ? 'torn_row' : null }))
  const groups = await Array.fromAsync(groupRows(stream(records), ({ cells }) => (cells.id ? { id: cells.id, key: cells.id } : null)))
  return groups.map(({ id, part, records }) => `${id ?? 'none'}${part > 1 ? `/${part}` : ''}: ${records.map(({ row }) => row).join(' ')}`)
}

async function* stream(records: CsvRecord[]): AsyncGenerator<CsvRecord> {
  yield* records
}

test('rows next to each other with one id are one group', async () => {
  expect(await grouped('a a b c c')).toEqual(['a: 2 3', 'b: 4', 'c: 5 6'])
})

test('rows of another document in between do not part a group', async () => {
  expect(await grouped('a a b b a')).toEqual(['b: 4 5', 'a: 2 3 6'])
})

test('an id that comes again after eight others is a second part, and a third', async () => {
  expect(await grouped('a b c d e f g h i a j k l m n o p q a')).toEqual(expect.arrayContaining(['a: 2', 'a/2: 11', 'a/3: 20']))
})

test('a row without id between rows of one document belongs to it', async () => {
  expect(await grouped('a - a b')).toEqual(['a: 2 3 4', 'b: 5'])
})

test('a row without id between two documents stands alone', async () => {
  expect(await grouped('a - b')).toEqual(['none: 3', 'a: 2', 'b: 4'])
})

test('a torn row belongs to the document it names, before or after it', async () => {
  expect(await grouped('a !a b !c c')).toEqual(['a: 2 3', 'b: 4', 'c: 5 6'])
})

test('where the file breaks off, the torn end belongs to the last document', async () => {
  expect(await grouped('a b !')).toEqual(['a: 2', 'b: 3 4'])
})

test('a file of nothing but rows without id is not gathered', async () => {
  expect(await grouped(Array(2_500).fill('-').join(' '))).toHaveLength(2_500)
})
