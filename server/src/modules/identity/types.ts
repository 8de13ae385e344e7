import type { FieldGroup, Grant, MoneyLimits, Permission } from '#contract/permissions.ts'
import type { Label } from '#contract/workflow.ts'
import type { Id } from '#platform/ids.ts'

export type ApiKeyId = Id<'ApiKey'>

/** What somebody may do in a workspace, and how far each permission reaches. */
export interface Role {
  code: string
  label: Label
  permissions: Grant[]
  /** Groups of fields its holders are kept from. */
  hides: FieldGroup[]
  moneyLimits: MoneyLimits
}

/** A machine's way in. Its secret is shown once; only the SHA-256 of it is kept. */
export interface ApiKey {
  id: ApiKeyId
  kind: 'api' | 'kiosk'
  /** The register that a kiosk stands at; null for every other key. */
  registerId: string | null
  name: string
  role: string
  /** Narrows the role: null = every permission the role has. */
  permissions: Permission[] | null
  /** Where "location" scope is: null = every location. Of a kiosk, where its register stands. */
  locationIds: string[] | null
  expiresAt: string | null
  revokedAt: string | null
  lastUsedAt: string | null
  createdAt: string
  /** Null where it was made on the command line. */
  madeBy: string | null
}

/** The role that may do everything: it is never weakened, and a workspace that has an owner keeps one. */
export const ownerRole = 'owner'
