import type { FastifyInstance } from 'fastify'
import type { Readiness } from '#views/readiness.ts'

const sealerBehindMs = 30_000

/** `/health/live`: the process turns. `/health/ready`: it may be sent work; what is merely behind is said, and is no reason to be left out. */
export function serveHealth(app: FastifyInstance, readiness: () => Promise<Readiness>): void {
  app.route({
    method: 'GET',
    url: '/health/live',
    config: { access: 'public' },
    handler: (_request, reply) => reply.send({ status: 'live' }),
  })
  app.route({
    method: 'GET',
    url: '/health/ready',
    config: { access: 'public' },
    handler: async (_request, reply) => {
      const { database, migrations, sealerLagMs } = await readiness()
      const ready = database && migrations
      const sealer = sealerLagMs === null ? 'unknown' : sealerLagMs > sealerBehindMs ? 'behind' : 'ok'
      return reply.code(ready ? 200 : 503).send({
        status: ready ? 'ready' : 'not ready',
        checks: { database: database ? 'ok' : 'down', migrations: migrations ? 'ok' : 'missing', sealer, sealerLagMs },
      })
    },
  })
}
