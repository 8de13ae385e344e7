import { loadRoles, lockMembers, type Membership, ownerRole, type Role, writeMembers } from '#modules/identity/index.ts'
import { loadLocations } from '#modules/places/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools, Tx } from '#platform/db.ts'
import { type Call, reachOf } from '../call.ts'
import { changeNouns, type Happened, type Saved } from '../change-nouns.ts'
import { mayGivePlaces, mayGiveRole } from './may-give.ts'

export interface MemberToAdd {
  userId: string
  role: string
  /** Where the role's "location" scope is; null = every location. */
  locationIds: readonly string[] | null
  /** Somebody who is a member, or stands earlier in the list. */
  reportsTo: string | null
}

export interface MemberToUpdate {
  userId: string
  expectedVersion: number | null
  /** What is not named stays as it is. */
  changes: Partial<Pick<Membership, 'role' | 'locationIds' | 'reportsTo' | 'status'>>
}

/** Lets people into the workspace. Who is a member already, disabled ones too, is refused. */
export function addMembers({ pools }: { pools: Pools }, call: Call, members: readonly MemberToAdd[]): Promise<Saved<Membership>[]> {
  return changeNouns(pools, call, async (tx, now) => {
    const known = await whoIsKnown(tx, call.workspaceId)
    return kept(
      tx,
      call,
      known,
      members.map((member) => addOne(call, member, known, now)),
    )
  })
}

/** Changes what members may do and where, whom they report to, and whether they may come in at all. */
export function updateMembers({ pools }: { pools: Pools }, call: Call, members: readonly MemberToUpdate[]): Promise<Saved<Membership>[]> {
  return changeNouns(pools, call, async (tx) => {
    const known = await whoIsKnown(tx, call.workspaceId)
    return kept(
      tx,
      call,
      known,
      members.map((member) => updateOne(call, member, known)),
    )
  })
}

export interface Known {
  members: Map<string, Membership>
  roles: ReadonlyMap<string, Role>
  locationIds: ReadonlySet<string>
}

/** Who and what there is, with the workspace's members locked. */
export async function whoIsKnown(tx: Tx, workspaceId: string): Promise<Known> {
  const [members, roles, locations] = await Promise.all([
    lockMembers(tx, workspaceId),
    loadRoles(tx, workspaceId),
    loadLocations(tx, workspaceId),
  ])
  return {
    members: new Map(members.map((member) => [member.userId, member])),
    roles: new Map(roles.map((role) => [role.code, role])),
    locationIds: new Set<string>(locations.map(({ id }) => id)),
  }
}

/** Writes what was saved; of somebody who stands in the list twice, how they ended. */
export function kept(tx: Tx, call: Call, known: Known, value: Saved<Membership>[]): { value: Saved<Membership>[]; happened: Happened[] } {
  const changed = value.flatMap((saved) => (saved.ok && !saved.already ? saved.value : []))
  writeMembers(
    tx,
    call.workspaceId,
    [...new Set(changed.map(({ userId }) => userId))].flatMap((userId) => known.members.get(userId) ?? []),
  )
  return { value, happened: changed.map(whatHappened) }
}

export function addOne(call: Call, { userId, role, locationIds, reportsTo }: MemberToAdd, known: Known, now: string): Saved<Membership> {
  const may = mayAdd(call, { role, locationIds, reportsTo }, known)
  if (!may.ok) return may
  if (known.members.has(userId)) return no('member.exists', { email: userId })
  const member: Membership = {
    userId,
    role,
    locationIds: locationIds && [...locationIds],
    reportsTo,
    status: 'active',
    version: 1,
    createdAt: now,
  }
  known.members.set(userId, member)
  return { ok: true, value: member, already: false }
}

/** Whether this call may let somebody in as this, there, below that member. */
export function mayAdd(call: Call, { role: code, locationIds, reportsTo }: Omit<MemberToAdd, 'userId'>, known: Known): Answer<void> {
  const role = known.roles.get(code)
  if (!role) return no('role.not_found', { role: code, known: [...known.roles.keys()].join(', ') })
  const reach = peopleReach(call)
  if (!reach || (reach.ownerIds !== null && (reportsTo === null || !reach.ownerIds.includes(reportsTo)))) return denied
  const mayRole = mayGiveRole(call, role)
  if (!mayRole.ok) return mayRole
  const mayPlaces = mayGivePlaces(call, locationIds, known.locationIds, 'member.needs_locations')
  if (!mayPlaces.ok) return mayPlaces
  return reportsTo === null ? fine() : maySetAbove(call, reportsTo, known)
}

