import * as z from 'zod'
import { code, label, text, uuid, version, whole } from './fields.ts'
import { limits } from './limits.ts'

const location = {
  code,
  name: text(200),
  /** IANA name, like `Europe/Madrid`. */
  timeZone: text(64),
  /** What is sold before this time of day counts for the day before. */
  dayStartsAt: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'input.time_of_day'),
  status: z.enum(['open', 'closed']),
}
export const CreateLocation = z
  .strictObject(location)
  .partial()
  .extend({ id: uuid.optional(), code, name: location.name, timeZone: location.timeZone })
export type CreateLocation = z.infer<typeof CreateLocation>
export const UpdateLocation = z.strictObject(location).partial()
export type UpdateLocation = z.infer<typeof UpdateLocation>
export const Location = z.strictObject({ id: uuid, ...location, version })
export type Location = z.infer<typeof Location>

const register = { code, name: text(200), kind: z.enum(['kiosk', 'till']), status: z.enum(['open', 'closed']) }
export const CreateRegister = z
  .strictObject({
    id: uuid.optional(),
    locationId: uuid.optional(),
    location: code.optional(),
    ...register,
    status: register.status.optional(),
  })
  .check(({ value, issues }) => {
    if ((value.locationId === undefined) === (value.location === undefined))
      issues.push({ code: 'custom', message: 'input.one_location', path: ['location'], input: value })
  })
export type CreateRegister = z.infer<typeof CreateRegister>
/** A till stays what it is and where it is: another one is another till. */
export const UpdateRegister = z.strictObject({ name: register.name, status: register.status }).partial()
export type UpdateRegister = z.infer<typeof UpdateRegister>
/** A kiosk or till of a location; its id is what outside systems call a catalogue id. */
export const Register = z.strictObject({ id: uuid, locationId: uuid, ...register })
export type Register = z.infer<typeof Register>

/** What a reason may be given for. */
export const reasonKinds = ['cancel', 'reject', 'reopen', 'refund', 'return', 'hold', 'short_pick', 'discount', 'adjust', 'move'] as const
/** Words to put on the list, or to change or retire, by kind and code. */
export const SaveReasons = z.strictObject({
  reasons: z
    .array(
      z.strictObject({
        kind: z.enum(reasonKinds),
        code,
        label: z.strictObject({ en: text(200), es: text(200).optional() }),
        active: z.boolean(),
      }),
    )
    .min(1)
    .max(limits.reasonsAList),
})
/** A word of the workspace's list for why something is done. */
export const Reason = z.strictObject({ kind: z.string(), code, label, active: z.boolean() })
export type Reason = z.infer<typeof Reason>

/** Taxes to make or to change, by code. */
export const SaveTaxes = z.strictObject({
  taxes: z
    .array(z.strictObject({ code, name: text(200), ratePpm: z.int().min(0).max(1_000_000), included: z.boolean() }))
    .min(1)
    .max(limits.taxesAList),
})
export const Tax = z.strictObject({
  code,
  name: z.string(),
  /** Millionths: 21 % is 210,000. */
  ratePpm: whole,
  /** Whether prices hold it already. */
  included: z.boolean(),
})
export type Tax = z.infer<typeof Tax>
