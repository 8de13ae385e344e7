import { expect } from 'vitest'
import type { Order } from '#modules/orders/index.ts'
import { verify } from '#views/verify/verify.ts'
import type { TestShop } from './test-shop.ts'

/** Everything that must always be true of a database is true of the shop's, and nothing went wrong inside. */
export async function expectTrue(shop: TestShop): Promise<void> {
  const { findings } = await verify(shop.databaseUrl, { threads: 0 })
  const wrong = findings.filter(({ violations }) => violations > 0)
  expect(wrong, JSON.stringify(wrong)).toEqual([])
  expect(shop.reports).toEqual([])
}

/** Rows and events tell the same order, reservations in any order. Answers it. */
export async function tellsTheSame(shop: TestShop, id: string): Promise<Order> {
  const { row, replayed } = await shop.read(id)
  if (!row) throw new Error(`There is no order ${id}`)
  expect(inOrder(row)).toEqual(replayed && inOrder(replayed))
  return row
}

function inOrder(order: Order): Order {
  return { ...order, reservations: [...order.reservations].sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

// biome-ignore format: by what they are about
const tables = [
  'orders', 'order_lines', 'order_contacts', 'order_holds', 'order_tags', 'order_fields', 'order_costs', 'notes', 'returns', 'return_lines', 'money_entries',
  'stock', 'lots', 'movements', 'reservations', 'shortfalls', 'events', 'commits', 'timers', 'owed', 'idempotency_keys',
]

/** What stands in every table that a refused request could have left something in: rows and their content. */
export function everything(shop: TestShop): Promise<unknown> {
  return shop.pools.view(shop.workspaceId, (db) =>
    Promise.all(
      tables.map(async (table) => {
        const [content] = await db.query<object>({
          text: `select count(*)::text as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as hash from ${table} t`,
          values: [],
        })
        return { table, ...content }
      }),
    ),
  )
}
