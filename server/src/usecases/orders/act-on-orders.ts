import type { OrderAction } from '#contract/orders.ts'
import { knownPrincipals } from '#modules/identity/index.ts'
import type { Command, MoveInput, OrderId } from '#modules/orders/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { KeyUse } from '#platform/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '../call.ts'
import type { Engine } from '../engine.ts'
import type { Reference } from '../reference.ts'
import { fieldsOf } from './custom-fields.ts'
import { unknownReason } from './known-reasons.ts'
import type { Outcome, Prepared, Work } from './order-batch.ts'
import { moment } from './place-orders.ts'
import { type ReturnRequest, returnWorks } from './return-goods.ts'

export interface ActRequest {
  orderId: string
  /** Only if the order still stands at this version; null = as it stands. */
  expectedSeq: number | null
  key: KeyUse | null
  command: OrderAction
}

/** Does one thing with each of these orders: a verb that every order knows, or an action of its workflow. Outcomes in the order of the requests. */
export async function actOnOrders(engine: Engine, call: Call, requests: readonly ActRequest[]): Promise<Outcome[]> {
  if (requests.length === 0) return []
  return engine.lane.submit(call.workspaceId, 'act', await actWorks(engine, call, requests))
}

/** What the requests ask of their orders, in their order, ready for the lane. */
export async function actWorks(engine: Engine, call: Call, requests: readonly ActRequest[]): Promise<Work[]> {
  const returns = requests.flatMap((request) => (request.command.verb === 'return' ? [returnRequest(request, request.command)] : []))
  const [returned, members] = await Promise.all([returnWorks(engine, call, returns), assigneesAmong(engine, call, requests)])
  return requests.map(({ command, ...request }) =>
    command.verb === 'return' ? (returned.shift() as Work) : actWork(call, request, command, members),
  )
}

/** Of those an order is to be given to, the ones the workspace knows. */
async function assigneesAmong(engine: Engine, { workspaceId }: Call, requests: readonly ActRequest[]): Promise<ReadonlySet<string>> {
  const ids = requests.flatMap(({ command }) => (command.verb === 'assign' ? (command.assigneeId ?? []) : []))
  return ids.length === 0 ? new Set() : engine.pools.view(workspaceId, (db) => knownPrincipals(db, workspaceId, ids))
}

function returnRequest(
  { orderId, expectedSeq, key }: Omit<ActRequest, 'command'>,
  { verb: _, lines, ...kept }: Extract<OrderAction, { verb: 'return' }>,
): ReturnRequest {
  const body = { ...kept, orderId, lines: lines.map(({ creditMinor, ...line }) => ({ ...line, amountMinor: creditMinor })) }
  return { body, key, expectedSeq }
}

function actWork(
  call: Call,
  { orderId, expectedSeq, key }: Omit<ActRequest, 'command'>,
  action: Exclude<OrderAction, { verb: 'return' }>,
  members: ReadonlySet<string>,
): Work {
  const text = 'note' in action ? action.note : undefined
  const noteId = text === undefined ? null : newId()
  return {
    call,
    key,
    orderId: orderId as OrderId,
    subjectId: orderId,
    expectedSeq,
    itemRefs: [],
    prepare: (reference) => {
      if (text !== undefined && call.hides.has('notes')) return no('permission.hidden', { group: 'notes' })
      const command = commandOf(action, noteId, reference, members)
      if (!command.ok) return command
      return fine<Prepared>({
        steps: [{ orderId: orderId as OrderId, command: command.value, lines: [], number: 0 }],
        notes: noteId === null ? [] : [{ id: noteId, orderId, text: text ?? '' }],
        contact: null,
        returns: [],
        looseMoney: [],
        history: null,
      })
    },
  }
}

function commandOf(
  action: Exclude<OrderAction, { verb: 'return' }>,
  noteId: string | null,
  reference: Reference,
  members: ReadonlySet<string>,
): Answer<Command> {
  switch (action.verb) {
    case 'move': {
      // Which list a move's reason is on follows from where it leads, and that is decided with the order at hand.
      const unknown = unknownReason(reference, ['move', 'cancel', 'reject', 'reopen'], action.reason)
      return unknown ?? fine<Command>({ verb: 'move', action: action.action, by: 'action', generation: null, ...moveInput(action, noteId) })
    }
    case 'cancel':
    case 'reopen':
      return unknownReason(reference, [action.verb], action.reason) ?? fine<Command>({ verb: action.verb, ...moveInput(action, noteId) })
    case 'hold':
      return (
        unknownReason(reference, ['hold'], action.reason) ??
        fine<Command>({ verb: 'hold', reasonCode: action.reason, noteId, until: moment(action.until) })
      )
    case 'release':
      return fine<Command>({ verb: 'release', holdId: action.holdId ?? null })
    case 'note':
      return fine<Command>({ verb: 'note', noteId: noteId ?? newId() })
    case 'assign':
      if (action.assigneeId !== null && !members.has(action.assigneeId)) return no('member.not_found', { member: action.assigneeId })
      return fine<Command>({ verb: 'assign', assigneeId: action.assigneeId })
    case 'tag':
      return fine<Command>({ verb: 'tag', add: action.add ?? [], remove: action.remove ?? [] })
    case 'pay':
      return fine<Command>({ verb: 'pay', kind: action.kind ?? 'capture', ...payment(action) })
    case 'refund':
      return (
        unknownReason(reference, ['refund'], action.reason) ??
        fine<Command>({ verb: 'refund', ...payment(action), noteId, returnId: action.returnId ?? null })
      )
  }
}

function moveInput(
  {
    reason,
    fields,
    idChecked,
    at,
  }: { reason?: string | undefined; fields?: Parameters<typeof fieldsOf>[0]; idChecked?: boolean | undefined; at?: string | undefined },
  noteId: string | null,
): MoveInput {
  return { reason: reason ?? null, noteId, fields: fieldsOf(fields), idChecked: idChecked ?? false, at: moment(at) }
}

function payment({
  amountMinor,
  method,
  provider,
  reference,
  reason,
  at,
}: {
  amountMinor: number
  method: string
  provider?: string | undefined
  reference?: string | undefined
  reason?: string | undefined
  at?: string | undefined
}) {
  return { amountMinor, method, provider: provider ?? 'manual', reference: reference ?? null, reasonCode: reason ?? null, at: moment(at) }
}
