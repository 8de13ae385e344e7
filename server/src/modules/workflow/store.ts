import type { Definition, Label } from '#contract/workflow.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Db, Tx } from '#platform/db.ts'
import { compile } from './compile.ts'
import { readDefinition } from './definition.ts'
import type { Flow } from './types.ts'

/** A version of a workflow, as an order pins it. */
export interface Pin {
  code: string
  version: number
}

/**
 * Publishes a definition as the next version of its code and answers with it; what was published before stays as it is.
 * Refused when it cannot be read or compiled (`workflow.…`), or when somebody published the same version meanwhile (`workflow.changed`).
 */
export async function publishWorkflow(
  tx: Tx,
  { workspaceId, definition, publishedBy }: { workspaceId: string; definition: unknown; publishedBy: string | null },
): Promise<Answer<Pin>> {
  const read = readDefinition(definition)
  if (!read.ok) return read
  const compiled = compile(read.value, { version: 1 })
  if (!compiled.ok) return compiled
  const { code } = read.value
  const [published] = await tx.query<{ version: number }>({
    name: 'workflow_publish',
    text: `insert into workflows (workspace_id, code, version, definition, published_by)
           select $1, $2, coalesce(max(version), 0) + 1, $3::jsonb, $4::uuid from workflows where workspace_id = $1 and code = $2
           on conflict do nothing
           returning version`,
    values: [workspaceId, code, JSON.stringify(read.value), publishedBy],
  })
  if (published) return fine({ code, version: published.version })
  const current = (await currentWorkflows(tx, workspaceId)).find((workflow) => workflow.code === code)
  return no('workflow.changed', { workflow: code, version: current?.version ?? 0 })
}

/** The newest version of every workflow of a workspace, by code. */
export async function currentWorkflows(db: Db, workspaceId: string): Promise<(Pin & { label: Label; publishedAt: string })[]> {
  return await db.query({
    name: 'workflow_current',
    text: `select distinct on (code) code, version, definition -> 'label' as label, published_at as "publishedAt"
           from workflows where workspace_id = $1 order by code, version desc`,
    values: [workspaceId],
  })
}

/** One version as it was published; null when there is none. */
export async function loadDefinition(db: Db, workspaceId: string, { code, version }: Pin): Promise<Definition | null> {
  const [row] = await loadDefinitions(db, workspaceId, [{ code, version }])
  return row?.definition ?? null
}

async function loadDefinitions(db: Db, workspaceId: string, pins: readonly Pin[]): Promise<(Pin & { definition: Definition })[]> {
  return await db.query({
    name: 'workflow_load',
    text: `select code, version, definition from workflows join unnest($2::text[], $3::bigint[]) as pin (code, version) using (code, version) where workspace_id = $1`,
    values: [workspaceId, pins.map((pin) => pin.code), pins.map((pin) => pin.version)],
  })
}

/** Compiled workflows of this process. A published version never changes, so what is known once needs no second look. */
export interface Flows {
  /** Without asking the database; undefined when this process has not met it yet. */
  known(workspaceId: string, pin: Pin): Flow | undefined
  /** All of these, in their order; one statement for those not known yet, none otherwise. Throws where a version is not there: orders only pin what was published. */
  load(db: Db, workspaceId: string, pins: readonly Pin[]): Promise<Flow[]>
}

/** An empty cache of at most `most` compiled versions; the one used longest ago goes first. */
export function openFlows(most = 2000): Flows {
  const flows = new Map<string, Flow>()
  const known = (workspaceId: string, pin: Pin) => {
    const key = keyOf(workspaceId, pin)
    const flow = flows.get(key)
    if (flow) {
      flows.delete(key)
      flows.set(key, flow)
    }
    return flow
  }
  const keep = (workspaceId: string, pin: Pin, flow: Flow) => {
    flows.set(keyOf(workspaceId, pin), flow)
    for (const oldest of flows.keys()) {
      if (flows.size <= most) break
      flows.delete(oldest)
    }
  }
  return {
    known,
    load: async (db, workspaceId, pins) => {
      const found = new Map<string, Flow>()
      const missing: Pin[] = []
      for (const pin of pins) {
        const flow = known(workspaceId, pin)
        if (flow) found.set(keyOf(workspaceId, pin), flow)
        else missing.push(pin)
      }
      for (const { code, version, definition } of missing.length === 0 ? [] : await loadDefinitions(db, workspaceId, missing)) {
        const flow = compiledAgain({ code, version }, definition)
        keep(workspaceId, { code, version }, flow)
        found.set(keyOf(workspaceId, { code, version }), flow)
      }
      return pins.map((pin) => {
        const flow = found.get(keyOf(workspaceId, pin))
        if (!flow) throw new Error(`Workflow ${pin.code} version ${pin.version} is not published`)
        return flow
      })
    },
  }
}

const keyOf = (workspaceId: string, { code, version }: Pin) => `${workspaceId} ${code} ${version}`

/** What was published did compile; if it no longer does, the program changed under it. */
function compiledAgain(pin: Pin, definition: Definition): Flow {
  const flow = compile(definition, pin)
  if (!flow.ok)
    throw new Error(
      `Workflow ${pin.code} version ${pin.version} no longer compiles: ${flow.reason.code} ${JSON.stringify(flow.reason.params)}`,
    )
  return flow.value
}
