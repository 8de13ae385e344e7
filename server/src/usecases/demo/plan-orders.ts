import type { LineToPlace, PlaceOrder } from '#contract/orders.ts'
import type { Channel, Deed, DemoPerson, DemoShop, Life } from './demo-shop.ts'
import { type Chance, chanceOf } from './random.ts'

/** An order of a demo shop before it is placed: by whom, with what, and what became of it since. Moments are ISO 8601 in UTC. */
export interface PlannedOrder {
  by: Hand
  /** Whose it is, by their place among the shop's customers; null where nobody said. */
  customer: number | null
  body: Omit<PlaceOrder, 'customerId' | 'at'> & { at: string }
  steps: { at: string; by: Hand; deed: Deed; note: string }[]
}

/** Who does something: a person by their key, a kiosk by its code, or the shop's own connections and clocks. */
export type Hand = { person: string } | { kiosk: string } | { connection: true }

const minuteMs = 60_000
const dayMs = 86_400_000
const usualCount = 800
const days = 60

/** The orders of a shop as they came, first to last. Pure: the same seed and moment give the same orders. */
export function planOrders(shop: DemoShop, { seed, count, now }: { seed: number; count: number; now: string }): PlannedOrder[] {
  const chance = chanceOf(seed)
  const standing = shop.now.flatMap((life) =>
    Array.from({ length: Math.max(1, Math.round((life.weight * count) / usualCount)) }, () => life),
  )
  const gone = Array.from({ length: Math.max(0, count - standing.length) }, () => chance.weighted(shop.past, (life) => life.weight))
  return [...gone, ...standing]
    .slice(-count)
    .map((life) => ({ life, at: placedAt(shop, life, Date.parse(now), chance) }))
    .sort((one, other) => one.at - other.at)
    .map(({ life, at }, n) => planOrder(shop, life, { n, at, now: Date.parse(now) }, chance))
}

/** One order that comes at this moment and has no past; `n` is its place among all. */
export function planArrival(shop: DemoShop, { seed, n, now }: { seed: number; n: number; now: string }): PlannedOrder {
  return planOrder(shop, { weight: 1, steps: [] }, { n, at: Date.parse(now), now: Date.parse(now) }, chanceOf(seed))
}

function placedAt({ hours, timeZone }: DemoShop, { age }: Life, now: number, chance: Chance): number {
  if (age) return now - Math.round(chance.number(age[0], age[1]) * minuteMs)
  const day = Temporal.Instant.fromEpochMilliseconds(now - Math.round(chance.number(1, days) * dayMs)).toZonedDateTimeISO(timeZone)
  const seconds = chance.whole(hours.from * 3_600, hours.to * 3_600 - 1)
  return day.startOfDay().add({ seconds }).epochMilliseconds
}

function planOrder(shop: DemoShop, life: Life, { n, at, now }: { n: number; at: number; now: number }, chance: Chance): PlannedOrder {
  const fits = shop.channels.filter(({ word }) => !life.channels || life.channels.includes(word))
  const channel = chance.weighted(fits, ({ share }) => share)
  const kiosk = 'kiosk' in channel.by ? chance.oneOf(shop.kiosks) : null
  const location = kiosk?.location ?? chance.weighted(shop.locations, (place) => shop.locations.length - shop.locations.indexOf(place)).code
  const by = handOf(shop, channel, location, kiosk?.code, chance)
  const customer = kiosk || !chance.isOne(channel.withContact ? 100 : 45) ? null : chance.oneOf(customersOf(shop, by))
  const wanted = channel.wantedInHours
  return {
    by,
    customer,
    body: {
      channel: channel.word,
      location,
      at: iso(at),
      lines: linesOf(shop, life, channel, chance),
      ...(kiosk ? { source: 'kiosk', registerId: kiosk.code } : { source: 'connection' in channel.by ? channel.by.connection : 'console' }),
      ...('connection' in channel.by ? { externalId: externalIdOf(channel.word, n, chance) } : {}),
      ...(channel.withContact && customer !== null ? { contact: contactOf(shop, customer) } : {}),
      ...(wanted ? { wanted: { from: iso(at + Math.round(chance.number(...wanted)) * 60 * minuteMs) } } : {}),
    },
    steps: stepsOf(shop, life, { by, location, at, now }, chance),
  }
}

function handOf(shop: DemoShop, { by }: Channel, location: string, kiosk: string | undefined, chance: Chance): Hand {
  if (kiosk !== undefined) return { kiosk }
  return 'role' in by ? { person: personOf(shop, by.role, location, chance) } : { connection: true }
}

