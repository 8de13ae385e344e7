/** The one outcome of a list of one. */
export function only<T>(outcomes: readonly T[]): T {
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error('A request had no outcome')
  return outcome
}
