import { commands } from './commands.ts'
import { runCommand } from './run-command.ts'

// Whoever read our lines has gone (`| head`): what was begun is still ended well.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
process.exitCode = await runCommand(commands, process.argv.slice(2), process.env, { out: process.stdout, err: process.stderr })
