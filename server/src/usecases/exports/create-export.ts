import { columnsFor, type ExportedList, readsList } from '#contract/exports.ts'
import { type Export, type ExportId, insertExport, loadExport } from '#modules/exports/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { type KeyUse, takeKeys } from '#platform/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import { openCommit } from '#platform/log.ts'
import type { Call } from '../call.ts'
import { record, untilKnown } from '../change-nouns.ts'
import type { Engine } from '../engine.ts'

export interface ExportRequest {
  list: ExportedList
  /** Filters that were read already, as they were typed. */
  filters: string[]
  sort: string | null
  /** Null: all that the caller sees. */
  columns: string[] | null
  locale: 'en' | 'es'
  byteOrderMark: boolean
  key: KeyUse | null
}

/** Has a file made of a list, in the background; what stands in it is what its maker may see when it is written. */
export async function createExport(
  engine: Engine,
  call: Call,
  request: ExportRequest,
): Promise<Answer<{ made: Export; replayed: boolean }>> {
  const { key, list } = request
  const { workspaceId, actor } = call
  const by = actor.id
  if ((actor.kind !== 'person' && actor.kind !== 'api_key') || by === null) return no('permission.denied', { permission: 'orders:export' })
  if (!call.permissions.has(readsList[list])) return no('permission.denied', { permission: readsList[list] })
  const known = columnsFor(list, call.hides)
  const unknown = request.columns?.find((name) => !known.has(name))
  if (unknown !== undefined) return no('export.unknown_column', { column: unknown, known: [...known.keys()].join(', ') })
  const id = newId() as ExportId
  const kind = actor.kind
  return untilKnown(engine.pools, workspaceId, (commitId) =>
    engine.pools.change(workspaceId, async (tx) => {
      const [commit, [used]] = await Promise.all([
        openCommit(tx, workspaceId, commitId),
        takeKeys(tx, workspaceId, commitId, key ? [{ ...key, principalId: by, subjectId: id }] : []),
      ])
      if (used) {
        const made = used.fingerprint === key?.fingerprint ? await loadExport(tx, workspaceId, used.subjectId) : undefined
        return made ? fine({ made, replayed: true }) : no('idempotency.other_body', { key: key?.key ?? '' })
      }
      const { filters, sort, columns, locale, byteOrderMark } = request
      const made: Export = {
        id,
        list,
        filters,
        sort,
        columns: columns ?? [...known.keys()],
        locale,
        byteOrderMark,
        state: 'queued',
        rows: 0,
        bytes: 0,
        problem: null,
        by: { kind, id: by },
        createdAt: commit.now,
        readyAt: null,
        expiresAt: null,
        version: 1,
      }
      insertExport(tx, workspaceId, made)
      owe(tx, workspaceId, [{ id: newId(), kind: 'write_export', lane: 'bulk', payload: { export: id } }])
      await record(tx, commit, call, [
        { subject: 'export', subjectId: id, seq: 1, type: 'ExportAsked', payload: { list, columns: made.columns, locale } },
      ])
      return fine({ made, replayed: false })
    }),
  )
}
