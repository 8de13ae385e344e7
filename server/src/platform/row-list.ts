/** PostgreSQL's types; `canonical` is text of `canonicalText`, which needs no second look. */
export type ColumnType = 'uuid' | 'bigint' | 'text' | 'canonical' | 'timestamptz' | 'date' | 'boolean'

/** How rows of one kind travel to the database. */
export interface RowList<Row> {
  /** The names of the columns, quoted: what to select. */
  columns: string
  /** The rows as something to select from, out of parameters from `$first` on: `unnest($2::uuid[], …) as r("id", …)`. */
  from(first: number): string
  /** Those parameters, one array a column, as PostgreSQL writes arrays. */
  values(rows: readonly Row[]): string[]
}

/**
 * Rows as one array a column. PostgreSQL reads them in half the time of `json_to_recordset`, which looks up every property of every row
 * by name: for the statements that every order goes through.
 */
export function rowList<Row extends object>(types: { readonly [Column in keyof Row & string]: ColumnType }): RowList<Row> {
  const columns = Object.entries<ColumnType>(types)
  const names = columns.map(([name]) => `"${name}"`).join(', ')
  return {
    columns: names,
    from: (first) => `unnest(${columns.map(([, type], i) => `$${first + i}::${type === 'canonical' ? 'text' : type}[]`).join(', ')}) as r(${names})`,
    values: (rows) =>
      columns.map(([name, type]) => {
        // Only its own columns are read of a row.
        const column = rows.map((row) => (row as Record<string, unknown>)[name])
        return type === 'text' && column.some(isUneven) ? arrayOf(column) : `{${JSON.stringify(column).slice(1, -1)}}`
      }),
  }
}

// JSON and PostgreSQL write the elements of an array alike, `null`, quotes and backslashes included, but for what JSON escapes by name or number.
const uneven = /[\u0000-\u001f\ud800-\udfff]/ // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for

function isUneven(value: unknown): boolean {
  return typeof value === 'string' && uneven.test(value)
}

function arrayOf(column: readonly unknown[]): string {
  return `{${column.map((value) => (value === null || value === undefined ? 'null' : `"${String(value).replace(/["\\]/g, '\\$&')}"`)).join(',')}}`
}
