import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { CsvRecord, ImportFormat } from './history.ts'

/** The longest record that is read, in characters: how much of the file is held at most, beside the piece just read. */
const recordCharsMax = 1_000_000

/**
 * Streams a CSV file (RFC 4180, UTF-8, header row; gzip is recognised by its first bytes) as records of the columns asked for.
 * Line ends may be LF or CRLF, cells may span lines, a byte order mark is skipped, empty lines are no rows.
 * A record that is torn comes out with `fault`; it never swallows the lines after it.
 * Throws `UnreadableFile` when the file cannot be read to its end or lacks a column.
 */
export async function* readCsv(file: string, format: Pick<ImportFormat, 'columns' | 'optionalColumns'>): AsyncGenerator<CsvRecord> {
  let header: Header | null = null
  for await (const raw of rawRecords(linesOf(file))) {
    if (header) yield toRecord(header, raw)
    else header = readHeader(raw, format)
  }
  if (!header) throw new UnreadableFile('import.columns_missing', { columns: format.columns.join(', ') })
}

export type FileFault =
  | 'import.columns_missing'
  | 'import.column_twice'
  | 'import.cannot_open'
  | 'import.truncated'
  | 'import.corrupt'
  | 'import.not_utf8'
  | 'import.record_too_long'

const sentences: Record<FileFault, string> = {
  'import.columns_missing': 'The header lacks the columns {columns}. Choose the format that the file has.',
  'import.column_twice': 'The header has the column {column} twice. Remove one.',
  'import.cannot_open': 'The file {file} cannot be opened ({why}). Check the path.',
  'import.truncated': 'The gzip file ends in the middle, after line {line}. Fetch the whole file and import again.',
  'import.corrupt': 'The gzip file is damaged after line {line} ({why}). Fetch it again and import again.',
  'import.not_utf8': 'Line {line} is not UTF-8. Convert the file and import again.',
  'import.record_too_long': 'Line {line} is longer than {most} characters: this is no CSV file of rows.',
}

/** A file that cannot be imported, or not to its end: code, parameters and the English sentence. What was read before stays imported. */
export class UnreadableFile extends Error {
  readonly code: FileFault
  readonly params: Record<string, string | number>

  constructor(code: FileFault, params: Record<string, string | number>) {
    super(sentences[code].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name])))
    this.name = 'UnreadableFile'
    this.code = code
    this.params = params
  }
}

interface RawRecord {
  row: number
  cells: string[]
  torn: boolean
}

interface Header {
  width: number
  wanted: { name: string; at: number }[]
}

function readHeader(raw: RawRecord, format: Pick<ImportFormat, 'columns' | 'optionalColumns'>): Header {
  const names = raw.cells.map((name) => name.trim())
  const missing = format.columns.filter((name) => !names.includes(name))
  if (missing.length > 0) throw new UnreadableFile('import.columns_missing', { columns: missing.join(', ') })
  const wanted = [...format.columns, ...format.optionalColumns].map((name) => ({ name, at: names.indexOf(name) }))
  for (const { name, at } of wanted) if (at !== names.lastIndexOf(name)) throw new UnreadableFile('import.column_twice', { column: name })
  return { width: names.length, wanted }
}

function toRecord(header: Header, { row, cells, torn }: RawRecord): CsvRecord {
  const misfit = torn || cells.length !== header.width
  // The last cell of a row that breaks off may be half a number: it is not shown.
  const whole = !torn && cells.length < header.width ? cells.length - 1 : cells.length
  const named: Record<string, string> = {}
  let hasNul = false
  for (const { name, at } of header.wanted) {
    const cell = at < whole ? (cells[at] ?? '') : ''
    hasNul ||= cell.includes('\0')
    named[name] = cell
  }
  return { row, cells: named, fault: misfit ? 'torn_row' : hasNul ? 'unreadable_text' : null }
}

/** Cuts lines into records. An opening quote that nothing closes costs its own line only: reading goes on with the next. */
async function* rawRecords(batches: AsyncIterable<string[]>): AsyncGenerator<RawRecord> {
  let lines: string[] = []
  let firstRow = 1
  for await (const more of batches) {
    lines = lines.concat(more)
    const done = yield* records(lines, firstRow, false)
    firstRow += done
    lines = lines.slice(done)
  }
  yield* records(lines, firstRow, true)
}

