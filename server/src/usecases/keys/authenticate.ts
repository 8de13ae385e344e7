import { findKeyHolder, hashOf, isSecret, noteUse, rightsOf } from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'
import type { Principal } from '../call.ts'
import { remembered, usesOf } from '../remembered.ts'

export interface Authenticator {
  /** `auth.invalid` for a key that is unknown, expired or revoked; all three look the same from outside. */
  authenticate(secret: string): Promise<Answer<Principal>>
  /** Writes down when keys were last used and ends. */
  end(): Promise<void>
}

export interface AuthenticatorLimits {
  /** How long a look-up is believed: what is revoked or narrowed takes effect within this. */
  trustedMs: number
  most: number
  noteUseEveryMs: number
}

export const usualLimits: AuthenticatorLimits = { trustedMs: 800, most: 10_000, noteUseEveryMs: 60_000 }

/** Looks up API keys and kiosk tokens by their hash; remembers each for less than a second. When one was used is written down once a minute. */
export function authenticator(pools: Pools, limits: AuthenticatorLimits = usualLimits): Authenticator {
  const holders = remembered(limits, (hash) => lookUp(pools, hash))
  const uses = usesOf<Parameters<typeof noteUse>[1][number]>(limits.noteUseEveryMs, (noted) =>
    pools.system(async (tx) => noteUse(tx, noted)),
  )
  return {
    authenticate: async (secret) => {
      if (!isSecret(secret)) return no('auth.invalid')
      const holder = await holders.get(hashOf(secret))
      const now = Date.now()
      if (!holder || (holder.expiresAtMs !== null && holder.expiresAtMs <= now)) return no('auth.invalid')
      const { principal, keyId } = holder
      uses.note(keyId, { workspaceId: principal.workspaceId, keyId, at: new Date(now).toISOString() })
      return fine(principal)
    },
    end: () => uses.end(),
  }
}

interface Known {
  principal: Principal
  keyId: string
  expiresAtMs: number | null
}

async function lookUp(pools: Pools, hash: string): Promise<Known | undefined> {
  const holder = await pools.system((tx) => findKeyHolder(tx, hash))
  if (!holder || holder.revokedAt !== null) return undefined
  const { workspaceId, keyId, kind, registerId, language, locationIds, expiresAt } = holder
  return {
    principal: {
      workspaceId,
      actor: { kind: kind === 'kiosk' ? 'kiosk' : 'api_key', id: keyId },
      permissions: rightsOf(holder.grants, holder.permissions),
      locationIds,
      teamIds: [],
      grantedCustomerIds: holder.customerIds,
      hides: new Set(holder.hides),
      moneyLimits: holder.moneyLimits,
      ...(registerId === null ? {} : { registerId }),
      language,
    },
    keyId,
    expiresAtMs: expiresAt === null ? null : Date.parse(expiresAt),
  }
}
