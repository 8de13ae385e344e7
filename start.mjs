// What `npm start` begins with: any Node from 18 on can read this file. It installs what is missing, finds the Node of the
// lockfile and hands over to the supervisor, in this process when it already is that Node.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installMissing, lockedNode } from './scripts/install.mjs'

installMissing()
const node = lockedNode()
if (Number(process.versions.node.split('.')[0]) >= 26) {
  await import('./server/src/supervisor/main.ts')
} else {
  const main = fileURLToPath(new URL('./server/src/supervisor/main.ts', import.meta.url))
  // Over IPC the supervisor notices when this process is killed, and ends cleanly.
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
