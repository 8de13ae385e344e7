import type { CreateApiKey } from '#contract/keys.ts'
import { hashOf, insertApiKeys, loadRoles, newSecret, type Role } from '#modules/identity/index.ts'
import { loadLocations } from '#modules/places/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '../call.ts'
import { changeNouns, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'
import { mayGivePlaces, mayGiveRole } from '../people/may-give.ts'

/** Makes API keys. The secret is in this answer and nowhere else. Nobody gives a key more rights, or more locations, than they have. */
export function createApiKeys(desk: Desk, call: Call, requests: readonly CreateApiKey[]): Promise<Saved<{ id: string; secret: string }>[]> {
  return changeNouns(desk.pools, call, async (tx, now) => {
    const [roles, locations] = await Promise.all([loadRoles(tx, call.workspaceId), loadLocations(tx, call.workspaceId)])
    const known = {
      roles: new Map(roles.map((role) => [role.code, role])),
      locationIds: new Set<string>(locations.map((location) => location.id)),
      now,
    }
    const happened: Happened[] = []
    const keys: Parameters<typeof insertApiKeys>[2][number][] = []
    const value = requests.map((request): Saved<{ id: string; secret: string }> => {
      const may = mayGive(call, request, known)
      if (!may.ok) return may
      const id = newId<'ApiKey'>()
      const secret = newSecret()
      const { name, role, permissions = null, locationIds = null } = request
      const expiresAt = request.expiresAt === undefined ? null : new Date(request.expiresAt).toISOString()
      keys.push({ id, registerId: null, name, secretHash: hashOf(secret), role, permissions, locationIds, expiresAt })
      happened.push({
        subject: 'api_key',
        subjectId: id,
        seq: 1,
        type: 'ApiKeyCreated',
        payload: { role, permissions, locationIds, expiresAt },
      })
      return { ok: true, value: { id, secret }, already: false }
    })
    insertApiKeys(tx, call.workspaceId, keys)
    return { value, happened }
  })
}

interface Known {
  roles: ReadonlyMap<string, Role>
  locationIds: ReadonlySet<string>
  now: string
}

function mayGive(call: Call, { role: code, permissions, locationIds, expiresAt }: CreateApiKey, known: Known): Answer<void> {
  const may = mayTouch(call, 'keys:write', null)
  if (!may.ok) return may
  const role = known.roles.get(code)
  if (!role) return no('role.not_found', { role: code, known: [...known.roles.keys()].join(', ') })
  const mayRole = mayGiveRole(call, role, permissions ?? null)
  if (!mayRole.ok) return mayRole
  const mayPlaces = mayGivePlaces(call, locationIds ?? null, known.locationIds, 'api_key.needs_locations')
  if (!mayPlaces.ok) return mayPlaces
  if (expiresAt !== undefined && Date.parse(expiresAt) <= Date.parse(known.now)) return no('api_key.already_expired', { at: expiresAt })
  return fine()
}
