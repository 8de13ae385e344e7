// What `npm test` begins with: any Node from 18 on can read this file.
import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installMissing, lockedNode } from './install.mjs'

installMissing()
const scripts = dirname(fileURLToPath(import.meta.url))
const programs = join(dirname(scripts), 'node_modules', '.bin')
const env = { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH}` }
const child = spawn(lockedNode(), [join(scripts, 'run-tests.ts'), ...process.argv.slice(2)], {
  cwd: dirname(scripts),
  env,
  stdio: 'inherit',
})
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
