import type { Customer } from '#contract/customers.ts'
import { type Customer as KnownCustomer, listCustomers, loadCustomers } from '#modules/customers/index.ts'
import { nilId } from '#platform/ids.ts'
import type { Call } from '#usecases/call.ts'
import { saveCustomers } from '#usecases/customers/save-customers.ts'
import type { Engine } from '#usecases/engine.ts'
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
      return saved.already ? { status: 200, body: customerReply(saved.value) } : { status: 201, body: customerReply(saved.value) }
    },

    updateCustomer: async ({ call, params, body, expected }) => {
      const saved = only(await saveCustomers(engine, call, [{ mode: 'update', id: params.id, expectedVersion: expected, customer: body }]))
      return saved.ok ? { status: 200, body: customerReply(saved.value) } : { refused: saved.reason }
    },

    listCustomers: async ({ call, query }) => {
      const limit = query.limit ?? pageUsual
      const customers = await pools.view(call.workspaceId, (db) =>
        listCustomers(db, call.workspaceId, { afterId: query.after ?? nilId, limit }),
      )
      return {
        status: 200,
        body: {
          rows: customers.filter((customer) => maySee(call, customer)).map(customerReply),
          next: customers.length < limit ? null : (customers.at(-1)?.id ?? null),
        },
      }
    },

    getCustomer: async ({ call, params }) => {
      const [customer] = await pools.view(call.workspaceId, (db) =>
        loadCustomers(db, call.workspaceId, { ids: [params.id], externalIds: [] }),
      )
      return customer && maySee(call, customer)
        ? { status: 200, body: customerReply(customer) }
        : refused('customer.not_found', { customer: params.id })
    },
  } satisfies Partial<Handlers>
}

/** Customers are at no location: that scope reaches all of them. */
function maySee(call: Call, { id, ownerId }: KnownCustomer): boolean {
  const scope = call.permissions.get('customers:read')
  if (scope === 'workspace' || scope === 'location') return true
  return scope !== undefined && ((ownerId !== null && ownerId === call.actor.id) || call.grantedCustomerIds.includes(id))
}

function customerReply(customer: KnownCustomer): Customer {
  const { id, externalId, name, email, phone, country, tier, segment, ownerId, version } = customer
  return { id, externalId, name, email, phone, country, tier, segment, ownerId, version }
}
