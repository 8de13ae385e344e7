import { StartRefused, startRefusedExitCode } from '#platform/start-refused.ts'
import { supervise } from './supervise.ts'

/** The supervisor as a process: signals ask it to stop, refusals are told in one sentence, and it leaves with the fitting code. */
export async function runSupervisor(entry: string): Promise<never> {
  try {
    process.exit(await supervise(entry, process.argv.slice(2), askedToStop(), say))
  } catch (error) {
    process.stderr.write(`${error instanceof StartRefused ? error.message : error instanceof Error ? error.stack : error}\n`)
    process.exit(error instanceof StartRefused ? startRefusedExitCode : 1)
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

// `disconnect`: whoever started us over IPC (start.mjs under an older Node) was killed.
function askedToStop(): Promise<string> {
  return new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => done(signal))
    process.on('disconnect', () => done('The process that started this one has gone'))
  })
}
