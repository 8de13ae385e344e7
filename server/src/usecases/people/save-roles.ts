import { createHash } from 'node:crypto'
import type { Role as RoleToSave } from '#contract/people.ts'
import { loadRoles, ownerRole, type Role, writeRoles } from '#modules/identity/index.ts'
import { type Answer, no } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import type { Call } from '../call.ts'
import { changeReference, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'
import { mayGiveRole } from './may-give.ts'

/** Adds and changes roles, all of the list or none. Nobody makes a role that may do more than they, nor changes one that does. */
export function saveRoles(desk: Desk, call: Call, requests: readonly RoleToSave[]): Promise<Saved<Role>[]> {
  return changeReference(desk, call, async (tx) => {
    const known = new Map((await loadRoles(tx, call.workspaceId)).map((role) => [role.code, role]))
    const value = requests.map((request): Saved<Role> => {
      const before = known.get(request.code)
      const role = roleOf(request)
      const may = maySave(call, before, role)
      if (!may.ok) return may
      if (before && canonicalText(before) === canonicalText(role)) return { ok: true, value: before, already: true }
      known.set(role.code, role)
      return { ok: true, value: role, already: false }
    })
    const changed = value.flatMap((saved) => (saved.ok && !saved.already ? saved.value : []))
    if (value.some((saved) => !saved.ok) || changed.length === 0) return { value, happened: [] }
    writeRoles(tx, call.workspaceId, [...new Map(changed.map((role) => [role.code, role])).values()])
    return { value, happened: changed.map((role) => whatHappened(call.workspaceId, role)) }
  })
}

function roleOf({ moneyLimits: { refundMinor, discountMinor }, ...role }: RoleToSave): Role {
  return {
    ...role,
    moneyLimits: { ...(refundMinor === undefined ? {} : { refundMinor }), ...(discountMinor === undefined ? {} : { discountMinor }) },
  }
}

function maySave(call: Call, before: Role | undefined, role: Role): Answer<void> {
  const may = mayTouch(call, 'roles:write', null)
  if (!may.ok) return may
  if (role.code === ownerRole) return no('role.owner_fixed')
  // A role counts at every location.
  if (call.locationIds !== null) return no('role.beyond', { what: 'locations', 'what.es': 'locales' })
  const mayBefore = before ? mayGiveRole(call, before) : may
  return mayBefore.ok ? mayGiveRole(call, role) : mayBefore
}

/** A role has a code and no id; in the log it goes by one made of its workspace and code (RFC 9562, version 8). */
function whatHappened(workspaceId: string, { code, permissions, hides, moneyLimits }: Role): Happened {
  const hex = createHash('sha256').update(`role\n${workspaceId}\n${code}`).digest('hex')
  const subjectId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  return { subject: 'role', subjectId, seq: null, type: 'RoleSaved', payload: { code, permissions, hides, moneyLimits } }
}
