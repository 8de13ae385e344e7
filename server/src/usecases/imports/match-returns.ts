import type { Command, OrderId } from '#modules/orders/index.ts'
import { fine } from '#platform/answer.ts'
import { businessDate } from '#platform/calendar.ts'
import { mulDivRound } from '#platform/exact.ts'
import { newId } from '#platform/ids.ts'
import type { HistoryLine, HistoryReturn } from '#server/imports/history.ts'
import type { Call } from '../call.ts'
import type { Engine } from '../engine.ts'
import type { Prepared, Step, Work } from '../orders/order-batch.ts'
import type { ReturnDraft } from '../orders/return-documents.ts'
import { returnedLines } from '../orders/return-goods.ts'
import { externalIdOf, type ImportReport, type ImportRequest, type Site } from './history-site.ts'

/** A line that was handed over before and of which something may still come back. */
interface Candidate {
  orderId: string
  lineId: string
  externalId: string
  at: string
  day: string
  customerId: string | null
  kind: HistoryLine['kind']
  itemId: string | null
  code: string
  priceMicro: number
  milli: number
  returnableMilli: number
  paidMinor: number
  captureDevice: string | null
}

/** A line of a return, or a part of it, with the sold line it reverses (null: it stands alone). */
interface Matched {
  line: HistoryLine
  milli: number
  amountMinor: number
  sold: Candidate | null
}

/**
 * Works that record returns of the past, each matched to what it reverses where that can be told; what cannot be matched stands alone.
 *
 * `customer`: lines of the same item that the same customer bought before; first one of the same quantity and price, then the same
 * price, then any; the latest first; split over several where one is not enough.
 * `day` (nobody knows the customer): a ticket of the same day whose lines are the same, item by item with quantity and price, the latest
 * first; for the taken-back lines of one ticket, that ticket.
 */
export async function matchReturns(
  engine: Engine,
  call: Call,
  request: ImportRequest,
  site: Site,
  returns: readonly HistoryReturn[],
  customers: ReadonlyMap<string, string>,
  report: ImportReport,
): Promise<Work[]> {
  const reference = await engine.reference.get(call.workspaceId)
  const location = reference?.location(site.locationId)
  const dayOf = (at: string) => businessDate(at, location?.timeZone ?? 'UTC', location?.dayStartsAt ?? '00:00')
  const pool = candidatePool(await loadCandidates(engine, call, request, site, returns, customers, dayOf))
  const numbers = await engine.numbers.take(call.workspaceId, 'return', returns.length)
  return returns.map((document, i) => {
    const customerId = document.customer ? (customers.get(document.customer.externalId) ?? null) : null
    const before = (candidate: Candidate) => stoodBefore(candidate, document, site)
    const matched =
      request.format.matching === 'day'
        ? matchDay(pool, document, dayOf(document.at), externalIdOf(request.format, document.externalId.replace(/-R(-\d+)?$/, '')), before)
        : matchCustomer(pool, document, customerId, before)
    for (const { sold } of matched) report.returnLines[sold ? 'matched' : 'alone']++
    return returnOf(call, request, site, pool, document, matched, numbers[i] ?? 0, customerId, dayOf)
  })
}

// ─── Candidates ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function loadCandidates(
  engine: Engine,
  { workspaceId }: Call,
  { format }: ImportRequest,
  site: Site,
  returns: readonly HistoryReturn[],
  customers: ReadonlyMap<string, string>,
  dayOf: (at: string) => string,
): Promise<Candidate[]> {
  const columns = `select o.id as "orderId", l.id as "lineId", coalesce(o.external_id, '') as "externalId", o.at, o.business_date as day, o.customer_id as "customerId", l.kind, l.item_id as "itemId", l.code,
      l.price_micro as "priceMicro", l.ordered_milli as milli, l.handed_over_milli - l.returned_milli as "returnableMilli", o.captured_minor - o.refunded_minor as "paidMinor", o.capture_device as "captureDevice"
    from orders o join order_lines l on l.workspace_id = $1 and l.order_id = o.id`
  // What this source takes back it has sold, too.
  const mine = 'and starts_with(o.external_id, $2) and l.handed_over_milli > l.returned_milli order by l.position'
  const prefix = externalIdOf(format, '')
  if (format.matching === 'day') {
    const days = [...new Set(returns.map((document) => dayOf(document.at)))]
    const candidates = await engine.pools.view(workspaceId, (db) =>
      db.query<Candidate>({
        name: 'candidates_day',
        text: `${columns} where o.workspace_id = $1 and o.location_id = $3 and o.business_date = any($4::date[]) ${mine}`,
        values: [workspaceId, prefix, site.locationId, days],
      }),
    )
    return candidates.sort(latestFirst)
  }
  const wanted = returns.flatMap(({ customer, lines, at }) => {
    const customerId = customer ? customers.get(customer.externalId) : undefined
    return customerId ? lines.map(({ code }) => ({ customerId, code, at })) : []
  })
  if (wanted.length === 0) return []
  const candidates = await engine.pools.view(workspaceId, (db) =>
    db.query<Candidate>({
      name: 'candidates_customer',
      text: `${columns} where o.workspace_id = $1 and (o.customer_id, l.code) in (select "customerId", code from json_to_recordset($3::json) as r("customerId" uuid, code text))
        and o.at <= $4 ${mine}`,
      values: [workspaceId, prefix, JSON.stringify(wanted), wanted.reduce((latest, { at }) => (at > latest ? at : latest), '')],
    }),
  )
  return candidates.sort(latestFirst)
}

