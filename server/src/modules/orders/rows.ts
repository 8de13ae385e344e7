import { canonicalText } from '#platform/canonical.ts'
import type { Cost, FieldValue, Hold, Line, Money, Order, Reservation, Shortfall } from './types.ts'

/** What of an order is only read with it, kept as one canonical text. */
export interface Detail {
  costs: Cost[]
  creditedMinor: number
  endReason: string | null
  fields: Record<string, FieldValue>
  holds: Hold[]
  money: Money
  tags: string[]
}

/** The columns of `orders`, by name. */
export interface OrderRow {
  id: string
  number: number
  seq: number
  workflow_code: string
  workflow_version: number
  phase: string
  stage: string
  stage_entered_at: string
  stage_entered_by: string | null
  generation: number
  payment: string
  fulfilment: string
  holds: number
  short: boolean
  attention: string
  channel: string
  source: string
  location_id: string
  register_id: string | null
  connection_id: string | null
  external_id: string | null
  customer_id: string | null
  customer_tier: string
  customer_segment: string
  owner_id: string | null
  assignee_id: string | null
  priority: number
  currency: string
  gross_minor: number
  discount_minor: number
  tax_minor: number
  total_minor: number
  captured_minor: number
  refunded_minor: number
  balance_minor: number
  due_at: string | null
  wanted_from: string | null
  wanted_to: string | null
  at: string
  recorded_at: string
  business_date: string
  captured_at: string | null
  capture_device: string | null
  quote_ref: string | null
  opportunity_ref: string | null
  detail: string
}

/** The columns of `order_lines`, by name. */
export interface LineRow {
  order_id: string
  id: string
  position: number
  kind: string
  item_id: string | null
  variant_id: string | null
  code: string
  name: string
  category: string
  base_unit: string
  price_micro: number
  per_milli: number
  gross_minor: number
  discount_minor: number
  tax_code: string | null
  tax_ppm: number
  tax_included: boolean
  tax_minor: number
  net_minor: number
  recipe_id: string | null
  reason_code: string | null
  ordered_milli: number
  cancelled_milli: number
  made_milli: number
  picked_milli: number
  packed_milli: number
  handed_over_milli: number
  delivered_milli: number
  returned_milli: number
}

/** An order as its row. */
export function orderRow(order: Order): OrderRow {
  return {
    id: order.id,
    number: order.number,
    seq: order.seq,
    workflow_code: order.workflow.code,
    workflow_version: order.workflow.version,
    phase: order.phase,
    stage: order.stage,
    stage_entered_at: order.stageEnteredAt,
    stage_entered_by: order.stageEnteredBy,
    generation: order.generation,
    payment: order.payment,
    fulfilment: order.fulfilment,
    holds: order.holds.length,
    short: order.shortfalls.length > 0,
    attention: order.attention,
    channel: order.channel,
    source: order.source,
    location_id: order.locationId,
    register_id: order.registerId,
    connection_id: order.connectionId,
    external_id: order.externalId,
    customer_id: order.customerId,
    customer_tier: order.customerTier,
    customer_segment: order.customerSegment,
    owner_id: order.ownerId,
    assignee_id: order.assigneeId,
    priority: order.priority,
    currency: order.currency,
    gross_minor: order.grossMinor,
    discount_minor: order.discountMinor,
    tax_minor: order.taxMinor,
    total_minor: order.totalMinor,
    captured_minor: order.money.capturedMinor,
    refunded_minor: order.money.refundedMinor,
    balance_minor: order.balanceMinor,
    due_at: order.dueAt,
    wanted_from: order.wantedFrom,
    wanted_to: order.wantedTo,
    at: order.at,
    recorded_at: order.recordedAt,
    business_date: order.businessDate,
    captured_at: order.capturedAt,
    capture_device: order.captureDevice,
    quote_ref: order.quoteRef,
    opportunity_ref: order.opportunityRef,
    detail: detailText(order),
  }
}

function detailText({ costs, creditedMinor, endReason, fields, holds, money, tags }: Order): string {
  return canonicalText({ costs, creditedMinor, endReason, fields, holds, money, tags } satisfies Detail)
}

