import type { CreateKioskToken } from '#contract/people.ts'
import { hashOf, insertApiKeys, loadRoles, newSecret } from '#modules/identity/index.ts'
import { loadRegisters } from '#modules/places/index.ts'
import { no } from '#platform/answer.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '../call.ts'
import { changeNouns, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'
import { mayGiveRole } from '../people/may-give.ts'

/** The role that a kiosk's token has; a workspace without it has no kiosks. */
const kioskRole = 'kiosk'

/** Makes tokens of kiosks, each bound to its register and so to that one's location. The secret is in this answer and nowhere else. */
export function createKioskTokens(
  desk: Pick<Desk, 'pools'>,
  call: Call,
  requests: readonly CreateKioskToken[],
): Promise<Saved<{ id: string; secret: string }>[]> {
  return changeNouns(desk.pools, call, async (tx) => {
    const [roles, registers] = await Promise.all([loadRoles(tx, call.workspaceId), loadRegisters(tx, call.workspaceId)])
    const role = roles.find(({ code }) => code === kioskRole)
    const happened: Happened[] = []
    const keys: Parameters<typeof insertApiKeys>[2][number][] = []
    const value = requests.map(({ registerId, name }): Saved<{ id: string; secret: string }> => {
      const may = mayTouch(call, 'keys:write', null)
      if (!may.ok) return may
      if (!role) return no('role.not_found', { role: kioskRole, known: roles.map(({ code }) => code).join(', ') })
      const mayRole = mayGiveRole(call, role)
      if (!mayRole.ok) return mayRole
      const register = registers.find(({ id }) => id === registerId)
      const isNear = register && (call.locationIds === null || call.locationIds.includes(register.locationId))
      if (!register || !isNear) return no('register.not_found', { register: registerId })
      if (register.kind !== 'kiosk') return no('register.not_a_kiosk', { register: register.code })
      const id = newId<'ApiKey'>()
      const secret = newSecret()
      keys.push({
        id,
        registerId,
        name,
        secretHash: hashOf(secret),
        role: kioskRole,
        permissions: null,
        locationIds: null,
        expiresAt: null,
      })
      happened.push({
        subject: 'api_key',
        subjectId: id,
        seq: 1,
        type: 'ApiKeyCreated',
        payload: { role: kioskRole, permissions: null, registerId, expiresAt: null },
        locationId: register.locationId,
      })
      return { ok: true, value: { id, secret }, already: false }
    })
    insertApiKeys(tx, call.workspaceId, keys)
    return { value, happened }
  })
}
