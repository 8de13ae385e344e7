/** A span of time from `from` up to, and without, `to`; a single moment where both are the same. ISO 8601 in UTC. */
export interface Span {
  from: string
  to: string
}

export interface Clock {
  /** ISO 8601 in UTC. */
  now: string
  /** IANA name. */
  zone: string
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const relative = /^([+-])(\d{1,5})([mhdw])$/
const dated = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2}(?:\.\d{1,3})?))?(Z|[+-]\d{2}:\d{2})?)?$/
const days: Record<string, number> = { yesterday: -1, today: 0, tomorrow: 1 }

/** What a moment, as people type it, is now; a day lasts from its midnight to the next. Null where it cannot be meant. */
export function spanOf(text: string, { now, zone }: Clock): Span | null {
  if (text === 'now') return { from: now, to: now }
  const ago = relative.exec(text)
  if (ago) return instant(Date.parse(now) + (ago[1] === '-' ? -1 : 1) * Number(ago[2]) * unitMs[ago[3] as keyof typeof unitMs])
  const shift = Object.hasOwn(days, text) ? days[text] : undefined
  if (shift !== undefined) return daySpan(shifted(dayOf(now, zone), shift), zone)
  const [, date, minutes, seconds = '00', offset] = dated.exec(text) ?? []
  if (date === undefined || !isDay(date)) return null
  if (minutes === undefined) return daySpan(date, zone)
  const ms = offset === undefined ? zonedMs(`${date}T${minutes}:${seconds}`, zone) : Date.parse(`${date}T${minutes}:${seconds}${offset}`)
  return Number.isNaN(ms) ? null : instant(ms)
}

/** The day, `2026-11-01`, that people mean; null where it is none. */
export function dayMeant(text: string, { now, zone }: Clock): string | null {
  const shift = Object.hasOwn(days, text) ? days[text] : undefined
  if (shift !== undefined) return shifted(dayOf(now, zone), shift)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text) ? text : null
}

/** Milliseconds of `30m`, `2h`, `3d`, `1w`; null where it is none. */
export function durationMeant(text: string): number | null {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? []
  return count === undefined ? null : Number(count) * unitMs[unit as keyof typeof unitMs]
}

/** True where a moment is told from now on or back: alone, it means all the time between. */
export const isRelative = (text: string): boolean => relative.test(text)

function instant(ms: number): Span {
  const at = new Date(ms).toISOString()
  return { from: at, to: at }
}

function daySpan(day: string, zone: string): Span {
  const start = (date: string) => new Date(zonedMs(`${date}T00:00:00`, zone)).toISOString()
  return { from: start(day), to: start(shifted(day, 1)) }
}

// PostgreSQL and Date agree on these.
function isDay(day: string): boolean {
  const year = Number(day.slice(0, 4))
  return year >= 1900 && year <= 2200 && shifted(day, 0) === day
}

function shifted(day: string, by: number): string {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(ms) ? '' : new Date(ms + by * unitMs.d).toISOString().slice(0, 10)
}

function dayOf(at: string, zone: string): string {
  const ms = Date.parse(at)
  return new Date(ms + offsetMs(ms, zone)).toISOString().slice(0, 10)
}

/** What a clock on the wall showed, as a moment; of an hour that was left out, what it would have been; of one that came twice, the first. */
function zonedMs(local: string, zone: string): number {
  const wall = Date.parse(`${local}Z`)
  const guess = wall - offsetMs(wall, zone)
  const meant = wall - offsetMs(guess, zone)
  const wasLeftOut = wall - offsetMs(meant, zone) !== meant
  return wasLeftOut ? Math.max(guess, meant) : meant
}

const formats = new Map<string, Intl.DateTimeFormat>()

function offsetMs(ms: number, zone: string): number {
  if (Number.isNaN(ms)) return 0
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
    formats.set(zone, format)
  }
  const name = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
  return hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
