import { majorText } from '#contract/currency.ts'
import type { exportColumns } from '#contract/exports.ts'
import type { Customer } from '#modules/customers/index.ts'
import type { Cell } from '#modules/exports/index.ts'
import { nilId } from '#platform/ids.ts'
import type { ListedOrder } from './order-list.ts'
import type { Level } from './stock-lists.ts'

/** What stands in each column of a file, by the column's name. */
export type Cells<Row> = Readonly<Record<string, (row: Row) => Cell>>

const number = (value: number): Cell => ({ number: String(value) })
const quantity = (milli: number): Cell => ({ number: String(milli / 1_000) })
const money = (minor: number, currency: string): Cell => ({ number: majorText(minor, currency) })

/** Orders as lines of a file; `labelOf` says a stage in the file's language, `codeOf` what a location is called. */
export function orderCells(labelOf: (row: ListedOrder) => string, codeOf: (locationId: string) => string): Cells<ListedOrder> {
  // biome-ignore format: read it by column
  return {
    number:     ({ number: one }) => number(one),
    placed:     ({ at }) => at,
    channel:    ({ channel }) => channel,
    location:   ({ locationId }) => codeOf(locationId),
    stage:      labelOf,
    phase:      ({ phase }) => phase,
    customer:   ({ customerName }) => customerName,
    items:      ({ lines, lineCount }) => `${lines.map(({ name, orderedMilli }) => `${orderedMilli / 1_000} × ${name}`).join(', ')}${lineCount > lines.length ? ' …' : ''}`,
    lines:      ({ lineCount }) => number(lineCount),
    total:      ({ totalMinor, currency }) => money(totalMinor, currency),
    balance:    ({ balanceMinor, currency }) => money(balanceMinor, currency),
    currency:   ({ currency }) => currency,
    payment:    ({ payment }) => payment,
    fulfilment: ({ fulfilment }) => fulfilment,
    due:        ({ dueAt }) => dueAt,
    tags:       ({ tags }) => tags.join(', '),
    holds:      ({ holds }) => number(holds),
    attention:  ({ attention }) => attention,
    external:   ({ externalId }) => externalId,
    owner:      ({ ownerId }) => ownerId,
    assignee:   ({ assigneeId }) => assigneeId,
    source:     ({ source }) => source,
    updated:    ({ updatedAt }) => updatedAt,
    id:         ({ id }) => id,
  } satisfies Record<keyof typeof exportColumns.orders, (row: ListedOrder) => Cell>
}

/** Customers as lines of a file. */
// biome-ignore format: read it by column
export const customerCells: Cells<Customer> = {
  name:     ({ name }) => name,
  email:    ({ email }) => email,
  phone:    ({ phone }) => phone,
  country:  ({ country }) => country,
  tier:     ({ tier }) => tier,
  segment:  ({ segment }) => segment,
  external: ({ externalId }) => externalId,
  owner:    ({ ownerId }) => ownerId,
  id:       ({ id }) => id,
} satisfies Record<keyof typeof exportColumns.customers, (row: Customer) => Cell>

/** Stock as lines of a file; the words of items, locations and lots are looked up by id. */
export function stockCells(words: {
  item(id: string): { code: string; name: string; baseUnit: string } | undefined
  location(id: string): string
  lot(id: string): string
}): Cells<Level> {
  // biome-ignore format: read it by column
  return {
    item:     ({ itemId }) => words.item(itemId)?.code ?? itemId,
    name:     ({ itemId }) => words.item(itemId)?.name ?? null,
    location: ({ locationId }) => words.location(locationId),
    lot:      ({ lotId }) => lotId === nilId ? null : words.lot(lotId),
    onhand:   ({ onHandMilli }) => quantity(onHandMilli),
    reserved: ({ reservedMilli }) => quantity(reservedMilli),
    free:     ({ onHandMilli, reservedMilli }) => quantity(onHandMilli - reservedMilli),
    unit:     ({ itemId }) => words.item(itemId)?.baseUnit ?? null,
    updated:  ({ updatedAt }) => updatedAt,
  } satisfies Record<keyof typeof exportColumns.stock, (row: Level) => Cell>
}
