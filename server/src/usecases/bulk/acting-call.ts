import { findActing, rightsOf } from '#modules/identity/index.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '../call.ts'

/**
 * A call in the name of somebody who is not there, with the rights they have now; undefined where they may no longer come in. What they
 * may not do any more, work that they left behind may not either.
 */
export async function actingCall(
  pools: Pools,
  workspaceId: string,
  actor: { kind: 'person' | 'api_key'; id: string },
): Promise<Call | undefined> {
  const acting = await pools.view(workspaceId, (db) => findActing(db, workspaceId, actor.id))
  if (!acting) return undefined
  const { grants, narrowedTo, hides, customerIds, ...kept } = acting
  return {
    workspaceId,
    actor,
    permissions: rightsOf(grants, narrowedTo),
    hides: new Set(hides),
    grantedCustomerIds: customerIds,
    locationIds: kept.locationIds,
    teamIds: kept.teamIds,
    moneyLimits: kept.moneyLimits,
    language: kept.language,
    commandId: newId(),
  }
}
