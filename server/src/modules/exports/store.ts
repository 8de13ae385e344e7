import { canonicalText } from '#platform/canonical.ts'
import type { Db, Tx } from '#platform/db.ts'
import type { Export } from './types.ts'

interface ExportRow extends Omit<Export, 'by' | 'problem'> {
  byKind: Export['by']['kind']
  byId: string
  problem: string | null
}

const columns = `id, list, filters, sort, columns, locale, byte_order_mark as "byteOrderMark", state, rows, bytes, problem, created_by_kind as "byKind",
  created_by as "byId", created_at as "createdAt", ready_at as "readyAt", expires_at as "expiresAt", version`

function exportFrom({ byKind, byId, problem, ...kept }: ExportRow): Export {
  // Written by updateExport.
  return { ...kept, by: { kind: byKind, id: byId }, problem: problem === null ? null : (JSON.parse(problem) as Export['problem']) }
}

export async function loadExport(db: Db, workspaceId: string, id: string): Promise<Export | undefined> {
  const [row] = await db.query<ExportRow>({
    name: 'export',
    text: `select ${columns} from exports where workspace_id = $1 and id = $2`,
    values: [workspaceId, id],
  })
  return row && exportFrom(row)
}

/** The export, nobody else's until the transaction ends. */
export async function lockExport(tx: Tx, workspaceId: string, id: string): Promise<Export | undefined> {
  const [row] = await tx.query<ExportRow>({
    name: 'lock_export',
    text: `select ${columns} from exports where workspace_id = $1 and id = $2 for update`,
    values: [workspaceId, id],
  })
  return row && exportFrom(row)
}

/** Files that somebody had made, the newest first; keyset by id. */
export async function listExports(
  db: Db,
  workspaceId: string,
  by: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Export[]> {
  const rows = await db.query<ExportRow>({
    name: 'exports',
    text: `select ${columns} from exports where workspace_id = $1 and created_by = $2 and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      order by id desc limit $4`,
    values: [workspaceId, by, after ?? null, limit],
  })
  return rows.map(exportFrom)
}

export function insertExport(tx: Tx, workspaceId: string, one: Export): void {
  tx.send({
    name: 'insert_export',
    text: `insert into exports (workspace_id, id, list, filters, sort, columns, locale, byte_order_mark, state, created_by_kind, created_by, created_at, version)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    values: [
      workspaceId,
      one.id,
      one.list,
      one.filters,
      one.sort,
      one.columns,
      one.locale,
      one.byteOrderMark,
      one.state,
      one.by.kind,
      one.by.id,
      one.createdAt,
      one.version,
    ],
  })
}

/** Writes what of an export changes. */
export function updateExport(tx: Tx, workspaceId: string, one: Export): void {
  tx.send({
    name: 'update_export',
    text: `update exports set state = $3, rows = $4, bytes = $5, problem = $6, ready_at = $7, expires_at = $8, version = $9, filters = $10
      where workspace_id = $1 and id = $2`,
    values: [
      workspaceId,
      one.id,
      one.state,
      one.rows,
      one.bytes,
      one.problem && canonicalText(one.problem),
      one.readyAt,
      one.expiresAt,
      one.version,
      one.filters,
    ],
  })
}

/** A piece of a file, sealed. */
export function insertChunk(tx: Tx, workspaceId: string, exportId: string, position: number, sealed: Buffer): void {
  tx.send({
    name: 'insert_chunk',
    text: 'insert into export_chunks (workspace_id, export_id, position, sealed) values ($1, $2, $3, $4)',
    values: [workspaceId, exportId, position, sealed],
  })
}

/** The piece at a position; undefined behind the last. */
export async function loadChunk(db: Db, workspaceId: string, exportId: string, position: number): Promise<Buffer | undefined> {
  const [row] = await db.query<{ sealed: Buffer }>({
    name: 'chunk',
    text: 'select sealed from export_chunks where workspace_id = $1 and export_id = $2 and position = $3',
    values: [workspaceId, exportId, position],
  })
  return row?.sealed
}

export function deleteChunks(tx: Tx, workspaceId: string, exportId: string): void {
  tx.send({
    name: 'delete_chunks',
    text: 'delete from export_chunks where workspace_id = $1 and export_id = $2',
    values: [workspaceId, exportId],
  })
}
