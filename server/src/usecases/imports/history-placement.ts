import type { Command, Draft, LineId, LineToPrice, OrderId } from '#modules/orders/index.ts'
import { fine } from '#platform/answer.ts'
import { newId } from '#platform/ids.ts'
import type { HistoryOrder, ImportFormat } from '#server/imports/history.ts'
import type { Call } from '../call.ts'
import type { Prepared, Step, Work } from '../orders/order-batch.ts'
import { captureMark, externalIdOf, type Site } from './history-site.ts'

/** Why an imported order was cancelled, where the source does not say. */
export const importedReason = 'imported'

/** An order of the past: placed with its own time, paid as the source says, and led to where it ended; all of it or nothing. */
export function historyPlacement(
  call: Call,
  format: ImportFormat,
  site: Site,
  order: HistoryOrder,
  number: number,
  customers: ReadonlyMap<string, string>,
): Work {
  const orderId = newId<'Order'>()
  const noteId = order.note === '' ? null : newId()
  const hasEnded = order.ended !== 'open'
  return {
    call,
    key: null,
    orderId,
    subjectId: orderId,
    expectedSeq: null,
    itemRefs: order.lines.map(({ code }) => ({ by: 'code', value: code })),
    prepare: () => {
      const step = (command: Command): Step => ({ orderId, command, lines: [], number: 0 })
      const commands: Command[] = [...(noteId === null ? [] : [{ verb: 'note', noteId } as const]), ...paymentOf(order), ...endOf(order)]
      return fine<Prepared>({
        steps: [
          {
            orderId,
            number,
            lines: linesOf(site, order),
            command: { verb: 'place', draft: draftOf(format, site, order, orderId, customers) },
          },
          ...commands.map(step),
        ],
        notes: noteId === null ? [] : [{ id: noteId, orderId, text: order.note }],
        contact: null,
        returns: [],
        looseMoney: [],
        history: { lots: site.lots, hasEnded },
      })
    },
  }
}

function draftOf(format: ImportFormat, site: Site, order: HistoryOrder, id: OrderId, customers: ReadonlyMap<string, string>): Draft {
  return {
    id,
    channel: 'import',
    source: order.source || format.name,
    locationId: site.locationId as Draft['locationId'],
    registerId: null,
    connectionId: null,
    externalId: externalIdOf(format, order.externalId),
    customerId: order.customer ? (customers.get(order.customer.externalId) ?? null) : null,
    priority: 0,
    currency: order.currency,
    tags: order.tags,
    fields: {},
    costs: [],
    wantedFrom: null,
    wantedTo: null,
    at: order.at,
    capturedAt: order.at,
    captureDevice: captureMark(site, order.lines[0]?.row ?? 0),
    quoteRef: null,
    opportunityRef: null,
    workflow: null,
  }
}

function linesOf(site: Site, { lines }: HistoryOrder): LineToPrice[] {
  return lines.map((line) => {
    const item = site.item(line.code)
    // An item that is sold under another kind today is still what it was then; stock moves only where it is goods.
    const isItem = item.kind === line.kind || line.kind === 'goods'
    return {
      id: newId<'Line'>() as LineId,
      kind: line.kind,
      itemId: isItem ? (item.id as string as LineToPrice['itemId']) : null,
      variantId: null,
      code: line.code,
      name: line.name,
      category: line.category,
      baseUnit: item.baseUnit,
      quantityMilli: line.quantityMilli,
      priceMicro: line.priceMicro,
      perMilli: 1_000,
      recipeId: item.recipe?.id ?? null,
      reasonCode: null,
      tax: null,
    }
  })
}

function paymentOf(order: HistoryOrder): Command[] {
  const { payment, refundedMinor, endedAt } = order
  if (!payment || payment.amountMinor <= 0) return []
  const { method, amountMinor, at } = payment
  const capture: Command = { verb: 'pay', kind: 'capture', amountMinor, method, provider: 'manual', reference: null, reasonCode: null, at }
  const refund: Command = {
    verb: 'refund',
    amountMinor: refundedMinor,
    method,
    provider: 'manual',
    reference: null,
    reasonCode: null,
    noteId: null,
    returnId: null,
    at: endedAt,
  }
  return refundedMinor > 0 ? [capture, refund] : [capture]
}

function endOf({ ended, endedAt }: HistoryOrder): Command[] {
  const input = { noteId: null, fields: {}, idChecked: false, at: endedAt }
  if (ended === 'done') return [{ verb: 'move', action: 'record_history', by: 'action', generation: null, reason: null, ...input }]
  return ended === 'cancelled' ? [{ verb: 'cancel', reason: importedReason, ...input }] : []
}