function updateOne(call: Call, { userId, expectedVersion, changes }: MemberToUpdate, known: Known): Saved<Membership> {
  const before = known.members.get(userId)
  if (!before) return no('member.not_found', { member: userId })
  const may = mayChange(call, before, known)
  if (!may.ok) return may
  if (expectedVersion !== null && expectedVersion !== before.version)
    return no('member.changed', { version: before.version, expected: expectedVersion })
  const after: Membership = { ...before, ...changes }
  const right = isRight(call, before, after, known)
  if (!right.ok) return right
  if (JSON.stringify(after) === JSON.stringify(before)) return { ok: true, value: before, already: true }
  const member = { ...after, version: before.version + 1 }
  known.members.set(userId, member)
  return { ok: true, value: member, already: false }
}

const denied = no('permission.denied', { permission: 'people:write' })

/** "Own" reaches one's own orders, and nobody else: with it nobody is let in or changed. */
function peopleReach(call: Call) {
  return call.permissions.get('people:write') === 'own' ? null : reachOf(call, 'people:write')
}

/** Whether this call may change a member: one within reach, who may do nothing that the caller may not. */
function mayChange(call: Call, member: Membership, known: Known): Answer<void> {
  if (!isWithinReach(call, member)) return denied
  const role = known.roles.get(member.role)
  return role ? mayGiveRole(call, role) : fine()
}

function isWithinReach(call: Call, { userId, locationIds }: Membership): boolean {
  const reach = peopleReach(call)
  if (!reach) return false
  if (reach.ownerIds !== null && !reach.ownerIds.includes(userId)) return false
  const { locationIds: bound } = reach
  return bound === null || (locationIds?.every((id) => bound.includes(id)) ?? false)
}

function isRight(call: Call, before: Membership, after: Membership, known: Known): Answer<void> {
  const { role, locationIds, reportsTo, status } = after
  // Who is bound to places cannot let anybody in everywhere again.
  const isActiveOwner = (member: Membership) => member.role === ownerRole && member.status === 'active' && member.locationIds === null
  const owners = [...known.members.values()].filter(isActiveOwner)
  if (isActiveOwner(before) && !isActiveOwner(after) && owners.length === 1) return no('member.last_owner')
  const grows =
    role !== before.role || String(locationIds) !== String(before.locationIds) || (status === 'active' && before.status !== 'active')
  if (grows) {
    const may = mayAdd(call, { role, locationIds, reportsTo }, known)
    if (!may.ok) return may
  }
  if (reportsTo === null || reportsTo === before.reportsTo) return fine()
  if (isBelow(reportsTo, before.userId, known)) return no('member.circle', { member: reportsTo })
  return maySetAbove(call, reportsTo, known)
}

/** Whoever is above somebody reads their orders: that is given only to those within the caller's own reach, or to the caller. */
function maySetAbove(call: Call, reportsTo: string, known: Known): Answer<void> {
  const above = known.members.get(reportsTo)
  if (!above) return no('member.not_found', { member: reportsTo })
  return reportsTo === call.actor.id || isWithinReach(call, above) ? fine() : denied
}

/** Whether somebody is that member or reports to them, directly or through others. */
function isBelow(userId: string, above: string, { members }: Known): boolean {
  const seen = new Set<string>()
  for (let at: string | null = userId; at !== null && !seen.has(at); at = members.get(at)?.reportsTo ?? null) {
    if (at === above) return true
    seen.add(at)
  }
  return false
}

function whatHappened({ userId, role, locationIds, reportsTo, status, version }: Membership): Happened {
  return {
    subject: 'member',
    subjectId: userId,
    seq: version,
    type: version === 1 ? 'MemberAdded' : 'MemberChanged',
    payload: { role, locationIds, reportsTo, status },
  }
}
