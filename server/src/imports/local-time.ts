import { isAhead } from '#platform/calendar.ts'

/**
 * A reader of local wall-clock times of one zone: `2021-01-02T08:38` or with seconds → instant in UTC, null when it is no time.
 * Where clocks are set back and a time came twice, the first of the two is meant; where they are set forward and a time never
 * was, it is moved on by the gap (02:30 becomes 03:30), as clocks that nobody had set yet would show it. What lies ahead is no time of
 * history.
 */
export function clockOf(timeZone: string): (local: string) => string | null {
  // Files run through their days in order: most rows share their time with the row before, nearly every one its day.
  let last: { local: string; at: string | null } | null = null
  let today: Day | null = null
  return (local) => {
    if (last?.local !== local) last = { local, at: read(local) }
    return last.at
  }

  function read(local: string): string | null {
    const match = /^((?:19|2\d)\d\d-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/.exec(local)
    const [, date] = match ?? []
    if (date === undefined) return null
    if (today?.date !== date) today = dayOf(date, timeZone)
    if (today.offsetMs === null) return null
    if (today.offsetMs === 'changes')
      return past(Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone, { disambiguation: 'compatible' }).toInstant().toString())
    return past(`${new Date(Date.parse(`${local}Z`) - today.offsetMs).toISOString().slice(0, 19)}Z`)
  }
}

/** A local day and how far its clocks are ahead of UTC: null for a date that is none, `changes` for a day on which they are set. */
interface Day {
  date: string
  offsetMs: number | 'changes' | null
}

function dayOf(date: string, timeZone: string): Day {
  const start = orNull(() => Temporal.PlainDate.from(date).toZonedDateTime(timeZone))
  if (!start) return { date, offsetMs: null }
  const isEven = start.offsetNanoseconds === start.add({ days: 1 }).offsetNanoseconds
  return { date, offsetMs: isEven ? start.offsetNanoseconds / 1e6 : 'changes' }
}

/** A time that carries its offset (`2026-04-05 21:06:21 +0400`, `… UTC`) as an instant in UTC; null when it is none, or lies ahead. */
export function instantOfOffsetText(text: string): string | null {
  const match = /^((?:19|2\d)\d\d-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?(?:([+-]\d\d):?(\d\d)|UTC|Z)$/.exec(text)
  if (!match) return null
  const [, date, time, hours, minutes] = match
  const at = orNull(() => Temporal.Instant.from(`${date}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`).toString())
  return at && past(at)
}

function past(at: string): string | null {
  return isAhead(at, new Date().toISOString()) ? null : at
}

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
