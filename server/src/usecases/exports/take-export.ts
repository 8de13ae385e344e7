import { columnsFor, readsList } from '#contract/exports.ts'
import { type Export, loadChunk, loadExport, open } from '#modules/exports/index.ts'
import { type Answer, fine, no, type Refusal } from '#platform/answer.ts'
import type { Call } from '../call.ts'
import type { Engine } from '../engine.ts'
import { changeExport } from './change-export.ts'
import { placeOf } from './write-export.ts'

/** The file for whoever had it made, piece by piece; that it was taken, and how many rows, is written down first. */
export async function takeExport(
  engine: Engine,
  call: Call,
  id: string,
): Promise<Answer<{ made: Export; pieces: AsyncGenerator<Buffer> }>> {
  const made = await ownExport(engine, call, id)
  if (!made) return no('export.not_found', { export: id })
  if (made.state === 'expired' || (made.expiresAt !== null && Date.parse(made.expiresAt) <= Date.now()))
    return no('export.expired', { hours: 24 })
  if (made.state !== 'ready') return no('export.not_ready', { state: made.state })
  const refusal = noLongerSees(call, made)
  if (refusal) return refusal
  await changeExport(engine.pools, call, id, (_, { rows, bytes }) => ({ type: 'ExportTaken', to: {}, payload: { rows, bytes } }))
  return fine({ made, pieces: pieces(engine, call.workspaceId, id) })
}

/** It was written with the eyes its maker had then; with these they may see less. */
function noLongerSees({ permissions, hides }: Call, { list, columns }: Export): Refusal | null {
  const permission = readsList[list]
  if (!permissions.has(permission)) return no('permission.denied', { permission })
  const seen = columnsFor(list, hides)
  const hidden = columns.find((name) => !seen.has(name))
  return hidden === undefined ? null : no('export.unknown_column', { column: hidden, known: [...seen.keys()].join(', ') })
}

/** An export is its maker's alone: it shows what they may see. */
export async function ownExport({ pools }: Engine, { workspaceId, actor }: Call, id: string): Promise<Export | undefined> {
  const made = await pools.view(workspaceId, (db) => loadExport(db, workspaceId, id))
  return made?.by.id === actor.id ? made : undefined
}

async function* pieces({ pools, exportKey }: Engine, workspaceId: string, id: string): AsyncGenerator<Buffer> {
  for (let position = 0; ; position++) {
    const sealed = await pools.view(workspaceId, (db) => loadChunk(db, workspaceId, id, position))
    if (!sealed) return
    yield open(exportKey, placeOf(id, position), sealed)
  }
}
