import { loadCustomers } from '#modules/customers/index.ts'
import { grantCustomers, knownPrincipals, loadKeyAccounts, lockApiKeys, revokeCustomers, writeMembers } from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools, Tx } from '#platform/db.ts'
import { type Call, reachOf } from '../call.ts'
import { changeNouns, type Happened } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'
import { type Known, whoIsKnown } from './save-members.ts'

export interface KeyAccountsToSave {
  principalId: string
  customerIds: readonly string[]
}

/**
 * Lets a member or an API key read the orders of customers wherever they are; answers how many are new. Only who may read all of a
 * customer's orders may give that on.
 */
export function grantKeyAccounts(
  { pools }: { pools: Pools },
  call: Call,
  request: KeyAccountsToSave,
): Promise<Answer<{ changed: number }>> {
  return change(pools, call, request, 'KeyAccountsGranted', (tx, held, known) => {
    const missing = known.filter((id) => !held.has(id))
    const grantedBy = call.actor.id ?? call.workspaceId
    grantCustomers(
      tx,
      call.workspaceId,
      missing.map((customerId) => ({ principalId: request.principalId, customerId, grantedBy })),
    )
    return missing
  })
}

/** Takes key accounts away; answers how many there were. */
export function revokeKeyAccounts(
  { pools }: { pools: Pools },
  call: Call,
  request: KeyAccountsToSave,
): Promise<Answer<{ changed: number }>> {
  return change(pools, call, request, 'KeyAccountsRevoked', (tx, held, known) => {
    const there = known.filter((id) => held.has(id))
    revokeCustomers(tx, call.workspaceId, request.principalId, there)
    return there
  })
}

function change(
  pools: Pools,
  call: Call,
  { principalId, customerIds }: KeyAccountsToSave,
  type: 'KeyAccountsGranted' | 'KeyAccountsRevoked',
  write: (tx: Tx, held: ReadonlySet<string>, customerIds: readonly string[]) => string[],
): Promise<Answer<{ changed: number }>> {
  return changeNouns(pools, call, async (tx): Promise<{ value: Answer<{ changed: number }>; happened: Happened[] }> => {
    const { workspaceId } = call
    const refused = (why: Answer<never>) => ({ value: why, happened: [] })
    const may = mayTouch(call, 'people:write', null)
    if (!may.ok) return refused(may)
    const known = await whoIsKnown(tx, workspaceId)
    const [principals, keys, accounts, customers] = await Promise.all([
      knownPrincipals(tx, workspaceId, [principalId]),
      lockApiKeys(tx, workspaceId, [principalId]),
      loadKeyAccounts(tx, workspaceId, principalId),
      loadCustomers(tx, workspaceId, { ids: [...customerIds], externalIds: [] }),
    ])
    if (!principals.has(principalId)) return refused(no('member.not_found', { member: principalId }))
    const there = new Set<string>(customers.map(({ id }) => id))
    const unseen = customerIds.find((id) => !there.has(id) || !mayReadAllOf(call, id))
    if (unseen !== undefined) return refused(no('customer.not_found', { customer: unseen }))
    const held = new Set(accounts.map(({ customerId }) => customerId))
    const changed = write(tx, held, [...new Set(customerIds)])
    if (changed.length === 0) return { value: fine({ changed: 0 }), happened: [] }
    return {
      value: fine({ changed: changed.length }),
      happened: [whatHappened(tx, call, known, principalId, type, changed, keys.length > 0)],
    }
  })
}

function mayReadAllOf(call: Call, customerId: string): boolean {
  const reach = reachOf(call, 'orders:read')
  return reach !== null && ((reach.locationIds === null && reach.ownerIds === null) || call.grantedCustomerIds.includes(customerId))
}

/** It happens to the principal: a member's version counts it, a key's history takes it as its next. */
function whatHappened(
  tx: Tx,
  call: Call,
  known: Known,
  principalId: string,
  type: string,
  customerIds: string[],
  isKey: boolean,
): Happened {
  const payload = { customerIds }
  const member = known.members.get(principalId)
  if (isKey || !member) return { subject: 'api_key', subjectId: principalId, seq: null, type, payload }
  const version = member.version + 1
  writeMembers(tx, call.workspaceId, [{ ...member, version }])
  return { subject: 'member', subjectId: principalId, seq: version, type, payload }
}
