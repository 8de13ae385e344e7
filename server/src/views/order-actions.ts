import { type OrderVerb, orderVerbs, verbPermissions } from '#contract/orders.ts'
import type { Label } from '#contract/workflow.ts'
import { type Command, type Flow, type FlowMove, mayMove, type Order, permissionFor, rules } from '#modules/orders/index.ts'
import { type Answer, fine, no, type Reason } from '#platform/answer.ts'
import { type Call, mayDo } from '#usecases/call.ts'

/** Something that can be done with an order, and whether this caller may do it now. */
export interface Offer {
  action: string
  label: Label
  /** The stage a move leads to; null for what leaves the stage as it is. */
  to: string | null
  /** Why it may not be done now; null when it may. */
  reason: Reason | null
  /** What must come with it and does not stand there yet. */
  requires: string[]
  permission: string
  /** The roles that have this permission. */
  who: string[]
}

interface RoleOf {
  code: string
  permissions: readonly { permission: string }[]
}

/**
 * Everything that can be asked of an order as it stands: the actions of its workflow from its stage, and the verbs every order knows.
 * The same table, rules and guards decide when it is done.
 */
export function whatCan(order: Order, flow: Flow, call: Call, roles: readonly RoleOf[], now: string): Offer[] {
  const facts = { flow, actor: call.actor, now, may: (permission: string) => mayDo(call, permission, order) }
  const who = (permission: string) =>
    roles.filter((role) => role.permissions.some((grant) => grant.permission === permission)).map((role) => role.code)
  const moves = flow.movesFrom(order.stage).filter((move) => move.by === 'action')
  const words = [...new Set(moves.map((move) => move.on))].filter((word) => word !== 'cancel' && word !== 'reopen')

  return [...words.map((word) => offerOfMoves(moves.filter((move) => move.on === word))), ...orderVerbs.map(offerOfVerb)]

  /** Several moves may share a word; the first that may be made is the one that will be. */
  function offerOfMoves([usual, ...others]: FlowMove[], rule: Answer<void> = fine()): Offer {
    if (!usual) throw new Error('An action without a move')
    const offers = [usual, ...others].map((move) => offerOfMove(move, rule))
    return offers.find((offer) => offer.reason === null) ?? (offers[0] as Offer)
  }

  function offerOfMove(move: FlowMove, rule: Answer<void>): Offer {
    const permission = permissionFor(move)
    const bare = mayMove(order, move, facts, { by: 'action', idChecked: false })
    // A guard that only waits for somebody to look at a document is a thing to bring along, not an obstacle.
    const checked = bare.ok ? bare : mayMove(order, move, facts, { by: 'action', idChecked: true })
    const answer = rule.ok ? checked : rule
    const requires = [...move.requires.filter((name) => !isSet(name)), ...(!bare.ok && checked.ok ? ['idChecked'] : [])]
    return {
      action: move.on,
      label: move.label ?? spoken(move.on),
      to: move.to,
      reason: answer.ok ? null : answer.reason,
      requires,
      permission,
      who: who(permission),
    }
  }

  function isSet(required: string): boolean {
    return required.startsWith('field.') && Object.hasOwn(order.fields, required.slice('field.'.length))
  }

  function offerOfVerb(verb: OrderVerb): Offer {
    const permission = verbPermissions[verb]
    const { label, requires } = verbs[verb]
    const rule = ruled(order, verb)
    if (verb === 'cancel' || verb === 'reopen') {
      const named = moves.filter((move) => move.on === verb)
      if (named.length > 0) return offerOfMoves(named, rule)
      return {
        action: verb,
        label,
        to: null,
        reason: rule.ok ? no('move.not_from_here', { action: verb, stage: order.stage }).reason : rule.reason,
        requires,
        permission,
        who: who(permission),
      }
    }
    const answer = facts.may(permission) ? rule : no('permission.denied', { permission })
    return { action: verb, label, to: null, reason: answer.ok ? null : answer.reason, requires, permission, who: who(permission) }
  }
}

/** Whether the rules of a verb let it be done at all, with the least that could be sent. */
function ruled(order: Order, verb: OrderVerb): Answer<void> {
  const command = leastOf(order, verb)
  if (!command.ok) return command
  for (const rule of rules[verb]) {
    const answer = rule(order, command.value)
    if (!answer.ok) return answer
  }
  return fine()
}

function leastOf(order: Order, verb: OrderVerb): Answer<Command> {
  const money = { amountMinor: 1, method: '', provider: '', reference: null, reasonCode: null, at: null }
  const move = { reason: null, noteId: null, fields: {}, idChecked: false, at: null }
  switch (verb) {
    case 'cancel':
    case 'reopen':
      return fine<Command>({ verb, ...move })
    case 'hold':
      return fine<Command>({ verb, reasonCode: '', noteId: null, until: null })
    case 'release':
      return order.holds.length === 0 ? no('hold.none') : fine<Command>({ verb, holdId: null })
    case 'note':
      return fine<Command>({ verb, noteId: '' })
    case 'assign':
      return fine<Command>({ verb, assigneeId: null })
    case 'tag':
      return fine<Command>({ verb, add: [], remove: [] })
    case 'pay':
      return fine<Command>({ verb, kind: 'capture', ...money })
    case 'refund':
      return fine<Command>({ verb, ...money, noteId: null, returnId: null })
    case 'return': {
      const line = order.lines.find((one) => one.handedOverMilli > one.returnedMilli)
      return line
        ? fine<Command>({ verb, returnId: '', lines: [{ lineId: line.id, milli: 1, creditMinor: null, restock: null }], at: null })
        : no('return.nothing')
    }
  }
}

/** `hand_over` → Hand over. */
function spoken(word: string): Label {
  const text = word.replaceAll(/[_-]+/g, ' ')
  return { en: text.charAt(0).toUpperCase() + text.slice(1) }
}

// biome-ignore format: read it by column
const verbs: Record<OrderVerb, { label: Label; requires: string[] }> = {
  hold:    { label: { en: 'Hold', es: 'Retener' },                      requires: ['reason'] },
  release: { label: { en: 'Release', es: 'Liberar' },                   requires: [] },
  cancel:  { label: { en: 'Cancel', es: 'Cancelar' },                   requires: [] },
  reopen:  { label: { en: 'Reopen', es: 'Reabrir' },                    requires: [] },
  note:    { label: { en: 'Add a note', es: 'Añadir una nota' },        requires: ['note'] },
  assign:  { label: { en: 'Assign', es: 'Asignar' },                    requires: ['assigneeId'] },
  tag:     { label: { en: 'Tag', es: 'Etiquetar' },                     requires: [] },
  pay:     { label: { en: 'Record a payment', es: 'Anotar un pago' },   requires: ['amountMinor', 'method'] },
  refund:  { label: { en: 'Refund', es: 'Reembolsar' },                 requires: ['amountMinor', 'method'] },
  return:  { label: { en: 'Take back', es: 'Recibir devolución' },      requires: ['lines'] },
}
