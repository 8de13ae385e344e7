import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationName, operationNames, operations } from '#contract/operations.ts'
import { type OrderVerb, verbPermissions } from '#contract/orders.ts'
import { type FieldGroup, permissions, type Scope, scopes } from '#contract/permissions.ts'
import { grantCustomers, type Role, writeRoles } from '#modules/identity/index.ts'
import { newId } from '#platform/ids.ts'
import { type Sealer, startSealer } from '#platform/sealer.ts'
import { saveCustomers } from '#usecases/customers/save-customers.ts'
import { createKioskTokens } from '#usecases/keys/create-kiosk-tokens.ts'
import { placeOrders } from '#usecases/orders/place-orders.ts'
import { saveLocations } from '#usecases/places/save-locations.ts'
import { saveRegisters } from '#usecases/places/save-registers.ts'
import { adjustStock } from '#usecases/stock/adjust-stock.ts'
import { followStream } from '../../../e2e/fixtures/follow-stream.ts'
import { blueprints } from '../../blueprints/index.ts'
import { previewBulkJobs } from '../jobs/bulk-previews.ts'
import { writeExports } from '../jobs/export-lists.ts'
import { signedIn, testMember } from '../testing/people.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import type { TestWorkspace } from '../testing/test-workspace.ts'
import { workOwed } from '../testing/work-owed.ts'

// Who may do what to what: every shipped role and one for each scope, times every operation, times things of one's own, of one's team, of
// a colleague, of another location, of a key account and of another workspace. What is expected follows from the tables of operations and
// roles and the few lines of `scopeReaches`; nothing of the server is asked for it.

/** What became of a request, as far as rights go; `through` is whatever only the thing itself still has to say. */
type Verdict = 'through' | 'denied' | 'hidden' | 'stranger'
const whose = ['mine', 'my team’s', 'a colleague’s', 'elsewhere', 'a key account’s', 'the neighbour’s'] as const
type Whose = (typeof whose)[number]

interface Thing {
  ownerId: string | null
  locationId: string | null
  customerId: string | null
}

interface Asker {
  name: string
  id: string
  teamId: string
  locationIds: readonly string[] | null
  scopeOf: ReadonlyMap<string, Scope>
  hides: ReadonlySet<FieldGroup>
  keyAccountId: string
  credentials: { apiKey: string } | { cookie: string }
  ask(method: string, path: string, body?: object): Promise<{ status: number; json: Record<string, unknown>; text: string }>
}

let door: TestDoor
let neighbour: TestWorkspace
let sealer: Sealer
let here: string
let there: string
const askers: Asker[] = []
const around = new Map<Asker, Record<Whose, Target>>()
/** Method and path of every request, without what is asked for. */
const asked = new Set<string>()
const cells = { asked: 0, surprises: [] as string[] }

beforeAll(async () => {
  door = await testDoor()
  neighbour = await door.neighbour('next-door')
  here = door.locationId
  const [second] = await saveLocations(door, door.call(), [
    { mode: 'create', location: { code: 'second', name: 'Second', timeZone: 'UTC' } },
  ])
  if (!second?.ok) throw new Error('no second location')
  there = second.value.id
  await door.receive({ CUP: 20_000 })
  const stocked = await adjustStock(door.engine, door.call(), [
    { key: null, body: { kind: 'receipt', item: 'CUP', locationId: there, deltaMilli: 20_000_000 } },
  ])
  expect(stocked[0]?.ok).toBe(true)
  const roles = everyRole()
  await door.pools.change(door.workspaceId, async (tx) => writeRoles(tx, door.workspaceId, roles))
  door.reference.drop(door.workspaceId)
  for (const role of roles) askers.push(role.code === 'kiosk' ? await kiosk(role) : await person(role))
  askers.push(await machine(roles.find(({ code }) => code === 'integration') as Role))
  for (const asker of askers) around.set(asker, await ordersAround(asker))
  sealer = startSealer(door.databaseUrl, pino({ level: 'silent' }))
}, 120_000)
afterAll(async () => {
  await sealer.stop()
  await door.end()
})

/** The shipped roles of every blueprint, each once, and a role that may do everything at each scope. */
function everyRole(): Role[] {
  const shipped = new Map(blueprints.flatMap(({ roles }) => roles.map((role) => [role.code, { hides: [], moneyLimits: {}, ...role }])))
  const made = scopes.map((scope) => ({
    code: `all_${scope}`,
    label: { en: scope },
    permissions: permissions.map((permission) => ({ permission, scope })),
    hides: [],
    moneyLimits: {},
  }))
  return [...shipped.values(), ...made, { code: 'nobody', label: { en: 'Nobody' }, permissions: [], hides: [], moneyLimits: {} }]
}

/** Somebody of a role, bound to one location, with somebody below them and one key account. */
async function person(role: Role): Promise<Asker> {
  const me = await testMember(door, role.code, { locationIds: [here] })
  const below = await testMember(door, 'read_only', { reportsTo: me.userId })
  const { send, cookie } = await signedIn(door, me)
  return {
    ...(await known(role, me.userId)),
    teamId: below.userId,
    credentials: { cookie },
    ask: (method, path, body) =>
      send(method, noted(method, path), { ...(method === 'GET' ? {} : { body: body ?? {} }), headers: { 'idempotency-key': newId() } }),
  }
}

