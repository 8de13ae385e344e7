/** How much a caller may ask in a second, in units of a plain request, and how much at once after a pause. */
export interface Rate {
  perSecond: number
  burst: number
}

interface Bucket {
  left: number
  at: number
}

const callersMax = 50_000

/** An allowance a caller: each refills steadily and lends what is left of it. Kept in this process; the caller seen longest ago is forgotten. */
export function rateLimit({ perSecond, burst }: Rate, now: () => number = () => performance.now()) {
  const buckets = new Map<string, Bucket>()

  return { take }

  /** Takes what a request costs; answers what is left, or in how many seconds the caller may come again. */
  function take(caller: string, cost: number): { ok: true; left: number } | { ok: false; seconds: number } {
    const at = now()
    let bucket = buckets.get(caller)
    if (bucket) {
      bucket.left = Math.min(burst, bucket.left + ((at - bucket.at) / 1_000) * perSecond)
      bucket.at = at
    } else {
      bucket = { left: burst, at }
      forgetOne()
    }
    // Behind all who asked before.
    buckets.delete(caller)
    buckets.set(caller, bucket)
    // A request larger than the whole allowance passes when the allowance is full, and owes the rest.
    const needed = Math.min(cost, burst)
    if (bucket.left < needed) return { ok: false, seconds: Math.max(1, Math.ceil((needed - bucket.left) / perSecond)) }
    bucket.left -= cost
    return { ok: true, left: Math.max(0, Math.floor(bucket.left)) }
  }

  function forgetOne(): void {
    if (buckets.size < callersMax) return
    for (const oldest of buckets.keys()) {
      buckets.delete(oldest)
      return
    }
  }
}

export type RateLimit = ReturnType<typeof rateLimit>
