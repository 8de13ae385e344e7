import { majorText } from '#contract/currency.ts'
import type { exportColumns } from '#contract/exports.ts'
import type { Cell } from '#modules/exports/index.ts'
import type { ListedOrder } from './order-list.ts'

/** What stands in each column of a file, by the column's name. */
export type Cells<Row> = Readonly<Record<string, (row: Row) => Cell>>

const number = (value: number): Cell => ({ number: String(value) })
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
