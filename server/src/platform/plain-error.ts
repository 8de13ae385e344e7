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

/** The message of an error without what was sent, where it quotes that: class 22 of PostgreSQL, and JSON that cannot be read. */
export function plainMessage(error: Error): string {
  const quotes = error instanceof SyntaxError || /^22[0-9A-Z]{3}$/.test(codeOf(error) ?? '')
  return quotes ? error.message.replaceAll(/"[\s\S]*"/g, '"…"').replace(/(?<=token )'[\s\S]*/, '…') : error.message
}

/** The lines of a stack that say where; the ones before repeat the message. */
function placesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}

/** How a log writes what it is given: `pino({ serializers })`. */
export const serializers = { err: plainError }