/** Yields the records that are whole in `lines` and returns how many lines they took; `ended` says that no more will come. */
function* records(lines: string[], firstRow: number, ended: boolean): Generator<RawRecord, number> {
  let start = 0
  while (start < lines.length) {
    const line = lines[start] ?? ''
    const row = firstRow + start
    if (!line.includes('"')) {
      const bare = withoutReturn(line)
      if (bare !== '') yield { row, cells: bare.split(','), torn: false }
      start += 1
      continue
    }
    const read = readQuoted(lines, start)
    if (read.state === 'unfinished' && !ended && read.chars <= recordCharsMax) return start
    yield { row, cells: read.cells, torn: read.state !== 'whole' }
    start = read.state === 'whole' ? read.next : start + 1
  }
  return start
}

interface QuotedRead {
  state: 'whole' | 'torn' | 'unfinished'
  /** Where not whole: the cells before the quote that went wrong, as far as the first line goes. */
  cells: string[]
  next: number
  chars: number
}

/** Reads one record that holds quotes, from `lines[start]` on, over as many lines as its cells span. */
function readQuoted(lines: string[], start: number): QuotedRead {
  const cells: string[] = []
  let firstLineCells = 0
  let at = start
  let line = withoutReturn(lines[at] ?? '')
  let from = 0
  let chars = 0
  for (;;) {
    if (line[from] !== '"') {
      const comma = line.indexOf(',', from)
      cells.push(line.slice(from, comma < 0 ? undefined : comma))
      if (comma < 0) return { state: 'whole', cells, next: at + 1, chars }
      from = comma + 1
      continue
    }
    if (at === start) firstLineCells = cells.length
    let cell = ''
    from += 1
    for (;;) {
      const quote = line.indexOf('"', from)
      if (quote < 0) {
        const raw = lines[at] ?? ''
        cell += `${raw.slice(from)}\n`
        chars += raw.length
        at += 1
        const following = lines[at]
        if (following === undefined || chars > recordCharsMax)
          return { state: 'unfinished', cells: cells.slice(0, firstLineCells), next: at, chars }
        line = withoutReturn(following)
        from = 0
      } else if (line[quote + 1] === '"') {
        cell += line.slice(from, quote + 1)
        from = quote + 2
      } else {
        cell += line.slice(from, quote)
        from = quote + 1
        break
      }
    }
    cells.push(cell)
    if (from === line.length) return { state: 'whole', cells, next: at + 1, chars }
    if (line[from] !== ',')
      return { state: 'torn', cells: cells.slice(0, at === start ? cells.length - 1 : firstLineCells), next: at + 1, chars }
    from += 1
  }
}

const withoutReturn = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** The file's lines without their `\n`, a batch for each piece that is read. */
async function* linesOf(file: string): AsyncGenerator<string[]> {
  let rest: Uint8Array = new Uint8Array(0)
  let line = 0
  try {
    for await (const piece of await bytesOf(file)) {
      const bytes = Buffer.concat([rest, piece])
      const end = bytes.lastIndexOf(newline) + 1
      rest = bytes.subarray(end)
      if (rest.length > recordCharsMax) throw new UnreadableFile('import.record_too_long', { line: line + 1, most: recordCharsMax })
      const lines = decode(bytes.subarray(0, end), line)
      line += lines.length
      yield lines
    }
    if (rest.length > 0) yield decode(Buffer.concat([rest, Buffer.from('\n')]), line)
  } catch (error) {
    throw asFileFault(error, file, line)
  }
}

const newline = 10

/** Each line is decoded by itself: whoever keeps a name keeps a line in memory with it, not a piece of the file. */
function decode(bytes: Buffer, linesBefore: number): string[] {
  const lines: string[] = []
  const isValid = isUtf8(bytes)
  let from = linesBefore === 0 && bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  while (from < bytes.length) {
    const to = bytes.indexOf(newline, from)
    if (!isValid && !isUtf8(bytes.subarray(from, to))) throw new UnreadableFile('import.not_utf8', { line: linesBefore + lines.length + 1 })
    lines.push(bytes.toString('utf8', from, to))
    from = to + 1
  }
  return lines
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

async function bytesOf(file: string): Promise<AsyncIterable<Uint8Array>> {
  const handle = await open(file)
  const magic = Buffer.alloc(2)
  await handle.read(magic, 0, 2, 0)
  await handle.close()
  const plain = createReadStream(file)
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return plain
  // An error of either stream ends both and reaches whoever reads the last one.
  return pipeline(plain, createGunzip({ chunkSize: 65_536 }), () => {})
}

function asFileFault(error: unknown, file: string, line: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR') return new UnreadableFile('import.truncated', { line })
  if (code.startsWith('Z_')) return new UnreadableFile('import.corrupt', { line, why: code })
  if (/^E[A-Z]+$/.test(code)) return new UnreadableFile('import.cannot_open', { file, why: code })
  return error
}
