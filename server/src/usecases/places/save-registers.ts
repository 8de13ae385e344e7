import type { CreateRegister, UpdateRegister } from '#contract/places.ts'
import { type Location, loadLocations, loadRegisters, type Register, writeRegisters } from '#modules/places/index.ts'
import { no } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import { newId } from '#platform/ids.ts'
import { type Call, mayDo } from '../call.ts'
import { changeReference, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayChange } from './may-change.ts'

export type RegisterToSave = { mode: 'create'; register: CreateRegister } | { mode: 'update'; id: string; register: UpdateRegister }

/** Makes, renames, opens and closes the kiosks and tills of locations. */
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
  return request.mode === 'update' ? change(call, request, known) : create(call, request.register, known, codesBefore, locations)
}

function change(
  call: Call,
  { id, register: wanted }: RegisterToSave & { mode: 'update' },
  known: ReadonlyMap<string, Register>,
): Saved<Register> {
  const before = known.get(id)
  const may = before && mayChange(call, before.locationId)
  if (!before || may === 'unseen') return no('register.not_found', { register: id })
  if (may === 'denied') return no('permission.denied', { permission: 'places:write' })
  const register: Register = { ...before, name: wanted.name ?? before.name, status: wanted.status ?? before.status }
  const already = canonicalText(before) === canonicalText(register)
  return { ok: true, value: register, already }
}

function create(
  call: Call,
  wanted: CreateRegister,
  known: ReadonlyMap<string, Register>,
  codesBefore: ReadonlySet<string>,
  locations: readonly Location[],
): Saved<Register> {
  const named = wanted.locationId ?? wanted.location ?? ''
  const location = locations.find((candidate) => candidate.id === named || candidate.code === named)
  const may = location && mayChange(call, location.id)
  if (!location || may === 'unseen') return no('location.not_found', { location: named })
  if (may === 'denied') return no('permission.denied', { permission: 'places:write' })
  const { code } = wanted
  const register: Register = {
    id: wanted.id ?? newId<'Register'>(),
    locationId: location.id,
    code,
    name: wanted.name,
    kind: wanted.kind,
    status: wanted.status ?? 'open',
  }
  const there = known.get(register.id)
  if (there) {
    const isRepeat =
      mayDo(call, 'places:read', { locationId: location.id, ownerId: null }) && canonicalText(there) === canonicalText(register)
    return isRepeat ? { ok: true, value: there, already: true } : no('register.exists', { register: there.id })
  }
  const taken = codesBefore.has(code) || [...known.values()].some((other) => other.code === code)
  return taken ? no('register.exists', { register: code }) : { ok: true, value: register, already: false }
}
