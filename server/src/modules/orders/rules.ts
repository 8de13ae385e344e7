import { minorDigits } from '#contract/currency.ts'
import { limits } from '#contract/limits.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Command, Verb } from './commands.ts'
import { openMilli } from './standing.ts'
import type { Order } from './types.ts'

type Rule = (order: Order, command: Command) => Answer<void>

/** What must hold for a verb, whatever the workflow says; a definition may gate what these allow, never reach around them. */
// biome-ignore format: read it by column
export const rules: Record<Verb, Rule[]> = {
  place:   [],
  move:    [fieldsStayWithinTheLimit],
  cancel:  [somethingIsOpen, nothingWasHandedOver, fieldsStayWithinTheLimit],
  reopen:  [fieldsStayWithinTheLimit],
  hold:    [itHasNotEnded],
  release: [theHoldIsOpen],
  note:    [],
  assign:  [],
  tag:     [tagsStayWithinTheLimit],
  pay:     [theAmountMakesSense],
  refund:  [itWasPaid],
  return:  [itWasHandedOver],
  wake:    [],
  undo:    [nothingHasHappenedSince],
}

function nothingWasHandedOver(order: Order): Answer<void> {
  return order.lines.every((line) => line.handedOverMilli === 0) ? fine() : no('order.handed_over')
}

function somethingIsOpen(order: Order): Answer<void> {
  return order.lines.some((line) => openMilli(line) > 0 || line.handedOverMilli > 0) ? fine() : no('order.nothing_open')
}

function itHasNotEnded(order: Order): Answer<void> {
  return order.phase === 'done' || order.phase === 'cancelled' || order.phase === 'rejected'
    ? no('order.ended', { stage: order.stage })
    : fine()
}

function theHoldIsOpen(order: Order, command: Command): Answer<void> {
  if (command.verb !== 'release' || command.holdId === null) return fine()
  return order.holds.some((hold) => hold.id === command.holdId) ? fine() : no('hold.not_found', { hold: command.holdId })
}

function tagsStayWithinTheLimit(order: Order, command: Command): Answer<void> {
  if (command.verb !== 'tag') return fine()
  const tags = new Set([...order.tags.filter((tag) => !command.remove.includes(tag)), ...command.add])
  return tags.size <= limits.tagsAnOrder ? fine() : no('tag.too_many', { tags: tags.size, most: limits.tagsAnOrder })
}

function fieldsStayWithinTheLimit(order: Order, command: Command): Answer<void> {
  if (!('fields' in command)) return fine()
  const fields = new Set([...Object.keys(order.fields), ...Object.keys(command.fields)])
  return fields.size <= limits.fieldsAnOrder ? fine() : no('field.too_many', { fields: fields.size, most: limits.fieldsAnOrder })
}

function nothingHasHappenedSince(order: Order, command: Command): Answer<void> {
  if (command.verb !== 'undo') return fine()
  const { before, events } = command.done
  return order.seq === before.seq + events.length
    ? fine()
    : no('undo.changed_since', { version: order.seq, left: before.seq + events.length })
}

function theAmountMakesSense(order: Order, command: Command): Answer<void> {
  if (command.verb !== 'pay') return fine()
  const { kind, amountMinor } = command
  const bad = no('money.bad_amount', { amount: amountMinor, currency: order.currency })
  if (!Number.isSafeInteger(amountMinor) || amountMinor === 0) return bad
  if (kind === 'refund') return bad
  if (kind !== 'rounding' && amountMinor < 0) return bad
  // Cash is rounded to its smallest coin, never by a whole unit of the currency.
  if (kind === 'rounding' && Math.abs(amountMinor) >= 10 ** minorDigits(order.currency)) return bad
  if (kind === 'write_off' && amountMinor > order.balanceMinor) return bad
  if (kind === 'void' && amountMinor > order.money.authorisedMinor) return bad
  return fine()
}

function itWasPaid(order: Order, command: Command): Answer<void> {
  if (command.verb !== 'refund') return fine()
  const refundable = order.money.capturedMinor - order.money.refundedMinor
  if (refundable <= 0) return no('money.nothing_to_refund')
  if (!Number.isSafeInteger(command.amountMinor) || command.amountMinor <= 0)
    return no('money.bad_amount', { amount: command.amountMinor, currency: order.currency })
  return command.amountMinor <= refundable
    ? fine()
    : no('money.refund_too_much', { refundable, wanted: command.amountMinor, currency: order.currency })
}

function itWasHandedOver(order: Order, command: Command): Answer<void> {
  if (command.verb !== 'return') return fine()
  if (command.lines.length === 0) return no('return.no_lines')
  const wanted = new Map<string, number>()
  for (const { lineId, milli } of command.lines) wanted.set(lineId, (wanted.get(lineId) ?? 0) + milli)
  for (const [lineId, milli] of wanted) {
    const line = order.lines.find((candidate) => candidate.id === lineId)
    if (!line) return no('line.not_found', { line: lineId })
    const returnable = line.handedOverMilli - line.returnedMilli
    if (milli > returnable || milli <= 0) return no('return.too_many', { item: line.code, returnable, wanted: milli })
  }
  return fine()
}
