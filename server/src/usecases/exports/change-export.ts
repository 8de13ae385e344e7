import { type Export, lockExport, updateExport } from '#modules/exports/index.ts'
import type { Pools, Tx } from '#platform/db.ts'
import type { Call } from '../call.ts'
import { changeNouns } from '../change-nouns.ts'

export interface Changed {
  type: string
  to: Partial<Export>
  payload?: object
}

/** Changes an export and tells of it; nothing where `change` answers null, or where there is none. */
export function changeExport(
  pools: Pools,
  call: Call,
  id: string,
  change: (tx: Tx, one: Export, now: string) => Changed | null | Promise<Changed | null>,
): Promise<Export | undefined> {
  return changeNouns<Export | undefined>(pools, call, async (tx, now) => {
    const one = await lockExport(tx, call.workspaceId, id)
    const changed = one && (await change(tx, one, now))
    if (!changed) return { value: one, happened: [] }
    const next: Export = { ...one, ...changed.to, version: one.version + 1 }
    updateExport(tx, call.workspaceId, next)
    return {
      value: next,
      happened: [{ subject: 'export', subjectId: id, seq: next.version, type: changed.type, payload: changed.payload ?? {} }],
    }
  })
}
