import type { Command } from './command.ts'
import { importFile } from './import.ts'
import { migrate } from './migrate.ts'
import { start } from './start.ts'
import { verify } from './verify.ts'
import { workflowExplain } from './workflow-explain.ts'
import { workspaceCreate } from './workspace-create.ts'

/** Everything the command line can do, in the order of the help. */
export const commands: readonly Command[] = [start, migrate, workspaceCreate, importFile, verify, workflowExplain]
