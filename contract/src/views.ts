import * as z from 'zod'
import { anyText, text, uuid, version } from './fields.ts'
import { limits } from './limits.ts'
import { Count } from './lists.ts'
import { fieldGroups } from './permissions.ts'

/** The lists that views are kept of. */
const viewedLists = ['orders', 'customers', 'stock', 'reservations', 'movements'] as const
export const ViewedList = z.enum(viewedLists)
export type ViewedList = z.infer<typeof ViewedList>

const column = z.strictObject({ name: text(64), widthPx: z.int().min(20).max(2_000).optional(), pinned: z.boolean().optional() })

const view = {
  name: text(100),
  /** `personal` is its owner's alone; `shared` everybody's, and takes the permission `views:share`. */
  audience: z.enum(['personal', 'shared']),
  /** A locked view stays as it is until somebody who may share views unlocks it. */
  locked: z.boolean(),
  filter: anyText(limits.filterCharacters),
  sort: text(40),
  columns: z.array(column).max(60),
  layout: z.enum(['table', 'board']),
  density: z.enum(['compact', 'normal', 'large']),
  pinned: z.boolean(),
  /** Roles whose holders start with it; of several views, the first. */
  roles: z.array(text(64)).max(50),
}

const { name, ...usual } = view
export const CreateView = z.strictObject({ id: uuid.optional(), list: ViewedList, name, ...z.strictObject(usual).partial().shape })
export type CreateView = z.infer<typeof CreateView>
/** What is not named stays as it is. */
export const UpdateView = z.strictObject(view).partial()
export type UpdateView = z.infer<typeof UpdateView>
export const DuplicateView = z.strictObject({ name: name.optional() })
/** Every view of the list that the caller may move, first to last. */
export const OrderViews = z.strictObject({ list: ViewedList, ids: z.array(uuid).min(1).max(500) })

export const View = z.strictObject({
  id: uuid,
  list: ViewedList,
  /** Of views that came with the blueprint. */
  code: z.string().nullable(),
  ...view,
  ownerId: uuid.nullable(),
  /** Whether the caller may change it. */
  mayChange: z.boolean(),
  /** Groups of fields it asks for that the caller does not see: the view is of no use to them. */
  lacks: z.array(z.enum(Object.keys(fieldGroups) as [keyof typeof fieldGroups])),
  /** True where it asks for a field without an index: on a long list it may need to be narrowed down. */
  mayBeSlow: z.boolean(),
  version,
})
export type View = z.infer<typeof View>

/** How many orders each view holds, counted together; null for one the caller lacks rights for. */
export const ViewCounts = z.strictObject({ counts: z.array(z.strictObject({ viewId: uuid, count: Count.nullable() })) })
