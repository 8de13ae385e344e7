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

  function count({ workspaceId, itemId, locationId, channel, at, wantedMilli, freeMilli }: Parameters<MissedDemand['count']>[0]): void {
    const hour = `${at.slice(0, 13)}:00:00.000Z`
    const key = `${workspaceId} ${itemId} ${locationId} ${channel} ${hour}`
    const sum = sums.get(key)
    if (sum) {
      sum.times++
      sum.wantedMilli += wantedMilli
      sum.freeMilli += freeMilli
    } else if (sums.size < sumsMax) sums.set(key, { workspaceId, itemId, locationId, channel, hour, times: 1, wantedMilli, freeMilli })
    // A count that cannot be written now is tried with the next.
    timer ??= setTimeout(() => void flush().catch(() => {}), flushEveryMs).unref()
  }

  async function flush(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = null
    const taken = sums
    sums = new Map()
    const workspaces = Map.groupBy(taken.values(), (sum) => sum.workspaceId)
    for (const [workspaceId, missed] of workspaces) {
      await pools.change(workspaceId, async (tx) =>
        addMissedDemand(
          tx,
          workspaceId,
          [...missed].sort((a, b) => (a.itemId + a.locationId + a.channel < b.itemId + b.locationId + b.channel ? -1 : 1)),
        ),
      )
    }
  }
}