/** Remembers what was asked; answers the path. */
function noted(method: string, path: string): string {
  asked.add(`${method} ${path.split('?')[0]}`)
  return path
}

async function machine(role: Role): Promise<Asker> {
  const made = await door.api.call('createApiKey', { body: { name: 'matrix', role: role.code, locationIds: [here] } })
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  return { ...(await known(role, made.body.id)), name: 'API key', credentials: { apiKey: made.body.secret }, ask: by(made.body.secret) }
}

async function kiosk(role: Role): Promise<Asker> {
  const [register] = await saveRegisters(door, door.call(), [
    { mode: 'create', register: { code: 'K9', name: 'K9', kind: 'kiosk', locationId: here } },
  ])
  if (!register?.ok) throw new Error('no register')
  const [made] = await createKioskTokens(door, door.call(), [{ name: 'K9', registerId: register.value.id }])
  if (!made?.ok) throw new Error(JSON.stringify(made))
  return { ...(await known(role, made.value.id)), credentials: { apiKey: made.value.secret }, ask: by(made.value.secret) }
}

const by =
  (apiKey: string): Asker['ask'] =>
  (method, path, body) =>
    door.send(method, noted(method, path), {
      apiKey,
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
      headers: { 'idempotency-key': newId() },
    })

async function known(role: Role, id: string): Promise<Omit<Asker, 'ask' | 'credentials'>> {
  const [customer] = await saveCustomers(door, door.call(), [{ mode: 'create', customer: { name: `Account of ${role.code}` } }])
  if (!customer?.ok) throw new Error('no customer')
  await door.pools.change(door.workspaceId, async (tx) =>
    grantCustomers(tx, door.workspaceId, [{ principalId: id, customerId: customer.value.id, grantedBy: id }]),
  )
  return {
    name: role.code,
    id,
    teamId: newId(),
    locationIds: [here],
    scopeOf: new Map(role.permissions.map(({ permission, scope }) => [permission, scope])),
    hides: new Set(role.hides),
    keyAccountId: customer.value.id,
  }
}

/** What DESIGN says a scope is, in as few words as there are. */
function scopeReaches(asker: Asker, permission: string, thing: Thing): boolean {
  const scope = asker.scopeOf.get(permission)
  if (scope === undefined) return false
  if (thing.locationId !== null && asker.locationIds !== null && !asker.locationIds.includes(thing.locationId)) return false
  if (scope === 'own') return thing.ownerId === asker.id
  return scope === 'team' ? thing.ownerId === asker.id || thing.ownerId === asker.teamId : true
}

const isKeyAccount = (asker: Asker, thing: Thing): boolean => thing.customerId === asker.keyAccountId

function sees(asker: Asker, permission: string, thing: Thing): boolean {
  return scopeReaches(asker, permission, thing) || (asker.scopeOf.has(permission) && isKeyAccount(asker, thing))
}

function verdictOf({ status, json }: { status: number; json: Record<string, unknown> }): Verdict {
  const code = String(json.code ?? '')
  if (status === 401) return 'stranger'
  if (code === 'permission.denied' || code === 'role.beyond') return 'denied'
  if (status >= 500 || status === 400)
    throw new Error(
      `Nothing was learned of rights: ${JSON.stringify(json)} ${door.logged.filter((line) => line.includes('failed')).at(-1)}`,
    )
  return code.endsWith('.not_found') ? 'hidden' : 'through'
}

function cell(asker: Asker, what: string, expected: unknown, answered: unknown): void {
  cells.asked++
  if (JSON.stringify(expected) !== JSON.stringify(answered))
    cells.surprises.push(`${asker.name}: ${what} should be ${JSON.stringify(expected)} and is ${JSON.stringify(answered)}`)
}

function noSurprises(): void {
  const { surprises } = cells
  cells.surprises = []
  expect(surprises).toEqual([])
}

interface Target {
  id: string
  lineId: string
}

// ─── Things ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function orderOf(ownerId: string, locationId: string, customerId: string | null): Promise<Target> {
  const call = { ...door.call(), actor: { kind: 'person' as const, id: ownerId } }
  const body = {
    channel: 'desk',
    locationId,
    lines: [{ item: 'CUP', quantityMilli: 1_000 }],
    contact: { name: 'Zebedee' },
    ...(customerId ? { customerId } : {}),
  }
  const [placed] = await placeOrders(door.engine, call, [{ key: null, body }])
  if (!placed?.ok) throw new Error(JSON.stringify(placed))
  return { id: placed.order.id, lineId: placed.order.lines[0]?.id ?? '' }
}

let theirOrder: Target | undefined
async function ordersAround(asker: Asker): Promise<Record<Whose, Target>> {
  const other = newId()
  theirOrder ??= await neighboursOrder()
  return {
    mine: await orderOf(asker.id, here, null),
    'my team’s': await orderOf(asker.teamId, here, null),
    'a colleague’s': await orderOf(other, here, null),
    elsewhere: await orderOf(other, there, null),
    'a key account’s': await orderOf(other, there, asker.keyAccountId),
    'the neighbour’s': theirOrder,
  }
}

async function neighboursOrder(): Promise<Target> {
  const placed = await door.as(neighbour.apiKey).call('placeOrder', {
    body: { channel: 'desk', location: 'main', lines: [{ kind: 'charge', name: 'x', amountMinor: 1 }] },
    idempotencyKey: newId(),
  })
  if (!placed.ok) throw new Error(JSON.stringify(placed.problem))
  return { id: placed.body.id, lineId: placed.body.lines[0]?.id ?? '' }
}

