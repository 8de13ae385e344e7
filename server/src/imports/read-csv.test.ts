import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { CsvRecord } from './history.ts'
import { readCsv, UnreadableFile } from './read-csv.ts'
import { withFile } from './testing/import-text.ts'

const format = { columns: ['id', 'name', 'price'], optionalColumns: ['note'] }
const header = 'id,name,price\n'

const read = (content: string | Uint8Array): Promise<CsvRecord[]> => withFile(content, (file) => Array.fromAsync(readCsv(file, format)))
const rowsOf = (records: CsvRecord[]) => records.map(({ row, cells, fault }) => [row, cells.id, cells.name, cells.price, fault])

async function faultOf(content: string | Uint8Array): Promise<{ code: string; message: string; before: number }> {
  const before: CsvRecord[] = []
  return withFile(content, async (file) => {
    try {
      for await (const record of readCsv(file, format)) before.push(record)
    } catch (error) {
      if (error instanceof UnreadableFile) return { code: error.code, message: error.message, before: before.length }
      throw error
    }
    throw new Error('the file was read to its end')
  })
}

test('line ends may be CRLF, a byte order mark is skipped, and the last line may lack its end', async () => {
  const records = await read('\ufeffid,name,price\r\n1,Tea,2\r\n2,Mug,3')
  expect(rowsOf(records)).toEqual([
    [2, '1', 'Tea', '2', null],
    [3, '2', 'Mug', '3', null],
  ])
})

test('a cell may hold commas, quotes and line ends, and rows keep the line they start on', async () => {
  const records = await read(`${header}1,"a ""b"", c\r\nd\n\ne",2\n\n2,x,3\n`)
  expect(rowsOf(records)).toEqual([
    [2, '1', 'a "b", c\r\nd\n\ne', '2', null],
    [7, '2', 'x', '3', null],
  ])
})

test('a quote inside a cell that does not begin with one is text', async () => {
  expect(rowsOf(await read(`${header}1,12" plate,2\n`))).toEqual([[2, '1', '12" plate', '2', null]])
})

test('columns are found by name in any order, others are ignored, an optional one that is missing is empty', async () => {
  const [record] = await read('colour,price,id,name\nred,2,1,Tea\n')
  expect(record?.cells).toEqual({ id: '1', name: 'Tea', price: '2', note: '' })
})

test('a header without a column is refused and the sentence names it', async () => {
  const fault = await faultOf('id,price\n1,2\n')
  expect(fault).toMatchObject({ code: 'import.columns_missing', before: 0 })
  expect(fault.message).toContain('name')
})

test('an empty file lacks every column', async () => {
  expect(await faultOf('')).toMatchObject({ code: 'import.columns_missing' })
})

test('a header that has a column twice is refused', async () => {
  expect(await faultOf('id,name,price,name\n')).toMatchObject({ code: 'import.column_twice' })
})

test('a row with too few cells is torn and does not show its last cell, which may be half', async () => {
  expect(rowsOf(await read(`${header}1,Tea,2\n2,Mu`))).toEqual([
    [2, '1', 'Tea', '2', null],
    [3, '2', '', '', 'torn_row'],
  ])
})

test('a row with too many cells is torn', async () => {
  expect(rowsOf(await read(`${header}1,Tea,2,3\n2,Mug,3\n`))).toEqual([
    [2, '1', 'Tea', '2', 'torn_row'],
    [3, '2', 'Mug', '3', null],
  ])
})

test('a quote that is never closed costs its own line only', async () => {
  const records = await read(`${header}1,"Tea,2\n2,Mug,3\n3,Pot,4\n`)
  expect(rowsOf(records)).toEqual([
    [2, '1', '', '', 'torn_row'],
    [3, '2', 'Mug', '3', null],
    [4, '3', 'Pot', '4', null],
  ])
})

test('a quote that only a later row closes swallows none of the rows between', async () => {
  const records = await read(`${header}1,"Tea,2\n2,Mug,3\n3,"Pot, big",4\n`)
  expect(rowsOf(records)).toEqual([
    [2, '1', '', '', 'torn_row'],
    [3, '2', 'Mug', '3', null],
    [4, '3', 'Pot, big', '4', null],
  ])
})

test('text after a closing quote tears its row', async () => {
  expect(rowsOf(await read(`${header}1,"Tea"x,2\n2,Mug,3\n`))).toEqual([
    [2, '1', '', '', 'torn_row'],
    [3, '2', 'Mug', '3', null],
  ])
})

test('a NUL character makes a row unreadable, and only that row', async () => {
  expect((await read(`${header}1,T\0a,2\n2,Mug,3\n`)).map(({ fault }) => fault)).toEqual(['unreadable_text', null])
})

test('rows are the same in whatever pieces the file arrives', async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i},"größe ""${i}""\nx",${i % 7}`)
  const records = await read(gzipSync(`${header}${lines.join('\n')}\n`))
  expect(records.map(({ row, cells }) => `${row} ${cells.id} ${cells.name}`)).toEqual(
    lines.map((_, i) => `${2 * i + 2} ${i} größe "${i}"\nx`),
  )
})

test('a gzip file that ends in the middle is an error after the rows that could be read', async () => {
  const bytes = gzipSync(header + Array.from({ length: 50_000 }, (_, i) => `${i},${Math.sin(i)},2\n`).join(''))
  const fault = await faultOf(bytes.subarray(0, bytes.length >> 1))
  expect(fault.code).toBe('import.truncated')
  expect(fault.before).toBeGreaterThan(1000)
  expect(fault.message).toContain(`line ${fault.before + 1}`)
})

test('a damaged gzip file is an error', async () => {
  const bytes = gzipSync(header + Array.from({ length: 5_000 }, (_, i) => `${i},${Math.sin(i)},2\n`).join(''))
  bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 40)
  expect((await faultOf(bytes)).code).toBe('import.corrupt')
})

test('text that is not UTF-8 is an error that names the line', async () => {
  const fault = await faultOf(Buffer.from(`${header}1,Tea,2\n2,\xa3 box,3\n`, 'latin1'))
  expect(fault).toMatchObject({ code: 'import.not_utf8' })
  expect(fault.message).toContain('Line 3')
})

test('a file without line ends is refused before it fills the memory', async () => {
  expect((await faultOf(`${header}${'x'.repeat(1_200_000)}`)).code).toBe('import.record_too_long')
})

test('a file that is not there is refused with its path', async () => {
  await expect(Array.fromAsync(readCsv('/nowhere/orders.csv', format))).rejects.toThrow('/nowhere/orders.csv')
})
