import { type Asker, inTurns, openAsker, percentiles } from './asking.ts'
import { inWorkspace } from './look.ts'
import { type Million, standOfAMillion } from './million-stand.ts'
import { between, randomOf } from './random.ts'
import type { Bench, Found } from './row.ts'

const connections = 2
const pageRows = 50
const timesAView = 12
const warmUps = 2
const lookUps = 3_000

/** Every shipped view, and none, by a person of every role: the first page and the one after it. */
export async function listOfAMillion(bench: Bench): Promise<Found> {
  return asking(bench, async (million, asker) => {
    const cases: { name: string; path: string; headers: Record<string, string> }[] = []
    for (const [role, headers] of million.readers) {
      const { views } = read<{ views: View[] }>(await asker.ask({ path: '/api/v1/views?list=orders', headers }))
      for (const view of [null, ...views]) {
        const path = `/api/v1/orders?limit=${pageRows}${view ? `&view=${view.id}` : ''}`
        cases.push({ name: `${role} ${view?.code ?? 'no view'}`, path, headers })
      }
    }
    const byCase = new Map<string, number[]>()
    let bad = 0
    for (let time = 0; time < warmUps + timesAView; time++) {
      await inTurns(cases, connections, async ({ name, path, headers }) => {
        const first = await asker.ask({ path, headers })
        const replies = [first]
        const { next } = first.status === 200 ? (JSON.parse(first.text) as { next: string | null }) : { next: null }
        if (next !== null) replies.push(await asker.ask({ path: `${path}&cursor=${encodeURIComponent(next)}`, headers }))
        for (const { status, ms, text } of replies) {
          const rows = status === 200 ? (JSON.parse(text) as { rows: unknown[] }).rows.length : -1
          if (rows < 0 || rows > pageRows) bad++
          if (time >= warmUps) byCase.set(name, [...(byCase.get(name) ?? []), ms])
        }
      })
    }
    const worst = [...byCase].map(([name, ms]) => ({ name, p95Ms: percentiles(ms).p95Ms })).sort((a, b) => b.p95Ms - a.p95Ms)
    for (const { name, p95Ms } of worst.slice(0, 5)) bench.say(`${name}: p95 ${p95Ms.toFixed(1)} ms`)
    return {
      latencies: [...byCase.values()].flat(),
      ok: bad === 0,
      more: { orders: million.orders, cases: cases.length, worst: worst[0]?.name ?? '', worstP95Ms: worst[0]?.p95Ms ?? 0 },
    }
  })
}

interface View {
  id: string
  code?: string | null
}

/** One order with everything its page shows. */
export function pageOfAMillion(bench: Bench): Promise<Found> {
  return asking(bench, async (million, asker) => {
    const some = await someOrders(million, bench.seed)
    return lookUp(asker, million, some, ({ id }) => `/api/v1/orders/${id}`)
  })
}

/** How an order stands, by id and by number in turn. */
export function statusOfAMillion(bench: Bench): Promise<Found> {
  return asking(bench, async (million, asker) => {
    const some = await someOrders(million, bench.seed)
    return lookUp(asker, million, some, ({ id, number }, i) => `/api/v1/orders/${i % 2 === 0 ? id : number}/status`)
  })
}

/** What people type into the search box: numbers, names, parts of them, e-mails, phones, items, what the outside calls an order. */
export function searchOfAMillion(bench: Bench): Promise<Found> {
  return asking(bench, async (million, asker) => {
    const some = (await someOrders(million, bench.seed)).slice(0, lookUps / 10)
    const words = await inWorkspace<{ name: string; email: string; phone: string }>(
      million.pool,
      million.workspaceId,
      'select name, email, phone from customers order by id limit 300',
    )
    const kinds: ((i: number) => string)[] = [
      (i) => String(some[i]?.number),
      (i) => `#${some[i]?.number}`,
      (i) => words[i % words.length]?.name ?? '',
      (i) => (words[i % words.length]?.name ?? '').slice(0, 5),
      (i) => words[i % words.length]?.email ?? '',
      (i) => (words[i % words.length]?.phone ?? '').slice(-4),
      (i) => `GOODS-${String(i % 300).padStart(3, '0')}`,
      (i) => `${(words[i % words.length]?.name ?? '').split(' ')[1]} lamp`,
    ]
    const owner = million.readers.get('owner') ?? {}
    const latencies: number[] = []
    const byKind = new Map<number, number[]>()
    const refused: Record<string, number> = {}
    await inTurns(some, connections, async (_, i) => {
      const kind = i % kinds.length
      const said = kinds[kind]?.(i) ?? ''
      const { status, ms, text } = await asker.ask({
        path: `/api/v1/orders?limit=${pageRows}&filter=${encodeURIComponent(`"${said}"`)}`,
        headers: owner,
      })
      if (status !== 200) refused[`${status} ${text.slice(0, 120)}`] = (refused[`${status} ${text.slice(0, 120)}`] ?? 0) + 1
      latencies.push(ms)
      byKind.set(kind, [...(byKind.get(kind) ?? []), ms])
    })
    for (const [kind, ms] of byKind) bench.say(`${kinds[kind]?.(1)}: p95 ${percentiles(ms).p95Ms.toFixed(1)} ms of ${ms.length}`)
    for (const why of Object.keys(refused)) bench.say(`refused: ${why}`)
    return { latencies, ok: Object.keys(refused).length === 0, more: { orders: million.orders } }
  })
}

