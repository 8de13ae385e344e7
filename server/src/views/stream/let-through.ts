import type { Values } from '#modules/lists/index.ts'
import { type Pools, TransientDbError } from '#platform/db.ts'

/** A filter that somebody follows orders through; two with the same key let the same through. */
export interface Sieve {
  key: string
  /** SQL over `orders o`. */
  condition(values: Values): string
}

/** What this may take: everybody who follows the workspace waits for it. */
const statementMaxMs = 300

/** Of these orders, those that each sieve lets through, by its key; null where it takes too long to find out. */
export async function letThrough(
  pools: Pools,
  workspaceId: string,
  orderIds: readonly string[],
  sieves: ReadonlyMap<string, Sieve>,
): Promise<ReadonlyMap<string, ReadonlySet<string>> | null> {
  if (orderIds.length === 0 || sieves.size === 0) return new Map([...sieves.keys()].map((key) => [key, new Set<string>()]))
  const values: Values = [workspaceId, orderIds]
  const conditions = [...sieves.values()].map(({ condition }) => condition(values))
  try {
    const rows = await pools.view(workspaceId, (db) => {
      void db.query({
        name: 'sieve_settings',
        text: `select set_config('statement_timeout', $1, true), set_config('jit', 'off', true)`,
        values: [String(statementMaxMs)],
      })
      return db.query<{ id: string; passes: boolean[] }>({
        text: `select o.id, array[${conditions.join(', ')}] as passes from orders o where o.workspace_id = $1 and o.id = any($2::uuid[])`,
        values,
      })
    })
    const keys = [...sieves.keys()]
    return new Map(keys.map((key, at) => [key, new Set(rows.flatMap(({ id, passes }) => (passes[at] ? id : [])))]))
  } catch (error) {
    if (error instanceof TransientDbError && (error.cause as { code?: unknown } | undefined)?.code === '57014') return null
    throw error
  }
}
