import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Pools, traffic } from '#platform/db.ts'
import { countOwed } from '#platform/jobs/parked.ts'
import { sealLagMs } from '#platform/sealer.ts'

/** What this process counts, in the text form that Prometheus reads. */
export interface Meters {
  registry: Registry
  request(route: string, method: string, status: number, ms: number): void
  /** An order was placed, or why not. */
  placed(outcome: string): void
}

/** Fresh meters: process and event loop, requests by route, orders by outcome, transactions and their round trips. */
export function openMeters(): Meters {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'docket_' })
  const requests = new Histogram({
    name: 'docket_request_seconds',
    help: 'Requests by route',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  })
  const orders = new Counter({
    name: 'docket_orders_total',
    help: 'Orders that were asked for, by what became of them',
    labelNames: ['outcome'],
    registers,
  })
  // Counted where they happen; shown as they stand when somebody asks.
  for (const what of ['transactions', 'statements', 'roundTrips'] as const) {
    new Gauge({
      name: `docket_database_${what === 'roundTrips' ? 'round_trips' : what}`,
      help: `Database ${what} since the start`,
      registers,
      collect() {
        this.set(traffic[what])
      },
    })
  }
  return {
    registry,
    request: (route, method, status, ms) => requests.labels(route, method, String(status)).observe(ms / 1_000),
    placed: (outcome) => orders.labels(outcome).inc(),
  }
}

/** Adds what the database knows: work that is owed, by lane, kind and state, and how long the oldest commit waits for its seal. */
export function watchWork({ registry }: Meters, pools: Pools): void {
  const registers = [registry]
  new Gauge({
    name: 'docket_owed',
    help: 'Rows of owed work',
    labelNames: ['lane', 'kind', 'state'],
    registers,
    async collect() {
      const counts = await pools.system(countOwed)
      this.reset()
      for (const { lane, kind, state, count } of counts) this.labels(lane, kind, state).set(count)
    },
  })
  new Gauge({
    name: 'docket_seal_lag_ms',
    help: 'Age of the oldest commit that is not sealed yet',
    registers,
    async collect() {
      this.set(await sealLagMs(pools))
    },
  })
}

/** `GET /metrics`, for this machine alone: it tells of every workspace. */
export function serveMetrics(app: FastifyInstance, meters: Meters): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { access: 'this machine' },
    handler: async (_request, reply) => reply.header('content-type', meters.registry.contentType).send(await meters.registry.metrics()),
  })
}
