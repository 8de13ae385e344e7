import { bakeryTickets } from './bakery-tickets.ts'
import type { ImportFormat } from './history.ts'
import { onlineRetail } from './online-retail.ts'
import { shopifyOrders } from './shopify-orders.ts'

/** Every format that can be imported, by the name it is asked for. */
export const formats: ReadonlyMap<string, ImportFormat> = new Map(
  [bakeryTickets, onlineRetail, shopifyOrders].map((format) => [format.name, format]),
)
