import {
  findOpenInvitation,
  findPassword,
  findUsers,
  hashOf,
  type Invitation,
  isPassword,
  lockInvitation,
  type Membership,
  markInvitation,
} from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'
import { actingCall } from '../bulk/acting-call.ts'
import { type Call, callOfEngine } from '../call.ts'
import { changeNouns, type Saved } from '../change-nouns.ts'
import { createUser } from './create-user.ts'
import { addOne, type Known, kept, mayAdd, whoIsKnown } from './save-members.ts'
import { admitted, type Entry, type Visitor } from './sign-in.ts'

export interface Acceptance {
  token: string
  /** Of whoever is new. */
  name?: string | undefined
  /** The one that is chosen, or that of the account. */
  password?: string | undefined
  /** Whoever is signed in already. */
  signedIn: { userId: string; email: string } | null
}

const passwordLeast = 10

/**
 * Makes whoever holds the link a member of its workspace. Who is new chooses a name and a password; who has an account proves it by its
 * password or by being signed in. Answers who it is. Every link that is none any more gets the same refusal.
 */
export async function acceptInvitation(
  pools: Pools,
  entry: Entry,
  acceptance: Acceptance,
  visitor: Visitor,
): Promise<Answer<{ userId: string; workspaceId: string; email: string }>> {
  const open = await pools.system((tx) => findOpenInvitation(tx, hashOf(acceptance.token)))
  if (!open) return no('invitation.not_open')
  const { workspaceId, id, email } = open
  const who = await provenUser(pools, entry, email, acceptance, visitor)
  if (!who.ok) return who
  const { userId } = who.value
  const call = { ...callOfEngine(workspaceId, 'system'), actor: { kind: 'person' as const, id: userId } }
  const joined = await changeNouns(pools, call, async (tx, now) => {
    const invitation = await lockInvitation(tx, workspaceId, id)
    const isOpen = invitation && invitation.acceptedAt === null && invitation.revokedAt === null && invitation.expiresAt > now
    const known = await whoIsKnown(tx, workspaceId)
    if (!isOpen || !(await couldStillBeMade(pools, call, invitation, known)))
      return { value: no('invitation.not_open') as Saved<Membership>, happened: [] }
    const { role, locationIds, reportsTo } = invitation
    const added = addOne(call, { userId, role, locationIds, reportsTo }, known, now)
    const { value, happened } = kept(tx, call, known, [added])
    if (added.ok) {
      markInvitation(tx, workspaceId, id, { acceptedBy: userId }, now)
      happened.push({ subject: 'invitation', subjectId: id, seq: 2, type: 'InvitationAccepted', payload: { memberId: userId } })
    }
    return { value: value[0] ?? added, happened }
  })
  if (joined.ok) return fine({ userId, workspaceId, email })
  return joined.reason.code === 'member.exists' ? no('member.exists', { email }) : joined
}

/** The right to be let in is the inviter's: what they may not give any more is not taken either. */
async function couldStillBeMade(pools: Pools, engine: Call, { invitedBy, ...as }: Invitation, known: Known): Promise<boolean> {
  const inviter = invitedBy === null ? engine : await actingCall(pools, engine.workspaceId, { kind: 'person', id: invitedBy })
  return inviter !== undefined && mayAdd(inviter, as, known).ok
}

async function provenUser(
  pools: Pools,
  entry: Entry,
  email: string,
  { name, password, signedIn }: Acceptance,
  visitor: Visitor,
): Promise<Answer<{ userId: string }>> {
  if (signedIn) return signedIn.email === email ? fine({ userId: signedIn.userId }) : no('invitation.other_person')
  const [user] = await pools.system((tx) => findUsers(tx, { emails: [email] }))
  if (user) {
    return admitted(entry, visitor, email, async () => {
      const hash = await pools.system((tx) => findPassword(tx, user.id))
      return hash !== undefined && (await isPassword(password ?? '', hash)) ? fine({ userId: user.id }) : no('auth.wrong')
    })
  }
  if (!name || password === undefined || password.length < passwordLeast) return no('invitation.needs_password', { least: passwordLeast })
  return await createUser(pools, { email, name, password })
}
