import { createHash } from 'node:crypto'
import { type Pin, publishWorkflow } from '#modules/workflow/index.ts'
import type { Call } from '../call.ts'
import { changeReference, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'

/** Publishes definitions, each as the next version of its code. Orders keep the version they were placed under. */
export function publishWorkflows(desk: Desk, call: Call, definitions: readonly unknown[]): Promise<Saved<Pin>[]> {
  return changeReference(desk, call, async (tx) => {
    const value: Saved<Pin>[] = []
    const happened: Happened[] = []
    for (const definition of definitions) {
      const may = mayTouch(call, 'workflows:publish', null)
      const pin = may.ok ? await publishWorkflow(tx, { workspaceId: call.workspaceId, definition, publishedBy: call.actor.id }) : may
      value.push(pin.ok ? { ...pin, already: false } : pin)
      if (pin.ok) happened.push(workflowPublished(call.workspaceId, pin.value))
    }
    return { value, happened }
  })
}

/** A workflow has a code and no id; in the log it goes by one made of its workspace and code (RFC 9562, version 8). */
export function workflowPublished(workspaceId: string, { code, version }: Pin): Happened {
  const hex = createHash('sha256').update(`workflow\n${workspaceId}\n${code}`).digest('hex')
  const subjectId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  return { subject: 'workflow', subjectId, seq: version, type: 'WorkflowPublished', payload: { code, version } }
}
