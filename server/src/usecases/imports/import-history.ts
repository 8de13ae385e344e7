import type { Item } from '#modules/catalogue/index.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { documentNet } from '#server/imports/document-net.ts'
import type {
  CsvRecord,
  HistoryDocument,
  HistoryLine,
  HistoryOrder,
  HistoryReturn,
  HistoryWriteOff,
  RefusedRow,
} from '#server/imports/history.ts'
import { type Call, callOfEngine } from '../call.ts'
import { saveCustomers } from '../customers/save-customers.ts'
import type { Engine } from '../engine.ts'
import { saveItems } from '../items/save-items.ts'
import type { Outcome } from '../orders/order-batch.ts'
import { saveReasons } from '../places/save-reasons.ts'
import type { Catalogue, ItemRef } from '../reference.ts'
import type { StockWork } from '../stock/stock-batch.ts'
import { stockMove } from '../stock/stock-batch.ts'
import { historyPlacement, importedReason } from './history-placement.ts'
import { externalIdOf, type ImportReport, type ImportRequest, type Net, type Site } from './history-site.ts'
import { matchReturns } from './match-returns.ts'

const documentsAtOnce = 200

/**
 * Places a file's history: each order with its own time, run to where it ended; goods come out of an opening stock booked for this file;
 * returns are matched to what they reverse where that can be told. Safe to repeat and to kill: what stands already is left alone.
 * Throws what the reader throws on a file that is none of this format, and {@link ImportRefused} where the workspace cannot take it.
 */
export async function importHistory(engine: Engine, request: ImportRequest): Promise<ImportReport> {
  const call = callOfEngine(request.workspaceId, 'import')
  const report: ImportReport = {
    rows: 0,
    orders: 0,
    lines: 0,
    returns: 0,
    writeOffs: 0,
    refused: [],
    nets: new Map(),
    currency: '',
    already: 0,
    returnLines: { matched: 0, alone: 0 },
  }
  const wanted = await survey(engine, call, request)
  report.currency = wanted.currency
  const site = request.dryRun ? null : await prepareSite(engine, call, request, wanted)
  const underWay = new UnderWay()
  for await (const documents of batches(counted(request, report), documentsAtOnce)) {
    for (const document of documents) account(report, document)
    if (site) await place(engine, call, request, site, documents, underWay, report)
    request.onProgress({ phase: 'placing', rows: report.rows, orders: report.orders })
  }
  await underWay.arrived()
  return report
}

/** The workspace is not ready for this import: what is missing stands in the code and parameters. */
export class ImportRefused extends Error {
  override name = 'ImportRefused'
}

// ─── First reading: what the file needs ──────────────────────────────────────────────────────────────────────────────

interface Wanted {
  currency: string
  items: Map<string, { name: string; category: string; kind: HistoryLine['kind']; priceMicro: number | null; milli: number }>
}

/** Which items the file names and how much of them its new documents take; customers are made as they come. */
async function survey(engine: Engine, call: Call, request: ImportRequest): Promise<Wanted> {
  const wanted: Wanted = { currency: '', items: new Map() }
  let rows = 0
  for await (const documents of batches(request.format.read(request.open()), documentsAtOnce)) {
    const standing = await findStanding(
      engine.pools,
      call.workspaceId,
      'orders',
      documents.flatMap((document) => (document.kind === 'order' ? externalIdOf(request.format, document.externalId) : [])),
    )
    for (const document of documents) {
      if (document.kind === 'refused') {
        rows += document.refused.length
        wanted.currency ||= document.refused.find((row) => row.currency !== null)?.currency ?? ''
        continue
      }
      rows += document.lines.length
      if (document.kind !== 'write_off') wanted.currency ||= document.currency
      const takes =
        document.kind === 'write_off' ||
        (document.kind === 'order' && document.ended !== 'cancelled' && !standing.has(externalIdOf(request.format, document.externalId)))
      for (const line of document.lines) {
        const item = wanted.items.get(line.code)
        // Signed quantities of write-offs: what left is negative.
        const milli =
          !takes || line.kind !== 'goods' ? 0 : document.kind === 'write_off' ? Math.max(0, -line.quantityMilli) : line.quantityMilli
        const priceMicro =
          document.kind === 'order' && document.currency === wanted.currency && line.priceMicro >= 0 ? line.priceMicro : null
        if (!item) wanted.items.set(line.code, { name: line.name, category: line.category, kind: line.kind, priceMicro, milli })
        else {
          item.milli += milli
          item.priceMicro = priceMicro ?? item.priceMicro
          if (item.name === line.code) item.name = line.name
        }
      }
    }
    request.onProgress({ phase: 'reading', rows, orders: 0 })
  }
  return wanted
}

