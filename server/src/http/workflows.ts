import { currentWorkflows, explain, loadDefinition } from '#modules/workflow/index.ts'
import type { Engine } from '#usecases/engine.ts'
import { refused } from './problems.ts'
import type { Handlers } from './serve.ts'

/** What orders run on. */
export function workflowHandlers({ pools }: Engine) {
  return {
    listWorkflows: async ({ call }) => {
      const workflows = await pools.view(call.workspaceId, (db) => currentWorkflows(db, call.workspaceId))
      return {
        status: 200,
        body: { workflows: workflows.map(({ code, version, label, publishedAt }) => ({ code, version, label, publishedAt })) },
      }
    },

    getWorkflow: async ({ call, params: { code }, query }) => {
      const found = await pools.view(call.workspaceId, async (db) => {
        const version = query.version ?? (await currentWorkflows(db, call.workspaceId)).find((workflow) => workflow.code === code)?.version
        const definition = version === undefined ? null : await loadDefinition(db, call.workspaceId, { code, version })
        return definition && version !== undefined ? { version, definition } : null
      })
      if (!found) return refused('workflow.not_found', { workflow: code })
      const { version, definition } = found
      return {
        status: 200,
        body: { code, version, definition: { ...definition }, sentences: explain(definition, call.language === 'es' ? 'es' : 'en') },
      }
    },
  } satisfies Partial<Handlers>
}
