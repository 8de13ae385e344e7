import { openPools, type Pools, TransientDbError } from '#platform/db.ts'
import { readSettings } from '#platform/settings.ts'
import { StartRefused, startRefusedExitCode } from '#platform/start-refused.ts'
import { type Command, type Context, UsageError } from './command.ts'
import { openDatabase } from './open-database.ts'
import { progressOn } from './progress.ts'

/** Where lines go: the streams of the process, or whatever a test listens to. */
export interface Streams {
  out: { write(text: string): unknown }
  err: { isTTY?: boolean; columns?: number; write(text: string): unknown }
}

const usageExitCode = 2
const failedExitCode = 1
const invocation = 'npm run -s docket --'

/** Runs what the arguments ask for and answers the exit code: 0 done, 1 refused, 2 not understood, 78 a person must act first. */
export async function runCommand(
  commands: readonly Command[],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  streams: Streams,
): Promise<number> {
  const say = (line: string): void => void streams.err.write(`${line}\n`)
  const command = commands.find(({ name }) => name.split(' ').every((word, at) => args[at] === word))
  if (!command) {
    const asked = args.length === 0 || ['help', '--help', '-h'].includes(args[0] ?? '')
    if (!asked) say(`There is no command "${args.join(' ')}".`)
    for (const line of help(commands)) (asked ? streams.out : streams.err).write(`${line}\n`)
    return asked && args.length > 0 ? 0 : usageExitCode
  }
  const own = args.slice(command.name.split(' ').length)
  if (own.includes('--help') || own.includes('-h')) {
    streams.out.write(`${command.summary}\nUsage: ${usageOf(command)}\n`)
    return 0
  }
  const { context, close } = openContext(env, streams)
  try {
    return await command.run(own, context)
  } catch (error) {
    if (error instanceof UsageError) {
      say(error.message)
      say(`Usage: ${usageOf(command)}`)
      return usageExitCode
    }
    if (error instanceof StartRefused) {
      say(error.message)
      return startRefusedExitCode
    }
    if (error instanceof TransientDbError) {
      say(`${error.message}. Try again; if it stays, check the database.`)
      return failedExitCode
    }
    throw error
  } finally {
    await close()
  }
}

const usageOf = ({ name, usage }: Command): string => `${invocation} ${name} ${usage}`.trim()

function help(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    `Usage: ${invocation} <command> [options]; --help after a command says more.`,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ]
}

function openContext(env: NodeJS.ProcessEnv, { out, err }: Streams): { context: Context; close(): Promise<void> } {
  const say = (line: string): void => void err.write(`${line}\n`)
  let database: ReturnType<typeof openDatabase> | undefined
  let pools: Promise<Pools> | undefined
  const context: Context = {
    settings: () => readSettings(env),
    databaseUrl: async () => {
      database ??= openDatabase(context.settings(), say)
      return (await database).url
    },
    pools: () => {
      pools ??= context.databaseUrl().then((url) => openPools(url))
      return pools
    },
    answer: (line) => void out.write(`${line}\n`),
    say,
    progress: () => progressOn(err),
  }
  return {
    context,
    // What could not be opened has said so already.
    close: async () => {
      await (await pools?.catch(() => undefined))?.end()
      await (await database?.catch(() => undefined))?.close()
    },
  }
}
