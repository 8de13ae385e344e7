import { Readable } from 'node:stream'
import type * as Contract from '#contract/exports.ts'
import { columnsFor } from '#contract/exports.ts'
import { listWords } from '#contract/filter/list-fields.ts'
import { textOf } from '#contract/texts.ts'
import { type Export, listExports } from '#modules/exports/index.ts'
import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { createExport } from '#usecases/exports/create-export.ts'
import { ownExport, takeExport } from '#usecases/exports/take-export.ts'
import { readFilter } from '#usecases/lists/read-filter.ts'
import { viewNamed } from '#views/saved-views.ts'
import { sortingOf } from '#views/sorting.ts'
import { filterProblem } from './filter-problem.ts'
import { pageUsual } from './lists.ts'
import { type Refused, refused } from './problems.ts'
import { referenceOf } from './reference-of.ts'
import type { Handlers } from './serve.ts'

/** Lists as files: asked for, waited for, taken. */
export function exportHandlers(engine: Engine) {
  return {
    createExport: async ({ call, body, key, fingerprint }) => {
      const wanted = await wantedOf(engine, call, body)
      if ('refused' in wanted) return wanted
      const { list, columns = wanted.shown, locale = call.language === 'es' ? 'es' : 'en', byteOrderMark = false } = body
      const keyUse = key === null ? null : { route: 'createExport', key, fingerprint }
      const made = await createExport(engine, call, {
        list,
        filters: wanted.filters,
        sort: wanted.sort,
        columns,
        locale,
        byteOrderMark,
        key: keyUse,
      })
      if (!made.ok) return { refused: made.reason }
      return { status: 201, body: exportReply(call, made.value.made), replayed: made.value.replayed }
    },

    listExports: async ({ call, query }) => {
      const limit = query.limit ?? pageUsual
      const found = await engine.pools.view(call.workspaceId, (db) =>
        listExports(db, call.workspaceId, call.actor.id ?? call.workspaceId, { after: query.after, limit }),
      )
      const rows = found.map((one) => exportReply(call, one))
      return { status: 200, body: { rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) } }
    },

    getExport: async ({ call, params }) => {
      const made = await ownExport(engine, call, params.id)
      return made ? { status: 200, body: exportReply(call, made) } : refused('export.not_found', { export: params.id })
    },

    takeExport: async ({ call, params }) => {
      const taken = await takeExport(engine, call, params.id)
      if (!taken.ok) return { refused: taken.reason }
      const { made, pieces } = taken.value
      return {
        stream: Readable.from(pieces, { objectMode: false }),
        headers: {
          'content-disposition': `attachment; filename="${made.list}-${made.createdAt.slice(0, 10)}.csv"`,
          'content-length': String(made.bytes),
          'cache-control': 'no-store',
        },
      }
    },
  } satisfies Partial<Handlers>
}

/** What is asked for: the filter that was sent beside the view's, the order of rows, and the columns that the view shows. */
async function wantedOf(
  engine: Engine,
  call: Call,
  { list, filter, view: name, sort }: Contract.CreateExport,
): Promise<{ filters: string[]; sort: string | null; shown: string[] | null } | Refused> {
  const reference = await referenceOf(engine, call)
  const filters: string[] = []
  let order = sort ?? null
  let shown: string[] = []
  if (name !== undefined) {
    const view = await viewNamed(engine.pools, call, list, name)
    if (!view) return refused('view.not_found', { view: name })
    filters.push(view.filter)
    order ??= view.sort
    const known = columnsFor(list, call.hides)
    shown = view.columns.flatMap((column) => (known.has(column.name) ? column.name : []))
  }
  if (filter !== undefined) filters.push(filter)
  for (const text of filters) {
    const read = await readFilter(engine.pools, call, reference, listWords[list].fields, text)
    if (!read.ok) return filterProblem(read.errors, call.language, text === filter ? '/filter' : '/view', 'body')
  }
  const sorting = order === null ? null : sortingOf(listWords[list].sorts, order, call.hides)
  if (sorting && !sorting.ok) return { refused: sorting.reason }
  return { filters, sort: order, shown: shown.length > 0 ? shown : null }
}

function exportReply({ language }: Call, one: Export): Contract.Export {
  return {
    id: one.id,
    version: one.version,
    list: one.list,
    state: one.state,
    columns: one.columns,
    locale: one.locale,
    rows: one.rows,
    bytes: one.bytes,
    problem: one.problem && { code: one.problem.code, text: textOf(one.problem.code, one.problem.params, language) },
    createdAt: one.createdAt,
    readyAt: one.readyAt,
    expiresAt: one.expiresAt,
  }
}
