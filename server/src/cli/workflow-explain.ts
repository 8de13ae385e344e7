import type { Definition } from '#contract/workflow.ts'
import { findWorkspace } from '#modules/places/index.ts'
import { currentWorkflows, explain, loadDefinition } from '#modules/workflow/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'
import { blueprints } from '../../blueprints/index.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { refused } from './refused.ts'

export const workflowExplain: Command = {
  name: 'workflow explain',
  usage: '<blueprint | workspace/code> [--language en|es] [--json]',
  summary: 'Say in sentences what a workflow does.',
  run: async (args, context) => {
    const { options, named } = readArguments(
      args,
      { language: { type: 'string', default: 'en' }, json: { type: 'boolean', default: false } },
      ['workflow'],
    )
    const { language, json } = options
    if (language !== 'en' && language !== 'es') throw new UsageError(`--language is "${language}"; it may be en or es.`)
    const [workspace = '', code] = named.workflow.split('/')
    const found = code === undefined ? ofBlueprint(workspace) : await ofWorkspace(await context.pools(), workspace, code)
    if (!found.ok) return refused(found.reason, context, json)
    const { definition, version } = found.value
    const lines = explain(definition, language)
    if (json) context.answer(JSON.stringify({ code: definition.code, version, lines }))
    else for (const line of lines) context.answer(line)
    return 0
  },
}

/** The version is null where nothing is published yet. */
interface Found {
  definition: Definition
  version: number | null
}

function ofBlueprint(code: string): Answer<Found> {
  const blueprint = blueprints.find((one) => one.code === code)
  return blueprint
    ? fine({ definition: blueprint.workflow, version: null })
    : no('blueprint.not_found', { blueprint: code, known: blueprints.map((one) => one.code).join(', ') })
}

async function ofWorkspace(pools: Pools, workspace: string, code: string): Promise<Answer<Found>> {
  const workspaceId = await pools.system((tx) => findWorkspace(tx, workspace))
  if (workspaceId === undefined) return no('workspace.not_found', { workspace })
  return await pools.view(workspaceId, async (db) => {
    const pin = (await currentWorkflows(db, workspaceId)).find((workflow) => workflow.code === code)
    const definition = pin && (await loadDefinition(db, workspaceId, pin))
    return definition ? fine({ definition, version: pin.version }) : no('workflow.not_found', { workflow: code })
  })
}
