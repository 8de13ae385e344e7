import { deleteChunks, type Export, insertChunk, loadExport, seal } from '#modules/exports/index.ts'
import { type Answer, no, type Reason } from '#platform/answer.ts'
import { newId } from '#platform/ids.ts'
import { assertFence } from '#platform/jobs/claims.ts'
import { owe } from '#platform/jobs/owe.ts'
import type { Claim } from '#platform/jobs/types.ts'
import { actingCall } from '../bulk/acting-call.ts'
import { type Call, callOfEngine } from '../call.ts'
import type { Engine } from '../engine.ts'
import { changeExport } from './change-export.ts'

/** Some lines of a file, in one text. */
export interface Lines {
  rows: number
  text: string
}

/** Pages of a list as lines; `caller` looks anew whose eyes they are read with, and is asked before each page. */
export type ReadLines = (one: Export, caller: () => Promise<Call | undefined>) => AsyncGenerator<Answer<Lines>>

const keptHours = 24
const pieceCharacters = 64 * 1_024

/**
 * Writes a file piece by piece, each sealed and on disk before the next is read. Whoever takes over from a process that died begins
 * anew; the fence keeps two from writing one file.
 */
export async function writeExport(
  engine: Engine,
  workspaceId: string,
  id: string,
  claim: Claim,
  signal: AbortSignal,
  read: ReadLines,
): Promise<void> {
  const one = await engine.pools.view(workspaceId, (db) => loadExport(db, workspaceId, id))
  if (one?.state !== 'queued') return
  const fenced = (work: (tx: Parameters<typeof insertChunk>[0]) => void) =>
    engine.pools.change(workspaceId, async (tx) => {
      await assertFence(tx, [claim])
      work(tx)
    })
  await fenced((tx) => deleteChunks(tx, workspaceId, id))
  const file = { rows: 0, bytes: 0, position: 0 }
  let waiting = one.byteOrderMark ? '\ufeff' : ''
  const put = async (): Promise<void> => {
    const { position } = file
    const text = waiting
    waiting = ''
    file.position++
    file.bytes += Buffer.byteLength(text)
    await fenced((tx) => insertChunk(tx, workspaceId, id, position, seal(engine.exportKey, placeOf(id, position), text)))
  }
  for await (const lines of read(one, () => actingCall(engine.pools, workspaceId, one.by))) {
    signal.throwIfAborted()
    if (!lines.ok) return fail(engine, workspaceId, id, claim, lines.reason)
    file.rows += lines.value.rows
    waiting += lines.value.text
    if (waiting.length >= pieceCharacters) await put()
  }
  if (waiting !== '') await put()
  await changeExport(engine.pools, callOfEngine(workspaceId, 'system'), id, async (tx, standing, now) => {
    await assertFence(tx, [claim])
    if (standing.state !== 'queued') return null
    const expiresAt = new Date(Date.parse(now) + keptHours * 3_600_000).toISOString()
    owe(tx, workspaceId, [{ id: newId(), kind: 'expire_export', lane: 'bulk', payload: { export: id }, dueAt: expiresAt }])
    const { rows, bytes } = file
    return { type: 'ExportReady', to: { state: 'ready', rows, bytes, readyAt: now, expiresAt }, payload: { rows, bytes } }
  })
}

/** Where a piece belongs: moved elsewhere it does not open. */
export const placeOf = (id: string, position: number): string => `${id} ${position}`

async function fail(engine: Engine, workspaceId: string, id: string, claim: Claim, reason: Reason): Promise<void> {
  await changeExport(engine.pools, callOfEngine(workspaceId, 'system'), id, async (tx, one) => {
    await assertFence(tx, [claim])
    if (one.state !== 'queued') return null
    deleteChunks(tx, workspaceId, id)
    return { type: 'ExportFailed', to: { state: 'failed', problem: reason, filters: [] }, payload: { code: reason.code } }
  })
}

/** Whoever asked for the file may no longer come in. */
export const nobody = () => no('export.nobody')

/** Throws a file away, and what it was made of; that it was made, and who took it, stays. */
export async function expireExport(engine: Engine, workspaceId: string, id: string): Promise<void> {
  await changeExport(engine.pools, callOfEngine(workspaceId, 'system'), id, (tx, one) => {
    if (one.state !== 'ready') return null
    deleteChunks(tx, workspaceId, id)
    return { type: 'ExportExpired', to: { state: 'expired', filters: [] } }
  })
}
