const dayMs = 86_400_000
const longestMs = 400 * dayMs

/**
 * Milliseconds of an ISO 8601 duration in weeks, days, hours, minutes and seconds (a day is 24 hours); null when it is none,
 * is zero or exceeds 400 days. Years and months have no fixed length and are not taken.
 */
export function durationMs(text: string): number | null {
  const match = /^P(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?)$/.exec(text)
  if (!match) return null
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  const ms = (weeks * 7 + days) * dayMs + hours * 3_600_000 + minutes * 60_000 + seconds * 1000
  return ms > 0 && ms <= longestMs ? ms : null
}
