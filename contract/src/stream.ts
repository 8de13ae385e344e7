import * as z from 'zod'
import { anyText, uuid, version, whole } from './fields.ts'
import { limits } from './limits.ts'
import type { Permission } from './permissions.ts'

/** What may be followed; each takes the permission beside it. */
// biome-ignore format: read it by column
export const topics = {
  orders:    'orders:read',
  stock:     'stock:read',
  customers: 'customers:read',
  items:     'items:read',
  places:    'places:read',
  workflows: 'workflows:read',
  jobs:      'orders:read',
} as const satisfies Record<string, Permission>
export type Topic = keyof typeof topics
export const topicNames = Object.keys(topics) as Topic[]

/** Whoever may follow anything at all may ask; what they may not follow is not in it. */
export const followPermissions = [...new Set(Object.values(topics))]

/** A place in the workspace's proof: commits before it have been told. */
const position = z.coerce.number<string | number>().int().min(0)

export const FollowChanges = z.strictObject({
  /** Topics, with commas between them; all that the caller may follow where it is not said. */
  topics: z
    .string()
    .refine((said) => said.split(',').every((topic) => Object.hasOwn(topics, topic)), 'input.topics')
    .optional(),
  /** Orders that it lets through, as for lists: those that it lets through no longer are told as gone. Other topics go on whole. */
  filter: anyText(limits.filterCharacters).optional(),
  /** What the header Last-Event-ID says, for clients that cannot send it; where both are sent the header counts, because it moves on. */
  lastEventId: position.optional(),
})
export type FollowChanges = z.infer<typeof FollowChanges>

const happened = {
  id: uuid,
  /** Of the last of its events; the version of the thing. */
  seq: version,
  /** What happened to it, first to last. */
  types: z.array(z.string()),
  at: z.string(),
}

/** What a list shows of an order, as it stands now; `seq` of the change may be behind its version. */
export const OrderPatch = z.strictObject({
  number: whole,
  version,
  phase: z.string(),
  stage: z.string(),
  stageEnteredAt: z.string(),
  payment: z.string(),
  fulfilment: z.string(),
  holds: whole,
  short: z.boolean(),
  attention: z.string(),
  assigneeId: uuid.nullable(),
  ownerId: uuid.nullable(),
  customerId: uuid.nullable(),
  locationId: uuid,
  channel: z.string(),
  priority: whole,
  dueAt: z.string().nullable(),
  currency: z.string(),
  /** Null for whoever is kept from prices. */
  totalMinor: whole.nullable(),
  balanceMinor: whole.nullable(),
  updatedAt: z.string(),
})
export type OrderPatch = z.infer<typeof OrderPatch>

export const Change = z.union([
  z.strictObject({ subject: z.literal('order'), ...happened, order: OrderPatch }),
  z.strictObject({
    subject: z.literal('stock'),
    itemId: uuid,
    locationId: uuid,
    lotId: uuid.nullable(),
    onHandMilli: whole,
    reservedMilli: whole,
    updatedAt: z.string(),
  }),
  z.strictObject({ subject: z.enum(['return', 'customer', 'item', 'location', 'register', 'workflow']), ...happened }),
  /** A bulk job; while it runs, told about once a second. */
  z.strictObject({
    subject: z.literal('job'),
    id: uuid,
    version,
    types: z.array(z.string()),
    action: z.string(),
    state: z.string(),
    total: whole,
    waiting: whole,
    applied: whole,
    already: whole,
    skipped: whole,
    failed: whole,
  }),
  /** A customer that is no longer within the caller's sight; an order that the filter lets through no longer, or never did. */
  z.strictObject({ subject: z.enum(['customer', 'order']), id: uuid, gone: z.literal(true) }),
])
export type Change = z.infer<typeof Change>

/**
 * The events of a stream, by name; each carries its position as the id that Last-Event-ID names. `hello` says from where it is told; after
 * `reload` what was shown has to be read anew, and the stream goes on from the position it names; `end` is the last and has none.
 */
export const streamEvents = {
  hello: z.strictObject({ position: whole, topics: z.array(z.string()) }),
  changes: z.strictObject({ position: whole, changes: z.array(Change) }),
  reload: z.strictObject({ position: whole, because: z.enum(['too_old', 'too_many', 'rights']) }),
  end: z.strictObject({ because: z.enum(['rights', 'too_slow', 'stopping']) }),
} as const
/** What each event says. */
export type StreamData = { [E in keyof typeof streamEvents]: z.infer<(typeof streamEvents)[E]> }
export type StreamEvent = { [E in keyof StreamData]: { event: E; data: StreamData[E] } }[keyof StreamData]