/** The lines of an order as rows, in their order. */
export function lineRows(order: Order): LineRow[] {
  return order.lines.map((line, position) => ({
    order_id: order.id,
    id: line.id,
    position,
    kind: line.kind,
    item_id: line.itemId,
    variant_id: line.variantId,
    code: line.code,
    name: line.name,
    category: line.category,
    base_unit: line.baseUnit,
    price_micro: line.priceMicro,
    per_milli: line.perMilli,
    gross_minor: line.grossMinor,
    discount_minor: line.discountMinor,
    tax_code: line.taxCode,
    tax_ppm: line.taxPpm,
    tax_included: line.taxIncluded,
    tax_minor: line.taxMinor,
    net_minor: line.netMinor,
    recipe_id: line.recipeId,
    reason_code: line.reasonCode,
    ordered_milli: line.orderedMilli,
    cancelled_milli: line.cancelledMilli,
    made_milli: line.madeMilli,
    picked_milli: line.pickedMilli,
    packed_milli: line.packedMilli,
    handed_over_milli: line.handedOverMilli,
    delivered_milli: line.deliveredMilli,
    returned_milli: line.returnedMilli,
  }))
}

/** The order its rows describe. */
export function orderFrom(row: OrderRow, lines: readonly LineRow[], reservations: Reservation[], shortfalls: Shortfall[]): Order {
  const detail = JSON.parse(row.detail) as Detail
  // Rows were written from an Order by orderRow; the casts name again what the columns' checks hold.
  return {
    id: row.id as Order['id'],
    number: row.number,
    seq: row.seq,
    workflow: { code: row.workflow_code, version: row.workflow_version },
    phase: row.phase as Order['phase'],
    stage: row.stage,
    stageEnteredAt: row.stage_entered_at,
    stageEnteredBy: row.stage_entered_by,
    generation: row.generation,
    channel: row.channel,
    source: row.source,
    locationId: row.location_id as Order['locationId'],
    registerId: row.register_id,
    connectionId: row.connection_id,
    externalId: row.external_id,
    customerId: row.customer_id,
    customerTier: row.customer_tier,
    customerSegment: row.customer_segment,
    ownerId: row.owner_id,
    assigneeId: row.assignee_id,
    priority: row.priority,
    currency: row.currency,
    lines: lines.map(lineFrom),
    grossMinor: row.gross_minor,
    discountMinor: row.discount_minor,
    taxMinor: row.tax_minor,
    totalMinor: row.total_minor,
    creditedMinor: detail.creditedMinor,
    balanceMinor: row.balance_minor,
    money: detail.money,
    payment: row.payment as Order['payment'],
    fulfilment: row.fulfilment as Order['fulfilment'],
    holds: detail.holds,
    tags: detail.tags,
    fields: detail.fields,
    costs: detail.costs,
    attention: row.attention as Order['attention'],
    reservations,
    shortfalls,
    dueAt: row.due_at,
    wantedFrom: row.wanted_from,
    wantedTo: row.wanted_to,
    at: row.at,
    recordedAt: row.recorded_at,
    businessDate: row.business_date,
    capturedAt: row.captured_at,
    captureDevice: row.capture_device,
    quoteRef: row.quote_ref,
    opportunityRef: row.opportunity_ref,
    endReason: detail.endReason,
  }
}

function lineFrom(row: LineRow): Line {
  return {
    id: row.id as Line['id'],
    kind: row.kind as Line['kind'],
    itemId: row.item_id as Line['itemId'],
    variantId: row.variant_id,
    code: row.code,
    name: row.name,
    category: row.category,
    baseUnit: row.base_unit,
    priceMicro: row.price_micro,
    perMilli: row.per_milli,
    grossMinor: row.gross_minor,
    discountMinor: row.discount_minor,
    taxCode: row.tax_code,
    taxPpm: row.tax_ppm,
    taxIncluded: row.tax_included,
    taxMinor: row.tax_minor,
    netMinor: row.net_minor,
    recipeId: row.recipe_id,
    reasonCode: row.reason_code,
    orderedMilli: row.ordered_milli,
    cancelledMilli: row.cancelled_milli,
    madeMilli: row.made_milli,
    pickedMilli: row.picked_milli,
    packedMilli: row.packed_milli,
    handedOverMilli: row.handed_over_milli,
    deliveredMilli: row.delivered_milli,
    returnedMilli: row.returned_milli,
  }
}
