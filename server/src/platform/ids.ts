import { randomFillSync } from 'node:crypto'

/** An identifier of one kind of thing: handing over a LineId where an OrderId is wanted does not compile. */
export type Id<Kind extends string> = string & { readonly __kind: Kind }

const pool = Buffer.alloc(16 * 256)
let used = pool.length
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A UUIDv7 (RFC 9562): sorts by the millisecond it was made in; unique, not a clock to reason with. */
export function newId<Kind extends string>(): Id<Kind> {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const ms = Date.now()
  const at = used
  used += 16
  const h = (i: number) => hex[pool[at + i] ?? 0]
  const b = (i: number, and: number, or: number) => hex[((pool[at + i] ?? 0) & and) | or]
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-${b(6, 0x0f, 0x70)}${h(7)}-${b(8, 0x3f, 0x80)}${h(9)}-${h(10)}${h(11)}${h(12)}${h(13)}${h(14)}${h(15)}` as Id<Kind>
}

/** The id that stands where nothing does, in keys that may not be null (stock that carries no lot). */
export const nilId = '00000000-0000-0000-0000-000000000000'
