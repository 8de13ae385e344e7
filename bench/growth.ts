import { type Docket, onFreshDocket } from './docket.ts'
import { type Answered, percentile, runLoad } from './load/run.ts'
import { commitsOf, openLook } from './look.ts'
import { fillWorkspace } from './million.ts'
import { millionOrders, newWorkspace, standOfAMillion } from './million-stand.ts'
import type { Bench, Found } from './row.ts'

const fewOrders = 1_000
const rounds = 3
const connections = 64
const roundMs = Number(process.env.DOCKET_BENCH_SECONDS ?? 20) * 400

interface Side {
  docket: Docket
  apiKey: string
  items: string[]
  commits(): Promise<number>
  rounds: Answered[]
}

/**
 * What placing one order costs among a million of them, against among a thousand: processor time of server and database an order, in turns
 * on two Dockets of the same kind of workspace. Throughput says the same where nobody else uses the machine.
 */
export async function costOfGrowth(bench: Bench): Promise<Found> {
  const million = await standOfAMillion(bench)
  return onFreshDocket(async (docket, folder) => {
    const look = openLook(docket.databaseUrl)
    try {
      const { workspaceId, apiKey } = await newWorkspace(folder, 'few', 'made-to-order')
      const filled = await fillWorkspace(docket.databaseUrl, workspaceId, {
        orders: fewOrders,
        customers: fewOrders,
        seed: bench.seed,
        locations: 20,
      })
      const few: Side = { docket, apiKey, items: filled.itemCodes, commits: () => commitsOf(look, workspaceId), rounds: [] }
      const many: Side = {
        docket: million.docket,
        apiKey: million.apiKey,
        items: million.filled.itemCodes,
        commits: () => commitsOf(million.pool, million.workspaceId),
        rounds: [],
      }
      // A server that has just started compiles what it runs; that is no cost of an order.
      for (const side of [few, many]) await measure(bench, side, rounds)
      few.rounds = []
      many.rounds = []
      for (let round = 0; round < rounds; round++)
        for (const side of round % 2 === 0 ? [few, many] : [many, few]) await measure(bench, side, round)
      const [fewCost, manyCost] = [few, many].map(costOf)
      const ratio = (manyCost?.cpuMs ?? 0) / (fewCost?.cpuMs ?? 1)
      for (const [orders, cost] of [
        [fewOrders, fewCost],
        [millionOrders, manyCost],
      ] as const)
        bench.say(
          `${orders} orders: ${cost?.placedASecond.toFixed(0)} orders/s, ${cost?.cpuMs.toFixed(2)} ms of a core an order, p95 ${cost?.p95Ms.toFixed(1)} ms`,
        )
      const ok = [...few.rounds, ...many.rounds].every(({ refused, placed }) => Object.keys(refused).length === 0 && placed.length > 0)
      return {
        value: ratio,
        unit: '×',
        floor: null,
        ok,
        more: {
          fewOrders,
          manyOrders: millionOrders,
          fewASecond: fewCost?.placedASecond ?? 0,
          manyASecond: manyCost?.placedASecond ?? 0,
          fewCpuMsAnOrder: fewCost?.cpuMs ?? 0,
          manyCpuMsAnOrder: manyCost?.cpuMs ?? 0,
          fewP95Ms: fewCost?.p95Ms ?? 0,
          manyP95Ms: manyCost?.p95Ms ?? 0,
        },
      }
    } finally {
      await look.end()
    }
  })
}

async function measure(bench: Bench, side: Side, round: number): Promise<void> {
  const { docket, apiKey, items, commits } = side
  const plan = { apiKey, seed: bench.seed + round, items, connections, batch: null, until: { warmUpMs: roundMs / 4, measureMs: roundMs } }
  side.rounds.push(await runLoad(docket, plan, commits))
}

/** Over all rounds: the middle one's throughput, and processor time by all orders. */
function costOf({ rounds }: Side): { placedASecond: number; cpuMs: number; p95Ms: number } {
  const middle = rounds.map(({ placedASecond }) => placedASecond).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0
  const placed = rounds.reduce((sum, { placedASecond }) => sum + (placedASecond * roundMs) / 1_000, 0)
  const cpuMs = rounds.reduce((sum, { work }) => sum + work.serverCpuMs + work.databaseCpuMs, 0)
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b)
  return { placedASecond: middle, cpuMs: cpuMs / placed, p95Ms: percentile(latencies, 0.95) }
}
