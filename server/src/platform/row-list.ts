/** PostgreSQL's types; `canonical` is text of `canonicalText`, long and full of quotes. */
export type ColumnType = 'uuid' | 'bigint' | 'text' | 'canonical' | 'timestamptz' | 'date' | 'boolean'

/** How rows of one kind travel to the database. */
export interface RowList<Row> {
  /** The names of the columns, quoted: what to select. */
  columns: string
  /** The rows as something to select from, out of parameters from `$first` on: `unnest($2::uuid[], …) as r("id", …)`. */
  from(first: number): string
  /** Those parameters. */
  values(rows: readonly Row[]): (string | Buffer)[]
}

/**
 * Rows as one array a column. PostgreSQL reads them in half the time of `json_to_recordset`, which looks up every property of every row
 * by name: for the statements that every order goes through. Canonical text travels as bytes, which nobody has to quote or read letter by
 * letter.
 */
export function rowList<Row extends object>(types: { readonly [Column in keyof Row & string]: ColumnType }): RowList<Row> {
  const columns = Object.entries<ColumnType>(types)
  return {
    columns: columns.map(([name]) => `"${name}"`).join(', '),
    from: (first) => {
      let next = first
      const arrays: string[] = []
      const names: string[] = []
      const selected = columns.map(([name, type]) => {
        if (type === 'canonical') {
          arrays.push(`$${next + 1}::bigint[]`, `$${next + 2}::bigint[]`)
          names.push(`"${name} at"`, `"${name} bytes"`)
          next += 3
          return `convert_from(substring($${next - 3}::bytea from "${name} at"::int for "${name} bytes"::int), 'UTF8') as "${name}"`
        }
        arrays.push(`$${next++}::${type}[]`)
        names.push(`"${name}"`)
        return `"${name}"`
      })
      const list = `unnest(${arrays.join(', ')}) as r(${names.join(', ')})`
      return columns.some(([, type]) => type === 'canonical') ? `(select ${selected.join(', ')} from ${list}) as r` : list
    },
    values: (rows) =>
      columns.flatMap(([name, type]) => {
        // Only its own columns are read of a row.
        const column = rows.map((row) => (row as Record<string, unknown>)[name])
        if (type === 'canonical') return bytesOf(column as string[])
        return type === 'text' && column.some(isUneven) ? quotedArray(column) : plainArray(column)
      }),
  }
}

/** All texts in one piece, and where each begins (from 1) and how long it is. */
function bytesOf(texts: readonly string[]): [Buffer, string, string] {
  const together = texts.join('')
  const bytes = Buffer.from(together)
  const isAscii = bytes.length === together.length
  const lengths = texts.map((text) => (isAscii ? text.length : Buffer.byteLength(text)))
  const starts: number[] = []
  let next = 1
  for (const length of lengths) {
    starts.push(next)
    next += length
  }
  return [bytes, plainArray(starts), plainArray(lengths)]
}

// JSON and PostgreSQL write the elements of an array alike, `null`, quotes and backslashes included, but for what JSON escapes by name or number.
function plainArray(column: readonly unknown[]): string {
  return `{${JSON.stringify(column).slice(1, -1)}}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const uneven = /[\u0000-\u001f\ud800-\udfff]/

function isUneven(value: unknown): boolean {
  return typeof value === 'string' && uneven.test(value)
}

function quotedArray(column: readonly unknown[]): string {
  return `{${column.map((value) => (value === null || value === undefined ? 'null' : `"${String(value).replace(/["\\]/g, '\\$&')}"`)).join(',')}}`
}
