import * as z from 'zod'
import { moment, text, uuid } from './fields.ts'
import { permissions } from './permissions.ts'

export const CreateApiKey = z.strictObject({
  name: text(100),
  role: text(64),
  /** Narrows the role; every permission of the role where it is not said. */
  permissions: z.array(z.enum(permissions)).min(1).max(permissions.length).optional(),
  /** Where the key may act, as far as its role is bound to locations; everywhere where it is not said. */
  locationIds: z.array(uuid).min(1).max(1_000).optional(),
  expiresAt: moment.optional(),
})
export type CreateApiKey = z.infer<typeof CreateApiKey>

const key = {
  id: uuid,
  kind: z.enum(['api', 'kiosk']),
  /** The register that a kiosk stands at; null for every other key. */
  registerId: uuid.nullable(),
  name: z.string(),
  role: z.string(),
  permissions: z.array(z.string()).nullable(),
  locationIds: z.array(uuid).nullable(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  createdAt: z.string(),
  /** The member or key that made it; null where it was made on the command line. */
  madeBy: uuid.nullable(),
}
export const ApiKey = z.strictObject(key)
export type ApiKey = z.infer<typeof ApiKey>
/** The only time the secret is shown. */
export const ApiKeyMade = z.strictObject({ id: uuid, secret: z.string() })
