import { loadTaxes, type Tax, writeTaxes } from '#modules/places/index.ts'
import { no } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import type { Call } from '../call.ts'
import { changeReference, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'

const ppmMax = 1_000_000

/** Makes taxes and changes them, by code. Orders keep the rate they were placed with. */
export function saveTaxes(desk: Desk, call: Call, taxes: readonly Tax[]): Promise<Saved<Tax>[]> {
  return changeReference(desk, call, async (tx) => {
    const known = new Map((await loadTaxes(tx, call.workspaceId)).map((tax) => [tax.code, tax]))
    const changed = new Map<string, Tax>()
    const value = taxes.map((tax): Saved<Tax> => {
      const may = mayTouch(call, 'places:write', null)
      if (!may.ok) return may
      if (!Number.isInteger(tax.ratePpm) || tax.ratePpm < 0 || tax.ratePpm > ppmMax)
        return no('tax.bad_rate', { tax: tax.code, rate: tax.ratePpm })
      const before = known.get(tax.code)
      if (before && canonicalText(before) === canonicalText(tax)) return { ok: true, value: before, already: true }
      known.set(tax.code, tax)
      changed.set(tax.code, tax)
      return { ok: true, value: tax, already: false }
    })
    writeTaxes(tx, call.workspaceId, [...changed.values()])
    return {
      value,
      happened: [...changed.values()].map(
        (tax): Happened => ({ subject: 'workspace', subjectId: call.workspaceId, seq: null, type: 'TaxSaved', payload: tax }),
      ),
    }
  })
}
