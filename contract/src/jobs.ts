import * as z from 'zod'
import { uuid, whole } from './fields.ts'

/** Work that is owed and gave up; it waits for a person. */
export const Job = z.strictObject({
  id: uuid,
  kind: z.string(),
  lane: z.string(),
  attempts: whole,
  error: z.string(),
  owedAt: z.string(),
  parkedAt: z.string(),
})
export type Job = z.infer<typeof Job>
