import type { CreateReturn } from '#contract/returns.ts'
import { type Command, type LineId, type LotId, loadOrders, type Order, type OrderId, type ReturnedLine } from '#modules/orders/index.ts'
import { findLots } from '#modules/stock/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { mulDivRound } from '#platform/exact.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import { newId, nilId } from '#platform/ids.ts'
import { type Call, mayDo, maySee } from '../call.ts'
import type { Engine } from '../engine.ts'
import { isCurrency } from '../is-currency.ts'
import type { Catalogue, ItemRef, Reference } from '../reference.ts'
import { unknownReason } from './known-reasons.ts'
import type { Outcome, Prepared, Work } from './order-batch.ts'
import { moment } from './place-orders.ts'
import type { ReturnDraft } from './return-documents.ts'

export interface ReturnRequest {
  body: CreateReturn
  key: KeyUse | null
  /** Only if the order still stands at this version. */
  expectedSeq: number | null
}

/**
 * Records what came back: of an order's lines, whose counters and credit follow, or on its own where nobody knows the order.
 * Outcomes in the order of the requests; `returnId` names the document.
 */
export async function returnGoods(engine: Engine, call: Call, requests: readonly ReturnRequest[]): Promise<ReturnOutcome[]> {
  if (requests.length === 0) return []
  const work = await returnWorks(engine, call, requests)
  const outcomes = await engine.lane.submit(call.workspaceId, 'act', work)
  return outcomes.map((outcome) => (outcome.ok ? { ...outcome, returnId: outcome.subjectId } : outcome))
}

/** Returns as work for the lane, in the order of the requests. */
export async function returnWorks(engine: Engine, call: Call, requests: readonly ReturnRequest[]): Promise<Work[]> {
  if (requests.length === 0) return []
  const [numbers, known] = await Promise.all([
    engine.numbers.take(call.workspaceId, 'return', requests.length),
    lookUp(engine, call, requests),
  ])
  return requests.map((request, i) => returnWork(call, request, numbers[i] ?? 0, known))
}

/** `order` is null where the return stands alone. */
export type ReturnOutcome = Outcome & { returnId?: string }

/** What never changes of the lines and lots that requests name: which item a line is of, which lot a code. */
interface Known {
  orders: ReadonlyMap<OrderId, Order>
  lots: ReadonlyMap<string, string>
}

async function lookUp({ pools, reference: cache }: Engine, { workspaceId }: Call, requests: readonly ReturnRequest[]): Promise<Known> {
  const ids = [...new Set(requests.flatMap(({ body }) => body.orderId ?? []))]
  const refs = requests.flatMap(({ body }) => body.lines.flatMap((line) => (line.lot === undefined ? [] : (itemRef(line) ?? []))))
  const reference = refs.length === 0 ? undefined : await cache.get(workspaceId)
  const catalogue = reference && (await cache.itemsOf(reference, refs))
  return pools.view(workspaceId, async (db) => {
    const orders = ids.length === 0 ? new Map<OrderId, Order>() : await loadOrders(db, workspaceId, ids)
    const named = requests.flatMap(({ body }) =>
      body.lines.flatMap((line) => {
        const ref = itemRef(line)
        const itemId = ref
          ? catalogue?.find(ref)?.item.id
          : orders.get(body.orderId as OrderId)?.lines.find((one) => one.id === line.lineId)?.itemId
        return line.lot !== undefined && itemId ? [{ itemId: itemId as string, code: line.lot }] : []
      }),
    )
    const lots = named.length === 0 ? [] : await findLots(db, workspaceId, named)
    return { orders, lots: new Map(lots.map((lot) => [`${lot.itemId} ${lot.code}`, lot.id])) }
  })
}

function returnWork(call: Call, request: ReturnRequest, number: number, known: Known): Work {
  const { body } = request
  const id = body.id ?? newId()
  const order = body.orderId === undefined ? undefined : known.orders.get(body.orderId as OrderId)
  return {
    call,
    key: request.key,
    orderId: (body.orderId ?? id) as OrderId,
    subjectId: id,
    expectedSeq: request.expectedSeq,
    itemRefs: [
      ...body.lines.flatMap((line) => itemRef(line) ?? []),
      ...(order?.lines ?? []).flatMap((line) => (line.itemId ? [{ by: 'id', value: line.itemId } as const] : [])),
    ],
    prepare: (reference, catalogue) => {
      const unknown = unknownReason(reference, ['return'], body.reason)
      if (unknown) return unknown
      if (body.orderId !== undefined && !(order && maySee(call, order))) return no('order.not_found', { order: body.orderId })
      return order
        ? ofOrder(call, body, id, number, order, known, catalogue)
        : standAlone(call, body, id, number, known, reference, catalogue)
    },
  }
}

function itemRef(line: CreateReturn['lines'][number]): ItemRef | null {
  if (line.itemId !== undefined) return { by: 'id', value: line.itemId }
  return line.item === undefined ? null : { by: 'code', value: line.item }
}