async function findStanding(
  pools: Pools,
  workspaceId: string,
  table: 'orders' | 'returns',
  externalIds: readonly string[],
): Promise<Set<string>> {
  if (externalIds.length === 0) return new Set()
  const rows = await pools.view(workspaceId, (db) =>
    db.query<{ externalId: string }>({
      text: `select external_id as "externalId" from ${table} where workspace_id = $1 and connection_id is null and external_id = any($2::text[])`,
      values: [workspaceId, externalIds],
    }),
  )
  return new Set(rows.map((row) => row.externalId))
}

// ─── Before placing: items, reasons, opening stock ───────────────────────────────────────────────────────────────────

const itemsAtOnce = 200

async function prepareSite(engine: Engine, call: Call, request: ImportRequest, wanted: Wanted): Promise<Site> {
  const desk = { pools: engine.pools, reference: engine.reference }
  const before = await engine.reference.get(call.workspaceId)
  const location = before?.location(request.location)
  if (!before || !location)
    throw new ImportRefused(
      `There is no location ${request.location}. Name one of: ${before?.locations.map((one) => one.code).join(', ')}.`,
    )
  if (!before.defaultFlow.movesFrom(before.defaultFlow.initial).some((move) => move.on === 'record_history')) {
    throw new ImportRefused(
      `The workflow ${before.defaultFlow.code} has no move "record_history" from ${before.defaultFlow.initial}, which leads history to its end. Add it and publish.`,
    )
  }
  await saveReasons(desk, call, [
    {
      kind: 'cancel',
      code: importedReason,
      label: { en: 'Cancelled before the import', es: 'Cancelado antes de la importación' },
      active: true,
    },
  ])
  const codes = [...wanted.items.keys()]
  for (let at = 0; at < codes.length; at += itemsAtOnce) {
    const some = codes.slice(at, at + itemsAtOnce)
    const saved = await saveItems(
      desk,
      call,
      some.map((code) => {
        const { name, category, kind, priceMicro } = wanted.items.get(code) ?? {
          name: code,
          category: '',
          kind: 'goods' as const,
          priceMicro: null,
        }
        return {
          mode: 'ensure',
          item: {
            code,
            name,
            category,
            kind,
            stocked: kind === 'goods' ? 'own' : 'none',
            variants: [{ code, contentMilli: 1_000, priceMicro, currency: wanted.currency }],
          },
        }
      }),
    )
    const bad = saved.find((one) => !one.ok)
    if (bad && !bad.ok) throw new ImportRefused(`An item cannot be made: ${bad.reason.code} ${JSON.stringify(bad.reason.params)}`)
  }
  const reference = await engine.reference.get(call.workspaceId)
  if (!reference) throw new ImportRefused('The workspace is gone.')
  const catalogue = await engine.reference.itemsOf(
    reference,
    codes.map((value): ItemRef => ({ by: 'code', value })),
  )
  const item = (code: string): Item => {
    const found = catalogue.find({ by: 'code', value: code })
    if (!found) throw new ImportRefused(`Item ${code} was renamed meanwhile. Import the file again.`)
    return found.item
  }
  const lotCode = `history ${request.format.name} ${request.digest.slice(0, 12)}`
  const opening = openingStock(wanted, item, catalogue)
  await bookOpening(engine, call, request, location.id, lotCode, opening, catalogue)
  const lots = await findHistoryLots(engine.pools, call.workspaceId, lotCode)
  return { locationId: location.id, lots, lotCode, item, customers: new Map(), mark: request.digest.slice(0, 12) }
}

/** Thousandths of each stocked item that the file's new documents take, parts of recipes included. */
function openingStock(wanted: Wanted, item: Site['item'], catalogue: Catalogue): Map<string, number> {
  const opening = new Map<string, number>()
  for (const [code, { kind, milli }] of wanted.items) {
    if (kind !== 'goods') continue
    const parts = catalogue.explode(item(code).id, milli)
    if (!parts.ok) throw new ImportRefused(`Stock of ${code} cannot be told: ${parts.reason.code}`)
    for (const part of parts.value) opening.set(part.itemId, (opening.get(part.itemId) ?? 0) + part.milli)
  }
  return opening
}

