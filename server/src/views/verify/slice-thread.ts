// Replaying and hashing keep a core busy: a thread of its own leaves the main loop free to feed it and to say how far it is.
import { parentPort, workerData } from 'node:worker_threads'
import type { Slice } from './slices.ts'
import { openBench, type ThreadOrders } from './work-slices.ts'

const { url, snapshotId } = workerData as ThreadOrders
const bench = await openBench(url, snapshotId)
let before: Promise<unknown> = Promise.resolve()
parentPort?.on('message', (slice: Slice) => {
  const work = bench.work(slice)
  // Answers leave in the order of the slices; a failure ends the thread, and whoever waits is told.
  before = before.then(async () => parentPort?.postMessage(await work))
})
parentPort?.postMessage('open')
