import type { Fields } from '#contract/filter/fields.ts'
import { orderFields, orderSorts } from '#contract/filter/order-fields.ts'
import { numberIn } from '#contract/filter/words.ts'
import type { OrderRow } from '#contract/lists.ts'
import type { Phase } from '#contract/workflow.ts'
import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { stagesOf } from '#usecases/lists/read-filter.ts'
import { type ListedOrder, orderCounts, orderList, orderNamed } from '#views/order-list.ts'
import { orderStatus } from '#views/order-status.ts'
import { listAsked } from './list-asked.ts'
import { refused } from './problems.ts'
import { referenceOf } from './reference-of.ts'
import type { Handlers } from './serve.ts'

/** What is found among orders, how many there are, how one stands. */
export function orderListHandlers(engine: Engine) {
  const { pools } = engine
  return {
    listOrders: async ({ call, query }) => {
      const asked = await listAsked(engine, call, 'orders', query)
      if ('refused' in asked) return asked
      const { own, asker } = asked
      const [page, exact] = await Promise.all([
        orderList(pools, call, asker, asked),
        query.cursor === undefined && own.kind === 'words' ? orderNamed(pools, call, { number: numberIn(own.text), text: own.text }) : null,
      ])
      if (!page.ok) return { refused: page.reason }
      const labels = await labelsFor(call, page.value.rows)
      return { status: 200, body: { rows: page.value.rows.map((row) => rowReply(row, labels)), next: page.value.next, exact } }
    },

    countOrders: async ({ call, query }) => {
      const asked = await listAsked(engine, call, 'orders', query)
      if ('refused' in asked) return asked
      const counts = await orderCounts(pools, call, asked.asker, [asked.filter])
      if (!counts.ok) return { refused: counts.reason }
      const [count] = counts.value
      if (!count) throw new Error('A filter was not counted')
      return { status: 200, body: count }
    },

    listOrderFilters: async ({ call }) => {
      const reference = await referenceOf(engine, call)
      const stages = await stagesOf(pools, reference)
      const fields: Fields = orderFields
      // biome-ignore format: read it by column
      const own: Record<string, [string, { en: string }][]> = {
        stage:    [...stages].map(([code, { label }]) => [code, label]),
        location: reference.locations.map(({ code, name }) => [code, { en: name }]),
        register: reference.registers.map(({ code, name }) => [code, { en: name }]),
      }
      return {
        status: 200,
        body: {
          fields: Object.entries(fields)
            .filter(([, { group }]) => !group || !call.hides.has(group))
            .map(([name, { kind, meaning, indexed, optional, values }]) => ({
              name,
              kind,
              meaning,
              indexed,
              optional: optional ?? false,
              values: (own[name] ?? Object.entries(values ?? {})).map(([value, label]) => ({ value, label })),
            })),
          sorts: Object.entries(orderSorts)
            .filter(([, { group }]) => !group || !call.hides.has(group))
            .map(([name]) => name),
        },
      }
    },

    getOrderStatus: async ({ call, params }) => {
      const standing = await orderStatus(pools, call, /^\d{1,15}$/.test(params.id) ? { number: Number(params.id) } : { id: params.id })
      if (!standing) return refused('order.not_found', { order: params.id })
      const labels = await labelsFor(call, [standing])
      const { seq: version, workflow: _, phase, ...rest } = standing
      // A check on the column says which words it holds.
      return { status: 200, body: { ...rest, version, phase: phase as Phase, stageLabel: labels(standing) } }
    },
  } satisfies Partial<Handlers>

  /** The words of stages in the reader's language, by the workflow version each order runs on. */
  async function labelsFor(call: Call, rows: readonly Pick<ListedOrder, 'workflow'>[]) {
    const { flows } = engine.reference
    const missing = [...new Map(rows.map(({ workflow }) => [`${workflow.code} ${workflow.version}`, workflow])).values()].filter(
      (pin) => !flows.known(call.workspaceId, pin),
    )
    if (missing.length > 0) await pools.view(call.workspaceId, (db) => flows.load(db, call.workspaceId, missing))
    return ({ workflow, stage }: Pick<ListedOrder, 'workflow' | 'stage'>): string => {
      const label = flows.known(call.workspaceId, workflow)?.stage(stage)?.label
      return label?.[call.language] ?? label?.en ?? stage
    }
  }
}

function rowReply(row: ListedOrder, labelOf: (row: ListedOrder) => string): OrderRow {
  return {
    id: row.id,
    number: row.number,
    version: row.seq,
    at: row.at,
    updatedAt: row.updatedAt,
    dueAt: row.dueAt,
    // A check on the column says which words it holds.
    phase: row.phase as Phase,
    stage: row.stage,
    stageLabel: labelOf(row),
    stageEnteredAt: row.stageEnteredAt,
    payment: row.payment,
    fulfilment: row.fulfilment,
    channel: row.channel,
    source: row.source,
    locationId: row.locationId,
    externalId: row.externalId,
    customerId: row.customerId,
    customerName: row.customerName,
    ownerId: row.ownerId,
    assigneeId: row.assigneeId,
    priority: row.priority,
    currency: row.currency,
    totalMinor: row.totalMinor,
    balanceMinor: row.balanceMinor,
    lineCount: row.lineCount,
    lines: row.lines,
    tags: row.tags,
    holds: row.holds,
    short: row.short,
    attention: row.attention,
  }
}
