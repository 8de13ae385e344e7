import { codeOf } from './db.ts'

/** An error as it may stand in a log or beside owed work. */
export interface PlainError {
  type: string
  message: string
  code?: string
  /** Of a database error: where. */
  table?: string
  column?: string
  constraint?: string
  stack?: string
  cause?: PlainError
}

/**
 * What failed and where, without what it failed on: PostgreSQL puts whole rows into `detail` and `where`, and what was sent into the
 * messages of data exceptions.
 */
export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'Something that is no error was thrown' }
  const { table, column, constraint } = error as { table?: unknown; column?: unknown; constraint?: unknown }
  const code = codeOf(error)
  return {
    type: error.name,
    message: plainMessage(error),
    ...(code === undefined ? {} : { code }),
    ...(typeof table === 'string' ? { table } : {}),
    ...(typeof column === 'string' ? { column } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(error.stack === undefined ? {} : { stack: placesOf(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: plainError(error.cause) }),
  }
}

/**
 * The message of an error without what was sent: those that may quote it end where the quotation would begin, in whatever language the
 * database speaks. That is what JavaScript could not read, and every class of PostgreSQL but those that name nothing but tables, columns
 * and connections.
 */
export function plainMessage(error: Error): string {
  const code = codeOf(error) ?? ''
  const isOfPostgres = /^[0-9A-Z]{5}$/.test(code) && 'severity' in error
  const mayQuote = error instanceof SyntaxError || error instanceof RangeError || (isOfPostgres && !namesThingsOnly.test(code))
  return mayQuote ? error.message.replace(/["'`:«»“”„‘’「『][\s\S]*| \S+ (?=to a BigInt)[\s\S]*/, ' …') : error.message
}

// 42601 is what a text is that cannot be read as SQL, a search or a path.
const namesThingsOnly = /^(?:08|23|25|28|40|42(?!601)|53|55|57|58)/

/** The lines of a stack that say where; the ones before repeat the message. */
function placesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}

/** How a log writes what it is given: `pino({ serializers })`. */
export const serializers = { err: plainError }
