import { hash } from 'node:crypto'
import { canonicalText } from '#platform/canonical.ts'

/** What a request means, whatever the order of its properties: SHA-256 of the canonical body and of what its address names, hex. */
export function fingerprintOf(params: unknown, body: unknown): string {
  return hash('sha256', canonicalText([params, body ?? null]), 'hex')
}

/**
 * Requests under way by key: whoever repeats one while it is running waits for its answer instead of asking again. Answers
 * `undefined` when the key is being used for something else.
 */
export function repeats<Answer>() {
  const underWay = new Map<string, { fingerprint: string; answer: Promise<Answer> }>()

  return {
    join(key: string, fingerprint: string, work: () => Promise<Answer>): Promise<Answer> | undefined {
      const first = underWay.get(key)
      if (first) return first.fingerprint === fingerprint ? first.answer : undefined
      const answer = work().finally(() => underWay.delete(key))
      underWay.set(key, { fingerprint, answer })
      return answer
    },
  }
}
