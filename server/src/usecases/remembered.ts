/**
 * What a look-up found, believed for a moment: those who ask at the same time share one, one that failed or found nothing is not
 * remembered, and of too many the one asked for longest ago is forgotten.
 */
export function remembered<T>(limits: { trustedMs: number; most: number }, lookUp: (key: string) => Promise<T | undefined>) {
  const known = new Map<string, { until: number; found: Promise<T | undefined> }>()

  return {
    get(key: string): Promise<T | undefined> {
      const entry = known.get(key)
      if (entry && performance.now() < entry.until) return entry.found
      const found = lookUp(key)
      const fresh = { until: performance.now() + limits.trustedMs, found }
      known.delete(key)
      known.set(key, fresh)
      for (const oldest of known.keys()) {
        if (known.size <= limits.most) break
        known.delete(oldest)
      }
      const forget = () => void (known.get(key) === fresh && known.delete(key))
      found.then((value) => value === undefined && forget(), forget)
      return found
    },
    clear: () => known.clear(),
  }
}

/** Collects what was used when, and writes it down now and then for all at once; what could not be written is written with the next. */
export function usesOf<Use>(everyMs: number, write: (uses: Use[]) => Promise<void>) {
  const used = new Map<string, Use>()
  const timer = setInterval(() => void flush().catch(() => {}), everyMs)
  timer.unref()

  return {
    note: (id: string, use: Use) => void used.set(id, use),
    async end(): Promise<void> {
      clearInterval(timer)
      await flush()
    },
  }

  async function flush(): Promise<void> {
    const uses = [...used]
    if (uses.length === 0) return
    used.clear()
    try {
      await write(uses.map(([, use]) => use))
    } catch (error) {
      for (const [id, use] of uses) if (!used.has(id)) used.set(id, use)
      throw error
    }
  }
}
