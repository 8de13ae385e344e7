import * as z from 'zod'
import { anyText, externalId, uuid, version } from './fields.ts'

// Personal data is null in replies to whoever is kept from contacts.
const customer = {
  name: anyText(200),
  email: anyText(254),
  phone: anyText(40),
  country: anyText(60),
  tier: anyText(40),
  segment: anyText(40),
  /** What an outside system calls this customer. */
  externalId: externalId.nullable(),
  /** The member who looks after this customer. */
  ownerId: uuid.nullable(),
}

export const CreateCustomer = z.strictObject(customer).partial().extend({ id: uuid.optional() })
export type CreateCustomer = z.infer<typeof CreateCustomer>
/** What is not named stays as it is. */
export const UpdateCustomer = z.strictObject(customer).partial()
export type UpdateCustomer = z.infer<typeof UpdateCustomer>
const hidden = (most: number) => anyText(most).nullable()
export const Customer = z.strictObject({
  id: uuid,
  ...customer,
  name: hidden(200),
  email: hidden(254),
  phone: hidden(40),
  country: hidden(60),
  version,
  /** When this customer was forgotten. */
  erasedAt: z.string().nullable(),
})
export type Customer = z.infer<typeof Customer>
