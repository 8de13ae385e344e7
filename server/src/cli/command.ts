import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Pools } from '#platform/db.ts'
import type { Settings } from '#platform/settings.ts'
import type { Progress } from './progress.ts'

/** One verb of the command line. */
export interface Command {
  /** One word or two, as it is typed: `migrate`, `workspace create`. */
  name: string
  /** What follows the name, as the help shows it: `<code> --blueprint <b> [--json]`. */
  usage: string
  /** One sentence. */
  summary: string
  /** Answers the exit code; 0 is success. Refusals are said and answered with 1, wrong arguments thrown as {@link UsageError}. */
  run(args: string[], context: Context): Promise<number>
}

/** What a command works with. Nothing of it is opened before it is asked for; all of it is closed when the command has ended. */
export interface Context {
  settings(): Settings
  /** The address of a prepared database: `DATABASE_URL`, or the embedded one, started for the duration where it does not run. */
  databaseUrl(): Promise<string>
  pools(): Promise<Pools>
  /** What was asked for: a line of standard output. */
  answer(line: string): void
  /** What goes with it: a line of standard error. */
  say(line: string): void
  /** A line about long work: rewritten in place on a terminal, repeated now and then elsewhere. */
  progress(): Progress
}

/** The arguments make no sense: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Reads options and named positional arguments; every name must be there, unless it ends in `?`, and nothing more. */
export function readArguments<O extends ParseArgsOptionsConfig, const N extends string>(args: string[], options: O, names: readonly N[]) {
  const parsed = parsedOrUsage(args, options)
  const given = parsed.positionals
  const missing = names.find((name, at) => !name.endsWith('?') && given[at] === undefined)
  if (missing !== undefined) throw new UsageError(`<${missing}> is missing.`)
  if (given.length > names.length) throw new UsageError(`"${given[names.length]}" is one argument too many.`)
  return { options: parsed.values, named: Object.fromEntries(names.map((name, at) => [name, given[at] ?? ''])) as Record<N, string> }
}

function parsedOrUsage<O extends ParseArgsOptionsConfig>(args: string[], options: O) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    // parseArgs names the argument and the way out.
    throw error instanceof TypeError ? new UsageError(error.message) : error
  }
}
