import { nilId } from '#platform/ids.ts'
import type { Reader, Row } from './snapshot.ts'

/** A part of the work that fits in memory: what lies from `from` up to before `to`, or to the end where `to` is null. */
export interface Slice {
  of: 'subjects' | 'commits' | 'positions'
  workspaceId: string
  /** An id; for positions a number. */
  from: string
  to: string | null
  /** Subjects, events or positions, about. */
  size: number
}

const subjectsAtOnce = 250
const eventsAtOnce = 20_000
const positionsAtOnce = 20_000

/** Cuts subjects, commits and positions into slices that together cover every id there could be, so that stray rows lie in one too. */
export async function cutSlices(reader: Reader, workspaceId: string | null): Promise<Slice[]> {
  const workspaces = await reader.rows('select workspace_id from workspaces where $1::uuid is null or workspace_id = $1 order by 1', [
    workspaceId,
  ])
  const subjects = await reader.rows(
    `select workspace_id, subject_id, least($2, rows - n) from (
       select workspace_id, subject_id, row_number() over (partition by workspace_id order by subject_id) - 1 as n, count(*) over (partition by workspace_id) as rows
       from events where seq = 1 and ($1::uuid is null or workspace_id = $1)) numbered
     where n % $2 = 0 order by 1, 2`,
    [workspaceId, subjectsAtOnce],
  )
  const commits = await reader.rows(
    `select distinct on (workspace_id, part) workspace_id, id, sum(events) over (partition by workspace_id, part) from (
       select workspace_id, id, events, sum(least(events, $2)) over (partition by workspace_id order by id)::bigint / $2 as part
       from commits where $1::uuid is null or workspace_id = $1) parted
     order by workspace_id, part, id`,
    [workspaceId, eventsAtOnce],
  )
  const heads = await reader.rows(
    'select workspace_id, max(position) from commits where position is not null and ($1::uuid is null or workspace_id = $1) group by 1',
    [workspaceId],
  )
  const ids = workspaces.map(([id]) => id ?? '')
  const subjectsOf = Map.groupBy(subjects, ([id]) => id ?? '')
  const commitsOf = Map.groupBy(commits, ([id]) => id ?? '')
  return [
    ...ids.flatMap((id) => between('commits', id, commitsOf.get(id) ?? [])),
    ...ids.flatMap((id) => between('subjects', id, subjectsOf.get(id) ?? [])),
    ...heads.flatMap(([id, last]) => positions(id ?? '', Number(last))),
  ]
}

function between(of: 'subjects' | 'commits', workspaceId: string, own: readonly Row[]): Slice[] {
  if (own.length === 0) return [{ of, workspaceId, from: nilId, to: null, size: 0 }]
  return own.map(([, id, size], i) => ({
    of,
    workspaceId,
    from: i === 0 ? nilId : (id ?? nilId),
    to: own[i + 1]?.[1] ?? null,
    size: Number(size),
  }))
}

function positions(workspaceId: string, last: number): Slice[] {
  const slices: Slice[] = []
  for (let from = 1; from <= last; from += positionsAtOnce) {
    const to = from + positionsAtOnce
    slices.push({
      of: 'positions',
      workspaceId,
      from: String(from),
      to: to > last ? null : String(to),
      size: Math.min(positionsAtOnce, last - from + 1),
    })
  }
  return slices
}
