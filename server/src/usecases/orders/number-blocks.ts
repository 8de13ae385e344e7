import { takeNumbers } from '#modules/orders/index.ts'
import type { Pools } from '#platform/db.ts'

/** Human numbers, in blocks that each take a short transaction of their own; what a process does not use is a gap. */
export interface NumberBlocks {
  take(workspaceId: string, name: 'order' | 'return', count: number): Promise<number[]>
}

const blockSize = 100

export function numberBlocks(pools: Pools): NumberBlocks {
  const blocks = new Map<string, number[]>()
  const fetches = new Map<string, Promise<void>>()

  return { take }

  async function take(workspaceId: string, name: 'order' | 'return', count: number): Promise<number[]> {
    const key = `${workspaceId} ${name}`
    for (;;) {
      const block = blocks.get(key) ?? []
      if (block.length >= count) return block.splice(0, count)
      await fetchBlock(key, workspaceId, name, Math.max(blockSize, count))
    }
  }

  /** One fetch at a time a kind: those who wait share what it brings. */
  function fetchBlock(key: string, workspaceId: string, name: 'order' | 'return', size: number): Promise<void> {
    const underWay = fetches.get(key)
    if (underWay) return underWay
    const fetched = pools
      .change(workspaceId, (tx) => takeNumbers(tx, workspaceId, name, size))
      .then((first) => {
        const block = blocks.get(key)
        const numbers = Array.from({ length: size }, (_, i) => first + i)
        if (block) block.push(...numbers)
        else blocks.set(key, numbers)
      })
      .finally(() => fetches.delete(key))
    fetches.set(key, fetched)
    return fetched
  }
}
