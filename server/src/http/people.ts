import type { Invitation, KeyAccount, Member, Role } from '#contract/people.ts'
import { textOf } from '#contract/texts.ts'
import {
  findUsers,
  type Invitation as KnownInvitation,
  type KeyAccount as KnownKeyAccount,
  type Role as KnownRole,
  listApiKeys,
  loadInvitations,
  loadKeyAccounts,
  loadMembers,
  loadRoles,
  type Membership,
  type User,
} from '#modules/identity/index.ts'
import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { acceptInvitation } from '#usecases/people/accept-invitation.ts'
import { inviteMembers, revokeInvitations } from '#usecases/people/invite-members.ts'
import { peopleInSight } from '#usecases/people/people-in-sight.ts'
import { grantKeyAccounts, revokeKeyAccounts } from '#usecases/people/save-key-accounts.ts'
import { updateMembers } from '#usecases/people/save-members.ts'
import { saveRoles } from '#usecases/people/save-roles.ts'
import type { Entry } from '#usecases/people/sign-in.ts'
import { only } from './only.ts'
import type { Handlers } from './serve.ts'
import { whoAmI } from './session.ts'

/** Who may come in, as what, and how they get there. */
export function peopleHandlers(engine: Engine, entry: Entry) {
  const { pools } = engine
  return {
    listMembers: async ({ call }) => {
      const members = await membersInSight(call)
      const users = await usersOf(members.map(({ userId }) => userId))
      return { status: 200, body: { members: members.map((member) => memberReply(member, users.get(member.userId))) } }
    },

    updateMember: async ({ call, params, body, expected }) => {
      const changes = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      const saved = only(await updateMembers(engine, call, [{ userId: params.id, expectedVersion: expected, changes }]))
      entry.sessions.forget()
      if (!saved.ok) return { refused: saved.reason }
      return { status: 200, body: memberReply(saved.value, (await usersOf([params.id])).get(params.id)) }
    },

    inviteMember: async ({ call, body, from }) => {
      const { email, role, locationIds = null, reportsTo = null } = body
      const saved = only(await inviteMembers(engine, call, [{ email, role, locationIds, reportsTo }]))
      if (!saved.ok) return { refused: saved.reason }
      const { id, token, expiresAt } = saved.value
      const passItOn = textOf('invitation.pass_it_on', { email }, call.language)
      // Behind the sign: what is there is sent to no server, so no log has it.
      return { status: 201, body: { id, token, link: `${from}/invitation#${token}`, expiresAt, passItOn } }
    },

    listInvitations: async ({ call }) => {
      const invitations = await pools.view(call.workspaceId, (db) => loadInvitations(db, call.workspaceId))
      const isSeen = peopleInSight(call)
      const seen = invitations.filter(({ invitedBy, reportsTo, locationIds }) => isSeen({ of: [invitedBy, reportsTo], locationIds }))
      return { status: 200, body: { invitations: seen.map(invitationReply) } }
    },

    revokeInvitation: async ({ call, params }) => {
      const saved = only(await revokeInvitations(engine, call, [params.id]))
      return saved.ok ? { status: 200, body: { id: saved.value.id, already: saved.already } } : { refused: saved.reason }
    },

    acceptInvitation: async ({ body, visitor, person }) => {
      const accepted = await acceptInvitation(pools, entry, { ...body, signedIn: person }, visitor)
      if (!accepted.ok) return { refused: accepted.reason }
      const session = await entry.signIn.begin(accepted.value.userId, visitor)
      if (visitor.token !== null) await entry.signIn.signOut(visitor.token)
      const present = await entry.sessions.present(session.token, null)
      if (!present) throw new Error('A new session is not there')
      return { status: 200, body: whoAmI(present.person, present.principal.ok ? present.principal.value : null), session: session.token }
    },

    listRoles: async ({ call }) => {
      const roles = await pools.view(call.workspaceId, (db) => loadRoles(db, call.workspaceId))
      return { status: 200, body: { roles: roles.map(roleReply) } }
    },

    saveRoles: async ({ call, body }) => {
      const saved = await saveRoles(engine, call, body.roles)
      entry.sessions.forget()
      const roles: Role[] = []
      for (const one of saved) {
        if (!one.ok) return { refused: one.reason }
        roles.push(roleReply(one.value))
      }
      return { status: 200, body: { roles } }
    },

    listKeyAccounts: async ({ call, query }) => {
      const { workspaceId } = call
      const [accounts, keys, members] = await Promise.all([
        pools.view(workspaceId, (db) => loadKeyAccounts(db, workspaceId, query.principalId ?? null)),
        pools.view(workspaceId, (db) => listApiKeys(db, workspaceId)),
        membersInSight(call),
      ])
      const isSeen = peopleInSight(call)
      const seen = new Set([
        ...keys.filter(({ id, locationIds }) => isSeen({ of: [id], locationIds })).map(({ id }) => id),
        ...members.map(({ userId }) => userId),
      ])
      return { status: 200, body: { keyAccounts: accounts.filter(({ principalId }) => seen.has(principalId)).map(keyAccountReply) } }
    },

    grantKeyAccounts: async ({ call, body }) => {
      const saved = await grantKeyAccounts(engine, call, body)
      return saved.ok ? { status: 200, body: { changed: saved.value.changed } } : { refused: saved.reason }
    },

    revokeKeyAccounts: async ({ call, body }) => {
      const saved = await revokeKeyAccounts(engine, call, body)
      entry.sessions.forget()
      return saved.ok ? { status: 200, body: { changed: saved.value.changed } } : { refused: saved.reason }
    },
  } satisfies Partial<Handlers>

  async function membersInSight(call: Call): Promise<Membership[]> {
    const members = await pools.view(call.workspaceId, (db) => loadMembers(db, call.workspaceId))
    const isSeen = peopleInSight(call)
    return members.filter(({ userId, locationIds }) => isSeen({ of: [userId], locationIds }))
  }

  /** People are in no workspace: who they are says only the role that sees all of them, and only of members of this one. */
  async function usersOf(ids: readonly string[]): Promise<Map<string, User>> {
    const users = await pools.system((tx) => findUsers(tx, { ids }))
    return new Map(users.map((user) => [user.id, user]))
  }
}

function memberReply({ userId, role, locationIds, reportsTo, status, version, createdAt }: Membership, user: User | undefined): Member {
  return { id: userId, email: user?.email ?? '', name: user?.name ?? '', role, locationIds, reportsTo, status, version, createdAt }
}

function invitationReply(invitation: KnownInvitation): Invitation {
  const { id, email, role, locationIds, reportsTo, invitedBy, expiresAt, createdAt } = invitation
  return { id, email, role, locationIds, reportsTo, invitedBy, status: statusOf(invitation), expiresAt, createdAt }
}

function statusOf({ acceptedAt, revokedAt, expiresAt }: KnownInvitation): Invitation['status'] {
  if (acceptedAt !== null) return 'accepted'
  if (revokedAt !== null) return 'revoked'
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : 'open'
}

function roleReply({ code, label, permissions, hides, moneyLimits }: KnownRole): Role {
  return { code, label, permissions, hides, moneyLimits }
}

function keyAccountReply({ principalId, customerId, grantedBy, grantedAt }: KnownKeyAccount): KeyAccount {
  return { principalId, customerId, grantedBy, grantedAt }
}
