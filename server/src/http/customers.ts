import type { Customer } from '#contract/customers.ts'
import { type Customer as KnownCustomer, listCustomers, loadCustomers } from '#modules/customers/index.ts'
import { nilId } from '#platform/ids.ts'
import { maySeeCustomer } from '#usecases/customers/may-see-customer.ts'
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
          rows: customers.filter((customer) => maySeeCustomer(call, customer)).map(customerReply),
          next: customers.length < limit ? null : (customers.at(-1)?.id ?? null),
        },
      }
    },

    getCustomer: async ({ call, params }) => {
      const [customer] = await pools.view(call.workspaceId, (db) =>
        loadCustomers(db, call.workspaceId, { ids: [params.id], externalIds: [] }),
      )
      return customer && maySeeCustomer(call, customer)
        ? { status: 200, body: customerReply(customer) }
        : refused('customer.not_found', { customer: params.id })
    },
  } satisfies Partial<Handlers>
}

function customerReply(customer: KnownCustomer): Customer {
  const { id, externalId, name, email, phone, country, tier, segment, ownerId, version } = customer
  return { id, externalId, name, email, phone, country, tier, segment, ownerId, version }
}
