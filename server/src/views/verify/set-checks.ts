import type { Invariant } from './invariants.ts'
import type { Reader } from './snapshot.ts'
import type { Example, Tally } from './tally.ts'

/** An invariant over whole tables: a statement that answers what is wrong. `$1` is the one workspace to look at, or null. */
export interface SetCheck {
  invariant: Invariant
  /** What is looked at: a table, or a table with its condition. */
  counts: string
  /** Answers one row a violation, `workspace_id` first; the other columns name it and say what differs. */
  violations: string
}

/** The condition that a row of `alias` is looked at. */
export const mine = (alias: string): string => `($1::uuid is null or ${alias}.workspace_id = $1)`

const examplesMax = 20

/** Asks the database what is wrong with whole tables. */
export async function runSetChecks(reader: Reader, workspaceId: string | null, checks: readonly SetCheck[], tally: Tally): Promise<void> {
  const counted = new Map<string, number>()
  for (const { invariant, counts, violations } of checks) {
    const startedAt = performance.now()
    const count = counted.get(counts) ?? (await countOf(reader, workspaceId, counts))
    counted.set(counts, count)
    tally.checked(invariant, count)
    const [row] = await reader.rows(
      `with wrong as materialized (${violations}), few as (select * from wrong limit ${examplesMax})
       select (select count(*) from wrong), coalesce((select json_agg(few) from few), '[]')::text where $1::uuid is null or true`,
      [workspaceId],
    )
    const examples = JSON.parse(row?.[1] ?? '[]') as ({ workspace_id: string } & Example)[]
    tally.found(
      invariant,
      Number(row?.[0]),
      examples.map(({ workspace_id: workspace, ...rest }) => ({ workspace, ...rest })),
    )
    tally.took(invariant, performance.now() - startedAt)
  }
}

async function countOf(reader: Reader, workspaceId: string | null, from: string): Promise<number> {
  const [row] = await reader.rows(`select count(*) from ${from.includes(' where ') ? from : `${from} t where true`} and ${mine('t')}`, [
    workspaceId,
  ])
  return Number(row?.[0])
}
