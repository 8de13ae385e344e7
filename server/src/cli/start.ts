import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Command } from './command.ts'

const startScript = fileURLToPath(new URL('../../../start.mjs', import.meta.url))

export const start: Command = {
  name: 'start',
  usage: '[--role=http|jobs|all]',
  summary: 'Start Docket, as npm start does.',
  run: (args) => {
    const child = spawn(process.execPath, [startScript, ...args], { stdio: 'inherit' })
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
    return new Promise((done, failed) => child.once('error', failed).once('exit', (code, signal) => done(code ?? (signal ? 1 : 0))))
  },
}
