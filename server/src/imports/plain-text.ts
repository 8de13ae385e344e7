import { createHash } from 'node:crypto'

/** One line of text without control characters or blanks at its ends, at most `charactersMax` long; what was cut ends in `…`. */
export function oneLine(text: string, charactersMax: number): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim()
  return line.length <= charactersMax ? line : `${cut(line, charactersMax - 1)}…`
}

/** Text of several lines, without other control characters; cut like a line. */
export function asNote(text: string): string {
  const note = text.replace(/[^\P{Cc}\t\n\r]+/gu, ' ')
  return note.length <= lengths.note ? note : `${cut(note, lengths.note - 1)}…`
}

/** A text as a code of at most `charactersMax`: itself where it fits, else its beginning and a fingerprint, so that two stay two. */
export function asCode(text: string, charactersMax: number): string {
  const line = oneLine(text, Number.POSITIVE_INFINITY)
  if (line.length <= charactersMax) return line
  return `${cut(line, charactersMax - 9)}~${createHash('sha256').update(line).digest('hex').slice(0, 8)}`
}

/** A word for a source: lower case, digits, hyphens. */
export function asWord(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[-_]+|-+$/g, '')
    .slice(0, 40)
}

/** Never half of a surrogate pair. */
const cut = (text: string, characters: number) => text.slice(0, characters).replace(/[\ud800-\udbff]$/, '')

// What the order core keeps of each.
// biome-ignore format: read it by column
export const lengths = { code: 64, externalId: 200, name: 300, person: 200, email: 254, phone: 40, country: 60, note: 10_000, tag: 64 } as const
