import type { Problem } from '#contract/problem.ts'
import { AdjustmentInList, type Movement, type Reservation, type StockLevel } from '#contract/stock.ts'
import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { type AdjustRequest, adjustStock } from '#usecases/stock/adjust-stock.ts'
import { giveBackStock, keepStock } from '#usecases/stock/keep-stock.ts'
import {
  type Level,
  type ListedMovement,
  type ListedReservation,
  openReservations,
  reservationsById,
  stockLevels,
  stockMovements,
} from '#views/stock-lists.ts'
import { listAsked } from './list-asked.ts'
import { type Entry, entryKey, lacksKey } from './lists.ts'
import { lotReply } from './order-reply.ts'
import { problemOf, refused } from './problems.ts'
import { readInput } from './read-input.ts'
import type { Handlers } from './serve.ts'

/** What lies where, what came and went, what is kept. */
export function stockHandlers(engine: Engine) {
  const { pools } = engine
  return {
    listStock: async ({ call, query }) => {
      const asked = await stockAsked(call, 'stock', query)
      if ('refused' in asked) return asked
      const page = await stockLevels(pools, call, asked.asker, asked)
      return page.ok ? { status: 200, body: { rows: page.value.rows.map(levelReply), next: page.value.next } } : { refused: page.reason }
    },

    adjustStock: async ({ call, body, key, requestId }) => {
      const entries = body.adjustments.map((given, at): Entry<AdjustRequest> => {
        const read = readInput(AdjustmentInList, given, 'body', call.language, `/adjustments/${at}`)
        if (!read.ok) return { refusal: read }
        const { key: own, ...adjustment } = read.value
        return {
          request: { body: adjustment, key: entryKey({ alone: 'adjustStock', list: 'adjustStock list' }, own, key, at, {}, adjustment) },
        }
      })
      if (lacksKey(call, entries)) return refused('idempotency.missing')
      const outcomes = await adjustStock(
        engine,
        call,
        entries.flatMap((entry) => ('request' in entry ? [entry.request] : [])),
      )
      let next = 0
      const results = entries.map((entry): { status: number; movementIds?: string[]; problem?: Problem } => {
        const outcome = 'request' in entry ? outcomes[next++] : undefined
        if (outcome?.ok) return { status: 200, movementIds: outcome.ids }
        const refusal = 'refusal' in entry ? entry.refusal : { refused: outcome?.reason ?? { code: 'internal' as const, params: {} } }
        const problem = problemOf(refusal, { requestId, language: call.language })
        return { status: problem.status, problem }
      })
      return { status: 200, body: { results } }
    },

    listMovements: async ({ call, query }) => {
      const asked = await stockAsked(call, 'movements', query)
      if ('refused' in asked) return asked
      const page = await stockMovements(pools, call, asked.asker, asked)
      return page.ok ? { status: 200, body: { rows: page.value.rows.map(movementReply), next: page.value.next } } : { refused: page.reason }
    },

    listReservations: async ({ call, query }) => {
      const asked = await stockAsked(call, 'reservations', query)
      if ('refused' in asked) return asked
      const page = await openReservations(pools, call, asked.asker, asked)
      return page.ok
        ? { status: 200, body: { rows: page.value.rows.map(reservationReply), next: page.value.next } }
        : { refused: page.reason }
    },

    reserveStock: async ({ call, body, key, fingerprint }) => {
      const [outcome] = await keepStock(engine, call, [{ body, key: key === null ? null : { route: 'reserveStock', key, fingerprint } }])
      if (!outcome?.ok) return { refused: outcome?.reason ?? { code: 'internal', params: {} } }
      return {
        status: 201,
        body: { reservations: (await reservationsById(pools, call, outcome.ids)).map(reservationReply) },
        replayed: outcome.replayed,
      }
    },

    releaseReservation: async ({ call, params }) => {
      const [outcome] = await giveBackStock(engine, call, [params.id])
      if (!outcome?.ok) return { refused: outcome?.reason ?? { code: 'internal', params: {} } }
      const [reservation] = await reservationsById(pools, call, outcome.ids)
      if (!reservation) throw new Error(`Reservation ${params.id} was given back and is not there`)
      return { status: 200, body: reservationReply(reservation) }
    },
  } satisfies Partial<Handlers>

  async function stockAsked(
    call: Call,
    list: 'stock' | 'movements' | 'reservations',
    query: Parameters<typeof listAsked>[3] & { itemId?: string | undefined; locationId?: string | undefined; orderId?: string | undefined },
  ) {
    const asked = await listAsked(engine, call, list, query)
    if ('refused' in asked) return asked
    return { ...asked, itemId: query.itemId ?? null, locationId: query.locationId ?? null, orderId: query.orderId ?? null }
  }
}

function levelReply({ itemId, locationId, lotId, onHandMilli, reservedMilli, unitCostMicro, currency, updatedAt }: Level): StockLevel {
  return {
    itemId,
    locationId,
    lotId: lotReply(lotId),
    onHandMilli,
    reservedMilli,
    freeMilli: onHandMilli - reservedMilli,
    unitCostMicro,
    currency,
    updatedAt,
  }
}

function movementReply(movement: ListedMovement): Movement {
  return {
    id: movement.id,
    itemId: movement.itemId,
    locationId: movement.locationId,
    lotId: lotReply(movement.lotId),
    kind: movement.kind,
    deltaMilli: movement.deltaMilli,
    unitCostMicro: movement.unitCostMicro,
    currency: movement.currency,
    orderId: movement.orderId,
    lineId: movement.lineId,
    reservationId: movement.reservationId,
    returnId: movement.returnId,
    reasonCode: movement.reasonCode,
    externalId: movement.externalId,
    at: movement.at,
    businessDate: movement.businessDate,
    recordedAt: movement.recordedAt,
    actor: { kind: movement.actorKind, id: movement.actorId },
  }
}

function reservationReply(held: ListedReservation): Reservation {
  return {
    id: held.id,
    itemId: held.itemId,
    locationId: held.locationId,
    lotId: lotReply(held.lotId),
    milli: held.milli,
    state: held.state,
    orderId: held.orderId,
    lineId: held.lineId,
    purpose: held.purpose,
    expiresAt: held.expiresAt,
    createdAt: held.createdAt,
    endedAt: held.endedAt,
  }
}