function ofOrder(
  call: Call,
  body: CreateReturn,
  id: string,
  number: number,
  order: Order,
  { lots }: Known,
  catalogue: Catalogue,
): Answer<Prepared> {
  const noteId = body.note === undefined ? null : newId()
  const lines = []
  for (const line of body.lines) {
    const sold = order.lines.find((one) => one.id === line.lineId)
    if (!sold) return no('line.not_found', { line: line.lineId ?? '' })
    const share = mulDivRound(sold.netMinor, Math.min(line.quantityMilli, sold.orderedMilli), sold.orderedMilli)
    const given = line.amountMinor ?? share
    if (Math.min(given, share, 0) < Math.min(share, 0) || Math.max(given, share, 0) > Math.max(share, 0))
      return no('return.credit_too_much', { item: sold.code || sold.name, most: share, wanted: given, currency: order.currency })
    const lotId = line.lot === undefined ? null : lots.get(`${sold.itemId} ${line.lot}`)
    if (lotId === undefined) return no('stock.lot_not_found', { lot: line.lot ?? '', item: sold.code })
    const restock = line.restock !== false && sold.itemId !== null && catalogue.item(sold.itemId)?.stocked === 'own'
    lines.push({
      lineId: sold.id as string,
      itemId: sold.itemId as string | null,
      milli: line.quantityMilli,
      creditMinor: line.amountMinor ?? null,
      restock,
      lotId,
    })
  }
  const command: Command = { verb: 'return', returnId: id, lines: returnedLines(lines), at: moment(body.at) }
  return fine<Prepared>({
    steps: [{ orderId: order.id, command, lines: [], number: 0 }],
    notes: noteId === null ? [] : [{ id: noteId, orderId: order.id, text: body.note ?? '' }],
    contact: null,
    returns: [
      {
        ...frame(call, body, id, number, noteId),
        orderId: order.id,
        locationId: order.locationId,
        customerId: order.customerId,
        currency: order.currency,
        lines: lines.map(({ lineId, milli, creditMinor, restock }) => ({
          orderId: order.id,
          orderLineId: lineId,
          milli,
          amountMinor: creditMinor,
          isRestocked: restock,
          restock: null,
          sold: null,
        })),
      },
    ],
    looseMoney: [],
    history: null,
  })
}

function standAlone(
  call: Call,
  body: CreateReturn,
  id: string,
  number: number,
  { lots }: Known,
  reference: Reference,
  catalogue: Catalogue,
): Answer<Prepared> {
  const name = body.locationId ?? body.location ?? ''
  const location = reference.location(name)
  if (!location || !mayDo(call, 'returns:record', { locationId: location.id, ownerId: call.actor.id }))
    return no('location.not_found', { location: name })
  const noteId = body.note === undefined ? null : newId()
  const currency = body.currency ?? reference.workspace.homeCurrency
  if (!isCurrency(currency)) return no('currency.unknown', { currency })
  const lines: ReturnDraft['lines'] = []
  for (const line of body.lines) {
    const ref = itemRef(line)
    const found = ref ? catalogue.find(ref) : null
    if (found === undefined) return no('item.not_found', { item: ref?.value ?? '' })
    const item = found?.item ?? null
    const restock = line.restock !== false && item?.stocked === 'own'
    const lotId = line.lot === undefined ? nilId : lots.get(`${item?.id} ${line.lot}`)
    if (lotId === undefined) return no('stock.lot_not_found', { lot: line.lot ?? '', item: item?.code ?? '' })
    lines.push({
      orderId: null,
      orderLineId: null,
      milli: line.quantityMilli,
      amountMinor: line.amountMinor ?? 0,
      isRestocked: restock,
      restock: restock && item ? { itemId: item.id, lotId } : null,
      sold: {
        kind: item?.kind ?? line.kind ?? 'charge',
        itemId: item?.id ?? null,
        code: item?.code ?? '',
        name: item?.name ?? line.name ?? '',
        category: item?.category ?? line.category ?? '',
      },
    })
  }
  return fine<Prepared>({
    steps: [],
    notes: noteId === null ? [] : [{ id: noteId, orderId: null, text: body.note ?? '' }],
    contact: null,
    returns: [
      {
        ...frame(call, body, id, number, noteId),
        orderId: null,
        locationId: location.id,
        customerId: body.customerId ?? null,
        currency,
        lines,
      },
    ],
    looseMoney: [],
    history: null,
  })
}

function frame(call: Call, body: CreateReturn, id: string, number: number, noteId: string | null) {
  return {
    call,
    id,
    number,
    connectionId: body.connectionId ?? null,
    externalId: body.externalId ?? null,
    reasonCode: body.reason ?? null,
    noteId,
    source: 'api',
    at: moment(body.at),
  }
}

/** Lines of an order that come back, as the order core takes them. */
export function returnedLines(
  lines: readonly {
    lineId: string
    itemId: string | null
    milli: number
    creditMinor: number | null
    restock: boolean
    lotId: string | null
  }[],
): ReturnedLine[] {
  return lines.map(({ lineId, itemId, milli, creditMinor, restock, lotId }) => ({
    lineId: lineId as LineId,
    milli,
    creditMinor,
    restock:
      restock && itemId !== null
        ? { itemId: itemId as NonNullable<ReturnedLine['restock']>['itemId'], lotId: (lotId ?? nilId) as LotId, movementId: newId() }
        : null,
  }))
}
