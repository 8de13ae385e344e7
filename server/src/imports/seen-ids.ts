/** Counts how often an id came before. */
export interface SeenIds {
  /** Notes the id and says how many times it was noted before. */
  note(id: string): number
}

/**
 * Remembers every id of a file in little memory: documents are numbered nearly without gaps, so their numbers are kept as runs
 * (first, last) per spelling of the rest (`C#`, `#1001` …); ids without a number are kept as they are.
 */
export function rememberIds(): SeenIds {
  const runs = new Map<string, Run[]>()
  const words = new Set<string>()
  const repeats = new Map<string, number>()

  return {
    note(id) {
      if (isNew(id)) return 0
      const times = (repeats.get(id) ?? 0) + 1
      repeats.set(id, times)
      return times
    },
  }

  function isNew(id: string): boolean {
    const match = /^(\D*)(0|[1-9]\d{0,14})(\D*)$/.exec(id)
    if (!match) return addWord(id)
    const [, before = '', digits = '', after = ''] = match
    const spelling = `${before}\n${after}`
    const list = runs.get(spelling) ?? []
    runs.set(spelling, list)
    return addNumber(list, Number(digits))
  }

  function addWord(id: string): boolean {
    if (words.has(id)) return false
    words.add(id)
    return true
  }
}

type Run = [first: number, last: number]

/** Adds a number to sorted, disjoint runs; false when it was in one already. */
function addNumber(runs: Run[], number: number): boolean {
  const at = positionOf(runs, number)
  const before = runs[at - 1]
  const after = runs[at]
  if (before && number <= before[1]) return false
  const extendsBefore = before?.[1] === number - 1
  const extendsAfter = after?.[0] === number + 1
  if (before && after && extendsBefore && extendsAfter) {
    before[1] = after[1]
    runs.splice(at, 1)
  } else if (before && extendsBefore) before[1] = number
  else if (after && extendsAfter) after[0] = number
  else runs.splice(at, 0, [number, number])
  return true
}

/** Index of the first run that begins above `number`. */
function positionOf(runs: Run[], number: number): number {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((runs[middle]?.[0] ?? Number.POSITIVE_INFINITY) <= number) low = middle + 1
    else high = middle
  }
  return low
}
