import type { Command } from './command.ts'
import { demoRemove, demoReset } from './demo.ts'
import { importFile } from './import.ts'
import { migrate } from './migrate.ts'
import { start } from './start.ts'
import { userAdd } from './user-add.ts'
import { userPassword } from './user-password.ts'
import { verify } from './verify.ts'
import { workflowExplain } from './workflow-explain.ts'
import { workspaceCreate } from './workspace-create.ts'

/** Everything the command line can do, in the order of the help. */
export const commands: readonly Command[] = [
  start,
  migrate,
  workspaceCreate,
  userAdd,
  userPassword,
  importFile,
  verify,
  workflowExplain,
  demoReset,
  demoRemove,
]