/** Somebody of this role who works there. */
export function personOf({ people }: DemoShop, role: string, location: string, chance: Chance): string {
  const there = people.filter((one: DemoPerson) => one.role === role && (!one.locations || one.locations.includes(location)))
  if (there.length === 0) throw new Error(`Nobody is ${role} at ${location}`)
  return chance.oneOf(there).key
}

/** Whom somebody may know of: their own where customers are looked after by somebody of their role. */
function customersOf(shop: DemoShop, by: Hand): number[] {
  const all = Array.from({ length: shop.customers.count }, (_, n) => n)
  const own = all.filter((n) => 'person' in by && ownerOf(shop, n) === by.person)
  return own.length > 0 ? own : all
}

/** Who looks after a customer: the key of a person, or null. */
export function ownerOf({ people, customers: { ownedBy } }: DemoShop, n: number): string | null {
  const keepers = people.filter(({ role }) => role === ownedBy)
  return keepers[n % keepers.length]?.key ?? null
}

function linesOf(shop: DemoShop, { wants = [] }: Life, { items, linesMost = 3, discount }: Channel, chance: Chance): LineToPlace[] {
  // What a shop is out of is wanted where a life says so, and not by chance.
  const scarce = new Set(shop.now.flatMap((life) => life.wants ?? []))
  const sold = shop.items.filter(
    ({ code, variants = [] }) => variants.some(({ priceMicro }) => priceMicro) && !scarce.has(code) && (!items || items.includes(code)),
  )
  const chosen = new Set(wants.length > 0 ? [chance.oneOf(wants)] : [])
  for (let left = chance.whole(1, linesMost); left > 0; left--) chosen.add(chance.oneOf(sold).code)
  const lines = [...chosen].map((code): LineToPlace => {
    const variant = chance.oneOf(shop.items.find((item) => item.code === code)?.variants ?? [])
    const pieces = chance.weighted([1, 2, 3], (count) => 1 / count ** 2)
    return { variant: variant.code, quantityMilli: pieces * (variant.contentMilli ?? 1_000) }
  })
  if (!discount || !chance.isOne(discount.inHundred)) return lines
  return [...lines, { kind: 'discount', name: 'Thank you', amountMinor: chance.whole(1, 3) * 50, reasonCode: discount.reason }]
}

function externalIdOf(channel: string, n: number, chance: Chance): string {
  return channel === 'tiktok_shop' ? `5768${String(n).padStart(5, '0')}${chance.whole(10 ** 8, 10 ** 9 - 1)}` : `#${1_001 + n}`
}

/** The same customer has the same address every time. */
export function contactOf({ customers, code }: DemoShop, n: number): { name: string; email: string; phone: string } & Address {
  const { firstNames, lastNames, country, phone, cities, streets } = customers
  const first = firstNames[n % firstNames.length] ?? ''
  const last = lastNames[(n * 7 + Math.floor(n / firstNames.length)) % lastNames.length] ?? ''
  const chance = chanceOf(n)
  return {
    name: `${first} ${last}`,
    email: `${plain(first)}.${plain(last)}@${code}.example`,
    phone: phone.replace(/#/g, () => String(chance.whole(0, 9))),
    address: `${chance.oneOf(streets)} ${chance.whole(1, 180)}`,
    city: chance.oneOf(cities),
    postcode: String(chance.whole(10_000, 99_999)),
    country,
  }
}

interface Address {
  address: string
  city: string
  postcode: string
  country: string
}

const plain = (name: string) =>
  name
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()

function stepsOf(
  shop: DemoShop,
  life: Life,
  placed: { by: Hand; location: string; at: number; now: number },
  chance: Chance,
): PlannedOrder['steps'] {
  const steps: PlannedOrder['steps'] = []
  let { at } = placed
  for (const [minutes, role, deed] of life.steps) {
    at += Math.round(minutes * chance.number(0.7, 1.4) * minuteMs)
    if (at > placed.now) break
    steps.push({ at: iso(at), by: stepBy(shop, role, placed, chance), deed, note: chance.oneOf(shop.notes) })
  }
  return steps
}

/** Whoever took an order in goes on with it where that is theirs to do, and where others of the role would not know of it. */
function stepBy(shop: DemoShop, role: string | null, { by, location }: { by: Hand; location: string }, chance: Chance): Hand {
  if (role === null) return { connection: true }
  const isTheirs =
    'person' in by && shop.people.some((one) => one.key === by.person && (one.role === role || role === shop.customers.ownedBy))
  return isTheirs ? by : { person: personOf(shop, role, location, chance) }
}

const iso = (ms: number) => new Date(ms).toISOString()