function thingOf(asker: Asker, of: Whose): Thing | null {
  const other = 'somebody else'
  // biome-ignore format: read it by column
  const things: Record<Whose, Thing | null> = {
    mine:              { ownerId: asker.id,     locationId: here,  customerId: null },
    'my team’s':       { ownerId: asker.teamId, locationId: here,  customerId: null },
    'a colleague’s':   { ownerId: other,        locationId: here,  customerId: null },
    elsewhere:         { ownerId: other,        locationId: there, customerId: null },
    'a key account’s': { ownerId: other,        locationId: there, customerId: asker.keyAccountId },
    'the neighbour’s': null,
  }
  return things[of]
}

// ─── One order at a time ─────────────────────────────────────────────────────────────────────────────────────────────

// biome-ignore format: read it by column
const reads: [OperationName, path: string][] = [
  ['getOrder',         ''],
  ['getOrderStatus',   '/status'],
  ['listOrderEvents',  '/events'],
  ['getOrderAt',       '/at/1'],
  ['listOrderActions', '/actions'],
  ['listPayments',     '/payments'],
]

// In an order that leaves each something to do.
// biome-ignore format: read it by column
const verbs: [verb: OrderVerb | 'move', permission: string, action: string, body: object | ((of: Target) => object)][] = [
  ['note',    verbPermissions.note,    'note',    { note: 'x' }],
  ['tag',     verbPermissions.tag,     'tag',     { add: ['x'] }],
  ['assign',  verbPermissions.assign,  'assign',  { assigneeId: null }],
  ['hold',    verbPermissions.hold,    'hold',    { reason: 'waiting_for_customer' }],
  ['release', verbPermissions.release, 'release', {}],
  ['pay',     verbPermissions.pay,     'pay',     { amountMinor: 1, method: 'cash' }],
  ['refund',  verbPermissions.refund,  'refund',  { amountMinor: 1, method: 'cash' }],
  ['move',    'orders:move',           'start',   {}],
  ['return',  verbPermissions.return,  'return',  ({ lineId }) => ({ lines: [{ lineId, quantityMilli: 1 }] })],
  ['cancel',  verbPermissions.cancel,  'cancel',  { reason: 'entered_twice' }],
  ['reopen',  verbPermissions.reopen,  'reopen',  { reason: 'ended_by_mistake' }],
]

test('every role, every question and every verb, on orders of everybody', async () => {
  for (const asker of askers) {
    const orders = around.get(asker) as Record<Whose, Target>
    for (const of of whose) {
      const thing = thingOf(asker, of)
      const seen = thing !== null && sees(asker, 'orders:read', thing)
      for (const [name, path] of reads) {
        const expected: Verdict = !asker.scopeOf.has('orders:read') ? 'denied' : seen ? 'through' : 'hidden'
        cell(asker, `${name} of ${of}`, expected, verdictOf(await asker.ask('GET', `/api/v1/orders/${orders[of].id}${path}`)))
      }
      for (const [verb, permission, action, made] of verbs) {
        const body = typeof made === 'function' ? made(orders[of]) : made
        const may = thing !== null && scopeReaches(asker, permission, thing)
        const expected: Verdict = !mayTry(asker, verb, permission) ? 'denied' : !seen ? 'hidden' : may ? 'through' : 'denied'
        const alone = await asker.ask('POST', `/api/v1/orders/${orders[of].id}/actions/${action}`, body)
        cell(asker, `${verb} of ${of}`, expected, verdictOf(alone))
        const list = await asker.ask('POST', '/api/v1/orders/actions', {
          actions: [{ orderId: orders[of].id, action, key: newId(), ...body }],
        })
        const [result] = (list.json.results ?? []) as { status: number; problem?: Record<string, unknown> }[]
        const listed = result ? { status: result.status, json: result.problem ?? {} } : list
        const inList: Verdict = !mayWriteOrders(asker) ? 'denied' : !seen ? 'hidden' : may ? 'through' : 'denied'
        cell(asker, `${verb} in a list of ${of}`, inList, verdictOf(listed))
      }
      const goods = await asker.ask('POST', '/api/v1/returns', {
        orderId: orders[of].id,
        lines: [{ lineId: orders[of].lineId, quantityMilli: 1 }],
      })
      const returning = thing !== null && scopeReaches(asker, 'returns:record', thing)
      const expected: Verdict = !asker.scopeOf.has('returns:record') ? 'denied' : !seen ? 'hidden' : returning ? 'through' : 'denied'
      cell(asker, `recordReturn of ${of}`, expected, verdictOf(goods))
    }
  }
  noSurprises()
}, 240_000)

/** Whoever holds none of the permissions of the door is turned away there; a move asks for its own when it is made. */
function mayTry(asker: Asker, verb: string, permission: string): boolean {
  return verb === 'move' ? mayWriteOrders(asker) : asker.scopeOf.has(permission)
}

function mayWriteOrders(asker: Asker): boolean {
  return operations.actOnOrder.permission.some((permission) => asker.scopeOf.has(permission))
}

// ─── Lists, counts, search, the stream ───────────────────────────────────────────────────────────────────────────────

interface Standing extends Thing {
  id: string
}

