import { fileURLToPath } from 'node:url'
import { runSupervisor } from './run-supervisor.ts'

await runSupervisor(fileURLToPath(new URL('../main.ts', import.meta.url)))
