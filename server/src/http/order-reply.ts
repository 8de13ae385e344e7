import type * as z from 'zod'
import type * as Contract from '#contract/orders.ts'
import { type FieldValue, type Line, type Order, openMilli } from '#modules/orders/index.ts'
import { nilId } from '#platform/ids.ts'
import type { ListedEvent } from '#views/order-events.ts'
import type { OrderPage } from '#views/order-page.ts'

/** An order as the contract shows it: what is named here and nothing else. */
export function orderReply(order: Order): Contract.Order {
  return {
    id: order.id,
    number: order.number,
    version: order.seq,
    workflow: { code: order.workflow.code, version: order.workflow.version },
    phase: order.phase,
    stage: order.stage,
    stageEnteredAt: order.stageEnteredAt,
    channel: order.channel,
    source: order.source,
    locationId: order.locationId,
    registerId: order.registerId,
    connectionId: order.connectionId,
    externalId: order.externalId,
    customerId: order.customerId,
    customerTier: order.customerTier,
    customerSegment: order.customerSegment,
    ownerId: order.ownerId,
    assigneeId: order.assigneeId,
    priority: order.priority,
    currency: order.currency,
    lines: order.lines.map(lineReply),
    grossMinor: order.grossMinor,
    discountMinor: order.discountMinor,
    taxMinor: order.taxMinor,
    totalMinor: order.totalMinor,
    creditedMinor: order.creditedMinor,
    balanceMinor: order.balanceMinor,
    money: {
      authorisedMinor: order.money.authorisedMinor,
      capturedMinor: order.money.capturedMinor,
      refundedMinor: order.money.refundedMinor,
      writtenOffMinor: order.money.writtenOffMinor,
      roundingMinor: order.money.roundingMinor,
      pointsMinor: order.money.pointsMinor,
    },
    payment: order.payment,
    fulfilment: order.fulfilment,
    holds: order.holds.map(({ id, reasonCode, noteId, placedBy, placedAt, until }) => ({
      id,
      reason: reasonCode,
      noteId,
      placedBy,
      placedAt,
      until,
    })),
    tags: order.tags,
    fields: Object.fromEntries(Object.entries(order.fields).map(([name, field]) => [name, fieldReply(field)])),
    costs: order.costs.map(({ id, kind, amountMinor }) => ({ id, kind, amountMinor })),
    attention: order.attention,
    reservations: order.reservations.map(({ id, lineId, itemId, locationId, lotId, milli }) => ({
      id,
      lineId,
      itemId,
      locationId,
      lotId: lotReply(lotId),
      milli,
    })),
    shortfalls: order.shortfalls.map(({ lineId, itemId, locationId, milli }) => ({ lineId, itemId, locationId, milli })),
    dueAt: order.dueAt,
    wanted: { from: order.wantedFrom, to: order.wantedTo },
    at: order.at,
    recordedAt: order.recordedAt,
    businessDate: order.businessDate,
    captured: { at: order.capturedAt, device: order.captureDevice },
    references: { quote: order.quoteRef, opportunity: order.opportunityRef },
    endReason: order.endReason,
  }
}

function lineReply(line: Line): z.infer<typeof Contract.Line> {
  return {
    id: line.id,
    kind: line.kind,
    itemId: line.itemId,
    variantId: line.variantId,
    code: line.code,
    name: line.name,
    category: line.category,
    baseUnit: line.baseUnit,
    priceMicro: line.priceMicro,
    perMilli: line.perMilli,
    grossMinor: line.grossMinor,
    discountMinor: line.discountMinor,
    taxCode: line.taxCode,
    taxPpm: line.taxPpm,
    taxIncluded: line.taxIncluded,
    taxMinor: line.taxMinor,
    netMinor: line.netMinor,
    reasonCode: line.reasonCode,
    orderedMilli: line.orderedMilli,
    openMilli: openMilli(line),
    cancelledMilli: line.cancelledMilli,
    madeMilli: line.madeMilli,
    pickedMilli: line.pickedMilli,
    packedMilli: line.packedMilli,
    handedOverMilli: line.handedOverMilli,
    deliveredMilli: line.deliveredMilli,
    returnedMilli: line.returnedMilli,
  }
}

function fieldReply(field: FieldValue): Contract.Order['fields'][string] {
  if (field.kind === 'int') return { int: field.value }
  return field.kind === 'time' ? { time: field.value } : { text: field.value }
}

/** Goods that carry no lot lie under the id of nothing; outside, nothing is null. */
export const lotReply = (lotId: string): string | null => (lotId === nilId ? null : lotId)

/** Everything one order's page shows. */
export function orderPageReply({ order, contact, notes, returns }: OrderPage): Contract.OrderPage {
  return {
    ...orderReply(order),
    contact: contact && {
      name: contact.name,
      email: contact.email,
      phone: contact.phone,
      address: contact.address,
      city: contact.city,
      postcode: contact.postcode,
      country: contact.country,
    },
    notes: notes.map(({ id, text, createdAt }) => ({ id, text, createdAt })),
    returns: returns.map(({ id, number, totalMinor, at }) => ({ id, number, totalMinor, at })),
  }
}

/** An event as the contract shows it: what was recorded, its bookkeeping and its place in the proof. */
export function eventReply(event: ListedEvent): Contract.OrderEvents['events'][number] {
  return {
    seq: event.seq,
    type: event.type,
    at: event.at,
    recordedAt: event.recordedAt,
    actor: { kind: event.actorKind, id: event.actorId },
    locationId: event.locationId,
    registerId: event.registerId,
    commandId: event.commandId,
    position: event.position,
    // Canonical text of an object, as it was stored.
    data: JSON.parse(event.payload) as Record<string, unknown>,
  }
}
