import type { CreateRegister } from '#contract/places.ts'
import { type Location, loadLocations, loadRegisters, type Register, writeRegisters } from '#modules/places/index.ts'
import { no } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import { newId } from '#platform/ids.ts'
import { type Call, mayDo } from '../call.ts'
import { changeReference, type Desk, type Happened, type Saved } from '../change-nouns.ts'

export type RegisterToSave =
  | { mode: 'create'; register: CreateRegister }
  | { mode: 'update'; id: string; register: Partial<CreateRegister> }

/** Makes, changes, opens and closes the kiosks and tills of locations. */
export function saveRegisters(desk: Desk, call: Call, requests: readonly RegisterToSave[]): Promise<Saved<Register>[]> {
  return changeReference(desk, call, async (tx) => {
    const [registers, locations] = await Promise.all([loadRegisters(tx, call.workspaceId), loadLocations(tx, call.workspaceId)])
    const known = new Map(registers.map((register) => [register.id, register]))
    const codesBefore = new Set(registers.map((register) => register.code))
    const happened: Happened[] = []
    const changed = new Map<string, Register>()
    const value = requests.map((request): Saved<Register> => {
      const saved = saveOne(call, request, known, codesBefore, locations)
      if (!saved.ok || saved.already) return saved
      const { value: register } = saved
      const type = known.has(register.id) ? 'RegisterChanged' : 'RegisterCreated'
      known.set(register.id, register)
      changed.set(register.id, register)
      happened.push({ subject: 'register', subjectId: register.id, seq: null, type, payload: register, locationId: register.locationId })
      return saved
    })
    writeRegisters(tx, call.workspaceId, [...changed.values()])
    return { value, happened }
  })
}

function saveOne(
  call: Call,
  request: RegisterToSave,
  known: ReadonlyMap<string, Register>,
  codesBefore: ReadonlySet<string>,
  locations: readonly Location[],
): Saved<Register> {
  const { register: wanted } = request
  const id = request.mode === 'update' ? request.id : wanted.id
  const before = known.get(id ?? '')
  if (request.mode === 'update' && !before) return no('register.not_found', { register: request.id })
  const named = wanted.locationId ?? wanted.location ?? before?.locationId ?? ''
  const location = locations.find((candidate) => candidate.id === named || candidate.code === named)
  if (!location) return no('location.not_found', { location: named })
  const reached = [location.id, before?.locationId ?? location.id].every((locationId) =>
    mayDo(call, 'places:write', { locationId, ownerId: null }),
  )
  if (!reached) return no('permission.denied', { permission: 'places:write' })
  if (request.mode === 'create' && before)
    return before.code === wanted.code ? { ok: true, value: before, already: true } : no('register.exists', { register: before.code })
  const code = wanted.code ?? before?.code ?? ''
  const taken = code !== before?.code && (codesBefore.has(code) || [...known.values()].some((other) => other.code === code))
  if (taken) return no('register.exists', { register: code })
  const register: Register = {
    id: id ?? newId<'Register'>(),
    locationId: location.id,
    code,
    name: wanted.name ?? before?.name ?? code,
    kind: wanted.kind ?? before?.kind ?? 'till',
    status: wanted.status ?? before?.status ?? 'open',
  }
  if (before && canonicalText(before) === canonicalText(register)) return { ok: true, value: before, already: true }
  return { ok: true, value: register, already: false }
}
