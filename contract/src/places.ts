import * as z from 'zod'
import { code, label, text, uuid, version, whole } from './fields.ts'

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
/** A kiosk or till of a location; its id is what outside systems call a catalogue id. */
export const Register = z.strictObject({ id: uuid, locationId: uuid, ...register })
export type Register = z.infer<typeof Register>

/** A word of the workspace's list for why something is done. */
export const Reason = z.strictObject({ kind: z.string(), code, label, active: z.boolean() })
export type Reason = z.infer<typeof Reason>

export const Tax = z.strictObject({
  code,
  name: z.string(),
  /** Millionths: 21 % is 210,000. */
  ratePpm: whole,
  /** Whether prices hold it already. */
  included: z.boolean(),
})
export type Tax = z.infer<typeof Tax>
