import { randomBytes } from 'node:crypto'
import type { Refusal } from '#platform/answer.ts'
import { newId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import { type Call, callOfEngine } from '../call.ts'
import { saveCustomers } from '../customers/save-customers.ts'
import type { Engine } from '../engine.ts'
import { saveItems } from '../items/save-items.ts'
import { createKioskTokens } from '../keys/create-kiosk-tokens.ts'
import { createUser } from '../people/create-user.ts'
import { addMembers } from '../people/save-members.ts'
import { saveLocations } from '../places/save-locations.ts'
import { saveRegisters } from '../places/save-registers.ts'
import { saveTaxes } from '../places/save-taxes.ts'
import { adjustStock } from '../stock/adjust-stock.ts'
import { createWorkspace } from '../workspaces/create-workspace.ts'
import type { DemoEntry } from './demo-file.ts'
import type { DemoShop } from './demo-shop.ts'
import { contactOf, ownerOf } from './plan-orders.ts'

/** What a newcomer needs to get in; secrets are here and nowhere else. */
export interface OpenedShop extends DemoEntry {
  workspaceId: string
}

const opensDaysAgo = 61
const dayMs = 86_400_000

/**
 * Opens a demo shop under this code: a workspace with places, taxes, goods on the shelf, people who can sign in and customers. Its orders
 * are owed. Killed in the middle it leaves a workspace that nobody knows the way into; whoever finds one removes it.
 */
export async function openShop(engine: Engine, shop: DemoShop, code: string): Promise<OpenedShop> {
  const [first, ...more] = shop.locations
  const made = right(
    await createWorkspace(engine.pools, {
      code,
      name: shop.name,
      blueprint: shop.blueprint,
      currency: shop.currency,
      language: 'en',
      timeZone: shop.timeZone,
      demo: true,
      ...(first ? { locationCode: first.code, locationName: first.name } : {}),
    }),
  )
  const { workspaceId } = made
  const call = callOfEngine(workspaceId, 'system')
  const locations = await saveLocations(
    engine,
    call,
    more.map((location) => ({ mode: 'create', location: { ...location, timeZone: shop.timeZone } })),
  )
  locations.forEach(right)
  if (shop.taxes.length > 0) (await saveTaxes(engine, call, shop.taxes)).forEach(right)
  for (const saved of await saveItems(
    engine,
    call,
    shop.items.map((item) => ({ mode: 'create', item })),
  ))
    right(saved)
  const [staff, kiosks] = await Promise.all([
    hire(engine, call, shop, code),
    setUpKiosks(engine, call, shop),
    stockUp(engine, call, shop, { share: 1, at: new Date(Date.now() - opensDaysAgo * dayMs) }),
  ])
  await inviteCustomers(engine, call, shop, staff.idOf)
  await engine.pools.change(workspaceId, async (tx) =>
    owe(tx, workspaceId, [{ id: newId(), kind: 'demo', lane: 'bulk', payload: { from: 0 } }]),
  )
  return { workspaceId, code, name: shop.name, blueprint: shop.blueprint.code, apiKey: made.apiKey, users: staff.users, kiosks }
}

interface Staff {
  users: OpenedShop['users']
  /** By the key of the person. */
  idOf: ReadonlyMap<string, string>
}

async function hire(engine: Engine, call: Call, { people }: DemoShop, code: string): Promise<Staff> {
  const reference = await engine.reference.get(call.workspaceId)
  const accounts = await Promise.all(
    people.map(async (person) => {
      const password = randomBytes(9).toString('base64url')
      const email = emailOf(person.key, code)
      const { userId } = right(await createUser(engine.pools, { email, name: person.name, password }))
      return { person, email, password, userId }
    }),
  )
  const idOf = new Map(accounts.map(({ person, userId }) => [person.key, userId]))
  const members = accounts.map(({ person, userId }) => ({
    userId,
    role: person.role,
    locationIds: person.locations?.map((name) => reference?.location(name)?.id ?? name) ?? null,
    reportsTo: idOf.get(person.reportsTo ?? '') ?? null,
  }))
  for (const saved of await addMembers(engine, call, members)) right(saved)
  return { users: accounts.map(({ person, email, password }) => ({ email, password, role: person.role })), idOf }
}

export const emailOf = (key: string, code: string): string => `${key}@${code}.example`

async function setUpKiosks(engine: Engine, call: Call, { kiosks }: DemoShop): Promise<OpenedShop['kiosks']> {
  if (kiosks.length === 0) return []
  const registers = await saveRegisters(
    engine,
    call,
    kiosks.map((register) => ({ mode: 'create', register: { ...register, kind: 'kiosk' } })),
  )
  const ids = registers.map((saved) => right(saved).id)
  const tokens = await createKioskTokens(
    engine,
    call,
    ids.map((registerId, i) => ({ registerId, name: kiosks[i]?.name ?? '' })),
  )
  return tokens.map((saved, i) => ({ catalogId: ids[i] ?? '', token: right(saved).secret }))
}

/** Brings a share of what lies there at first, so long ago. */
export async function stockUp(
  engine: Engine,
  call: Call,
  { supplies, locations }: DemoShop,
  { share, at }: { share: number; at: Date },
): Promise<void> {
  const received = await adjustStock(
    engine,
    call,
    locations.flatMap((location) =>
      supplies.map(({ item, quantity, costMicro, expiresInDays }) => ({
        key: null,
        body: {
          kind: 'receipt' as const,
          item,
          location: location.code,
          deltaMilli: Math.ceil(quantity * share) * 1_000,
          unitCostMicro: Math.round(costMicro),
          at: at.toISOString(),
          ...(expiresInDays === undefined ? {} : { lot: lotOf(at, expiresInDays) }),
        },
      })),
    ),
  )
  for (const outcome of received) right(outcome)
}

function lotOf(at: Date, expiresInDays: number): { code: string; expiresOn: string } {
  const expiresOn = new Date(Date.now() + expiresInDays * dayMs).toISOString().slice(0, 10)
  return { code: `L${at.toISOString().slice(2, 10).replaceAll('-', '')}`, expiresOn }
}

async function inviteCustomers(engine: Engine, call: Call, shop: DemoShop, idOf: Staff['idOf']): Promise<void> {
  const saved = await saveCustomers(
    engine,
    call,
    Array.from({ length: shop.customers.count }, (_, n) => {
      const { name, email, phone, country } = contactOf(shop, n)
      const segment = shop.customers.segments[n % shop.customers.segments.length] ?? ''
      const tier = n % 10 === 0 ? 'gold' : n % 4 === 0 ? 'silver' : ''
      return {
        mode: 'create',
        customer: {
          name,
          email,
          phone,
          country,
          segment,
          tier,
          externalId: customerName(n),
          ownerId: idOf.get(ownerOf(shop, n) ?? '') ?? null,
        },
      }
    }),
  )
  for (const one of saved) right(one)
}

/** What a customer is called in the shop's own books, by their place among all. */
export const customerName = (n: number): string => `C-${1_001 + n}`

/** The value; a demo shop that is refused anything was written wrongly. */
function right<T>(answer: { ok: true; value: T } | { ok: true } | Refusal): T {
  if (!answer.ok) throw new Error(`A demo shop was refused: ${answer.reason.code} ${JSON.stringify(answer.reason.params)}`)
  // Those without a value are asked for none.
  return ('value' in answer ? answer.value : undefined) as T
}
