import type { LineToPlace, PlaceOrder } from '#contract/orders.ts'
import type { FieldGroup } from '#contract/permissions.ts'
import type { Contact, Draft, LineId, LineToPrice, OrderId } from '#modules/orders/index.ts'
import { type Answer, fine, no, type Refusal } from '#platform/answer.ts'
import { microPerMinor } from '#platform/currency.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { type Call, mayDo } from '../call.ts'
import type { Engine } from '../engine.ts'
import { isCurrency } from '../is-currency.ts'
import type { Catalogue, ItemRef, Reference } from '../reference.ts'
import { fieldsOf } from './custom-fields.ts'
import type { Outcome, Prepared, Work } from './order-batch.ts'

export interface PlaceRequest {
  body: PlaceOrder
  key: KeyUse | null
}

/**
 * Places orders: each is priced, its stock is taken as its workflow says, and it is on disk with everything that is owed, or it is refused and
 * left nothing. Outcomes in the order of the requests.
 */
export async function placeOrders(engine: Engine, call: Call, requests: readonly PlaceRequest[]): Promise<Outcome[]> {
  if (requests.length === 0) return []
  const numbers = await engine.numbers.take(call.workspaceId, 'order', requests.length)
  const outcomes = await engine.lane.submit(
    call.workspaceId,
    'place',
    requests.map(({ body, key }, i) => placement(call, body, key, numbers[i] ?? 0)),
  )
  outcomes.forEach((outcome, i) => {
    countMissed(engine, call, requests[i]?.body.channel ?? '', outcome)
  })
  return outcomes
}

/** Demand that was refused for want of stock, or taken on although some of it was not there. */
function countMissed(engine: Engine, { workspaceId }: Call, channel: string, outcome: Outcome): void {
  const at = new Date().toISOString()
  if (!outcome.ok) {
    const { code, params } = outcome.reason
    if (code !== 'stock.too_little') return
    const { itemId, locationId, wanted, free } = params
    engine.missed.count({
      workspaceId,
      channel,
      itemId: String(itemId),
      locationId: String(locationId),
      wantedMilli: Number(wanted),
      freeMilli: Number(free),
      at,
    })
    return
  }
  if (outcome.replayed) return
  for (const { lineId, itemId, locationId, milli } of outcome.order.shortfalls) {
    const held = outcome.order.reservations.filter((one) => one.lineId === lineId && one.itemId === itemId)
    const freeMilli = held.reduce((sum, one) => sum + one.milli, 0)
    engine.missed.count({ workspaceId, channel, itemId, locationId, wantedMilli: freeMilli + milli, freeMilli, at })
  }
}

/** One order to be placed, as work for the lane. */
export function placement(call: Call, body: PlaceOrder, key: KeyUse | null, number: number): Work {
  const orderId = (body.id ?? newId()) as OrderId
  const noteId = body.note === undefined ? null : newId()
  return {
    call,
    key,
    orderId,
    subjectId: orderId,
    expectedSeq: null,
    itemRefs: body.lines.flatMap((line) => itemRef(line) ?? []),
    prepare: (reference, catalogue) => {
      const draft = draftOf(call, body, orderId, reference)
      if (!draft.ok) return draft
      const lines = linesOf(call, body, draft.value, reference, catalogue)
      if (!lines.ok) return lines
      return fine<Prepared>({
        steps: [
          { orderId, number, lines: lines.value, command: { verb: 'place', draft: draft.value } },
          ...(noteId === null ? [] : [{ orderId, number: 0, lines: [], command: { verb: 'note', noteId } as const }]),
        ],
        notes: noteId === null ? [] : [{ id: noteId, orderId, text: body.note ?? '' }],
        contact: body.contact ? contactOf(orderId, body.contact) : null,
        returns: [],
        looseMoney: [],
        history: null,
      })
    },
  }
}

