import * as z from 'zod'
import { Customer } from './customers.ts'
import { uuid, version, whole } from './fields.ts'
import { ContactShown } from './orders.ts'

/** Why somebody is forgotten; a word and no text, because it stays in the log. */
export const erasureReasons = ['asked', 'no_longer_needed', 'consent_withdrawn', 'mistake', 'ordered'] as const

export const EraseCustomer = z.strictObject({ reason: z.enum(erasureReasons) })
export type EraseCustomer = z.infer<typeof EraseCustomer>

export const CustomerErased = z.strictObject({ id: uuid, version, erasedAt: z.string(), already: z.boolean() })

const note = z.strictObject({ text: z.string(), at: z.string() })

/** Everything that is held of a customer, for whoever asks what it is; orders in pages, by id. */
export const CustomerData = z.strictObject({
  customer: Customer,
  orders: z.array(
    z.strictObject({
      id: uuid,
      number: whole,
      at: z.string(),
      channel: z.string(),
      stage: z.string(),
      externalId: z.string().nullable(),
      currency: z.string(),
      totalMinor: whole.nullable(),
      contact: ContactShown.nullable(),
      lines: z.array(z.strictObject({ name: z.string(), quantityMilli: whole })),
      fields: z.record(z.string(), z.union([z.string(), whole])),
      tags: z.array(z.string()),
      payments: z.array(z.strictObject({ kind: z.string(), method: z.string(), amountMinor: whole.nullable(), at: z.string() })),
      notes: z.array(note),
    }),
  ),
  /** Of no order of theirs; with the first page. */
  returns: z.array(
    z.strictObject({ id: uuid, number: whole, at: z.string(), totalMinor: whole.nullable(), currency: z.string(), notes: z.array(note) }),
  ),
  /** The last order's id, where there are more. */
  next: uuid.nullable(),
})
export type CustomerData = z.infer<typeof CustomerData>