/** The counts of all tabs at once, by a person of every role. */
export function viewsOfAMillion(bench: Bench): Promise<Found> {
  return asking(bench, async (million, asker) => {
    const latencies: number[] = []
    let bad = 0
    const byRole: Record<string, number> = {}
    for (const [role, headers] of million.readers) {
      const own: number[] = []
      await inTurns(Array.from({ length: warmUps + 20 }), 1, async (_, i) => {
        const { status, ms } = await asker.ask({ path: '/api/v1/orders/counts', headers })
        if (status !== 200) bad++
        if (i >= warmUps) own.push(ms)
      })
      latencies.push(...own)
      byRole[role] = percentiles(own).p95Ms
    }
    bench.say(
      Object.entries(byRole)
        .map(([role, ms]) => `${role} ${ms.toFixed(1)} ms`)
        .join(', '),
    )
    return { latencies, ok: bad === 0, more: { orders: million.orders, worstP95Ms: Math.max(...Object.values(byRole)) } }
  })
}

interface Asked {
  latencies: number[]
  ok: boolean
  more: Record<string, number | string>
}

async function asking(bench: Bench, work: (million: Million, asker: Asker) => Promise<Asked>): Promise<Found> {
  const million = await standOfAMillion(bench)
  const asker = openAsker(million.docket.url, connections)
  try {
    const { latencies, ok, more } = await work(million, asker)
    const found = percentiles(latencies)
    bench.say(`p50 ${found.p50Ms.toFixed(1)} ms, p95 ${found.p95Ms.toFixed(1)} ms, p99 ${found.p99Ms.toFixed(1)} ms of ${latencies.length}`)
    return { value: found.p95Ms, unit: 'ms', ...found, floor: null, ok, more: { asked: latencies.length, connections, ...more } }
  } finally {
    asker.close()
  }
}

interface SomeOrder {
  id: string
  number: number
}

/** Half of them still alive, half of any age. */
async function someOrders({ pool, workspaceId, orders }: Million, seed: number): Promise<SomeOrder[]> {
  const random = randomOf(seed)
  const numbers = Array.from({ length: lookUps }, () => between(random, 1, orders))
  const [any, live] = await Promise.all([
    inWorkspace<SomeOrder>(pool, workspaceId, 'select id, number::int from orders where number = any($1::bigint[])', [numbers]),
    inWorkspace<SomeOrder>(
      pool,
      workspaceId,
      `select id, number::int from orders where phase in ('open', 'working', 'ready', 'moving') limit $1`,
      [lookUps],
    ),
  ])
  return any.flatMap((one, i) => [one, ...(live[i] ? [live[i]] : [])]).slice(0, lookUps)
}

async function lookUp(
  asker: Asker,
  million: Million,
  some: readonly SomeOrder[],
  pathOf: (one: SomeOrder, i: number) => string,
): Promise<Asked> {
  const headers = million.readers.get('owner') ?? {}
  const latencies: number[] = []
  let bad = 0
  await inTurns(some, connections, async (one, i) => {
    const { status, ms, text } = await asker.ask({ path: pathOf(one, i), headers })
    if (status !== 200 || (JSON.parse(text) as SomeOrder).id !== one.id) bad++
    if (i >= some.length / 10) latencies.push(ms)
  })
  return { latencies, ok: bad === 0, more: { orders: million.orders } }
}

function read<T>({ status, text }: { status: number; text: string }): T {
  if (status !== 200) throw new Error(`${status} ${text.slice(0, 300)}`)
  return JSON.parse(text) as T
}
