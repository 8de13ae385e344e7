/** What stands in a cell: text of people, or something with a form of its own. */
export type Cell = string | null | { number: string }

/** How a file is written where it is read. */
export interface Writing {
  separator: string
  decimal: string
}

// biome-ignore format: read it by column
export const writings: Record<'en' | 'es', Writing> = {
  en: { separator: ',', decimal: '.' },
  es: { separator: ';', decimal: ',' },
}

/** A line of RFC 4180, its end included. */
export function csvLine(cells: readonly Cell[], writing: Writing): string {
  return `${cells.map((cell) => cellText(cell, writing)).join(writing.separator)}\r\n`
}

function cellText(cell: Cell, { separator, decimal }: Writing): string {
  if (cell === null) return ''
  if (typeof cell === 'object') return cell.number.replace('.', decimal)
  // Spreadsheets take a cell that begins so for a formula, whoever wrote it; what is quoted and begins with an apostrophe is text.
  if (formula.test(cell)) return quoted(`'${cell}`)
  return cell.includes(separator) || special.test(cell) ? quoted(cell) : cell
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

// Full-width and small forms are read as their plain ones, and what cannot be seen before them is passed over.
const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]|^[\t\r]/u
const special = /["\r\n,;]|^\s|\s$/u
