import type { FieldGroup, MoneyLimits, Permission, Scope } from '#contract/permissions.ts'
import { findKeyHolder, hashOf, isSecret, loadRights, noteUse, rightsOf } from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'

/** Who holds an API key, and what it may do where. */
export interface Principal {
  workspaceId: string
  keyId: string
  permissions: ReadonlyMap<Permission, Scope>
  /** Where "location" scope is; null = every location. */
  locationIds: readonly string[] | null
  /** Customers whose orders it may read wherever they are. */
  grantedCustomerIds: readonly string[]
  hides: ReadonlySet<FieldGroup>
  moneyLimits: MoneyLimits
  language: string
}

export interface Authenticator {
  /** `auth.invalid` for a key that is unknown, expired or revoked; all three look the same from outside. */
  authenticate(secret: string): Promise<Answer<Principal>>
  /** Writes down when keys were last used and ends. */
  end(): Promise<void>
}

export interface AuthenticatorLimits {
  /** How long a look-up is believed: what is revoked or narrowed takes effect within this. */
  trustedMs: number
  keysMax: number
  noteUseEveryMs: number
}

/** Looks up API keys by their hash; remembers each for less than a second. When a key was used is written down once a minute, for all at once. */
export function authenticator(
  pools: Pools,
  limits: AuthenticatorLimits = { trustedMs: 900, keysMax: 10_000, noteUseEveryMs: 60_000 },
): Authenticator {
  const known = new Map<string, { until: number; holder: Promise<Known | undefined> }>()
  const used = new Map<string, { workspaceId: string; keyId: string; at: string }>()
  const timer = setInterval(() => void flush().catch(() => {}), limits.noteUseEveryMs)
  timer.unref()
  return { authenticate, end }

  async function authenticate(secret: string): Promise<Answer<Principal>> {
    if (!isSecret(secret)) return no('auth.invalid')
    const holder = await remembered(hashOf(secret))
    const now = Date.now()
    if (!holder || (holder.expiresAtMs !== null && holder.expiresAtMs <= now)) return no('auth.invalid')
    const { workspaceId, keyId } = holder.principal
    used.set(keyId, { workspaceId, keyId, at: new Date(now).toISOString() })
    return fine(holder.principal)
  }

  /** Requests at the same moment share one look-up; one that failed is not remembered, nor is a key that is not there. */
  function remembered(hash: string): Promise<Known | undefined> {
    const entry = known.get(hash)
    if (entry && performance.now() < entry.until) return entry.holder
    const holder = lookUp(pools, hash)
    const fresh = { until: performance.now() + limits.trustedMs, holder }
    known.delete(hash)
    known.set(hash, fresh)
    for (const oldest of known.keys()) {
      if (known.size <= limits.keysMax) break
      known.delete(oldest)
    }
    const forget = () => void (known.get(hash) === fresh && known.delete(hash))
    holder.then((found) => found ?? forget(), forget)
    return holder
  }

  /** What could not be written is written with the next. */
  async function flush(): Promise<void> {
    const uses = [...used.values()]
    if (uses.length === 0) return
    used.clear()
    try {
      await pools.system(async (tx) => noteUse(tx, uses))
    } catch (error) {
      for (const use of uses) if (!used.has(use.keyId)) used.set(use.keyId, use)
      throw error
    }
  }

  async function end(): Promise<void> {
    clearInterval(timer)
    await flush()
  }
}

interface Known {
  principal: Principal
  expiresAtMs: number | null
}

/** Whose key it is says only the role that sees every workspace; what it may do there, the workspace itself. */
async function lookUp(pools: Pools, hash: string): Promise<Known | undefined> {
  const holder = await pools.system((tx) => findKeyHolder(tx, hash))
  if (!holder || holder.revokedAt !== null) return undefined
  const { workspaceId, keyId, language, locationIds } = holder
  const { grants, customerIds, hides, moneyLimits } = await pools.view(workspaceId, (db) => loadRights(db, workspaceId, holder.role, keyId))
  return {
    principal: {
      workspaceId,
      keyId,
      permissions: rightsOf(grants, holder.permissions),
      locationIds,
      grantedCustomerIds: customerIds,
      hides: new Set(hides),
      moneyLimits,
      language,
    },
    expiresAtMs: holder.expiresAt === null ? null : Date.parse(holder.expiresAt),
  }
}
