import { loadRoles, lockApiKeys, markRevoked } from '#modules/identity/index.ts'
import { no } from '#platform/answer.ts'
import type { Call } from '../call.ts'
import { changeNouns, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'
import { isWithinPlaces, mayGiveRole } from '../people/may-give.ts'

/** Withdraws API keys for good, as far as the caller could have made them. Every process stops accepting them within a second. */
export function revokeApiKeys(desk: Desk, call: Call, ids: readonly string[]): Promise<Saved<{ id: string }>[]> {
  return changeNouns(desk.pools, call, async (tx, now) => {
    const [keys, roles] = await Promise.all([lockApiKeys(tx, call.workspaceId, ids), loadRoles(tx, call.workspaceId)])
    const known = new Map<string, (typeof keys)[number]>(keys.map((key) => [key.id, key]))
    const revoked: string[] = []
    const value = ids.map((id): Saved<{ id: string }> => {
      const may = mayTouch(call, 'keys:write', null)
      if (!may.ok) return may
      const key = known.get(id)
      if (!key || !isWithinPlaces(call, key.locationIds)) return no('api_key.not_found', { key: id })
      const role = roles.find(({ code }) => code === key.role)
      const mayRole = role ? mayGiveRole(call, role, key.permissions) : may
      if (!mayRole.ok) return mayRole
      if (key.revokedAt !== null || revoked.includes(id)) return { ok: true, value: { id }, already: true }
      revoked.push(id)
      return { ok: true, value: { id }, already: false }
    })
    if (revoked.length > 0) markRevoked(tx, call.workspaceId, revoked, now)
    return {
      value,
      happened: revoked.map((id): Happened => ({ subject: 'api_key', subjectId: id, seq: null, type: 'ApiKeyRevoked', payload: {} })),
    }
  })
}
