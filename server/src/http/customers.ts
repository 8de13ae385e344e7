import type { Customer } from '#contract/customers.ts'
import { type Customer as KnownCustomer, loadCustomers } from '#modules/customers/index.ts'
import type { Call } from '#usecases/call.ts'
import { eraseCustomers } from '#usecases/customers/erase-customers.ts'
import { customersInSight, maySeeCustomer } from '#usecases/customers/may-see-customer.ts'
import { saveCustomers } from '#usecases/customers/save-customers.ts'
import type { Engine } from '#usecases/engine.ts'
import { customerData } from '#views/customer-data.ts'
import { customerList } from '#views/customer-list.ts'
import { listAsked } from './list-asked.ts'
import { pageUsual } from './lists.ts'
import { only } from './only.ts'
import { refused } from './problems.ts'
import type { Handlers } from './serve.ts'

/** Who buys. Personal data: a caller whose scope is their own sees those they look after. */
export function customerHandlers(engine: Engine) {
  const { pools } = engine
  return {
    createCustomer: async ({ call, body }) => {
      const saved = only(await saveCustomers(engine, call, [{ mode: 'create', customer: body }]))
      if (!saved.ok) return { refused: saved.reason }
      return saved.already
        ? { status: 200, body: customerReply(call, saved.value) }
        : { status: 201, body: customerReply(call, saved.value) }
    },

    updateCustomer: async ({ call, params, body, expected }) => {
      const saved = only(await saveCustomers(engine, call, [{ mode: 'update', id: params.id, expectedVersion: expected, customer: body }]))
      return saved.ok ? { status: 200, body: customerReply(call, saved.value) } : { refused: saved.reason }
    },

    listCustomers: async ({ call, query }) => {
      const asked = await listAsked(engine, call, 'customers', query)
      if ('refused' in asked) return asked
      const page = await customerList(pools, call, customersInSight(call), asked.asker, asked)
      if (!page.ok) return { refused: page.reason }
      return { status: 200, body: { rows: page.value.rows.map((customer) => customerReply(call, customer)), next: page.value.next } }
    },

    getCustomer: async ({ call, params }) => {
      const [customer] = await pools.view(call.workspaceId, (db) =>
        loadCustomers(db, call.workspaceId, { ids: [params.id], externalIds: [] }),
      )
      return customer && maySeeCustomer(call, customer)
        ? { status: 200, body: customerReply(call, customer) }
        : refused('customer.not_found', { customer: params.id })
    },

    eraseCustomer: async ({ call, params, body }) => {
      const erased = only(await eraseCustomers(engine, call, [{ id: params.id, ...body }]))
      if (!erased.ok) return { refused: erased.reason }
      const { id, version, erasedAt } = erased.value
      return { status: 200, body: { id, version, erasedAt: erasedAt ?? '', already: erased.already } }
    },

    getCustomerData: async ({ call, params, query }) => {
      const held = await customerData(pools, call, params.id, { after: query.after ?? null, limit: query.limit ?? pageUsual })
      if (!held) return refused('customer.not_found', { customer: params.id })
      const { customer, orders, returns, next } = held
      return { status: 200, body: { customer: customerReply(call, customer), orders, returns, next } }
    },
  } satisfies Partial<Handlers>
}

/** A customer as the contract shows it; whoever is kept from contacts learns that there is one, and of what kind. */
function customerReply({ hides }: Call, customer: KnownCustomer): Customer {
  const { id, externalId, name, email, phone, country, tier, segment, ownerId, version, erasedAt } = customer
  const contact = hides.has('contact') ? { name: null, email: null, phone: null, country: null } : { name, email, phone, country }
  return { id, externalId, ...contact, tier, segment, ownerId, version, erasedAt }
}
