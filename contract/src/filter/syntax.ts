/** Where something stands in the text: characters from its beginning. */
export interface Spot {
  at: number
  length: number
}

export const comparisons = ['>=', '<=', '>', '<'] as const
export type Comparison = (typeof comparisons)[number]

/** What is asked of a field. Values are as they were typed; what `today` or `me` is, is known when it is asked. */
export type Test =
  | { kind: 'is'; values: string[] }
  | { kind: 'compare'; by: Comparison; value: string }
  | { kind: 'between'; from: string | null; to: string | null }
  | { kind: 'none' }
  | { kind: 'any' }

/** A filter, read: `every` of its parts, `either` of them, what is `not`, a test of a field, or words to be found somewhere. */
export type Filter = Spot &
  (
    | { kind: 'every' | 'either'; of: Filter[] }
    | { kind: 'not'; of: Filter }
    | { kind: 'test'; field: string; test: Test }
    /** `whole` where they stood in quotes: whole words, all of them in one place. */
    | { kind: 'words'; text: string; whole: boolean }
  )

/** Lets everything through. */
export const everything: Filter = { kind: 'every', of: [], at: 0, length: 0 }

/** Every test and word of a filter, first to last. */
export function leavesOf(filter: Filter): Extract<Filter, { kind: 'test' | 'words' }>[] {
  if (filter.kind === 'test' || filter.kind === 'words') return [filter]
  return filter.kind === 'not' ? leavesOf(filter.of) : filter.of.flatMap(leavesOf)
}

/** Words to be found somewhere. */
export type Words = Extract<Filter, { kind: 'words' }>

/** The words that must all hold beside each other, and the other parts. One person has all of them that are not found elsewhere. */
export function partsOf(parts: readonly Filter[]): { words: Words[]; others: Filter[] } {
  return {
    words: parts.filter((part) => part.kind === 'words'),
    others: parts.filter((part) => part.kind !== 'words'),
  }
}

/** Every group of words that are looked for together. */
export function wordGroupsOf(filter: Filter): Words[][] {
  if (filter.kind === 'words') return [[filter]]
  if (filter.kind === 'test') return []
  if (filter.kind === 'not') return wordGroupsOf(filter.of)
  if (filter.kind === 'either') return filter.of.flatMap(wordGroupsOf)
  const { words, others } = partsOf(filter.of)
  return [...(words.length > 0 ? [words] : []), ...others.flatMap(wordGroupsOf)]
}
