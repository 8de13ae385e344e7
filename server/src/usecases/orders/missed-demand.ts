import { addMissedDemand } from '#modules/stock/index.ts'
import type { Pools } from '#platform/db.ts'

/** Demand that was not met, counted by hour; thousandths of the item's base unit. It names no person and never slows an answer. */
export interface MissedDemand {
  count(miss: {
    workspaceId: string
    itemId: string
    locationId: string
    channel: string
    at: string
    wantedMilli: number
    freeMilli: number
  }): void
  /** Writes what was counted; also at the end of the process. */
  flush(): Promise<void>
}

interface Sum {
  workspaceId: string
  itemId: string
  locationId: string
  channel: string
  hour: string
  times: number
  wantedMilli: number
  freeMilli: number
}

const flushEveryMs = 1_000
// Whoever asks for a thousand different things a second that are not there is not telling us about demand.
const sumsMax = 1_000

export function missedDemand(pools: Pools): MissedDemand {
  let sums = new Map<string, Sum>()
  let timer: NodeJS.Timeout | null = null

  return { count, flush }

  function count({ at, ...miss }: Parameters<MissedDemand['count']>[0]): void {
    add({ ...miss, hour: `${at.slice(0, 13)}:00:00.000Z`, times: 1 })
    timer ??= setTimeout(() => void flush(), flushEveryMs).unref()
  }

  function add(more: Sum): void {
    const key = `${more.workspaceId} ${more.itemId} ${more.locationId} ${more.channel} ${more.hour}`
    const sum = sums.get(key)
    if (sum) {
      sum.times += more.times
      sum.wantedMilli += more.wantedMilli
      sum.freeMilli += more.freeMilli
    } else if (sums.size < sumsMax) sums.set(key, { ...more })
  }

  async function flush(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = null
    const taken = Map.groupBy(sums.values(), (sum) => sum.workspaceId)
    sums = new Map()
    for (const [workspaceId, missed] of taken) {
      const inOrder = missed.sort((a, b) => (a.itemId + a.locationId + a.channel < b.itemId + b.locationId + b.channel ? -1 : 1))
      // What cannot be written now is tried with the next.
      await pools.change(workspaceId, async (tx) => addMissedDemand(tx, workspaceId, inOrder)).catch(() => inOrder.forEach(add))
    }
  }
}
