import { ActionInList, inputOfAction, isOrderVerb, type OrderAction, PlaceOrderInBatch } from '#contract/orders.ts'
import type { Problem } from '#contract/problem.ts'
import { textOf } from '#contract/texts.ts'
import type { Order } from '#modules/orders/index.ts'
import type { Reason } from '#platform/answer.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { type ActRequest, actOnOrders } from '#usecases/orders/act-on-orders.ts'
import type { Outcome } from '#usecases/orders/order-batch.ts'
import { type PlaceRequest, placeOrders } from '#usecases/orders/place-orders.ts'
import { whatCan } from '#views/order-actions.ts'
import { orderAt } from '#views/order-at.ts'
import { orderEvents } from '#views/order-events.ts'
import { orderPage, orderSeen } from '#views/order-page.ts'
import { orderPayments } from '#views/order-payments.ts'
import { type Entry, entryKey, lacksKey, pageUsual } from './lists.ts'
import type { Meters } from './metrics.ts'
import { eventReply, orderPageReply, orderReply } from './order-reply.ts'
import { problemOf, type Refused, refused, statusOf } from './problems.ts'
import { readInput } from './read-input.ts'
import type { Asked, Handlers } from './serve.ts'

/** Placing orders, doing things with them, asking about them. */
export function orderHandlers(engine: Engine, meters: Meters) {
  return {
    placeOrder: async ({ call, body, key, fingerprint }) => {
      const [outcome] = await placeOrders(engine, call, [{ body, key: keyUse('placeOrder', key, fingerprint) }])
      meters.placed(wordFor(outcome))
      return outcome?.ok && outcome.already ? changed(outcome, 200, call) : changed(outcome, 201, call)
    },

    placeOrders: async (asked) => {
      const { call, body, key } = asked
      const entries = body.orders.map((given, at): Entry<PlaceRequest> => {
        const read = readInput(PlaceOrderInBatch, given, 'body', call.language, `/orders/${at}`)
        if (!read.ok) return { refusal: read }
        const { key: own, ...order } = read.value
        return { request: { body: order, key: entryKey({ alone: 'placeOrder', list: 'placeOrders' }, own, key, at, {}, order) } }
      })
      if (lacksKey(call, entries)) return refused('idempotency.missing')
      const results = await each(
        asked,
        entries,
        (requests) => placeOrders(engine, call, requests),
        (outcome) => (outcome.already ? 200 : 201),
      )
      for (const { status } of results) meters.placed(status < 300 ? 'placed' : 'refused')
      return { status: 200, body: { results } }
    },

    actOnOrder: async ({ call, params, body, key, fingerprint, expected }) => {
      const command = actionOf(params.action, body)
      const [outcome] = await actOnOrders(engine, call, [
        { orderId: params.id, expectedSeq: expected, key: keyUse('actOnOrder', key, fingerprint), command },
      ])
      return changed(outcome, 200, call)
    },

    actOnOrders: async (asked) => {
      const { call, body, key } = asked
      const entries = body.actions.map((given, at): Entry<ActRequest> => {
        const read = readInput(ActionInList, given, 'body', call.language, `/actions/${at}`)
        if (!read.ok) return { refusal: read }
        const { orderId, action, version, key: own, ...rest } = read.value
        const input = readInput(inputOfAction(action), rest, 'body', call.language, `/actions/${at}`)
        if (!input.ok) return { refusal: input }
        return {
          request: {
            orderId,
            expectedSeq: version ?? null,
            key: entryKey({ alone: 'actOnOrder', list: 'actOnOrders' }, own, key, at, { id: orderId, action }, input.value),
            command: actionOf(action, input.value),
          },
        }
      })
      return {
        status: 200,
        body: {
          results: await each(
            asked,
            entries,
            (requests) => actOnOrders(engine, call, requests),
            () => 200,
          ),
        },
      }
    },

    recordPayment: async ({ call, params, body, key, fingerprint, expected }) => {
      const [outcome] = await actOnOrders(engine, call, [
        { orderId: params.id, expectedSeq: expected, key: keyUse('recordPayment', key, fingerprint), command: { verb: 'pay', ...body } },
      ])
      return changed(outcome, 201, call)
    },

    listPayments: async ({ call, params }) => {
      const payments = await orderPayments(engine.pools, call, params.id)
      return payments ? { status: 200, body: { payments } } : noOrder(params.id)
    },

    getOrder: async ({ call, params }) => {
      const page = await orderPage(engine.pools, call, params.id)
      return page ? { status: 200, body: orderPageReply(page) } : noOrder(params.id)
    },

    listOrderEvents: async ({ call, params, query }) => {
      const limit = query.limit ?? pageUsual
      const events = await orderEvents(engine.pools, call, params.id, { after: query.after ?? 0, limit })
      if (!events) return noOrder(params.id)
      return { status: 200, body: { events: events.map(eventReply), next: events.length < limit ? null : String(events.at(-1)?.seq) } }
    },

    getOrderAt: async ({ call, params }) => {
      const order = await orderAt(engine.pools, call, params.id, params.seq)
      return order ? { status: 200, body: orderReply(order) } : noOrder(params.id)
    },

    listOrderActions: async ({ call, params }) => {
      const order = await engine.pools.view(call.workspaceId, (db) => orderSeen(db, call, params.id))
      if (!order) return noOrder(params.id)
      const { offers, stage } = await offersFor(order, call)
      const actions = offers.map(({ reason, ...offer }) => ({
        ...offer,
        allowed: reason === null,
        reason: reason && spokenReason(reason, call.language),
      }))
      const attention = order.attention === '' ? null : spokenReason({ code: `attention.${order.attention}`, params: {} }, call.language)
      const label = stage?.label ?? { en: order.stage }
      return { status: 200, body: { version: order.seq, phase: order.phase, stage: order.stage, label, attention, actions } }
    },
  } satisfies Partial<Handlers>

  async function offersFor(order: Order, call: Call) {
    const { reference: cache, pools } = engine
    const flow =
      cache.flows.known(call.workspaceId, order.workflow) ??
      (await pools.view(call.workspaceId, (db) => cache.flows.load(db, call.workspaceId, [order.workflow])))[0]
    const reference = await cache.get(call.workspaceId)
    if (!flow || !reference) throw new Error(`Order ${order.id} has no workflow or no workspace`)
    return { offers: whatCan(order, flow, call, reference.roles, new Date().toISOString()), stage: flow.stage(order.stage) }
  }

  /** How an order stands that was not changed, and what may be done with it. */
  async function standing(order: Order, call: Call): Promise<Problem['order']> {
    const { offers } = await offersFor(order, call)
    return {
      id: order.id,
      version: order.seq,
      phase: order.phase,
      stage: order.stage,
      actions: offers.filter((offer) => offer.reason === null).map((offer) => offer.action),
    }
  }

  async function refusedOrder(reason: Reason, order: Order | null, call: Call): Promise<Refused> {
    return { refused: reason, ...(order ? { order: await standing(order, call) } : {}) }
  }

  async function changed<S extends number>(outcome: Outcome | undefined, status: S, call: Call) {
    if (!outcome) throw new Error('A request had no outcome')
    if (!outcome.ok) return refusedOrder(outcome.reason, outcome.order, call)
    return { status, body: { ...orderReply(outcome.order), already: outcome.already }, replayed: outcome.replayed }
  }

  /** Runs the entries that could be read as one list; answers for every entry, in order. */
  async function each<R>(
    { call, requestId }: Asked<'placeOrders'> | Asked<'actOnOrders'>,
    entries: readonly Entry<R>[],
    run: (requests: R[]) => Promise<Outcome[]>,
    statusFor: (outcome: Extract<Outcome, { ok: true }>) => number,
  ) {
    const outcomes = await run(entries.flatMap((entry) => ('request' in entry ? [entry.request] : [])))
    let next = 0
    const results: { status: number; order?: ReturnType<typeof orderReply> & { already: boolean }; problem?: Problem }[] = []
    for (const entry of entries) {
      const outcome = 'request' in entry ? outcomes[next++] : undefined
      if (outcome?.ok) {
        results.push({ status: statusFor(outcome), order: { ...orderReply(outcome.order), already: outcome.already } })
        continue
      }
      const refusal = 'refusal' in entry ? entry.refusal : outcome ? await refusedOrder(outcome.reason, outcome.order, call) : null
      if (!refusal) throw new Error('An entry of a list had no outcome')
      const problem = problemOf(refusal, { requestId, language: call.language })
      results.push({ status: problem.status, problem })
    }
    return results
  }
}

function keyUse(route: string, key: string | null, fingerprint: string): KeyUse | null {
  return key === null ? null : { route, key, fingerprint }
}

function actionOf(action: string, input: unknown): OrderAction {
  // The input was read by the schema of this very action.
  return (isOrderVerb(action) ? { verb: action, ...(input as object) } : { verb: 'move', action, ...(input as object) }) as OrderAction
}

function spokenReason({ code, params }: Reason, language: string) {
  return { code, params, text: textOf(code, params, language) }
}

const noOrder = (order: string): Refused => refused('order.not_found', { order })

function wordFor(outcome: Outcome | undefined): string {
  return outcome?.ok ? 'placed' : statusOf(outcome?.reason.code ?? 'internal') === 500 ? 'failed' : 'refused'
}
