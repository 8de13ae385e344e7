/** Of the known words, the one that was probably meant; null where none is near. */
export function nearest(word: string, known: Iterable<string>): string | null {
  const typed = word.toLowerCase()
  let best: string | null = null
  let least = Math.min(3, Math.max(1, Math.floor(typed.length / 3))) + 1
  for (const one of known) {
    const lower = one.toLowerCase()
    // Who typed the beginning meant the rest.
    const steps = typed.length >= 2 && lower.startsWith(typed) ? 0.5 : distance(typed, lower, least)
    if (steps < least) {
      least = steps
      best = one
    }
  }
  return best
}

/** How many letters must be changed, added, left out or swapped; `most` where it is that many or more. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let steps = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps = Math.min(steps, (before[j - 2] ?? 0) + 1)
      next.push(steps)
    }
    before = row
    row = next
  }
  return row[b.length] ?? most
}
