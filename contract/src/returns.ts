import * as z from 'zod'
import { anyText, code, currency, externalId, milli, minor, moment, note, price, text, uuid, whole } from './fields.ts'
import { limits } from './limits.ts'

/**
 * What came back. Of an order, each line names the order's line; where nobody knows the order, each line names the item (or what it was
 * called) and what it is credited with, and the return says where.
 */
export const CreateReturn = z
  .strictObject({
    id: uuid.optional(),
    orderId: uuid.optional(),
    locationId: uuid.optional(),
    location: code.optional(),
    customerId: uuid.optional(),
    currency: currency.optional(),
    connectionId: uuid.optional(),
    externalId: externalId.optional(),
    lines: z
      .array(
        z.strictObject({
          lineId: uuid.optional(),
          itemId: uuid.optional(),
          item: code.optional(),
          kind: z.enum(['goods', 'service', 'charge', 'discount']).optional(),
          name: text(300).optional(),
          category: anyText(100).optional(),
          quantityMilli: milli,
          /** What is credited; of an order's line its share where it is not said. */
          amountMinor: minor.optional(),
          /** Whether it goes back into stock; it does where nothing is said. */
          restock: z.boolean().optional(),
          lot: code.optional(),
        }),
      )
      .min(1)
      .max(limits.linesAnOrder),
    reason: code.optional(),
    note: note.optional(),
    at: moment.optional(),
  })
  .check(({ value, issues }) => {
    const wrong = (path: (string | number)[], message: string) => issues.push({ code: 'custom', message, path, input: value })
    const ofOrder = value.orderId !== undefined
    if (ofOrder) {
      for (const field of ['locationId', 'location', 'customerId', 'currency'] as const)
        if (value[field] !== undefined) wrong([field], 'input.of_the_order')
    } else if ((value.locationId === undefined) === (value.location === undefined)) wrong(['location'], 'input.one_location')
    value.lines.forEach((line, at) => {
      if (ofOrder) {
        if (line.lineId === undefined) wrong(['lines', at, 'lineId'], 'input.missing')
        for (const field of ['itemId', 'item', 'kind', 'name', 'category'] as const)
          if (line[field] !== undefined) wrong(['lines', at, field], 'input.of_the_order')
        return
      }
      if (line.lineId !== undefined) wrong(['lines', at, 'lineId'], 'input.not_here')
      if (line.amountMinor === undefined) wrong(['lines', at, 'amountMinor'], 'input.missing')
      const named = [line.itemId, line.item].filter((name) => name !== undefined).length
      if (named > 1) wrong(['lines', at, 'item'], 'input.one_of_two')
      if (named === 0 && (line.name === undefined || line.kind === undefined || line.kind === 'goods'))
        wrong(['lines', at, 'item'], 'input.missing')
    })
  })
export type CreateReturn = z.infer<typeof CreateReturn>

export const Return = z.strictObject({
  id: uuid,
  number: whole,
  orderId: uuid.nullable(),
  locationId: uuid,
  customerId: uuid.nullable(),
  connectionId: uuid.nullable(),
  externalId: z.string().nullable(),
  reasonCode: z.string().nullable(),
  currency: z.string(),
  totalMinor: price,
  source: z.string(),
  at: z.string(),
  recordedAt: z.string(),
  businessDate: z.string(),
  lines: z.array(
    z.strictObject({
      id: uuid,
      orderLineId: uuid.nullable(),
      kind: z.string(),
      itemId: uuid.nullable(),
      code: z.string(),
      name: z.string(),
      category: z.string(),
      quantityMilli: whole,
      amountMinor: price,
      restocked: z.boolean(),
    }),
  ),
})
export type Return = z.infer<typeof Return>
