import { listWords } from '#contract/filter/list-fields.ts'
import type { View, ViewedList } from '#contract/views.ts'
import type { SavedView } from '#modules/saved-views/index.ts'
import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { askerOf, readFilter } from '#usecases/lists/read-filter.ts'
import { removeViews } from '#usecases/views/delete-views.ts'
import { mayChangeView } from '#usecases/views/may-change-view.ts'
import { orderViews } from '#usecases/views/order-views.ts'
import { saveViews } from '#usecases/views/save-views.ts'
import { orderCounts } from '#views/order-list.ts'
import { readingOf, viewsOf } from '#views/saved-views.ts'
import { sortingOf } from '#views/sorting.ts'
import { filterProblem } from './filter-problem.ts'
import { only } from './only.ts'
import { type Refused, refused } from './problems.ts'
import { referenceOf } from './reference-of.ts'
import type { Handlers } from './serve.ts'

/** Lists as people keep them. */
export function savedViewHandlers(engine: Engine) {
  const { pools } = engine
  return {
    listViews: async ({ call, query }) => {
      const views = await viewsOf(pools, call, query.list ?? null)
      return { status: 200, body: { views: views.filter(({ list }) => mayRead(call, list)).map((view) => viewReply(call, view)) } }
    },

    createView: async ({ call, body }) => {
      const wrong = await unreadable(call, body.list, body)
      if (wrong) return wrong
      const saved = only(await saveViews(engine, call, [{ mode: 'create', view: body }]))
      if (!saved.ok) return { refused: saved.reason }
      return saved.already ? { status: 200, body: viewReply(call, saved.value) } : { status: 201, body: viewReply(call, saved.value) }
    },

    updateView: async ({ call, params, body, expected }) => {
      const known = (await viewsOf(pools, call, null)).find(({ id }) => id === params.id)
      if (!known) return refused('view.not_found', { view: params.id })
      const wrong = await unreadable(call, known.list, body)
      if (wrong) return wrong
      const saved = only(await saveViews(engine, call, [{ mode: 'update', id: params.id, expectedVersion: expected, view: body }]))
      return saved.ok ? { status: 200, body: viewReply(call, saved.value) } : { refused: saved.reason }
    },

    duplicateView: async ({ call, params, body }) => {
      const name = body.name === undefined ? {} : { name: body.name }
      const saved = only(await saveViews(engine, call, [{ mode: 'duplicate', id: params.id, ...name }]))
      return saved.ok ? { status: 201, body: viewReply(call, saved.value) } : { refused: saved.reason }
    },

    deleteView: async ({ call, params }) => {
      const gone = only(await removeViews(engine, call, [params.id]))
      return gone.ok ? { status: 200, body: gone.value } : { refused: gone.reason }
    },

    orderViews: async ({ call, body }) => {
      const ordered = await orderViews(engine, call, body.list, body.ids)
      return ordered.ok ? { status: 200, body: { views: ordered.value.map((view) => viewReply(call, view)) } } : { refused: ordered.reason }
    },

    countViews: async ({ call, query }) => {
      const reference = await referenceOf(engine, call)
      const wanted = query.views?.split(',')
      const views = (await viewsOf(pools, call, 'orders')).filter(({ id }) => wanted?.includes(id) ?? true)
      const read = await Promise.all(views.map(({ filter }) => readFilter(pools, call, reference, listWords.orders.fields, filter)))
      const filters = read.flatMap((one) => (one.ok ? [one.filter] : []))
      const counts = await orderCounts(pools, call, askerOf(call, reference, new Date().toISOString()), filters)
      if (!counts.ok) return { refused: counts.reason }
      let next = 0
      return {
        status: 200,
        body: { counts: views.map(({ id }, at) => ({ viewId: id, count: read[at]?.ok ? (counts.value[next++] ?? null) : null })) },
      }
    },
  } satisfies Partial<Handlers>

  /** What is wrong with what a view would ask for; null where nothing is. */
  async function unreadable(
    call: Call,
    list: ViewedList,
    { filter, sort }: { filter?: string | undefined; sort?: string | undefined },
  ): Promise<Refused | null> {
    const { fields, sorts } = listWords[list]
    if (!mayRead(call, list)) return refused('permission.denied', { permission: readPermission[list] })
    const read = await readFilter(pools, call, await referenceOf(engine, call), fields, filter ?? '')
    if (!read.ok) return filterProblem(read.errors, call.language, '/filter', 'body')
    const sorted = sort === undefined ? { ok: true as const } : sortingOf(sorts, sort, call.hides)
    return sorted.ok ? null : { refused: sorted.reason }
  }
}

// biome-ignore format: read it by column
const readPermission = {
  orders:       'orders:read',
  customers:    'customers:read',
  stock:        'stock:read',
  reservations: 'stock:read',
  movements:    'stock:read',
} as const satisfies Record<ViewedList, string>

const mayRead = (call: Call, list: ViewedList): boolean => call.permissions.has(readPermission[list])

function viewReply(call: Call, view: SavedView): View {
  return {
    id: view.id,
    list: view.list,
    code: view.code,
    name: view.label[call.language] ?? view.label.en,
    audience: view.audience,
    locked: view.locked,
    filter: view.filter,
    sort: view.sort,
    columns: view.columns,
    layout: view.layout,
    density: view.density,
    pinned: view.pinned,
    roles: view.roles,
    ownerId: view.ownerId,
    mayChange: mayChangeView(call, view).ok,
    ...readingOf(view, call.hides),
    version: view.version,
  }
}
