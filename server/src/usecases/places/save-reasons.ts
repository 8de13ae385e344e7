import { loadReasons, type ReasonWord, writeReasons } from '#modules/places/index.ts'
import { canonicalText } from '#platform/canonical.ts'
import type { Call } from '../call.ts'
import { changeReference, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'

/** Puts words on the workspace's list of reasons and changes or retires them; what was said with one stays readable. */
export function saveReasons(desk: Desk, call: Call, reasons: readonly ReasonWord[]): Promise<Saved<ReasonWord>[]> {
  return changeReference(desk, call, async (tx) => {
    const known = new Map((await loadReasons(tx, call.workspaceId)).map((reason) => [keyOf(reason), reason]))
    const changed = new Map<string, ReasonWord>()
    const value = reasons.map((reason): Saved<ReasonWord> => {
      const may = mayTouch(call, 'places:write', null)
      if (!may.ok) return may
      const before = known.get(keyOf(reason))
      if (before && canonicalText(before) === canonicalText(reason)) return { ok: true, value: before, already: true }
      known.set(keyOf(reason), reason)
      changed.set(keyOf(reason), reason)
      return { ok: true, value: reason, already: false }
    })
    writeReasons(tx, call.workspaceId, [...changed.values()])
    return {
      value,
      happened: [...changed.values()].map(
        (reason): Happened => ({ subject: 'workspace', subjectId: call.workspaceId, seq: null, type: 'ReasonSaved', payload: reason }),
      ),
    }
  })
}

const keyOf = ({ kind, code }: ReasonWord): string => `${kind} ${code}`
