import * as z from 'zod'
import { limits } from './limits.ts'

// What a single value may be. Whole numbers only, every text bounded and free of control characters and of half surrogates
// (PostgreSQL keeps neither), nothing turned into something else: what was sent is what is fingerprinted and stored.

const readable = /^[^\p{Cc}\p{Cs}]*$/u
const readableLines = /^(?:[\t\n\r]|[^\p{Cc}\p{Cs}])*$/u

/** One line of text with at least one character. */
export const text = (charactersMax: number) => z.string().min(1).max(charactersMax).regex(readable, 'input.control')
/** One line of text that may be empty. */
export const anyText = (charactersMax: number) => z.string().max(charactersMax).regex(readable, 'input.control')
/** Free text of people, in paragraphs. */
export const note = z.string().min(1).max(limits.noteCharacters).regex(readableLines, 'input.control')

/** RFC 9562 in lower case, as the database gives it back: one thing has one spelling. */
export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'input.uuid')
  .meta({ format: 'uuid' })
/** What people call a thing: an article number, the name of a till. Unique in its workspace. */
export const code = text(64)
/** A lower-case word: a channel, a source, a kind of cost. */
export const word = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'input.word')
export const currency = z.string().regex(/^[A-Z]{3}$/, 'input.currency')
/** What the outside world calls a thing. */
export const externalId = text(200)

/** Printable ASCII, as the header Idempotency-Key takes it. */
export const idempotencyKey = z.string().regex(/^[\x20-\x7e]{1,255}$/, 'input.key')

/** ISO 8601 with an offset or Z, of the years 1900 to 2200. Whoever stores it makes it UTC by `new Date(…).toISOString()`. */
export const moment = z.iso.datetime({ offset: true, error: 'input.moment' }).refine(isKept, 'input.moment')
/** A calendar day, `2026-01-05`, of the years 1900 to 2200. */
export const day = z.iso.date({ error: 'input.day' }).refine(isKept, 'input.day')

/** In UTC; far from where PostgreSQL writes moments in another way than we do, or knows none, whatever is added to one. */
function isKept(at: string): boolean {
  const year = new Date(at).getUTCFullYear()
  return year >= 1900 && year <= 2200
}

// Amounts are bounded so that hundreds of them still add up exactly.
/** Minor units of a currency (cents). */
export const minor = z.int().min(-1e12).max(1e12)
/** Millionths of a currency's major unit. */
export const micro = z.int().min(0).max(1e15)
/** Thousandths of an item's base unit (piece, g, ml, mm), above zero. */
export const milli = z.int().min(1).max(1e12)
/** The same where zero or less means something. */
export const signedMilli = z.int().min(-1e12).max(1e12)
/** How often something was changed: 1 when it was made. */
export const version = z.int().min(1)
/** Counts, sums and balances in replies: any whole number that JSON keeps exactly. */
export const whole = z.int()
/** An amount or price in a reply; null for whoever is kept from prices. */
export const price = z.int().nullable()

/** Words in the reader's language; English is what everyone falls back to. */
export const label = z.object({ en: z.string() }).catchall(z.string())

/** A list's reply; `next` is the `cursor` (or `after`) of the next page, null on the last one. */
export const pageOf = <T extends z.ZodType>(row: T) => z.strictObject({ rows: z.array(row), next: z.string().nullable() })

/** A list whose entries are read one by one, so that a bad one does not spoil the others. */
export const listOf = <K extends string>(key: K, most: number) =>
  z.strictObject({ [key]: z.array(z.unknown()).min(1).max(most) } as Record<K, z.ZodArray<z.ZodUnknown>>)
