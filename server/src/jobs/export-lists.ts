import { columnsFor, type ExportedList, readsList } from '#contract/exports.ts'
import { listWords } from '#contract/filter/list-fields.ts'
import type { Asker } from '#contract/filter/matches.ts'
import type { Filter } from '#contract/filter/syntax.ts'
import { scopes } from '#contract/permissions.ts'
import { type Cell, csvLine, type Export, writings } from '#modules/exports/index.ts'
import { type Answer, fine } from '#platform/answer.ts'
import { type Claim, finished, type Handler } from '#platform/jobs/types.ts'
import type { Call } from '#usecases/call.ts'
import { customersInSight } from '#usecases/customers/may-see-customer.ts'
import type { Engine } from '#usecases/engine.ts'
import { expireExport, nobody, type ReadLines, writeExport } from '#usecases/exports/write-export.ts'
import { askerOf, readFilter } from '#usecases/lists/read-filter.ts'
import type { Reference } from '#usecases/reference.ts'
import { customerList } from '#views/customer-list.ts'
import { type Cells, customerCells, orderCells, stockCells } from '#views/export-cells.ts'
import { lotCodes } from '#views/lot-codes.ts'
import { type ListedOrder, orderList } from '#views/order-list.ts'
import { stockLevels } from '#views/stock-lists.ts'

/** Lists as files. */
export function writeExports(engine: Engine): Handler {
  return {
    lanes: ['bulk'],
    batchMax: 1,
    deadlineMs: 600_000,
    handle: async (workspaceId, claims, signal) => {
      for (const claim of claims) await writeExport(engine, workspaceId, exportOf(claim), claim, signal, linesOf(engine))
      return claims.map(() => finished)
    },
  }
}

/** Files whose time is over. */
export function expireExports(engine: Engine): Handler {
  return {
    lanes: ['bulk'],
    batchMax: 1,
    deadlineMs: 60_000,
    handle: async (workspaceId, claims) => {
      for (const claim of claims) await expireExport(engine, workspaceId, exportOf(claim))
      return claims.map(() => finished)
    },
  }
}

function exportOf({ payload, id }: Claim): string {
  const { export: named } = payload as { export?: unknown }
  if (typeof named !== 'string') throw new Error(`Owed work ${id} names no export`)
  return named
}

/** The lines of a file: its headings, then page after page, each with the rights its maker has by then. */
function linesOf(engine: Engine): ReadLines {
  return async function* (one, caller) {
    const writing = writings[one.locale]
    let columns: readonly string[] | null = null
    let cursor: string | null = null
    do {
      const maker = await caller()
      if (!maker) return yield nobody()
      const call = asTaker(maker, one.list)
      const reference = await engine.reference.get(call.workspaceId)
      if (!reference) throw new Error(`There is no workspace ${call.workspaceId}`)
      const seen = columnsFor(one.list, call.hides)
      if (columns === null) {
        columns = one.columns.filter((name) => seen.has(name))
        const headings = columns.map((name) => seen.get(name)?.heading[one.locale] ?? name)
        yield fine({ rows: 0, text: csvLine(headings, writing) })
      }
      const page = await pageOf(engine, call, reference, one, cursor)
      if (!page.ok) return yield page
      cursor = page.value.next
      // What was hidden meanwhile stays empty.
      const cells = page.value.cellsOf(columns.map((name) => (seen.has(name) ? name : '')))
      const lines = cells.map((line) => csvLine(line, writing))
      yield fine({ rows: lines.length, text: lines.join('') })
    } while (cursor !== null)
  }
}

/** Nobody takes along more than they may take, whatever they may see. */
function asTaker(call: Call, list: ExportedList): Call {
  const permissions = new Map(call.permissions)
  const [seen, taken] = [call.permissions.get(readsList[list]), call.permissions.get('orders:export')]
  if (taken === undefined) permissions.delete(readsList[list])
  else if (seen !== undefined && scopes.indexOf(taken) < scopes.indexOf(seen)) permissions.set(readsList[list], taken)
  return { ...call, permissions }
}