/** One receipt an item, marked as opening, into the lot of this file; booked once however often the file is imported. */
async function bookOpening(
  engine: Engine,
  call: Call,
  request: ImportRequest,
  locationId: string,
  code: string,
  opening: ReadonlyMap<string, number>,
  catalogue: Catalogue,
): Promise<void> {
  // An item without need gets its lot too: what comes back of it must lie somewhere.
  const entries = [...opening].map(([itemId, milli]) => ({ itemId, itemCode: catalogue.item(itemId)?.code ?? '', milli }))
  const works = entries.map(({ itemId, itemCode, milli }): StockWork => {
    const lot = { code, expiresOn: null, status: 'history' as const }
    const entry = { itemId, itemCode, locationId, lot, kind: 'opening' as const, deltaMilli: milli, countMilli: null, unitCostMicro: null }
    return stockMove(call, newId(), [entry], {
      externalId: `${request.format.name}:opening:${request.digest}:${itemId}`,
      reasonCode: null,
      note: null,
      at: null,
    })
  })
  for (let at = 0; at < works.length; at += itemsAtOnce) {
    const outcomes = await engine.stock.submit(call.workspaceId, 'opening', works.slice(at, at + itemsAtOnce))
    const bad = outcomes.find((one) => !one.ok)
    if (bad && !bad.ok)
      throw new ImportRefused(`The opening stock cannot be booked: ${bad.reason.code} ${JSON.stringify(bad.reason.params)}`)
  }
}

async function findHistoryLots(pools: Pools, workspaceId: string, code: string): Promise<Map<string, string>> {
  const rows = await pools.view(workspaceId, (db) =>
    db.query<{ itemId: string; id: string }>({
      text: `select item_id as "itemId", id from lots where workspace_id = $1 and code = $2 and status = 'history'`,
      values: [workspaceId, code],
    }),
  )
  return new Map(rows.map((row) => [row.itemId, row.id]))
}

// ─── Second reading: placing ─────────────────────────────────────────────────────────────────────────────────────────

/** Orders on their way into the database; what may reverse them waits until they have arrived. */
class UnderWay {
  private readonly submits = new Set<Promise<void>>()
  private failed: unknown = null

  /** Waits while too many are on their way already. */
  async add(submit: Promise<void>): Promise<void> {
    const watched: Promise<void> = submit.catch((error) => {
      this.failed ??= error
    })
    this.submits.add(watched)
    void watched.then(() => this.submits.delete(watched))
    while (this.submits.size > submitsMax) await Promise.race(this.submits)
    this.check()
  }

  async arrived(): Promise<void> {
    await Promise.all(this.submits)
    this.check()
  }

  private check(): void {
    if (this.failed !== null) throw this.failed
  }
}

const submitsMax = 3

async function place(
  engine: Engine,
  call: Call,
  request: ImportRequest,
  site: Site,
  documents: readonly HistoryDocument[],
  underWay: UnderWay,
  report: ImportReport,
): Promise<void> {
  const orders = documents.filter((document): document is HistoryOrder => document.kind === 'order')
  const returns = documents.filter((document): document is HistoryReturn => document.kind === 'return')
  const writeOffs = documents.filter((document): document is HistoryWriteOff => document.kind === 'write_off')
  const customers = await customersOf(engine, call, site, [...orders, ...returns])
  const newOrders = await notStanding(engine, call, request, 'orders', orders, report)
  if (newOrders.length > 0) {
    const numbers = await engine.numbers.take(call.workspaceId, 'order', newOrders.length)
    const works = newOrders.map((order, i) => historyPlacement(call, request.format, site, order, numbers[i] ?? 0, customers))
    await underWay.add(engine.lane.submit(call.workspaceId, 'import', works).then((outcomes) => settle(outcomes, report, 'order.exists')))
  }
  // What comes back may reverse anything placed before it: orders first, then the returns of the same stretch of the file.
  if (returns.length + writeOffs.length > 0) await underWay.arrived()
  const newReturns = await notStanding(engine, call, request, 'returns', returns, report)
  if (newReturns.length > 0) {
    const works = await matchReturns(engine, call, request, site, newReturns, customers, report)
    settle(await engine.lane.submit(call.workspaceId, 'import', works), report, 'return.exists')
  }
  if (writeOffs.length > 0) await bookWriteOffs(engine, call, request, site, writeOffs)
}

async function notStanding<T extends HistoryOrder | HistoryReturn>(
  engine: Engine,
  call: Call,
  { format }: ImportRequest,
  table: 'orders' | 'returns',
  documents: readonly T[],
  report: ImportReport,
): Promise<T[]> {
  const nameOf = (document: T) => externalIdOf(format, document.externalId)
  const standing = await findStanding(engine.pools, call.workspaceId, table, documents.map(nameOf))
  const fresh = documents.filter((document) => !standing.has(nameOf(document)))
  report.already += documents.length - fresh.length
  return fresh
}

/** Every document must go in or stand already; anything else would be a row unaccounted for. */
function settle(outcomes: readonly Outcome[], report: ImportReport, standsAlready: string): void {
  for (const outcome of outcomes) {
    if (outcome.ok) continue
    if (outcome.reason.code !== standsAlready)
      throw new ImportRefused(`A document cannot be placed: ${outcome.reason.code} ${JSON.stringify(outcome.reason.params)}`)
    report.already++
  }
}

