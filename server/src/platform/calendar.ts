/**
 * The trading day a moment belongs to, `YYYY-MM-DD`: the local date in an IANA time zone, where a day starts at `dayStartsAt` (HH:MM),
 * so that a bar's sale at 02:00 still counts for the evening before.
 */
export function businessDate(at: string, timeZone: string, dayStartsAt: string): string {
  if (at !== last.at || timeZone !== last.timeZone || dayStartsAt !== last.dayStartsAt)
    last = { at, timeZone, dayStartsAt, date: computeDate(at, timeZone, dayStartsAt) }
  return last.date
}

// A batch asks for one moment over and over.
let last = { at: '', timeZone: '', dayStartsAt: '', date: '' }

function computeDate(at: string, timeZone: string, dayStartsAt: string): string {
  const ms = Date.parse(at)
  const [hours, minutes] = dayStartsAt.split(':').map(Number)
  const local = new Date(ms + offsetMs(ms, timeZone) - ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000)
  return local.toISOString().slice(0, 10)
}

// Offsets change on quarter hours at the earliest, so one look-up serves all moments of one.
const quarterMs = 15 * 60_000
const offsets = new Map<string, number>()
const formats = new Map<string, Intl.DateTimeFormat>()

function offsetMs(ms: number, timeZone: string): number {
  const key = `${timeZone} ${Math.floor(ms / quarterMs)}`
  let offset = offsets.get(key)
  if (offset === undefined) {
    offset = computeOffset(ms, timeZone)
    if (offsets.size > 5_000) offsets.clear()
    offsets.set(key, offset)
  }
  return offset
}

function computeOffset(ms: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    formats.set(timeZone, format)
  }
  const name = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
  return hours ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0
}

const aheadMaxMs = 5 * 60_000

/** Whether a moment lies in the future. Devices' clocks are a little wrong: five minutes are forgiven. */
export function isAhead(at: string, now: string): boolean {
  return Date.parse(at) > Date.parse(now) + aheadMaxMs
}

/** Whether the runtime knows this IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