const pageRows = 500

/** A page of a list: its rows as cells of these columns, and where it ends. */
interface Page {
  cellsOf(columns: readonly string[]): Cell[][]
  next: string | null
}

interface Asked {
  call: Call
  reference: Reference
  one: Export
  asker: Asker
  filter: Filter
  sort: string | null
  cursor: string | null
  limit: number
}

async function pageOf(engine: Engine, call: Call, reference: Reference, one: Export, cursor: string | null): Promise<Answer<Page>> {
  const filter = await filterOf(engine, call, reference, one)
  if (!filter.ok) return filter
  const asker = askerOf(call, reference, one.createdAt)
  return readers[one.list](engine, { call, reference, one, asker, filter: filter.value, sort: one.sort, cursor, limit: pageRows })
}

/** Each list by its own view, which knows what the caller may see. */
const readers: Record<ExportedList, (engine: Engine, asked: Asked) => Promise<Answer<Page>>> = {
  orders: async (engine, asked) => {
    const { call, reference, one } = asked
    const page = await orderList(engine.pools, call, asked.asker, asked)
    if (!page.ok) return page
    const labelOf = await labels(engine, call.workspaceId, one.locale, page.value.rows)
    return fine(filled(page.value, orderCells(labelOf, locationIn(reference))))
  },

  customers: async (engine, asked) => {
    const page = await customerList(engine.pools, asked.call, customersInSight(asked.call), asked.asker, asked)
    return page.ok ? fine(filled(page.value, customerCells)) : page
  },

  stock: async (engine, asked) => {
    const { call, reference } = asked
    const page = await stockLevels(engine.pools, call, asked.asker, { ...asked, itemId: null, locationId: null })
    if (!page.ok) return page
    const ids = [...new Set(page.value.rows.map(({ itemId }) => itemId))]
    const [catalogue, lots] = await Promise.all([
      engine.reference.itemsOf(
        reference,
        ids.map((value) => ({ by: 'id', value })),
      ),
      lotCodes(engine.pools, call, page.value.rows),
    ])
    return fine(
      filled(
        page.value,
        stockCells({ item: (id) => catalogue.item(id), location: locationIn(reference), lot: (id) => lots.get(id) ?? id }),
      ),
    )
  },
}

const locationIn =
  (reference: Reference) =>
  (id: string): string =>
    reference.location(id)?.code ?? id

function filled<Row>({ rows, next }: { rows: readonly Row[]; next: string | null }, cells: Cells<Row>): Page {
  return { cellsOf: (columns) => rows.map((row) => columns.map((name) => cells[name]?.(row) ?? null)), next }
}

/** What was asked for, all of it, as its maker may ask it now. */
async function filterOf(engine: Engine, call: Call, reference: Reference, { list, filters }: Export): Promise<Answer<Filter>> {
  const of: Filter[] = []
  for (const text of filters) {
    const read = await readFilter(engine.pools, call, reference, listWords[list].fields, text)
    if (read.ok) of.push(read.filter)
    else {
      const [first] = read.errors
      return { ok: false, reason: { code: first?.code ?? 'internal', params: first?.params ?? {} } }
    }
  }
  return fine({ kind: 'every', of, at: 0, length: 0 })
}

/** The words of stages, by the workflow version each order runs on. */
async function labels(engine: Engine, workspaceId: string, language: string, rows: readonly ListedOrder[]) {
  const { flows } = engine.reference
  const missing = [...new Map(rows.map(({ workflow }) => [`${workflow.code} ${workflow.version}`, workflow])).values()].filter(
    (pin) => !flows.known(workspaceId, pin),
  )
  if (missing.length > 0) await engine.pools.view(workspaceId, (db) => flows.load(db, workspaceId, missing))
  return ({ workflow, stage }: ListedOrder): string => {
    const label = flows.known(workspaceId, workflow)?.stage(stage)?.label
    return label?.[language] ?? label?.en ?? stage
  }
}