async function customersOf(
  engine: Engine,
  call: Call,
  { customers }: Site,
  documents: readonly (HistoryOrder | HistoryReturn)[],
): Promise<ReadonlyMap<string, string>> {
  if (customers.size > customersKept) customers.clear()
  const named = new Map(
    documents.flatMap(({ customer }) =>
      customer && !customers.has(customer.externalId) ? [[customer.externalId, customer] as const] : [],
    ),
  )
  if (named.size === 0) return customers
  const desk = { pools: engine.pools, reference: engine.reference }
  const saved = await saveCustomers(
    desk,
    call,
    [...named.values()].map((customer) => ({ mode: 'ensure', customer })),
  )
  for (const [i, externalId] of [...named.keys()].entries()) if (saved[i]?.ok) customers.set(externalId, saved[i].value.id)
  return customers
}

const customersKept = 20_000

async function bookWriteOffs(
  engine: Engine,
  call: Call,
  request: ImportRequest,
  site: Site,
  documents: readonly HistoryWriteOff[],
): Promise<void> {
  const works = documents.flatMap((document) => {
    const entries = document.lines.flatMap(({ code, kind, quantityMilli }) => {
      const { id: itemId, stocked } = site.item(code)
      if (kind !== 'goods' || stocked !== 'own' || quantityMilli === 0) return []
      const lot = { code: site.lotCode, expiresOn: null, status: 'history' as const }
      const movement: 'write_off' | 'found' = quantityMilli < 0 ? 'write_off' : 'found'
      return [
        {
          itemId,
          itemCode: code,
          locationId: site.locationId,
          lot,
          kind: movement,
          deltaMilli: quantityMilli,
          countMilli: null,
          unitCostMicro: null,
        },
      ]
    })
    if (entries.length === 0) return []
    return [
      stockMove(call, newId(), entries, {
        externalId: externalIdOf(request.format, document.externalId),
        reasonCode: null,
        note: document.note === '' ? null : document.note,
        at: document.at,
      }),
    ]
  })
  const outcomes = await engine.stock.submit(call.workspaceId, 'opening', works)
  const bad = outcomes.find((one) => !one.ok)
  if (bad && !bad.ok) throw new ImportRefused(`A write-off cannot be booked: ${bad.reason.code} ${JSON.stringify(bad.reason.params)}`)
}

// ─── The account of every row ────────────────────────────────────────────────────────────────────────────────────────

/** The file's documents, while every row's worth is added up on the way, without looking at documents. */
function counted(request: ImportRequest, report: ImportReport): AsyncIterable<HistoryDocument> {
  async function* records(): AsyncGenerator<CsvRecord> {
    for await (const record of request.open()) {
      report.rows++
      const worth = request.format.worth(record)
      if (worth) netOf(report, worth.currency).file += worth.netMinor
      yield record
    }
  }
  return stored(request.format.read(records()))
}

/** Documents with their moments as they are stored: UTC with milliseconds, so that rows and events tell the same. */
async function* stored(documents: AsyncIterable<HistoryDocument>): AsyncGenerator<HistoryDocument> {
  const utc = (at: string) => new Date(at).toISOString()
  for await (const document of documents) {
    if (document.kind === 'refused') yield document
    else if (document.kind !== 'order') yield { ...document, at: utc(document.at) }
    else {
      const payment = document.payment && { ...document.payment, at: utc(document.payment.at) }
      yield { ...document, at: utc(document.at), endedAt: utc(document.endedAt), payment }
    }
  }
}

function account(report: ImportReport, document: HistoryDocument): void {
  if (document.kind === 'refused') {
    for (const { netMinor, currency } of document.refused) netOf(report, currency ?? report.currency).refused += netMinor
  } else if (document.kind !== 'write_off') {
    const { placed, returned } = documentNet(document)
    const net = netOf(report, document.currency)
    net.placed += placed
    net.returned += returned
  }
  if (document.kind === 'order') {
    report.orders++
    report.lines += document.lines.length
  }
  if (document.kind === 'return') report.returns++
  if (document.kind === 'write_off') report.writeOffs++
  if (document.kind === 'refused')
    for (const { row, reason } of document.refused satisfies RefusedRow[]) report.refused.push({ line: row, reason })
}

/** Nothing is added across currencies. */
function netOf({ nets }: ImportReport, currency: string): Net {
  const known = nets.get(currency)
  if (known) return known
  const net = { file: 0, placed: 0, returned: 0, refused: 0 }
  nets.set(currency, net)
  return net
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length === size) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}
