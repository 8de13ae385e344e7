import type { CreateCustomer, UpdateCustomer } from '#contract/customers.ts'
import { type Customer, type CustomerId, lockCustomers, writeCustomers } from '#modules/customers/index.ts'
import { no } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '../call.ts'
import { changeNouns, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'
import { maySeeCustomer } from './may-see-customer.ts'

/**
 * create refuses a customer who is there, unless it says again what the caller may read; ensure makes who is missing, by id or outside
 * id, and leaves alone who is there.
 */
export type CustomerToSave =
  | { mode: 'create' | 'ensure'; customer: CreateCustomer }
  | { mode: 'update'; id: string; expectedVersion: number | null; customer: UpdateCustomer }

/** Makes and changes customers. Their events name the fields that changed, never what stands in them. */
export function saveCustomers(desk: Desk, call: Call, requests: readonly CustomerToSave[]): Promise<Saved<Customer>[]> {
  return changeNouns(desk.pools, call, async (tx) => {
    const rows = await lockCustomers(tx, call.workspaceId, {
      ids: requests.flatMap((request) => (request.mode === 'update' ? request.id : (request.customer.id ?? []))),
      externalIds: requests.flatMap(({ customer }) => customer.externalId ?? []),
    })
    const known: Known = { byId: new Map(), byExternalId: new Map() }
    for (const row of rows) remember(known, row)
    const happened: Happened[] = []
    const changed = new Map<string, Customer>()
    const value = requests.map((request): Saved<Customer> => {
      const before = request.mode === 'update' ? known.byId.get(request.id) : undefined
      const saved = saveOne(call, request, known)
      if (!saved.ok || saved.already) return saved
      changed.set(saved.value.id, saved.value)
      happened.push(whatHappened(before, saved.value))
      return saved
    })
    writeCustomers(tx, call.workspaceId, [...changed.values()])
    return { value, happened }
  })
}

interface Known {
  byId: Map<string, Customer>
  byExternalId: Map<string, Customer>
}

function remember(known: Known, customer: Customer): void {
  const before = known.byId.get(customer.id)
  if (before?.externalId) known.byExternalId.delete(before.externalId)
  known.byId.set(customer.id, customer)
  if (customer.externalId !== null) known.byExternalId.set(customer.externalId, customer)
}

function saveOne(call: Call, request: CustomerToSave, known: Known): Saved<Customer> {
  const { customer: wanted } = request
  if (call.hides.has('contact') && contactFields.some((field) => wanted[field] !== undefined))
    return no('permission.hidden', { group: 'contact' })
  const holder = known.byExternalId.get(wanted.externalId ?? '')
  if (request.mode === 'update') {
    const before = known.byId.get(request.id)
    if (!before) return no('customer.not_found', { customer: request.id })
    const may = mayTouch(call, 'customers:write', before.ownerId)
    if (!may.ok) return maySeeCustomer(call, before) ? may : no('customer.not_found', { customer: request.id })
    if (before.erasedAt !== null) return no('customer.erased', { customer: before.id })
    const { expectedVersion } = request
    if (expectedVersion !== null && expectedVersion !== before.version)
      return no('customer.changed', { version: before.version, expected: expectedVersion })
    if (holder && holder.id !== before.id) return no('customer.exists', { customer: holder.externalId ?? '' })
    const after = patched(before, wanted)
    if (canonicalText(after) === canonicalText(before)) return { ok: true, value: before, already: true }
    return kept({ ...after, version: before.version + 1 }, known)
  }
  // Whoever may only see their own customers looks after those they add.
  const own = call.permissions.get('customers:write') === 'own' || call.permissions.get('customers:write') === 'team'
  const ownerId = wanted.ownerId ?? (own ? call.actor.id : null)
  const may = mayTouch(call, 'customers:write', ownerId)
  if (!may.ok) return may
  const { id } = request.customer
  const there = known.byId.get(id ?? '') ?? holder
  if (there && request.mode === 'ensure') return { ok: true, value: there, already: true }
  // The id was parsed at the door.
  const blank = {
    id: (id as CustomerId | undefined) ?? newId<'Customer'>(),
    externalId: null,
    name: '',
    email: '',
    phone: '',
    country: '',
    tier: '',
    segment: '',
    version: 1,
    erasedAt: null,
  }
  const customer = { ...patched({ ...blank, ownerId }, wanted), ownerId }
  if (!there) return kept(customer, known)
  const isRepeat = maySeeCustomer(call, there) && canonicalText({ ...customer, version: there.version }) === canonicalText(there)
  if (isRepeat) return { ok: true, value: there, already: true }
  // The refusal says what was sent and nothing of who is there.
  return no('customer.exists', { customer: there.id === id ? id : (wanted.externalId ?? '') })
}

function kept(customer: Customer, known: Known): Saved<Customer> {
  remember(known, customer)
  return { ok: true, value: customer, already: false }
}

/** What a role that is kept from contacts neither reads nor writes. */
const contactFields = ['name', 'email', 'phone', 'country'] as const
const fields = ['externalId', 'name', 'email', 'phone', 'country', 'tier', 'segment', 'ownerId'] as const

function patched(before: Customer, wanted: UpdateCustomer): Customer {
  const said = Object.fromEntries(fields.filter((field) => wanted[field] !== undefined).map((field) => [field, wanted[field]]))
  return { ...before, ...said }
}

function whatHappened(before: Customer | undefined, { id, version, tier, segment, ownerId, ...after }: Customer): Happened {
  const payload = { tier, segment, ownerId, ...(before && before.ownerId !== ownerId ? { ownerBefore: before.ownerId } : {}) }
  if (!before) return { subject: 'customer', subjectId: id, seq: version, type: 'CustomerCreated', payload }
  const now = { ...after, ...payload }
  const changed = fields.filter((field) => before[field] !== now[field])
  return { subject: 'customer', subjectId: id, seq: version, type: 'CustomerChanged', payload: { ...payload, changed } }
}