const everyOrder = (): Promise<Standing[]> =>
  door.pools.view(door.workspaceId, (db) =>
    db.query<Standing>({
      text: 'select id, owner_id as "ownerId", location_id as "locationId", customer_id as "customerId" from orders order by id',
      values: [],
    }),
  )

/** The ids on every page of a list, in order of id; a refusal's verdict instead. */
async function listed(asker: Asker, path: string): Promise<string[] | Verdict> {
  const ids: string[] = []
  for (let cursor = ''; ; ) {
    const page = await asker.ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=20${cursor}`)
    if (page.status !== 200) return verdictOf(page)
    ids.push(...(page.json.rows as { id: string }[]).map(({ id }) => id))
    if (page.json.next === null) return ids.sort()
    cursor = `&cursor=${encodeURIComponent(String(page.json.next))}`
  }
}

test('lists, counts and search show what one may see, and as much of it', async () => {
  const orders = await everyOrder()
  for (const asker of askers) {
    const may = asker.scopeOf.has('orders:read')
    const seen = may ? orders.filter((order) => sees(asker, 'orders:read', order)).map(({ id }) => id) : 'denied'
    const found = may && asker.hides.has('contact') ? [] : seen
    const count = async (path: string) => {
      const answered = await asker.ask('GET', path)
      return answered.status === 200 ? answered.json.count : verdictOf(answered)
    }
    const many = (ids: typeof seen) => (typeof ids === 'string' ? ids : ids.length)
    cell(asker, 'the list of orders', seen, await listed(asker, '/api/v1/orders?sort=number'))
    const byTotal = await asker.ask('GET', '/api/v1/orders?sort=total')
    cell(asker, 'the list by total', may && !asker.hides.has('prices') ? 200 : 403, byTotal.status)
    cell(asker, 'the list of live orders', seen, await listed(asker, '/api/v1/orders?filter=channel:desk'))
    cell(asker, 'the search for a name', found, await listed(asker, '/api/v1/orders?filter=zebedee'))
    cell(asker, 'the count of orders', many(seen), await count('/api/v1/orders/count'))
    cell(asker, 'the count of a name', many(found), await count('/api/v1/orders/count?filter=zebedee'))
  }
  noSurprises()
}, 120_000)

test('the stream tells of what one may see, and not even that there is more', async () => {
  for (const asker of askers) {
    const followed = await followStream(door.url, { ...asker.credentials, query: '?topics=orders' })
    if (!asker.scopeOf.has('orders:read')) {
      cell(
        asker,
        'the stream',
        'nothing',
        followed.status === 403 || followed.events.every(({ event }) => event !== 'changes') ? 'nothing' : 'something',
      )
      followed.close()
      continue
    }
    await followed.next('hello')
    const orders = around.get(asker) as Record<Whose, Target>
    const expected = whose.filter((of) => {
      const thing = thingOf(asker, of)
      return thing !== null && sees(asker, 'orders:read', thing)
    })
    for (const of of whose) {
      const owner = of === 'the neighbour’s' ? door.as(neighbour.apiKey) : door.api
      const noted = await owner.call('actOnOrder', { params: { id: orders[of].id, action: 'tag' }, body: { add: [`t${cells.asked}`] } })
      expect(noted.ok).toBe(true)
    }
    // What one sees for certain comes last: when it is there, all before it was told, or will not be.
    const last = await orderOf(asker.id, here, null)
    const told = () =>
      new Set(
        followed.events.flatMap(({ event, data }) =>
          event === 'changes' ? data.changes.map((change) => ('id' in change ? change.id : '')) : [],
        ),
      )
    await expect.poll(() => told().has(last.id), { timeout: 10_000 }).toBe(true)
    const ids = told()
    cell(
      asker,
      'the stream',
      expected,
      whose.filter((of) => ids.has(orders[of].id)),
    )
    cell(
      asker,
      'the stream of others',
      [],
      [...ids].filter((id) => id !== last.id && !whose.some((of) => orders[of].id === id)),
    )
    followed.close()
  }
  noSurprises()
}, 120_000)

// ─── What lies at a place ────────────────────────────────────────────────────────────────────────────────────────────

/** A thing of nobody at a place: out of reach it is as if it were not there. */
function atPlace(asker: Asker, permission: string, locationId: string): Verdict {
  if (!asker.scopeOf.has(permission)) return 'denied'
  return scopeReaches(asker, permission, { ownerId: null, locationId, customerId: null }) ? 'through' : 'hidden'
}

test('stock, registers and locations, here and there and next door', async () => {
  const theirs = neighbour.locationId
  for (const asker of askers) {
    for (const locationId of [here, there, theirs]) {
      const far = locationId === here ? 'here' : locationId === there ? 'there' : 'next door'
      const place = (permission: string): Verdict =>
        locationId === theirs && asker.scopeOf.has(permission) ? 'hidden' : atPlace(asker, permission, locationId)
      const adjusted = await asker.ask('POST', '/api/v1/stock/adjustments', {
        adjustments: [{ kind: 'receipt', item: 'CUP', locationId, deltaMilli: 1_000, key: newId() }],
      })
      const [result] = (adjusted.json.results ?? []) as { status: number; problem?: Record<string, unknown> }[]
      cell(
        asker,
        `adjustStock ${far}`,
        place('stock:adjust'),
        verdictOf(result ? { status: result.status, json: result.problem ?? {} } : adjusted),
      )
      const kept = await asker.ask('POST', '/api/v1/stock/reservations', {
        item: 'CUP',
        locationId,
        quantityMilli: 1_000,
        purpose: 'window',
      })
      cell(asker, `reserveStock ${far}`, place('stock:reserve'), verdictOf(kept))
      const reservation = await reservationAt(locationId)
      const released = await asker.ask('POST', `/api/v1/stock/reservations/${reservation}/release`)
      cell(asker, `releaseReservation ${far}`, place('stock:reserve'), verdictOf(released))
      const placed = await asker.ask('POST', '/api/v1/orders', {
        channel: 'desk',
        locationId,
        lines: [{ item: 'CUP', quantityMilli: 1_000 }],
      })
      const placing: Verdict = !asker.scopeOf.has('orders:place') ? 'denied' : locationId === here ? 'through' : 'hidden'
      cell(asker, `placeOrder ${far}`, placing, verdictOf(placed))
      // Whoever sees a place and may not change it is told so.
      const change = (): Verdict => {
        const may = place('places:write')
        return may === 'hidden' && place('places:read') === 'through' ? 'denied' : may
      }
      const renamed = await asker.ask('PATCH', `/api/v1/locations/${locationId}`, { name: `Renamed ${cells.asked}` })
      cell(asker, `updateLocation ${far}`, change(), verdictOf(renamed))
      const register = await asker.ask('POST', '/api/v1/registers', { locationId, code: `R${cells.asked}`, name: 'R', kind: 'till' })
      cell(asker, `createRegister ${far}`, change(), verdictOf(register))
      const till = await tillAt(locationId)
      cell(
        asker,
        `updateRegister ${far}`,
        change(),
        verdictOf(await asker.ask('PATCH', `/api/v1/registers/${till}`, { name: `T ${cells.asked}` })),
      )
    }
    const shown = async (path: string, rows: string, place: string) => {
      const answered = await asker.ask('GET', path)
      if (answered.status !== 200) return verdictOf(answered)
      return [...new Set((answered.json[rows] as Record<string, string>[]).map((row) => row[place]))].sort()
    }
    const places = (permission: string) =>
      asker.scopeOf.has(permission)
        ? [here, there].filter((locationId) => atPlace(asker, permission, locationId) === 'through').sort()
        : 'denied'
    cell(asker, 'listStock', places('stock:read'), await shown('/api/v1/stock?limit=500', 'rows', 'locationId'))
    cell(asker, 'listMovements', places('stock:read'), await shown('/api/v1/stock/movements?limit=500', 'rows', 'locationId'))
    cell(asker, 'listReservations', places('stock:read'), await shown('/api/v1/stock/reservations?limit=500', 'rows', 'locationId'))
    cell(asker, 'listLocations', places('places:read'), await shown('/api/v1/locations', 'locations', 'id'))
    cell(asker, 'listRegisters', places('places:read'), await shown('/api/v1/registers', 'registers', 'locationId'))
  }
  noSurprises()
}, 240_000)

const tills = new Map<string, string>()
async function tillAt(locationId: string): Promise<string> {
  const api = door.as(locationId === neighbour.locationId ? neighbour.apiKey : door.apiKey)
  const known = tills.get(locationId)
  if (known !== undefined) return known
  const made = await api.call('createRegister', { body: { locationId, code: `T-${newId()}`, name: 'T', kind: 'till' } })
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  tills.set(locationId, made.body.id)
  return made.body.id
}

async function reservationAt(locationId: string): Promise<string> {
  const api = door.as(locationId === neighbour.locationId ? neighbour.apiKey : door.apiKey)
  if (locationId === neighbour.locationId) return newId()
  const kept = await api.call('reserveStock', {
    body: { item: 'CUP', locationId, quantityMilli: 1_000, purpose: 'window' },
    idempotencyKey: newId(),
  })
  if (!kept.ok) throw new Error(JSON.stringify(kept.problem))
  return kept.body.reservations[0]?.id ?? ''
}

// ─── Customers, who are at no place ──────────────────────────────────────────────────────────────────────────────────

test('customers by who looks after them', async () => {
  const other = (await testMember(door, 'read_only')).userId
  for (const asker of askers) {
    const customers: Record<Whose, string> = {
      mine: await customerOf(asker.id),
      'my team’s': await customerOf(asker.teamId),
      'a colleague’s': await customerOf(other),
      elsewhere: await customerOf(other),
      'a key account’s': asker.keyAccountId,
      'the neighbour’s': newId(),
    }
    for (const of of whose) {
      const id = customers[of]
      const thing = thingOf(asker, of) && { ...(thingOf(asker, of) as Thing), locationId: null, customerId: id }
      const seen = thing !== null && sees(asker, 'customers:read', thing)
      const expected: Verdict = !asker.scopeOf.has('customers:read') ? 'denied' : seen ? 'through' : 'hidden'
      cell(asker, `getCustomer ${of}`, expected, verdictOf(await asker.ask('GET', `/api/v1/customers/${id}`)))
      const change = (permission: string): Verdict => {
        if (!asker.scopeOf.has(permission)) return 'denied'
        if (thing !== null && scopeReaches(asker, permission, thing)) return 'through'
        return seen ? 'denied' : 'hidden'
      }
      cell(
        asker,
        `updateCustomer ${of}`,
        change('customers:write'),
        verdictOf(await asker.ask('PATCH', `/api/v1/customers/${id}`, { tier: `t${cells.asked}` })),
      )
      const held: Verdict = !asker.scopeOf.has('customers:erase')
        ? 'denied'
        : thing !== null && scopeReaches(asker, 'customers:erase', thing)
          ? 'through'
          : 'hidden'
      cell(asker, `getCustomerData ${of}`, held, verdictOf(await asker.ask('GET', `/api/v1/customers/${id}/data`)))
      if (of !== 'a key account’s')
        cell(
          asker,
          `eraseCustomer ${of}`,
          change('customers:erase'),
          verdictOf(await asker.ask('POST', `/api/v1/customers/${id}/erase`, { reason: 'asked' })),
        )
    }
    const all = await door.pools.view(door.workspaceId, (db) =>
      db.query<{ id: string; ownerId: string | null }>({ text: 'select id, owner_id as "ownerId" from customers order by id', values: [] }),
    )
    const may = asker.scopeOf.has('customers:read')
    const expected = may
      ? all.filter(({ id, ownerId }) => sees(asker, 'customers:read', { ownerId, locationId: null, customerId: id })).map(({ id }) => id)
      : 'denied'
    cell(asker, 'listCustomers', expected, await listed(asker, '/api/v1/customers'))
  }
  noSurprises()
}, 240_000)

async function customerOf(ownerId: string): Promise<string> {
  const [made] = await saveCustomers(door, door.call(), [{ mode: 'create', customer: { name: 'Somebody', ownerId } }])
  if (!made?.ok) throw new Error(JSON.stringify(made))
  return made.value.id
}

// ─── What is nobody's and nowhere ────────────────────────────────────────────────────────────────────────────────────

type Sent = [method: string, path: string, body?: object]

/**
 * What is read by whoever holds the permission, however far it reaches, and written where it reaches what is nobody's. What counts at
 * every location is `everywhere`: written by nobody who is bound to one, as all are who ask here.
 */
const nobodys = (asker: Asker): [OperationName, 'read' | 'write' | 'everywhere', () => Sent][] => {
  const item = things.itemId
  const label = { en: 'x' }
  // biome-ignore format: read it by column
  return [
    ['listItems',          'read',  () => ['GET', '/api/v1/items']],
    ['getItem',            'read',  () => ['GET', `/api/v1/items/${item}`]],
    ['createItem',         'write', () => ['POST', '/api/v1/items', { code: newId(), name: 'x', variants: [{ code: newId(), priceMicro: 1 }] }]],
    ['updateItem',         'write', () => ['PATCH', `/api/v1/items/${item}`, { name: newId() }]],
    ['listReasons',        'read',  () => ['GET', '/api/v1/reasons']],
    ['saveReasons',        'write', () => ['POST', '/api/v1/reasons', { reasons: [{ kind: 'hold', code: `x${cells.asked}`, label, active: true }] }]],
    ['listTaxes',          'read',  () => ['GET', '/api/v1/taxes']],
    ['saveTaxes',          'write', () => ['POST', '/api/v1/taxes', { taxes: [{ code: newId(), name: 'x', ratePpm: 1, included: false }] }]],
    ['listWorkflows',      'read',  () => ['GET', '/api/v1/workflows']],
    ['getWorkflow',        'read',  () => ['GET', '/api/v1/workflows/counter']],
    ['createCustomer',     'read',  () => ['POST', '/api/v1/customers', { segment: 'x' }]],
    ['createApiKey',       'write', () => ['POST', '/api/v1/api-keys', { name: 'x', role: 'nobody', locationIds: [here] }]],
    ['createKioskToken',   'write', () => ['POST', '/api/v1/kiosk-tokens', { name: 'x', registerId: things.kioskId }]],
    ['listApiKeys',        'read',  () => ['GET', '/api/v1/api-keys']],
    ['revokeApiKey',       'write', () => ['POST', `/api/v1/api-keys/${things.keyId}/revoke`]],
    ['listParkedJobs',     'read',  () => ['GET', '/api/v1/jobs']],
    ['listMembers',        'read',  () => ['GET', '/api/v1/members']],
    ['updateMember',       'write', () => ['PATCH', `/api/v1/members/${things.memberId}`, {}]],
    ['inviteMember',       'write', () => ['POST', '/api/v1/invitations', { email: `${newId()}@example.org`, role: 'nobody', locationIds: [here] }]],
    ['listInvitations',    'read',  () => ['GET', '/api/v1/invitations']],
    ['revokeInvitation',   'write', () => ['POST', `/api/v1/invitations/${things.invitationId}/revoke`]],
    ['listRoles',          'read',  () => ['GET', '/api/v1/roles']],
    ['saveRoles',          'everywhere', () => ['POST', '/api/v1/roles', { roles: [{ code: 'nothing', label, permissions: [], hides: [], moneyLimits: {} }] }]],
    ['listKeyAccounts',    'read',  () => ['GET', '/api/v1/key-accounts']],
    ['grantKeyAccounts',   'write', () => ['POST', '/api/v1/key-accounts', { principalId: things.memberId, customerIds: [asker.keyAccountId] }]],
    ['revokeKeyAccounts',  'write', () => ['POST', '/api/v1/key-accounts/revoke', { principalId: things.memberId, customerIds: [asker.keyAccountId] }]],
  ]
}

let things: Record<'itemId' | 'keyId' | 'kioskId' | 'memberId' | 'invitationId', string>

test('what is nobody’s, by permission alone', async () => {
  const must = async <B>(answer: Promise<{ ok: true; body: B } | { ok: false; problem: unknown }>): Promise<B> => {
    const answered = await answer
    if (!answered.ok) throw new Error(JSON.stringify(answered.problem))
    return answered.body
  }
  things = {
    itemId: (await must(door.api.call('createItem', { body: { code: 'THING', name: 'x', variants: [{ code: 'THING', priceMicro: 1 }] } })))
      .id,
    keyId: (await must(door.api.call('createApiKey', { body: { name: 'x', role: 'nobody', locationIds: [here] } }))).id,
    kioskId: (await must(door.api.call('createRegister', { body: { locationId: here, code: 'K1', name: 'x', kind: 'kiosk' } }))).id,
    memberId: (await testMember(door, 'nobody', { locationIds: [here] })).userId,
    invitationId: (await must(door.api.call('inviteMember', { body: { email: 'x@example.org', role: 'nobody', locationIds: [here] } }))).id,
  }
  for (const asker of askers) {
    for (const [name, kind, sent] of nobodys(asker)) {
      const permission = operations[name].permission as string
      const scope = asker.scopeOf.get(permission)
      const far = kind === 'read' || (kind === 'write' && (scope === 'location' || scope === 'workspace'))
      const [method, path, body] = sent()
      // What one may not see is not there to be withdrawn.
      const beyond = name === 'revokeInvitation' && scope !== undefined ? 'hidden' : 'denied'
      cell(asker, name, scope !== undefined && far ? 'through' : beyond, verdictOf(await asker.ask(method, path, body)))
    }
  }
  noSurprises()
}, 240_000)

// ─── Many orders at once, files, views, the own session ──────────────────────────────────────────────────────────────

test('jobs and files take what one may see, and views are kept of lists one may read', async () => {
  for (const asker of askers) {
    const everything = await everyOrder()
    const orders = around.get(asker) as Record<Whose, Target>
    const ids = whose.map((of) => orders[of].id)
    const sight = everything.filter((order) => asker.scopeOf.has('orders:read') && sees(asker, 'orders:read', order))
    const named = sight.filter(({ id }) => ids.includes(id)).length
    const acts = mayWriteOrders(asker) && asker.name !== 'kiosk'
    const job = async (selection: object) => {
      const made = await asker.ask('POST', '/api/v1/bulk-jobs', { action: 'tag', input: { add: ['x'] }, selection, run: 'preview' })
      return made.status === 201 ? { id: String(made.json.id), total: made.json.total } : { id: '', total: verdictOf(made) }
    }
    const byIds = await job({ orderIds: ids })
    // Of none there is no job.
    cell(asker, 'createBulkJob by ids', !acts ? 'denied' : named === 0 ? 'through' : named, byIds.total)
    const byFilter = await job({ filter: 'channel:desk' })
    cell(asker, 'createBulkJob by filter', !acts ? 'denied' : sight.length === 0 ? 'through' : sight.length, byFilter.total)
    const jobId = byIds.id || newId()
    await workOwed(door, 'bulk', { preview_bulk_job: previewBulkJobs(door.engine) })
    const reads: Verdict = !asker.scopeOf.has('orders:read') ? 'denied' : byIds.id === '' ? 'hidden' : 'through'
    cell(
      asker,
      'listBulkJobs',
      asker.scopeOf.has('orders:read') ? 'through' : 'denied',
      verdictOf(await asker.ask('GET', '/api/v1/bulk-jobs')),
    )
    cell(asker, 'getBulkJob', reads, verdictOf(await asker.ask('GET', `/api/v1/bulk-jobs/${jobId}`)))
    const items = await asker.ask('GET', `/api/v1/bulk-jobs/${jobId}/items`)
    cell(asker, 'listBulkItems', reads, verdictOf(items))
    if (items.status === 200) cell(asker, 'the orders of a job', named, (items.json.rows as unknown[]).length)
    const steered: Verdict = !mayWriteOrders(asker) ? 'denied' : byIds.id === '' ? 'hidden' : 'through'
    for (const verb of ['pause', 'resume', 'retry', 'undo', 'cancel', 'start'])
      cell(asker, `${verb}BulkJob`, steered, verdictOf(await asker.ask('POST', `/api/v1/bulk-jobs/${jobId}/${verb}`, {})))

    const exporting = asker.scopeOf.has('orders:export') && asker.scopeOf.has('orders:read') && asker.name !== 'kiosk'
    const asked = await asker.ask('POST', '/api/v1/exports', { list: 'orders', filter: 'channel:desk' })
    cell(asker, 'createExport', exporting ? 'through' : 'denied', verdictOf(asked))
    cell(
      asker,
      'listExports',
      asker.scopeOf.has('orders:export') ? 'through' : 'denied',
      verdictOf(await asker.ask('GET', '/api/v1/exports')),
    )
    await workOwed(door, 'bulk', { write_export: writeExports(door.engine) })
    const file = exporting ? String(asked.json.id) : newId()
    const got: Verdict = !asker.scopeOf.has('orders:export') ? 'denied' : exporting ? 'through' : 'hidden'
    cell(asker, 'getExport', got, verdictOf(await asker.ask('GET', `/api/v1/exports/${file}`)))
    const taken = await asker.ask('GET', `/api/v1/exports/${file}/file`)
    cell(asker, 'takeExport', got, verdictOf(taken))
    if (taken.status === 200) {
      cell(asker, 'the rows of a file', sight.length, taken.text.trim().split('\r\n').length - 1)
      cell(asker, 'names in a file', sight.length > 0 && !asker.hides.has('contact'), taken.text.includes('Zebedee'))
    }
    const [, before] = askers.slice(0, askers.indexOf(asker) + 1).reverse()
    const foreign = before && files.get(before)
    if (foreign)
      cell(
        asker,
        'the file of another',
        asker.scopeOf.has('orders:export') ? 'hidden' : 'denied',
        verdictOf(await asker.ask('GET', `/api/v1/exports/${foreign}/file`)),
      )
    if (exporting) files.set(asker, file)

    const lists = ['orders:read', 'customers:read', 'stock:read'].some((permission) => asker.scopeOf.has(permission))
    const views: Verdict = lists ? 'through' : 'denied'
    cell(asker, 'listViews', views, verdictOf(await asker.ask('GET', '/api/v1/views')))
    const kept = async (audience: string) =>
      asker.ask('POST', '/api/v1/views', { list: 'orders', name: `v${cells.asked}`, filter: 'channel:desk', audience })
    const own = await kept('personal')
    const keeps = asker.scopeOf.has('orders:read')
    cell(asker, 'createView', keeps ? 'through' : 'denied', verdictOf(own))
    cell(asker, 'createView for all', keeps && asker.scopeOf.has('views:share') ? 'through' : 'denied', verdictOf(await kept('shared')))
    const viewId = own.status === 201 ? String(own.json.id) : newId()
    const there: Verdict = !lists ? 'denied' : own.status === 201 ? 'through' : 'hidden'
    cell(asker, 'updateView', there, verdictOf(await asker.ask('PATCH', `/api/v1/views/${viewId}`, { name: `w${cells.asked}` })))
    cell(asker, 'duplicateView', there, verdictOf(await asker.ask('POST', `/api/v1/views/${viewId}/duplicate`, {})))
    cell(asker, 'orderViews', there, verdictOf(await asker.ask('POST', '/api/v1/views/order', { list: 'orders', ids: [viewId] })))
    cell(asker, 'countViews', keeps ? 'through' : 'denied', verdictOf(await asker.ask('GET', '/api/v1/orders/counts')))
    cell(asker, 'listOrderFilters', keeps ? 'through' : 'denied', verdictOf(await asker.ask('GET', '/api/v1/orders/filters')))
    const counted = await asker.ask('GET', `/api/v1/orders/counts?views=${viewId}`)
    if (keeps && counted.status === 200)
      cell(
        asker,
        'the count of a view',
        sight.length,
        (counted.json.counts as { viewId: string; count: { count: number } | null }[]).find((one) => one.viewId === viewId)?.count?.count,
      )
    cell(asker, 'deleteView', there, verdictOf(await asker.ask('POST', `/api/v1/views/${viewId}/delete`, {})))
    if (before) {
      const others = await before.ask('POST', '/api/v1/views', {
        list: 'orders',
        name: `p${cells.asked}`,
        filter: '',
        audience: 'personal',
      })
      if (others.status === 201)
        cell(
          asker,
          'deleteView of another',
          lists ? 'hidden' : 'denied',
          verdictOf(await asker.ask('POST', `/api/v1/views/${String(others.json.id)}/delete`, {})),
        )
    }

    const batch = await asker.ask('POST', '/api/v1/orders/batch', {
      orders: [{ channel: 'desk', locationId: here, lines: [{ item: 'CUP', quantityMilli: 1_000 }], key: newId() }],
    })
    cell(asker, 'placeOrders', asker.scopeOf.has('orders:place') ? 'through' : 'denied', verdictOf(batch))
    const person = 'cookie' in asker.credentials
    cell(asker, 'getSession', person ? 200 : 403, (await asker.ask('GET', '/api/v1/session')).status)
    cell(asker, 'listSessions', person ? 200 : 403, (await asker.ask('GET', '/api/v1/sessions')).status)
  }
  noSurprises()
}, 240_000)

const files = new Map<Asker, string>()

/** Asked elsewhere, with what each takes: signing in and out, and work that nobody has in a healthy shop. */
const elsewhere: readonly OperationName[] = [
  'signIn',
  'signOut',
  'changePassword',
  'revokeSession',
  'revokeOtherSessions',
  'acceptInvitation',
  'retryJob',
  'createLocation',
  'getReturn',
  'recordPayment',
  'followChanges',
]

test('what is asked here is everything there is', () => {
  const patterns = operationNames.map((name) => ({
    name,
    method: operations[name].method,
    path: new RegExp(`^${operations[name].path.replaceAll(/:[a-z]+/g, '[^/]+')}$`),
  }))
  const found = new Set(
    [...asked].flatMap((one) =>
      patterns
        .filter(({ method, path }) => one.startsWith(`${method} `) && path.test(one.slice(method.length + 1)))
        .map(({ name }) => name),
    ),
  )
  expect(operationNames.filter((name) => !found.has(name) && !elsewhere.includes(name))).toEqual([])
  process.stdout.write(`Who may what: ${cells.asked} cells, ${askers.length} askers, ${found.size} operations\n`)
})
