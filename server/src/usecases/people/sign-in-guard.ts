/** How many wrong passwords are forgiven at once, and how long one more takes to earn. */
export interface Patience {
  burst: number
  everyMs: number
}

// biome-ignore format: read it by column
const patience: Record<'account' | 'network' | 'known', Patience> = {
  account: { burst: 20, everyMs: 60_000 },
  network: { burst: 30, everyMs: 10_000 },
  known:   { burst: 10, everyMs: 60_000 },
}
const countedMax = 100_000

/**
 * Counts attempts to sign in that failed, by account (whether there is one or not, and wherever they come from) and by network. From a
 * network that the account was signed in to before, a count of its own: who guesses elsewhere cannot lock the owner out. Kept in this process.
 */
export function signInGuard(now: () => number = () => performance.now()) {
  const counts = new Map<string, { left: number; at: number }>()
  const familiar = new Set<string>()

  return {
    /** How many seconds to wait before the next attempt; null where it may be made. It is counted until {@link succeeded} says otherwise. */
    attempt(account: string, network: string): number | null {
      const waits = bucketsOf(account, network).map(({ key, patience: { burst, everyMs } }) => {
        const count = counts.get(key)
        const left = count ? Math.min(burst, count.left + (now() - count.at) / everyMs) : burst
        return { key, left, waitMs: left >= 1 ? 0 : (1 - left) * everyMs }
      })
      const longest = Math.max(...waits.map(({ waitMs }) => waitMs))
      if (longest > 0) return Math.ceil(longest / 1_000)
      for (const { key, left } of waits) put(key, left - 1)
      return null
    },
    succeeded(account: string, network: string): void {
      // A network gets back this one attempt alone: whoever has an account of their own could else guess at others for ever.
      for (const { key } of bucketsOf(account, network)) {
        if (key.startsWith('network')) put(key, (counts.get(key)?.left ?? 0) + 1)
        else counts.delete(key)
      }
      familiar.add(pairOf(account, network))
      if (familiar.size > countedMax) familiar.delete(first(familiar))
    },
  }

  function bucketsOf(account: string, network: string): { key: string; patience: Patience }[] {
    const pair = pairOf(account, network)
    if (familiar.has(pair)) return [{ key: `known ${pair}`, patience: patience.known }]
    return [
      { key: `account ${account}`, patience: patience.account },
      { key: `network ${network}`, patience: patience.network },
    ]
  }

  function put(key: string, left: number): void {
    counts.delete(key)
    counts.set(key, { left, at: now() })
    if (counts.size > countedMax) counts.delete(first(counts.keys()))
  }
}

export type SignInGuard = ReturnType<typeof signInGuard>

const pairOf = (account: string, network: string): string => `${network} ${account}`

function first(words: Iterable<string>): string {
  for (const word of words) return word
  return ''
}
