import type { reasonKinds } from '#contract/places.ts'
import type { Label } from '#contract/workflow.ts'
import type { Id } from '#platform/ids.ts'

export type LocationId = Id<'Location'>

/** A workspace: one company's orders, seen by nobody else. */
export interface Workspace {
  id: string
  code: string
  name: string
  homeCurrency: string
  language: string
  blueprint: string
}

/** Where goods lie and orders are served. */
export interface Location {
  id: LocationId
  code: string
  name: string
  /** IANA name. */
  timeZone: string
  /** HH:MM, local: what is sold before it counts for the day before. */
  dayStartsAt: string
  status: 'open' | 'closed'
  version: number
}

/** A kiosk or till of a location; its id is what outside systems call a catalogue id. */
export interface Register {
  id: string
  locationId: LocationId
  code: string
  name: string
  kind: 'kiosk' | 'till'
  status: 'open' | 'closed'
}

export type ReasonKind = (typeof reasonKinds)[number]

/** A word of the workspace's list for why something is done; retired ones stay readable. */
export interface ReasonWord {
  kind: ReasonKind
  code: string
  label: Label
  active: boolean
}

export interface Tax {
  code: string
  name: string
  /** Millionths: 21 % = 210,000. */
  ratePpm: number
  /** Whether prices hold it already. */
  included: boolean
}
