import { readFileSync } from 'node:fs'
import pino, { type Logger } from 'pino'
import { openPools } from '#platform/db.ts'
import { derivedKey, masterKey } from '#platform/master-key.ts'
import { migrationNames } from '#platform/migrate.ts'
import { serializers } from '#platform/plain-error.ts'
import type { Settings } from '#platform/settings.ts'
import { authenticator } from '#usecases/keys/authenticate.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { openEntry } from '#usecases/people/open-entry.ts'
import { referenceCache } from '#usecases/reference.ts'
import { readiness } from '#views/readiness.ts'
import { buildServer } from './http/build-server.ts'
import { handlersOf } from './http/handlers.ts'
import { openMeters, watchWork } from './http/metrics.ts'
import { startWork } from './jobs/start-work.ts'

export interface RunningServer {
  /** Where it listens; undefined for a process that only works jobs. */
  url: string | undefined
  /** Takes no more requests, finishes what is under way, at most 10 s. */
  stop(): Promise<void>
}

/** Puts all parts together for one process, whole or in one role, and starts it. The one file that names every part. */
export async function startServer(settings: Settings & { databaseUrl: string }): Promise<RunningServer> {
  const log = pino({ level: settings.logLevel, serializers }, pino.destination({ sync: false, minLength: 8_192 }))
  const pools = openPools(settings.databaseUrl)
  const engine = openEngine(
    pools,
    referenceCache(pools),
    (error) => log.error({ err: error }, 'A change failed for a reason that is ours'),
    settings.orderBatchSize,
  )
  const work = settings.role === 'http' ? null : await startWork(settings.databaseUrl, engine, settings, log)
  const door = settings.role === 'jobs' ? null : await openDoor(settings, engine, log)
  return {
    url: door?.url,
    stop: async () => {
      await door?.close()
      await work?.stop()
      await engine.missed.flush().catch((error) => log.warn({ err: error }, 'Missed demand of the last second was not counted'))
      await pools.end()
      log.flush()
    },
  }
}

async function openDoor(
  settings: Settings,
  engine: ReturnType<typeof openEngine>,
  log: Logger,
): Promise<{ url: string; close(): Promise<void> }> {
  const meters = openMeters()
  watchWork(meters, engine.pools)
  const keys = authenticator(engine.pools)
  const entry = openEntry(engine.pools, derivedKey(masterKey(settings), 'sign-in'))
  const names = await migrationNames()
  const app = buildServer({
    handlers: handlersOf(engine, meters, entry),
    keys,
    sessions: entry.sessions,
    addresses: settings,
    readiness: () => readiness(engine.pools, names),
    meters,
    log,
    trustedProxies: settings.trustedProxies,
    tls: settings.tls && { cert: readFileSync(settings.tls.certFile), key: readFileSync(settings.tls.keyFile) },
    rate: { perSecond: settings.rateLimit, burst: settings.rateLimit * 2 },
  })
  await app.listen({ port: settings.port, host: settings.host })
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return {
    url: `${settings.tls ? 'https' : 'http'}://${host}:${settings.port}`,
    close: async () => {
      await app.close()
      await Promise.all([keys.end(), entry.end()])
    },
  }
}
