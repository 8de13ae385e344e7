import { creditFor, type Order } from '#modules/orders/index.ts'
import type { Movement } from '#modules/stock/index.ts'
import { canonicalText } from '#platform/canonical.ts'
import type { Db, Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { LogEvent } from '#platform/log.ts'
import type { Call } from '../call.ts'

/** What came back, as asked for: what an order's line tells is filled in from the order when it is decided. */
export interface ReturnDraft {
  call: Call
  id: string
  number: number
  /** The one order it belongs to; null where it stands alone or belongs to several. */
  orderId: string | null
  locationId: string
  customerId: string | null
  connectionId: string | null
  externalId: string | null
  reasonCode: string | null
  noteId: string | null
  currency: string
  source: string
  /** When it was so; null = now. */
  at: string | null
  lines: {
    orderId: string | null
    orderLineId: string | null
    milli: number
    /** Minor units, positive = given back; null = its share of the line's net. */
    amountMinor: number | null
    isRestocked: boolean
    /** For lines that no order stands behind; matched lines go back into stock with their order. */
    restock: { itemId: string; lotId: string } | null
    sold: Sold | null
  }[]
}

interface Sold {
  kind: 'goods' | 'service' | 'charge' | 'discount'
  itemId: string | null
  code: string
  name: string
  category: string
}

/** Goods and money that came back, as recorded. Amounts in minor units, positive = given back. */
export interface ReturnDocument extends Omit<ReturnDraft, 'at' | 'lines'> {
  totalMinor: number
  at: string
  businessDate: string
  lines: ({
    id: string
    orderId: string | null
    orderLineId: string | null
    milli: number
    amountMinor: number
    restocked: boolean
  } & Sold)[]
  restocked: Movement[]
}

/** Completes a return: what its lines were, what they are credited with, and the stock effect of those that no order stands behind. */
export function finishReturn(
  draft: ReturnDraft,
  orderOf: (id: string) => Order | undefined,
  now: string,
  businessDateOf: (at: string) => string,
): ReturnDocument {
  const at = draft.at ?? now
  const businessDate = businessDateOf(at)
  const before = new Map<string, number>()
  const restocked: Movement[] = []
  const lines = draft.lines.map(({ orderId, orderLineId, milli, amountMinor, isRestocked, restock, sold }) => {
    const line = orderId === null ? undefined : orderOf(orderId)?.lines.find((one) => one.id === orderLineId)
    if (orderId !== null && !line) throw new Error(`Return ${draft.id} names line ${orderLineId}, which order ${orderId} does not have`)
    const earlier = before.get(orderLineId ?? '') ?? 0
    before.set(orderLineId ?? '', earlier + milli)
    if (restock) restocked.push(movementOf(draft, restock, milli, at, businessDate))
    const what = line ?? sold
    if (!what) throw new Error(`Return ${draft.id} does not say what came back`)
    const { kind, itemId, code, name, category } = what
    return {
      id: newId(),
      orderId,
      orderLineId,
      kind,
      itemId,
      code,
      name,
      category,
      milli,
      amountMinor: amountMinor ?? (line ? creditFor({ ...line, returnedMilli: line.returnedMilli + earlier }, milli) : 0),
      restocked: isRestocked,
    }
  })
  return { ...draft, at, businessDate, lines, restocked, totalMinor: lines.reduce((sum, line) => sum + line.amountMinor, 0) }
}

function movementOf(
  { call, id, locationId, currency }: ReturnDraft,
  { itemId, lotId }: { itemId: string; lotId: string },
  milli: number,
  at: string,
  businessDate: string,
): Movement {
  return {
    id: newId(),
    itemId,
    locationId,
    lotId,
    kind: 'return',
    deltaMilli: milli,
    unitCostMicro: null,
    currency,
    orderId: null,
    lineId: null,
    reservationId: null,
    returnId: id,
    reasonCode: null,
    noteId: null,
    externalId: null,
    at,
    businessDate,
    actorKind: call.actor.kind,
    actorId: call.actor.id,
  }
}

/** Returns among these ids and external ids that stand already. */
export function findTakenReturns(
  db: Db,
  workspaceId: string,
  drafts: readonly ReturnDraft[],
): Promise<{ id: string; connectionId: string | null; externalId: string | null }[]> {
  return db.query({
    name: 'find_taken_returns',
    text: `select id, connection_id as "connectionId", external_id as "externalId" from returns where workspace_id = $1 and id = any($2::uuid[])
      union all
      select id, connection_id, external_id from returns where workspace_id = $1 and external_id = any($3::text[])`,
    values: [workspaceId, drafts.map((draft) => draft.id), drafts.flatMap((draft) => draft.externalId ?? [])],
  })
}

/** Which orders something came back from with these returns. */
export function findReturned(db: Db, workspaceId: string, returnIds: readonly string[]): Promise<{ returnId: string; orderId: string }[]> {
  return db.query({
    name: 'find_returned',
    text: `select distinct return_id as "returnId", order_id as "orderId" from return_lines where workspace_id = $1 and return_id = any($2::uuid[]) and order_id is not null`,
    values: [workspaceId, returnIds],
  })
}

/** Writes return documents with their lines; answers the events that tell of them. */
export function writeReturns(tx: Tx, workspaceId: string, commitId: string, returns: readonly ReturnDocument[], now: string): LogEvent[] {
  if (returns.length === 0) return []
  tx.send({
    name: 'insert_returns',
    text: `insert into returns (workspace_id, id, number, order_id, location_id, customer_id, connection_id, external_id, reason_code, note_id, currency, total_minor, source, at, recorded_at, business_date, commit_id)
      select $1, id, number, "orderId", "locationId", "customerId", "connectionId", "externalId", "reasonCode", "noteId", currency, "totalMinor", source, at, $4, "businessDate", $2
      from json_to_recordset($3::json) as r(id uuid, number bigint, "orderId" uuid, "locationId" uuid, "customerId" uuid, "connectionId" uuid, "externalId" text, "reasonCode" text, "noteId" uuid,
        currency text, "totalMinor" bigint, source text, at timestamptz, "businessDate" date)`,
    values: [workspaceId, commitId, JSON.stringify(returns.map(({ call: _, lines: __, restocked: ___, ...row }) => row)), now],
  })
  tx.send({
    name: 'insert_return_lines',
    text: `insert into return_lines (workspace_id, return_id, id, order_id, order_line_id, kind, item_id, code, name, category, milli, amount_minor, restocked)
      select $1, "returnId", id, "orderId", "orderLineId", kind, "itemId", code, name, category, milli, "amountMinor", restocked
      from json_to_recordset($2::json) as r("returnId" uuid, id uuid, "orderId" uuid, "orderLineId" uuid, kind text, "itemId" uuid, code text, name text, category text, milli bigint,
        "amountMinor" bigint, restocked boolean)`,
    values: [
      workspaceId,
      JSON.stringify(returns.flatMap((document) => document.lines.map((line) => ({ ...line, returnId: document.id })))),
    ],
  })
  return returns.map(({ call, restocked, ...document }) => ({
    subject: 'return',
    subjectId: document.id,
    seq: 1,
    type: 'ReturnRecorded',
    payload: canonicalText({
      ...document,
      restocked: restocked.map(({ id, itemId, lotId, deltaMilli }) => ({ movementId: id, itemId, lotId, milli: deltaMilli })),
    }),
    version: 1,
    at: document.at,
    actorKind: call.actor.kind,
    actorId: call.actor.id,
    locationId: document.locationId,
    registerId: null,
    commandId: call.commandId,
  }))
}
