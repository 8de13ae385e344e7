import type { Session, WhoAmI } from '#contract/people.ts'
import { endSessions, type Session as KnownSession, listSessions } from '#modules/identity/index.ts'
import type { Pools } from '#platform/db.ts'
import type { Principal } from '#usecases/call.ts'
import { changePassword, type Entry, signIn } from '#usecases/people/sign-in.ts'
import type { Presence, SignedIn } from '#usecases/people/signed-in.ts'
import { refused } from './problems.ts'
import type { Handlers } from './serve.ts'

/** Signing in and out, and the devices one is signed in on. */
export function sessionHandlers(pools: Pools, entry: Entry) {
  return {
    signIn: async ({ body, visitor }) => {
      const session = await signIn(entry, body, visitor)
      if (!session.ok) return { refused: session.reason }
      if (visitor.token !== null) await entry.signIn.signOut(visitor.token)
      const present = await entry.sessions.present(session.value.token, null)
      if (!present) throw new Error('A new session is not there')
      return { status: 200, body: whoAmI(present.person, principalOf(present)), session: session.value.token }
    },

    getSession: async ({ person, principal }) => ({ status: 200, body: whoAmI(person, principal) }),

    signOut: async ({ person, visitor }) => {
      const ended = await end(person.userId, { only: person.sessionId })
      return { status: 200, body: { ended }, session: visitor.token === null ? undefined : null }
    },

    changePassword: async ({ person, visitor, body }) => {
      const { token } = visitor
      if (token === null) throw new Error('Somebody signed in has no session')
      const given = { current: body.currentPassword, wanted: body.newPassword }
      const changed = await changePassword(entry, { email: person.email, token }, given, visitor)
      return changed.ok ? { status: 200, body: { changed: true }, session: changed.value.token } : { refused: changed.reason }
    },

    listSessions: async ({ person }) => {
      const sessions = await pools.system((tx) => listSessions(tx, person.userId))
      return { status: 200, body: { sessions: sessions.map((session) => sessionReply(session, person)) } }
    },

    revokeSession: async ({ person, params }) => {
      const ended = await end(person.userId, { only: params.id })
      return ended === 0 ? refused('session.not_found', { session: params.id }) : { status: 200, body: { ended } }
    },

    revokeOtherSessions: async ({ person }) => ({ status: 200, body: { ended: await end(person.userId, { allBut: person.sessionId }) } }),
  } satisfies Partial<Handlers>

  async function end(userId: string, which: Parameters<typeof endSessions>[2]): Promise<number> {
    const ended = await pools.system((tx) => endSessions(tx, userId, which))
    entry.sessions.forget()
    return ended
  }
}

const principalOf = ({ principal }: Presence): Principal | null => (principal.ok ? principal.value : null)

export function whoAmI({ userId, email, name, workspaces }: SignedIn, principal: Principal | null): WhoAmI {
  return {
    user: { id: userId, email, name },
    workspaces: workspaces.map(({ code, name: called, role }) => ({ code, name: called, role })),
    here: principal && {
      workspaceId: principal.workspaceId,
      permissions: [...principal.permissions].map(([permission, scope]) => ({ permission, scope })),
      locationIds: principal.locationIds === null ? null : [...principal.locationIds],
      hides: [...principal.hides],
      moneyLimits: principal.moneyLimits,
      language: principal.language,
    },
  }
}

function sessionReply({ id, userAgent, address, createdAt, seenAt, expiresAt }: KnownSession, { sessionId }: SignedIn): Session {
  return { id, userAgent, address, createdAt, seenAt, expiresAt, current: id === sessionId }
}
