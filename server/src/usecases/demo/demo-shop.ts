import type { CreateItem } from '#contract/items.ts'
import type { Beginning } from '../workspaces/create-workspace.ts'

/** A shop as data: who works there, what it sells, and how its orders usually go. */
export interface DemoShop {
  code: string
  name: string
  blueprint: Beginning
  /** ISO 4217. */
  currency: string
  /** IANA name. */
  timeZone: string
  /** Hours of the day between which orders come. */
  hours: { from: number; to: number }
  /** The first is made with the workspace. */
  locations: { code: string; name: string }[]
  kiosks: { code: string; name: string; location: string }[]
  taxes: { code: string; name: string; ratePpm: number; included: boolean }[]
  /** What is made of others stands after them. */
  items: CreateItem[]
  supplies: Supply[]
  people: DemoPerson[]
  customers: DemoCustomers
  channels: Channel[]
  /** Over the last 60 days, in these shares. */
  past: Life[]
  /** What stands there when somebody looks: so many of 800. */
  now: Life[]
  /** What is done next with an order that stands in a stage. */
  usual: Readonly<Record<string, readonly Step[]>>
  notes: readonly string[]
}

/** What lies at every location at first; none of what a shop is out of. */
export interface Supply {
  item: string
  /** In the item's base unit. */
  quantity: number
  /** Millionths of the major unit for one base unit. */
  costMicro: number
  /** Days from the making of the shop; with one, the goods carry a lot. */
  expiresInDays?: number
}

export interface DemoPerson {
  /** The part of the e-mail before the @. */
  key: string
  name: string
  role: string
  /** Everywhere where none is named. */
  locations?: readonly string[]
  reportsTo?: string
}

export interface DemoCustomers {
  count: number
  firstNames: readonly string[]
  lastNames: readonly string[]
  country: string
  phone: string
  cities: readonly string[]
  streets: readonly string[]
  segments: readonly string[]
  /** Those who look after them, in turn; nobody in particular where it is not said. */
  ownedBy?: string
}

/** How an order comes in: through a kiosk, a person of a role, or the shop's own connection to a market place. */
export interface Channel {
  word: string
  by: { kiosk: true } | { role: string } | { connection: string }
  /** Of all that come. */
  share: number
  /** Who it is for stands with the order. */
  withContact: boolean
  /** Items that are ordered here; every one with a price where none is named. */
  items?: readonly string[]
  /** Of the lines of an order; 3 where it is not said. */
  linesMost?: number
  /** Hours from placing until it is wanted. */
  wantedInHours?: readonly [number, number]
  /** Why something is taken off, and how many of a hundred orders. */
  discount?: { reason: string; inHundred: number }
}

/** How an order goes. Whatever would lie in the future has not happened yet. */
export interface Life {
  /** A share of the past, or how many stand there now. */
  weight: number
  /** How long ago it was placed, in minutes, at least and at most; over the last 60 days where it is not said. */
  age?: readonly [number, number]
  /** Only for orders of these channels. */
  channels?: readonly string[]
  /** One of its lines is this. */
  wants?: readonly string[]
  steps: readonly Step[]
}

/** After so many minutes, more or less, somebody of a role does something; null is the engine or the outside. */
export type Step = readonly [afterMinutes: number, role: string | null, deed: Deed]

export type Deed =
  | { move: string; reason?: string }
  /** The clock of a stage. */
  | { timer: string }
  /** Word from the outside. */
  | { event: string }
  | { pay: 'all' | 'half'; method: string }
  | { refund: 'all' | 'some'; reason: string }
  /** The first line comes back. */
  | { takeBack: string }
  | { cancel: string }
  | { reopen: string }
  | { hold: string }
  | { release: true }
  | { tag: string }
  | { note: true }
  | { assign: true }
