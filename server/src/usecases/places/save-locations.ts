import type { CreateLocation, UpdateLocation } from '#contract/places.ts'
import { type Location, type LocationId, loadLocations, writeLocations } from '#modules/places/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { isTimeZone } from '#platform/calendar.ts'
import { canonicalText } from '#platform/canonical.ts'
import { newId } from '#platform/ids.ts'
import { type Call, mayDo } from '../call.ts'
import { changeReference, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayChange } from './may-change.ts'

export type LocationToSave =
  | { mode: 'create'; location: CreateLocation }
  | { mode: 'update'; id: string; expectedVersion: number | null; location: UpdateLocation }

/** Makes, changes, opens and closes locations. */
export function saveLocations(desk: Desk, call: Call, requests: readonly LocationToSave[]): Promise<Saved<Location>[]> {
  return changeReference(desk, call, async (tx) => {
    const known = new Map((await loadLocations(tx, call.workspaceId)).map((location) => [location.id as string, location]))
    const codesBefore = new Set([...known.values()].map((location) => location.code))
    const happened: Happened[] = []
    const changed = new Map<string, Location>()
    const value = requests.map((request): Saved<Location> => {
      const saved = saveOne(call, request, known, codesBefore)
      if (!saved.ok || saved.already) return saved
      const { value: location } = saved
      known.set(location.id, location)
      changed.set(location.id, location)
      happened.push({
        subject: 'location',
        subjectId: location.id,
        seq: location.version,
        type: location.version === 1 ? 'LocationCreated' : 'LocationChanged',
        payload: location,
        locationId: location.id,
      })
      return saved
    })
    writeLocations(tx, call.workspaceId, [...changed.values()])
    return { value, happened }
  })
}

function saveOne(
  call: Call,
  request: LocationToSave,
  known: ReadonlyMap<string, Location>,
  codesBefore: ReadonlySet<string>,
): Saved<Location> {
  const { location: wanted } = request
  const before = known.get(request.mode === 'update' ? request.id : ((wanted as CreateLocation).id ?? ''))
  if (request.mode === 'update' && !before) return no('location.not_found', { location: request.id })
  const may = mayChange(call, before?.id ?? null)
  if (may === 'unseen' && request.mode === 'update') return no('location.not_found', { location: request.id })
  if (may !== 'may') return no('permission.denied', { permission: 'places:write' })
  if (request.mode === 'create' && before) {
    const again = asWanted(wanted, undefined, before.id)
    const maySee = mayDo(call, 'places:read', { locationId: before.id, ownerId: null })
    const isRepeat = maySee && canonicalText({ ...again, version: before.version }) === canonicalText(before)
    return isRepeat ? { ok: true, value: before, already: true } : no('location.exists', { location: before.id })
  }
  if (request.mode === 'update' && before && request.expectedVersion !== null && request.expectedVersion !== before.version) {
    return no('location.changed', { location: before.code, version: before.version, expected: request.expectedVersion })
  }
  const code = wanted.code ?? before?.code ?? ''
  const taken = code !== before?.code && (codesBefore.has(code) || [...known.values()].some((other) => other.code === code))
  if (taken) return no('location.exists', { location: code })
  // The id was parsed at the door.
  const location = asWanted(wanted, before, before?.id ?? ((wanted as CreateLocation).id as LocationId | undefined) ?? newId<'Location'>())
  const right = timesAreRight(location)
  if (!right.ok) return right
  if (before && canonicalText(before) === canonicalText(location)) return { ok: true, value: before, already: true }
  return { ok: true, value: before ? { ...location, version: before.version + 1 } : location, already: false }
}

function asWanted(wanted: UpdateLocation, before: Location | undefined, id: LocationId): Location {
  const code = wanted.code ?? before?.code ?? ''
  return {
    id,
    code,
    name: wanted.name ?? before?.name ?? code,
    timeZone: wanted.timeZone ?? before?.timeZone ?? 'UTC',
    dayStartsAt: wanted.dayStartsAt ?? before?.dayStartsAt ?? '00:00',
    status: wanted.status ?? before?.status ?? 'open',
    version: before?.version ?? 1,
  }
}

function timesAreRight({ timeZone }: Location): Answer<void> {
  return isTimeZone(timeZone) ? fine() : no('time_zone.unknown', { zone: timeZone })
}
