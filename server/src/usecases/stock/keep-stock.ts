import type { CreateReservation } from '#contract/stock.ts'
import { fine } from '#platform/answer.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { type Call, callOfEngine } from '../call.ts'
import type { Engine } from '../engine.ts'
import { moment } from '../orders/place-orders.ts'
import { itemRef, placeFor } from './adjust-stock.ts'
import { type StockChange, type StockOutcome, stockedItem } from './stock-batch.ts'

export interface KeepRequest {
  body: CreateReservation
  key: KeyUse | null
}

/** Keeps stock for a purpose that no order has, until it is given back or expires: all of it or nothing. */
export function keepStock(engine: Engine, call: Call, requests: readonly KeepRequest[]): Promise<StockOutcome[]> {
  if (requests.length === 0) return Promise.resolve([])
  return engine.stock.submit(
    call.workspaceId,
    'keep',
    requests.map(({ body, key }) => ({
      call,
      key,
      subjectId: newId(),
      itemRefs: [itemRef(body)],
      prepare: (reference, catalogue) => {
        const location = placeFor(call, reference, 'stock:reserve', body.locationId ?? body.location ?? '')
        if (!location.ok) return location
        const item = stockedItem(catalogue, itemRef(body))
        if (!item.ok) return item
        return fine<StockChange>({
          kind: 'reserve',
          ...item.value,
          locationId: location.value,
          milli: body.quantityMilli,
          purpose: body.purpose,
          expiresAt: moment(body.expiresAt),
        })
      },
    })),
  )
}

/** Gives kept stock back; only reservations that no order owns end this way. */
export function giveBackStock(engine: Engine, call: Call, reservationIds: readonly string[]): Promise<StockOutcome[]> {
  return endStock(engine, call, reservationIds, 'released')
}

/** What was kept until now is free again. */
export async function expireReservations(engine: Engine, workspaceId: string, reservationIds: readonly string[]): Promise<void> {
  await endStock(engine, callOfEngine(workspaceId, 'timer'), reservationIds, 'expired')
}

function endStock(engine: Engine, call: Call, reservationIds: readonly string[], state: 'released' | 'expired'): Promise<StockOutcome[]> {
  if (reservationIds.length === 0) return Promise.resolve([])
  return engine.stock.submit(
    call.workspaceId,
    'keep',
    reservationIds.map((reservationId) => ({
      call,
      key: null,
      subjectId: reservationId,
      itemRefs: [],
      prepare: () => fine<StockChange>({ kind: 'end', reservationId, state }),
    })),
  )
}
