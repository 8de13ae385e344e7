import * as z from 'zod'
import { uuid, whole } from './fields.ts'

/** Work that is owed and was given up after its attempts. */
export const Job = z.strictObject({
  id: uuid,
  kind: z.string(),
  lane: z.string(),
  attempts: whole,
  lastError: z.string().nullable(),
  dueAt: z.string(),
  createdAt: z.string(),
})
export type Job = z.infer<typeof Job>
