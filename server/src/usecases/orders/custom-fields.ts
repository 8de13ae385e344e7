import type * as z from 'zod'
import type { Fields } from '#contract/orders.ts'
import type { FieldValue } from '#modules/orders/index.ts'

/** Custom fields as sent → as kept: one typed value each, moments in UTC. */
export function fieldsOf(fields: z.infer<typeof Fields> | undefined): Record<string, FieldValue> {
  const kept: Record<string, FieldValue> = {}
  for (const [name, value] of Object.entries(fields ?? {})) {
    kept[name] =
      'text' in value
        ? { kind: 'text', value: value.text }
        : 'int' in value
          ? { kind: 'int', value: value.int }
          : { kind: 'time', value: new Date(value.time).toISOString() }
  }
  return kept
}
