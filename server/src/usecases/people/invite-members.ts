import {
  findUsers,
  hashOf,
  type Invitation,
  insertInvitation,
  lockInvitation,
  markInvitation,
  newInvitationToken,
} from '#modules/identity/index.ts'
import { no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { type Call, mayDo } from '../call.ts'
import { changeNouns, type Happened, type Saved } from '../change-nouns.ts'
import { mayAdd, whoIsKnown } from './save-members.ts'

export interface MemberToInvite {
  email: string
  role: string
  locationIds: readonly string[] | null
  reportsTo: string | null
}

/** What an invitation's link needs; the token is in this answer and nowhere else. */
export interface Invited {
  id: string
  token: string
  expiresAt: string
}

const invitationDays = 7

/** Invites people to become members. Nobody invites to more than they have, and who is a member already is not invited. */
export async function inviteMembers(
  { pools }: { pools: Pools },
  call: Call,
  requests: readonly MemberToInvite[],
): Promise<Saved<Invited>[]> {
  const users = await pools.system((tx) => findUsers(tx, { emails: requests.map(({ email }) => email) }))
  return changeNouns(pools, call, async (tx, now) => {
    const known = await whoIsKnown(tx, call.workspaceId)
    const happened: Happened[] = []
    const value = requests.map((request): Saved<Invited> => {
      const { email, role, locationIds, reportsTo } = request
      const may = mayAdd(call, request, known)
      if (!may.ok) return may
      if (users.some((user) => user.email === email && known.members.has(user.id))) return no('member.exists', { email })
      const id = newId<'Invitation'>()
      const token = newInvitationToken()
      const expiresAt = new Date(Date.parse(now) + invitationDays * 86_400_000).toISOString()
      const invitation = { id, email, role, locationIds: locationIds && [...locationIds], reportsTo, invitedBy: call.actor.id, expiresAt }
      insertInvitation(tx, call.workspaceId, invitation, hashOf(token))
      happened.push({
        subject: 'invitation',
        subjectId: id,
        seq: 1,
        type: 'MemberInvited',
        payload: { role, locationIds, reportsTo, expiresAt },
      })
      return { ok: true, value: { id, token, expiresAt }, already: false }
    })
    return { value, happened }
  })
}

/** Withdraws invitations; one that was accepted stays as it is. */
export function revokeInvitations({ pools }: { pools: Pools }, call: Call, ids: readonly string[]): Promise<Saved<{ id: string }>[]> {
  return changeNouns(pools, call, async (tx, now) => {
    const happened: Happened[] = []
    const value: Saved<{ id: string }>[] = []
    for (const id of ids) {
      const invitation = await lockInvitation(tx, call.workspaceId, id)
      if (!invitation || !mayRevoke(call, invitation)) value.push(no('invitation.not_found', { invitation: id }))
      else if (invitation.acceptedAt !== null || invitation.revokedAt !== null) value.push({ ok: true, value: { id }, already: true })
      else {
        markInvitation(tx, call.workspaceId, id, 'revoked', now)
        happened.push({ subject: 'invitation', subjectId: id, seq: 2, type: 'InvitationRevoked', payload: {} })
        value.push({ ok: true, value: { id }, already: false })
      }
    }
    return { value, happened }
  })
}

/** One's own, and those for places and people within reach. */
function mayRevoke(call: Call, { invitedBy, locationIds, reportsTo }: Invitation): boolean {
  if (invitedBy !== null && invitedBy === call.actor.id) return true
  const places = locationIds ?? [null]
  return places.every((locationId) => mayDo(call, 'people:write', { locationId, ownerId: reportsTo }))
}
