import * as z from 'zod'

/** What a refused request is answered with: RFC 9457, `application/problem+json`. */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** Stable: decide by this. Its sentences stand in the catalogue of texts. */
  code: z.string(),
  /** What, why and the way out, in the reader's language. */
  detail: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  requestId: z.string(),
  /** Each thing that is wrong with the request; `pointer` is a JSON pointer into the part named by `in`. */
  errors: z
    .array(
      z.strictObject({
        in: z.enum(['body', 'query', 'path']),
        pointer: z.string(),
        code: z.string(),
        detail: z.string(),
        /** Within a filter: where, in characters from its beginning, how many, and what was probably meant. */
        at: z.int().optional(),
        length: z.int().optional(),
        suggestion: z.string().nullable().optional(),
      }),
    )
    .optional(),
  /** How the order stands that would not be changed, and what may be done with it. */
  order: z.strictObject({ id: z.uuid(), version: z.int(), phase: z.string(), stage: z.string(), actions: z.array(z.string()) }).optional(),
})
export type Problem = z.infer<typeof Problem>
