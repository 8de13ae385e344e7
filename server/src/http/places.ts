import type { Location, Reason, Register, Tax } from '#contract/places.ts'
import type { Location as KnownLocation, Register as KnownRegister, Tax as KnownTax, ReasonWord } from '#modules/places/index.ts'
import { type Answer, fine } from '#platform/answer.ts'
import { type Call, mayDo } from '#usecases/call.ts'
import type { Saved } from '#usecases/change-nouns.ts'
import type { Engine } from '#usecases/engine.ts'
import { saveLocations } from '#usecases/places/save-locations.ts'
import { saveReasons } from '#usecases/places/save-reasons.ts'
import { saveRegisters } from '#usecases/places/save-registers.ts'
import { saveTaxes } from '#usecases/places/save-taxes.ts'
import type { Reference } from '#usecases/reference.ts'
import { only } from './only.ts'
import type { Handlers } from './serve.ts'

/** Where things are sold, and the words and taxes used there. */
export function placeHandlers(engine: Engine) {
  return {
    createLocation: async ({ call, body }) => {
      const saved = only(await saveLocations(engine, call, [{ mode: 'create', location: body }]))
      if (!saved.ok) return { refused: saved.reason }
      return saved.already ? { status: 200, body: locationReply(saved.value) } : { status: 201, body: locationReply(saved.value) }
    },

    updateLocation: async ({ call, params, body, expected }) => {
      const saved = only(await saveLocations(engine, call, [{ mode: 'update', id: params.id, expectedVersion: expected, location: body }]))
      return saved.ok ? { status: 200, body: locationReply(saved.value) } : { refused: saved.reason }
    },

    listLocations: async ({ call }) => {
      const { locations } = await known(call)
      return { status: 200, body: { locations: locations.filter(({ id }) => mayLook(call, id)).map(locationReply) } }
    },

    createRegister: async ({ call, body }) => {
      const saved = only(await saveRegisters(engine, call, [{ mode: 'create', register: body }]))
      if (!saved.ok) return { refused: saved.reason }
      return saved.already ? { status: 200, body: registerReply(saved.value) } : { status: 201, body: registerReply(saved.value) }
    },

    updateRegister: async ({ call, params, body }) => {
      const saved = only(await saveRegisters(engine, call, [{ mode: 'update', id: params.id, register: body }]))
      return saved.ok ? { status: 200, body: registerReply(saved.value) } : { refused: saved.reason }
    },

    listRegisters: async ({ call }) => {
      const { registers } = await known(call)
      return { status: 200, body: { registers: registers.filter(({ locationId }) => mayLook(call, locationId)).map(registerReply) } }
    },

    saveReasons: async ({ call, body }) => {
      const saved = all(
        await saveReasons(
          engine,
          call,
          body.reasons.map(({ label: { en, es }, ...reason }) => ({ ...reason, label: es === undefined ? { en } : { en, es } })),
        ),
      )
      return saved.ok ? { status: 200, body: { reasons: saved.value.map(reasonReply) } } : { refused: saved.reason }
    },

    listReasons: async ({ call }) => ({ status: 200, body: { reasons: (await known(call)).reasons.map(reasonReply) } }),

    saveTaxes: async ({ call, body }) => {
      const saved = all(await saveTaxes(engine, call, body.taxes))
      return saved.ok ? { status: 200, body: { taxes: saved.value.map(taxReply) } } : { refused: saved.reason }
    },

    listTaxes: async ({ call }) => ({ status: 200, body: { taxes: (await known(call)).taxes.map(taxReply) } }),
  } satisfies Partial<Handlers>

  async function known({ workspaceId }: Call): Promise<Reference> {
    const reference = await engine.reference.get(workspaceId)
    if (!reference) throw new Error(`There is no workspace ${workspaceId}`)
    return reference
  }
}

/** What the schema took is refused for want of the permission alone, and then each entry alike: so it is all of a list or none. */
function all<T>(saved: readonly Saved<T>[]): Answer<T[]> {
  const values: T[] = []
  for (const one of saved) {
    if (!one.ok) return one
    values.push(one.value)
  }
  return fine(values)
}

const mayLook = (call: Call, locationId: string): boolean => mayDo(call, 'places:read', { locationId, ownerId: null })

function locationReply({ id, code, name, timeZone, dayStartsAt, status, version }: KnownLocation): Location {
  return { id, code, name, timeZone, dayStartsAt, status, version }
}

function registerReply({ id, locationId, code, name, kind, status }: KnownRegister): Register {
  return { id, locationId, code, name, kind, status }
}

function reasonReply({ kind, code, label, active }: ReasonWord): Reason {
  return { kind, code, label, active }
}

function taxReply({ code, name, ratePpm, included }: KnownTax): Tax {
  return { code, name, ratePpm, included }
}