function draftOf(call: Call, body: PlaceOrder, id: OrderId, reference: Reference): Answer<Draft> {
  const hidden = hiddenIn(call, body)
  if (hidden !== null) return no('permission.hidden', { group: hidden })
  const name = body.locationId ?? body.location ?? ''
  const location = reference.location(name)
  if (!location || !mayDo(call, 'orders:place', { locationId: location.id, ownerId: call.actor.id })) {
    return call.permissions.has('orders:place')
      ? no('location.not_found', { location: name })
      : no('permission.denied', { permission: 'orders:place' })
  }
  if (location.status === 'closed') return no('location.closed', { location: location.code })
  // What a kiosk places comes from its own register, said or not.
  const registerId = body.registerId ?? call.registerId
  const register = registerId === undefined ? null : reference.register(registerId)
  const isOthers = call.registerId !== undefined && registerId !== call.registerId
  if (register === undefined || isOthers || (register && register.locationId !== location.id))
    return no('register.not_found', { register: registerId ?? '' })
  if (register?.status === 'closed') return no('register.closed', { register: register.code })
  const currency = body.currency ?? reference.workspace.homeCurrency
  if (!isCurrency(currency)) return no('currency.unknown', { currency })
  return fine({
    id,
    channel: body.channel,
    source: body.source ?? 'api',
    locationId: location.id,
    registerId: register?.id ?? null,
    connectionId: body.connectionId ?? null,
    externalId: body.externalId ?? null,
    customerId: body.customerId ?? null,
    priority: body.priority ?? 0,
    currency,
    tags: body.tags ?? [],
    fields: fieldsOf(body.fields),
    costs: (body.costs ?? []).map((cost) => ({ id: newId(), ...cost })),
    wantedFrom: moment(body.wanted?.from),
    wantedTo: moment(body.wanted?.to),
    at: moment(body.at),
    capturedAt: moment(body.captured?.at),
    captureDevice: body.captured?.device ?? null,
    quoteRef: body.references?.quote ?? null,
    opportunityRef: body.references?.opportunity ?? null,
    workflow: body.workflow ?? null,
  })
}

/** The first group of fields that is sent and that the caller's role is kept from. */
function hiddenIn({ hides }: Call, { contact, note, costs }: PlaceOrder): FieldGroup | null {
  if (contact !== undefined && hides.has('contact')) return 'contact'
  if (note !== undefined && hides.has('notes')) return 'notes'
  return costs !== undefined && costs.length > 0 && hides.has('costs') ? 'costs' : null
}

/** A moment as it is stored: UTC with milliseconds. */
export function moment(at: string | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}

function contactOf(orderId: string, contact: NonNullable<PlaceOrder['contact']>): Contact {
  const { name = '', email = '', phone = '', address = '', city = '', postcode = '', country = '' } = contact
  return { orderId, name, email, phone, address, city, postcode, country }
}

// ─── Lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function itemRef(line: LineToPlace): ItemRef | null {
  if (line.itemId !== undefined) return { by: 'id', value: line.itemId }
  if (line.item !== undefined) return { by: 'code', value: line.item }
  if (line.variant !== undefined) return { by: 'variant', value: line.variant }
  return line.barcode === undefined ? null : { by: 'barcode', value: line.barcode }
}

function linesOf(call: Call, body: PlaceOrder, draft: Draft, reference: Reference, catalogue: Catalogue): Answer<LineToPrice[]> {
  const lines: LineToPrice[] = []
  const may = (permission: string) => mayDo(call, permission, { locationId: draft.locationId, ownerId: call.actor.id })
  for (const line of body.lines) {
    const made =
      line.kind === undefined ? catalogueLine(line, draft, reference, catalogue, may) : freeLine(line, line.kind, draft, reference, may)
    if (!made.ok) return made
    if (lines.some((other) => other.id === made.value.id)) return no('line.exists', { line: made.value.id })
    lines.push(made.value)
  }
  return beyondLimit(call, lines, draft.currency) ?? fine(lines)
}

/** What a role may take off one order, as it was typed: rounding comes later and is below a minor unit. */
function beyondLimit({ moneyLimits }: Call, lines: readonly LineToPrice[], currency: string): Refusal | null {
  const most = moneyLimits.discountMinor
  if (most === undefined) return null
  const off = lines.reduce(
    (sum, line) => (line.kind === 'discount' ? sum - (line.priceMicro * line.quantityMilli) / line.perMilli : sum),
    0,
  )
  const amount = Math.round(off / microPerMinor(currency))
  return amount > most ? no('limit.discount', { most, amount, currency }) : null
}

