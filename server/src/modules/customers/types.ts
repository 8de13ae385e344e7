import type { Id } from '#platform/ids.ts'

export type CustomerId = Id<'Customer'>

/** Who buys. Name, e-mail and telephone are personal data: they stand in this row and nowhere else. */
export interface Customer {
  id: CustomerId
  externalId: string | null
  name: string
  email: string
  phone: string
  country: string
  tier: string
  segment: string
  /** The member who looks after this customer. */
  ownerId: string | null
  version: number
  /** When they were forgotten: nothing above says who they were, and nothing is added any more. */
  erasedAt: string | null
}
