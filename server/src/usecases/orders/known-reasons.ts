import { no } from '#platform/answer.ts'
import type { Reference } from '../reference.ts'

type ReasonKind = Parameters<Reference['reason']>[0]

/** A refusal where a reason was given that is on none of these lists. */
export function unknownReason(reference: Reference, kinds: readonly ReasonKind[], code: string | undefined) {
  if (code === undefined || kinds.some((kind) => reference.reason(kind, code)?.active)) return null
  return no('reason.unknown', { reason: code, kind: kinds[0] ?? '' })
}