/** Of the same moment what stands further down in its file: not what was committed last, which another run would do in another order. */
function latestFirst(one: Candidate, other: Candidate): number {
  if (one.at !== other.at) return one.at < other.at ? 1 : -1
  return rowOf(other) - rowOf(one)
}

function rowOf({ captureDevice }: Candidate): number {
  return Number(captured.exec(captureDevice ?? '')?.[2] ?? 0)
}

type Pool = { byDay: Map<string, Candidate[]>; byCustomer: Map<string, Candidate[]>; byOrder: Map<string, Candidate[]> }

function candidatePool(candidates: readonly Candidate[]): Pool {
  return {
    byDay: Map.groupBy(candidates, ({ day }) => day),
    byCustomer: Map.groupBy(candidates, ({ customerId, code }) => `${customerId} ${code}`),
    byOrder: Map.groupBy(candidates, ({ orderId }) => orderId),
  }
}

const captured = /^(\S+) row (\d+)$/

/** Within one file, what stands on an earlier row; otherwise what was sold before. */
function stoodBefore({ captureDevice, at }: Candidate, document: HistoryReturn, site: Site): boolean {
  const [, mark, row] = captured.exec(captureDevice ?? '') ?? []
  if (mark === site.mark) return Number(row) <= (document.lines[0]?.row ?? 0) + document.lines.length
  return at <= document.at
}

// ─── Matching ────────────────────────────────────────────────────────────────────────────────────────────────────────

function matchCustomer(
  pool: Pool,
  { lines }: HistoryReturn,
  customerId: string | null,
  before: (candidate: Candidate) => boolean,
): Matched[] {
  return lines.flatMap((line) => {
    const sold = (pool.byCustomer.get(`${customerId} ${line.code}`) ?? []).filter(
      (candidate) => customerId !== null && candidate.returnableMilli > 0 && before(candidate),
    )
    const exact = sold.find(
      (candidate) =>
        candidate.milli === line.quantityMilli &&
        candidate.priceMicro === line.priceMicro &&
        candidate.returnableMilli >= line.quantityMilli,
    )
    const samePrice = sold.filter((candidate) => candidate.priceMicro === line.priceMicro)
    const others = sold.filter((candidate) => candidate.priceMicro !== line.priceMicro)
    return split(line, exact ? [exact, ...samePrice, ...others] : [...samePrice, ...others])
  })
}

function matchDay(
  pool: Pool,
  { lines }: HistoryReturn,
  day: string,
  ownTicket: string,
  before: (candidate: Candidate) => boolean,
): Matched[] {
  const today = (pool.byDay.get(day) ?? []).filter(before)
  const own = today.filter((candidate) => candidate.externalId === ownTicket)
  if (own.length > 0)
    return lines.flatMap((line) =>
      split(
        line,
        own.filter((candidate) => candidate.code === line.code && candidate.priceMicro === line.priceMicro),
      ),
    )
  const signature = signatureOf(lines.map((line) => ({ code: line.code, milli: line.quantityMilli, priceMicro: line.priceMicro })))
  const seen = new Set<string>()
  for (const { orderId } of today) {
    if (seen.has(orderId)) continue
    seen.add(orderId)
    const ticket = pool.byOrder.get(orderId) ?? []
    if (signatureOf(ticket.map((candidate) => ({ ...candidate, milli: candidate.returnableMilli }))) !== signature) continue
    return lines.flatMap((line) =>
      split(
        line,
        ticket.filter(
          (candidate) => candidate.code === line.code && candidate.priceMicro === line.priceMicro && candidate.milli === line.quantityMilli,
        ),
      ),
    )
  }
  return lines.flatMap((line) => split(line, []))
}

function signatureOf(lines: readonly { code: string; milli: number; priceMicro: number }[]): string {
  return lines
    .filter((line) => line.milli > 0)
    .map(({ code, milli, priceMicro }) => `${code}\n${milli}\n${priceMicro}`)
    .sort()
    .join('\n\n')
}

