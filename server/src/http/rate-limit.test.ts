import { expect, test } from 'vitest'
import { rateLimit } from './rate-limit.ts'

test('whoever goes on asking is not forgotten for a crowd of others, and so given a fresh allowance', () => {
  const limit = rateLimit({ perSecond: 1, burst: 2 }, () => 0)
  limit.take('a', 1)
  for (let n = 0; n < 49_999; n++) limit.take(`crowd ${n}`, 1)
  limit.take('a', 1)
  limit.take('one more', 1)
  expect(limit.take('a', 1)).toMatchObject({ ok: false })
})
