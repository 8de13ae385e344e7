// How text is cut into words to be found: the same in SQL (migration 0006, `words_in`), so that both find the same.

// biome-ignore format: one letter under the other
const accented = 'ÁÀÂÄÃÅĀÇĆČÉÈÊËĒĖĘÍÌÎÏĪÑŃÓÒÔÖÕØŌŚŠÚÙÛÜŪÝŸŽŹŻáàâäãåāçćčéèêëēėęíìîïīñńóòôöõøōśšúùûüūýÿžźż'
// biome-ignore format: one letter under the other
const plain    = 'AAAAAAACCCEEEEEEEIIIIINNOOOOOOOSSUUUUUYYZZZaaaaaaaccceeeeeeeiiiiinnooooooossuuuuuyyzzz'
const plainOf = new Map([...accented].map((letter, at) => [letter, plain[at] ?? letter]))

/** The words of a text, in small letters and without accents; whatever is neither letter nor digit parts them. */
export function wordsIn(text: string): string[] {
  const folded = [...text].map((letter) => plainOf.get(letter) ?? letter).join('')
  // Of ASCII; what lies beyond belongs to a word, in every database's locale.
  return lowered(folded)
    .split(/[^0-9a-z\u0080-\u{10ffff}]+/u)
    .filter((word) => word !== '')
}

/** ASCII's capitals made small: the same in every locale. */
export const lowered = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** A telephone number's digits from last to first, marked: whoever knows its end finds it by its beginning. */
export function endOfPhone(phone: string): string[] {
  const digits = phone.replace(/\D/g, '')
  return digits.length < 4 ? [] : [`~${[...digits].reverse().join('')}`]
}

/** Whether a text, as its words, holds what is looked for: each word as a beginning, or whole; or the end of a telephone number. */
export function holdsWords(words: readonly string[], looked: string, whole: boolean): boolean {
  const wanted = wordsIn(looked)
  if (wanted.length === 0) return false
  if (wanted.every((word) => words.some((known) => (whole ? known === word : known.startsWith(word))))) return true
  return endOfPhone(phoneIn(looked)).some((end) => words.some((known) => known.startsWith(end)))
}

/** What is looked for where it is nothing but a telephone number or its end; else nothing. */
export const phoneIn = (looked: string): string => (/^\+?[\d\s().-]+$/.test(looked) ? looked : '')

/** The order number that is looked for, with or without what people write before it; null where it is none. */
export function numberIn(looked: string): number | null {
  const [, digits] = /^(?:#|[A-Za-z]{0,4}-?)(\d{1,15})$/.exec(looked) ?? []
  return digits === undefined ? null : Number(digits)
}
