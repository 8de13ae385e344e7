import type { Adjustment } from '#contract/stock.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { type Call, mayDo } from '../call.ts'
import type { Engine } from '../engine.ts'
import { moment } from '../orders/place-orders.ts'
import type { Catalogue, ItemRef, Reference } from '../reference.ts'
import { type StockChange, type StockEntry, type StockOutcome, type StockWork, stockedItem } from './stock-batch.ts'

export interface AdjustRequest {
  body: Adjustment
  key: KeyUse | null
}

/** Receipts, counts, corrections, write-offs and transfers; each is booked as movements or refused. Outcomes in the order of the requests. */
export function adjustStock(engine: Engine, call: Call, requests: readonly AdjustRequest[]): Promise<StockOutcome[]> {
  if (requests.length === 0) return Promise.resolve([])
  return engine.stock.submit(
    call.workspaceId,
    'adjust',
    requests.map(({ body, key }) => adjustWork(call, body, key)),
  )
}

function adjustWork(call: Call, body: Adjustment, key: KeyUse | null): StockWork {
  const ref = itemRef(body)
  return {
    call,
    key,
    subjectId: newId(),
    itemRefs: [ref],
    prepare: (reference, catalogue) => changeOf(call, body, ref, reference, catalogue),
  }
}

/** An item named by id or by code. */
export function itemRef({ itemId, item }: { itemId?: string | undefined; item?: string | undefined }): ItemRef {
  return itemId !== undefined ? { by: 'id', value: itemId } : { by: 'code', value: item ?? '' }
}

function changeOf(call: Call, body: Adjustment, ref: ItemRef, reference: Reference, catalogue: Catalogue): Answer<StockChange> {
  const from = placeFor(call, reference, 'stock:adjust', body.locationId ?? body.location ?? '')
  if (!from.ok) return from
  if (body.unitCostMicro !== undefined && call.hides.has('costs')) return no('permission.hidden', { group: 'costs' })
  const item = stockedItem(catalogue, ref)
  if (!item.ok) return item
  if (body.reasonCode !== undefined && !reference.reason('adjust', body.reasonCode)?.active)
    return no('reason.unknown', { reason: body.reasonCode, kind: 'adjust' })
  const lot = body.lot ? { code: body.lot.code, expiresOn: body.lot.expiresOn ?? null, status: 'ok' as const } : null
  const entry: StockEntry = {
    ...item.value,
    locationId: from.value,
    lot,
    kind: body.kind,
    deltaMilli: body.deltaMilli ?? null,
    countMilli: body.countMilli ?? null,
    unitCostMicro: body.unitCostMicro ?? null,
  }
  const entries = [entry]
  if (body.kind === 'transfer') {
    const to = placeFor(call, reference, 'stock:adjust', body.toLocationId ?? body.toLocation ?? '')
    if (!to.ok) return to
    const milli = body.deltaMilli ?? 0
    entries.splice(0, 1, { ...entry, deltaMilli: -milli }, { ...entry, locationId: to.value, deltaMilli: milli })
  }
  return fine<StockChange>({
    kind: 'move',
    entries,
    note: body.note ?? null,
    reasonCode: body.reasonCode ?? null,
    externalId: body.externalId ?? null,
    at: moment(body.at),
  })
}

/** The id of a location named by id or code, where this call may do this there; otherwise it is unknown. */
export function placeFor(call: Call, reference: Reference, permission: string, name: string): Answer<string> {
  if (!call.permissions.has(permission)) return no('permission.denied', { permission })
  const location = reference.location(name)
  if (!location || !mayDo(call, permission, { locationId: location.id, ownerId: null })) return no('location.not_found', { location: name })
  return fine<string>(location.id)
}
