import { findSessionHolder, hashOf, noteSessionUse, rightsOf } from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'
import type { Principal } from '../call.ts'
import { type AuthenticatorLimits, usualLimits } from '../keys/authenticate.ts'
import { remembered, usesOf } from '../remembered.ts'

/** A person behind a session, whatever workspace they look at. */
export interface SignedIn {
  sessionId: string
  userId: string
  email: string
  name: string
  workspaces: readonly { code: string; name: string; role: string }[]
}

/** The person, and what they are in the workspace they asked for, or why they are nothing there. */
export interface Presence {
  person: SignedIn
  principal: Answer<Principal>
}

export interface Sessions {
  /** Who holds a session's token. `workspace` is a code, null where none was named. Undefined for a session that is unknown or has ended. */
  present(token: string, workspace: string | null, use?: 'counts' | 'counts not'): Promise<Presence | undefined>
  /** What was found is looked up again by the next who asks: for what this process itself just changed. */
  forget(): void
  /** Writes down when sessions were last used and ends. */
  end(): Promise<void>
}

/** Looks up sessions by the hash of their token, with everything the person may do; remembers each for less than a second. */
export function sessionLookUp(pools: Pools, limits: AuthenticatorLimits = usualLimits): Sessions {
  const presences = remembered(limits, (key) => lookUp(pools, key))
  const uses = usesOf<Parameters<typeof noteSessionUse>[1][number]>(limits.noteUseEveryMs, (noted) =>
    pools.system(async (tx) => noteSessionUse(tx, noted)),
  )
  return {
    present: async (token, workspace, use = 'counts') => {
      const found = await presences.get(`${hashOf(token)} ${workspace ?? ''}`)
      const now = Date.now()
      if (!found || found.expiresAtMs <= now) return undefined
      if (use === 'counts') uses.note(found.person.sessionId, { id: found.person.sessionId, at: new Date(now).toISOString() })
      return found
    },
    forget: presences.clear,
    end: uses.end,
  }
}

async function lookUp(pools: Pools, key: string): Promise<(Presence & { expiresAtMs: number }) | undefined> {
  const [hash = '', workspace = ''] = key.split(' ')
  const holder = await pools.system((tx) => findSessionHolder(tx, hash, workspace === '' ? null : workspace))
  if (!holder) return undefined
  const { here, expiresAt, ...person } = holder
  const known = person.workspaces.map(({ code }) => code).join(', ')
  if (!here) {
    const why =
      workspace !== '' || person.workspaces.length === 0
        ? no('auth.not_a_member', { workspace: workspace || '-' })
        : no('auth.which_workspace', { known })
    return { person, principal: why, expiresAtMs: Date.parse(expiresAt) }
  }
  const { workspaceId, language, locationIds, teamIds, grants, hides, moneyLimits, customerIds } = here
  return {
    person,
    principal: fine({
      workspaceId,
      actor: { kind: 'person', id: person.userId },
      permissions: rightsOf(grants, null),
      locationIds,
      teamIds,
      grantedCustomerIds: customerIds,
      hides: new Set(hides),
      moneyLimits,
      language,
    }),
    expiresAtMs: Date.parse(expiresAt),
  }
}