/** Takes a line back from these sold lines in turn, as far as they reach; what is left stands alone. Amounts sum to the line's. */
function split(line: HistoryLine, sold: readonly Candidate[]): Matched[] {
  const parts: Matched[] = []
  let left = line.quantityMilli
  let amountLeft = line.totalMinor
  for (const candidate of sold) {
    const milli = Math.min(left, candidate.returnableMilli)
    if (milli <= 0) continue
    const amountMinor = milli === left ? amountLeft : mulDivRound(line.totalMinor, milli, line.quantityMilli)
    candidate.returnableMilli -= milli
    left -= milli
    amountLeft -= amountMinor
    parts.push({ line, milli, amountMinor, sold: candidate })
  }
  if (left > 0) parts.push({ line, milli: left, amountMinor: amountLeft, sold: null })
  return parts
}

// ─── Recording ───────────────────────────────────────────────────────────────────────────────────────────────────────

function returnOf(
  call: Call,
  request: ImportRequest,
  site: Site,
  pool: Pool,
  document: HistoryReturn,
  matched: readonly Matched[],
  number: number,
  customerId: string | null,
  dayOf: (at: string) => string,
): Work {
  const id = newId()
  const orderIds = [...new Set(matched.flatMap(({ sold }) => sold?.orderId ?? []))]
  // Money goes back where the source says that it was paid: at a till.
  const paysBack = request.format.matching === 'day'
  // The file's lot of an item; only what is kept in stock has one.
  const lotOf = (itemId: string | null) => (itemId === null ? null : (site.lots.get(itemId) ?? null))
  const steps = orderIds.flatMap((orderId): Step[] => {
    const mine = matched.flatMap((part) => (part.sold?.orderId === orderId ? [{ ...part, sold: part.sold }] : []))
    const lines = mine.map(({ sold: { lineId, itemId }, milli, amountMinor }) => {
      const lotId = lotOf(itemId)
      return { lineId, itemId, milli, creditMinor: amountMinor, restock: lotId !== null, lotId }
    })
    const step = (command: Command): Step => ({ orderId: orderId as OrderId, command, lines: [], number: 0 })
    const amountMinor = Math.min(
      mine.reduce((sum, part) => sum + part.amountMinor, 0),
      ...mine.map(({ sold }) => sold.paidMinor),
    )
    // A second return of the same order finds what the first left.
    if (paysBack) for (const candidate of pool.byOrder.get(orderId) ?? []) candidate.paidMinor -= amountMinor
    const refund: Command = {
      verb: 'refund',
      amountMinor,
      method: 'till',
      provider: 'manual',
      reference: null,
      reasonCode: null,
      noteId: null,
      returnId: id,
      at: document.at,
    }
    return [
      step({ verb: 'return', returnId: id, lines: returnedLines(lines), at: document.at }),
      ...(paysBack && amountMinor > 0 ? [step(refund)] : []),
    ]
  })
  const draft: ReturnDraft = {
    call,
    id,
    number,
    orderId: orderIds.length === 1 ? (orderIds[0] ?? null) : null,
    locationId: site.locationId,
    customerId,
    connectionId: null,
    externalId: externalIdOf(request.format, document.externalId),
    reasonCode: null,
    noteId: null,
    currency: document.currency,
    source: request.format.name,
    at: document.at,
    lines: matched.map(({ line, milli, amountMinor, sold }) => {
      const itemId = line.kind === 'goods' ? site.item(line.code).id : null
      const lotId = lotOf(sold ? sold.itemId : itemId)
      return {
        orderId: sold?.orderId ?? null,
        orderLineId: sold?.lineId ?? null,
        milli,
        amountMinor,
        isRestocked: lotId !== null,
        restock: !sold && itemId !== null && lotId !== null ? { itemId, lotId } : null,
        sold: sold ? null : { kind: line.kind, itemId, code: line.code, name: line.name, category: line.category },
      }
    }),
  }
  const aloneMinor = matched.reduce((sum, { sold, amountMinor }) => sum + (sold ? 0 : amountMinor), 0)
  return {
    call,
    key: null,
    orderId: (orderIds[0] ?? id) as OrderId,
    subjectId: id,
    expectedSeq: null,
    itemRefs: [],
    prepare: () =>
      fine<Prepared>({
        steps,
        notes: [],
        contact: null,
        returns: [draft],
        looseMoney:
          paysBack && aloneMinor > 0
            ? [
                {
                  id: newId(),
                  orderId: null,
                  returnId: id,
                  kind: 'refund',
                  amountMinor: -aloneMinor,
                  method: 'till',
                  provider: 'manual',
                  reference: null,
                  reasonCode: null,
                  noteId: null,
                  at: document.at,
                  currency: document.currency,
                  businessDate: dayOf(document.at),
                  actor: call.actor,
                },
              ]
            : [],
        history: null,
      }),
  }
}
