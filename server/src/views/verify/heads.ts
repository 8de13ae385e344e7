import type { Reader } from './snapshot.ts'
import type { Tally } from './tally.ts'

/** The last sealed commit of a workspace; whoever keeps it elsewhere can later prove that nothing before it was cut or rewritten. */
export interface Head {
  /** Code of the workspace. */
  workspace: string
  workspaceId: string
  position: number
  /** SHA-256 in hex. */
  hash: string
}

/** A head as it was kept; `workspaceId` wins over the code, which may be null when one workspace is looked at. */
export interface Anchor {
  workspace: string | null
  workspaceId: string | null
  position: number
  hash: string
}

export interface Tail {
  commits: number
  /** Age of the oldest of them; 0 when none waits. */
  oldestSeconds: number
}

export async function readHeads(reader: Reader, workspaceId: string | null): Promise<Head[]> {
  const rows = await reader.rows(
    `select w.code, w.workspace_id, c.position, encode(c.hash, 'hex') from workspaces w cross join lateral (
       select position, hash from commits where workspace_id = w.workspace_id and position is not null order by position desc limit 1) c
     where $1::uuid is null or w.workspace_id = $1 order by w.code`,
    [workspaceId],
  )
  return rows.map(([workspace, id, position, hash]) => ({
    workspace: workspace ?? '',
    workspaceId: id ?? '',
    position: Number(position),
    hash: hash ?? '',
  }))
}

export async function readTail(reader: Reader, workspaceId: string | null): Promise<Tail> {
  const [row] = await reader.rows(
    `select count(*), coalesce(floor(extract(epoch from now() - min(recorded_at))), 0)::bigint from commits where position is null and ($1::uuid is null or workspace_id = $1)`,
    [workspaceId],
  )
  return { commits: Number(row?.[0]), oldestSeconds: Math.max(0, Number(row?.[1])) }
}

/** Looks each anchor up; those of other workspaces than the one looked at are left alone. */
export async function compareAnchors(
  reader: Reader,
  anchors: readonly Anchor[],
  codes: ReadonlyMap<string, string>,
  workspaceId: string | null,
  tally: Tally,
): Promise<void> {
  const idsByCode = new Map([...codes].map(([id, code]) => [code, id]))
  for (const anchor of anchors) {
    const id = anchor.workspaceId ?? (anchor.workspace === null ? workspaceId : (idsByCode.get(anchor.workspace) ?? null))
    if (id !== null && workspaceId !== null && id !== workspaceId) continue
    tally.checked('log.anchors', 1)
    const of = { workspace: id ?? anchor.workspace, position: anchor.position, expected: anchor.hash }
    const [row] =
      id === null
        ? []
        : await reader.rows(`select encode(hash, 'hex') from commits where workspace_id = $1 and position = $2`, [id, anchor.position])
    if (!row) tally.wrong('log.anchors', { ...of, why: 'nothing stands at this position any more' })
    else if (row[0] !== anchor.hash) tally.wrong('log.anchors', { ...of, stored: row[0] ?? null })
  }
}
