import { setImmediate as breathe } from 'node:timers/promises'
import type { OrderFacts } from '#contract/filter/order-fields.ts'
import type { Pools } from '#platform/db.ts'
import { factsOf } from './order-facts.ts'

/** A filter that somebody follows orders through; two with the same key let the same through. */
export interface Sieve {
  key: string
  looksForWords: boolean
  letsThrough(order: OrderFacts): boolean
}

/** What one filter may think about one look; others follow, too. */
const thinkMostMs = 20

/** Of these orders, those that each sieve lets through, by its key; a sieve that takes too long to find out is missing. */
export async function letThrough(
  pools: Pools,
  workspaceId: string,
  orderIds: readonly string[],
  sieves: ReadonlyMap<string, Sieve>,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const through = new Map<string, ReadonlySet<string>>()
  if (sieves.size === 0) return through
  const looksForWords = sieves.values().some((sieve) => sieve.looksForWords)
  const facts =
    orderIds.length === 0
      ? new Map<string, OrderFacts>()
      : await pools.view(workspaceId, (db) => factsOf(db, workspaceId, orderIds, looksForWords))
  for (const { key, letsThrough } of sieves.values()) {
    const passing = passingOf(facts, letsThrough)
    if (passing) through.set(key, passing)
    await breathe()
  }
  return through
}

function passingOf(facts: ReadonlyMap<string, OrderFacts>, letsThrough: Sieve['letsThrough']): ReadonlySet<string> | null {
  const until = performance.now() + thinkMostMs
  const passing = new Set<string>()
  for (const [id, order] of facts) {
    if (performance.now() > until) return null
    if (letsThrough(order)) passing.add(id)
  }
  return passing
}