function catalogueLine(
  line: LineToPlace,
  draft: Draft,
  reference: Reference,
  catalogue: Catalogue,
  may: (permission: string) => boolean,
): Answer<LineToPrice> {
  const ref = itemRef(line)
  const name = ref?.value ?? ''
  const found = ref ? catalogue.find(ref) : undefined
  if (!found) return no('item.not_found', { item: name })
  const { item } = found
  const variant = line.variantId === undefined ? found.variant : (item.variants.find((one) => one.id === line.variantId) ?? null)
  if (item.status === 'retired' || variant?.status === 'retired') return no('item.retired', { item: item.code })
  if (line.variantId !== undefined && variant === null) return no('variant.not_found', { variant: line.variantId, item: item.code })
  const quantityMilli = line.quantityMilli ?? 0
  if (
    variant &&
    (line.variantId !== undefined || line.variant !== undefined || line.barcode !== undefined) &&
    quantityMilli % variant.contentMilli !== 0
  ) {
    return no('line.not_whole_variant', { quantity: quantityMilli, item: item.code, variant: variant.code, step: variant.contentMilli })
  }
  if (item.kind === 'discount' && !may('orders:discount')) return no('permission.denied', { permission: 'orders:discount' })
  const price = priceOf(line, variant, item.code, draft, may)
  if (!price.ok) return price
  const tax = item.taxCode === null ? null : reference.tax(item.taxCode)
  return fine({
    id: (line.id ?? newId()) as LineId,
    kind: item.kind,
    itemId: item.id,
    variantId: variant?.id ?? null,
    code: variant && variant.code !== item.code ? variant.code : item.code,
    name: variant && variant.name !== '' ? `${item.name} ${variant.name}` : item.name,
    category: item.category,
    baseUnit: item.baseUnit,
    quantityMilli,
    perMilli: price.value.perMilli,
    priceMicro: item.kind === 'discount' ? 0 - price.value.priceMicro : price.value.priceMicro,
    recipeId: item.recipe?.id ?? null,
    reasonCode: null,
    tax: tax ? { code: tax.code, ppm: tax.ratePpm, included: tax.included } : null,
  })
}

function priceOf(
  line: LineToPlace,
  variant: { priceMicro: number | null; contentMilli: number; currency: string } | null,
  item: string,
  { currency }: Draft,
  may: (permission: string) => boolean,
): Answer<{ priceMicro: number; perMilli: number }> {
  if (line.priceMicro !== undefined) {
    return may('orders:price')
      ? fine({ priceMicro: line.priceMicro, perMilli: line.perMilli ?? 1_000 })
      : no('permission.denied', { permission: 'orders:price' })
  }
  if (!variant || variant.priceMicro === null) return no('price.unknown', { item, currency })
  if (variant.currency !== currency) return no('currency.mismatch', { wanted: currency, given: variant.currency })
  return fine({ priceMicro: variant.priceMicro, perMilli: variant.contentMilli })
}

function freeLine(
  line: LineToPlace,
  kind: 'service' | 'charge' | 'discount',
  { currency }: Draft,
  reference: Reference,
  may: (permission: string) => boolean,
): Answer<LineToPrice> {
  if (!may(kind === 'discount' ? 'orders:discount' : 'orders:price'))
    return no('permission.denied', { permission: kind === 'discount' ? 'orders:discount' : 'orders:price' })
  if (line.reasonCode !== undefined && !reference.reason('discount', line.reasonCode)?.active)
    return no('reason.unknown', { reason: line.reasonCode, kind: 'discount' })
  const amountMinor = line.amountMinor ?? 0
  return fine({
    id: (line.id ?? newId()) as LineId,
    kind,
    itemId: null,
    variantId: null,
    code: '',
    name: line.name ?? '',
    category: line.category ?? '',
    baseUnit: 'piece',
    quantityMilli: 1_000,
    priceMicro: (kind === 'discount' ? -amountMinor : amountMinor) * microPerMinor(currency),
    perMilli: 1_000,
    recipeId: null,
    reasonCode: line.reasonCode ?? null,
    tax: null,
  })
}
