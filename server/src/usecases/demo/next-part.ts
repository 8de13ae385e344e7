import { newId } from '#platform/ids.ts'
import { assertFence, finish } from '#platform/jobs/claims.ts'
import { owe } from '#platform/jobs/owe.ts'
import type { Claim } from '#platform/jobs/types.ts'
import type { Engine } from '../engine.ts'
import { findDemoWorkspaces, isSomebodyAtWork } from './demo-rows.ts'
import { letArrive, placePast } from './run-shop.ts'
import type { Demo } from './start-demo.ts'

/** What a part came to. */
export interface Progress {
  code: string
  /** How many orders there are by now. */
  orders: number
  /** Whether more of the shop's past is to come. */
  isFilling: boolean
  /** Codes of what should not have been refused. */
  refused: string[]
}

// One order in 20 s over all shops.
const arrivalEveryMs = 20_000

/**
 * Does the next part of a demo shop, and owes the one after it in the same commit that ends this one. Orders come until somebody makes a
 * workspace of their own. Null where there is nothing to do any more.
 */
export async function nextPart(
  engine: Engine,
  { shops, size }: Demo,
  workspaceId: string,
  claims: readonly Claim[],
): Promise<Progress | null> {
  const where = (await findDemoWorkspaces(engine.pools)).find((one) => one.workspaceId === workspaceId)
  const shop = shops.find(({ blueprint }) => blueprint.code === where?.blueprint)
  const from = (claims[0]?.payload as { from: number } | undefined)?.from ?? 0
  const isFilling = from < size.orders
  if (!where || !shop || (!isFilling && (await isSomebodyAtWork(engine.pools)))) return null
  const isOurs = () => engine.pools.change(workspaceId, (tx) => assertFence(tx, claims))
  const part = isFilling ? await placePast(engine, shop, where, { size, from, isOurs }) : await letArrive(engine, shop, where, size, from)
  if (!part) return null
  const isLast = isFilling && part.next >= size.orders
  const waitMs = isLast ? arrivalEveryMs * (1 + shops.indexOf(shop)) : isFilling ? 0 : arrivalEveryMs * shops.length
  await engine.pools.change(workspaceId, async (tx) => {
    await finish(tx, claims)
    const dueAt = new Date(Date.now() + waitMs).toISOString()
    owe(tx, workspaceId, [{ id: newId(), kind: 'demo', lane: 'bulk', payload: { from: part.next }, dueAt }])
  })
  return { code: where.code, orders: part.next, isFilling, refused: part.refused }
}
