import { join } from 'node:path'
import { onFreshFolder, startDocket } from './docket.ts'
import type { Bench, Found } from './row.ts'

const times = 3

/** `npm start` to the first ready answer, as right after an install: no data folder, nothing compiled yet. Median of three. */
export async function startFirst(bench: Bench): Promise<Found> {
  const seconds: number[] = []
  for (let i = 0; i < times; i++) seconds.push(await onFreshFolder(startOnce))
  return medianOf(seconds, bench)
}

/** The same on a data folder that was used before. */
export function startNext(bench: Bench): Promise<Found> {
  return onFreshFolder(async (folder) => {
    await startOnce(folder)
    const seconds: number[] = []
    for (let i = 0; i < times; i++) seconds.push(await startOnce(folder))
    return medianOf(seconds, bench)
  })
}

async function startOnce(folder: string): Promise<number> {
  // Where Node keeps what it compiled; beside the data, so that a fresh folder knows nothing. The demo is made as for everybody.
  const env = { NODE_COMPILE_CACHE: join(folder, '..', 'compiled'), DOCKET_DEMO: '' }
  const docket = await startDocket(folder, { command: ['npm', 'start'], env })
  await docket.stop()
  return docket.startedIn
}

function medianOf(seconds: number[], { say }: Bench): Found {
  const sorted = seconds.toSorted((a, b) => a - b)
  say(`${seconds.map((one) => one.toFixed(2)).join(', ')} s`)
  return { value: sorted[Math.floor(sorted.length / 2)] ?? 0, unit: 's', floor: null, ok: true }
}
