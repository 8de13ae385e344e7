import type { Return } from '#contract/returns.ts'
import type { Engine } from '#usecases/engine.ts'
import { returnGoods } from '#usecases/orders/return-goods.ts'
import { type ReturnPage, returnPage } from '#views/return-page.ts'
import { refused } from './problems.ts'
import type { Handlers } from './serve.ts'

/** What came back, as documents. */
export function returnHandlers(engine: Engine) {
  return {
    recordReturn: async ({ call, body, key, fingerprint }) => {
      const [outcome] = await returnGoods(engine, call, [
        { body, expectedSeq: null, key: key === null ? null : { route: 'recordReturn', key, fingerprint } },
      ])
      if (!outcome) throw new Error('A request had no outcome')
      if (!outcome.ok) return { refused: outcome.reason }
      // Whoever may record a return sees the one just made, whatever else they may read.
      const page = await returnPage(engine.pools, call, outcome.returnId ?? '', 'just made')
      if (!page) throw new Error(`Return ${outcome.returnId} was recorded and is not there`)
      return { status: 201, body: returnReply(page), replayed: outcome.replayed }
    },

    getReturn: async ({ call, params }) => {
      const page = await returnPage(engine.pools, call, params.id)
      return page ? { status: 200, body: returnReply(page) } : refused('return.not_found', { return: params.id })
    },
  } satisfies Partial<Handlers>
}

function returnReply(page: ReturnPage): Return {
  return {
    id: page.id,
    number: page.number,
    orderId: page.orderId,
    locationId: page.locationId,
    customerId: page.customerId,
    connectionId: page.connectionId,
    externalId: page.externalId,
    reasonCode: page.reasonCode,
    currency: page.currency,
    totalMinor: page.totalMinor,
    source: page.source,
    at: page.at,
    recordedAt: page.recordedAt,
    businessDate: page.businessDate,
    lines: page.lines.map((line) => ({
      id: line.id,
      orderLineId: line.orderLineId,
      kind: line.kind,
      itemId: line.itemId,
      code: line.code,
      name: line.name,
      category: line.category,
      quantityMilli: line.milli,
      amountMinor: line.amountMinor,
      restocked: line.restocked,
    })),
  }
}
