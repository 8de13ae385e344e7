import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rememberIds } from './seen-ids.ts'

test('ids are counted as a plain list would count them, whatever they look like', () => {
  const id = fc.oneof(
    fc.integer({ min: 0, max: 40 }).map(String),
    fc.constantFrom('C1', 'C2', '#1', '#01', '01', '1', '1-A', 'x', '', '7.5', '99999999999999999'),
  )
  fc.assert(
    fc.property(fc.array(id, { maxLength: 200 }), (ids) => {
      const seen = rememberIds()
      expect(ids.map((id) => seen.note(id))).toEqual(ids.map((id, at) => ids.slice(0, at).filter((other) => other === id).length))
    }),
  )
})
