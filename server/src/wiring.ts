import { readFileSync } from 'node:fs'
import pino, { type Logger } from 'pino'
import { openPools } from '#platform/db.ts'
import { derivedKey, masterKey } from '#platform/master-key.ts'
import { migrationNames } from '#platform/migrate.ts'
import { serializers } from '#platform/plain-error.ts'
import type { Settings } from '#platform/settings.ts'
import { demoFileOf } from '#usecases/demo/demo-file.ts'
import { type Demo, startDemo } from '#usecases/demo/start-demo.ts'
import { tellDemo } from '#usecases/demo/tell-demo.ts'
import type { Engine } from '#usecases/engine.ts'
import { authenticator } from '#usecases/keys/authenticate.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { openEntry } from '#usecases/people/open-entry.ts'
import { referenceCache } from '#usecases/reference.ts'
import { readiness } from '#views/readiness.ts'
import { demoShops } from '../demo/index.ts'
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

/**
 * Puts all parts together for one process, whole or in one role, and starts it. The one file that names every part. `tell` hears what
 * whoever started it should read.
 */
export async function startServer(
  settings: Settings & { databaseUrl: string },
  tell: (line: string) => void = () => {},
): Promise<RunningServer> {
  const log = pino({ level: settings.logLevel, serializers }, pino.destination({ sync: false, minLength: 8_192 }))
  const pools = openPools(settings.databaseUrl)
  const engine = openEngine(
    pools,
    referenceCache(pools),
    (error) => log.error({ err: error }, 'A change failed for a reason that is ours'),
    settings.orderBatchSize,
    derivedKey(masterKey(settings), 'exports'),
  )
  const demo = settings.demo === 'never' ? null : demoOf(settings)
  const work = settings.role === 'http' ? null : await startWork(settings.databaseUrl, engine, settings, log, demo)
  const door = settings.role === 'jobs' ? null : await openDoor(settings, engine, log)
  const shown = work && demo ? showDemo(engine, demo, settings, tell, log) : null
  return {
    url: door?.url,
    stop: async () => {
      await door?.close()
      await work?.stop()
      await shown
      await engine.missed.flush().catch((error) => log.warn({ err: error }, 'Missed demand of the last second was not counted'))
      await pools.end()
      log.flush()
    },
  }
}

/** The demo of a server with these settings. */
export function demoOf(settings: Settings): Demo {
  return { shops: demoShops, size: { seed: demoSeed, orders: demoOrders }, file: demoFileOf(settings.dataFolder), url: urlOf(settings) }
}

const demoOrders = 800
const demoSeed = 20_260_105

async function showDemo(engine: Engine, demo: Demo, settings: Settings, tell: (line: string) => void, log: Logger): Promise<void> {
  try {
    const entries = await startDemo(engine, demo, settings.demo === 'always' ? 'always' : 'new')
    if (entries) for (const line of tellDemo(demo, entries)) tell(line)
  } catch (error) {
    log.error({ err: error }, 'The demo could not be made; the next start tries again')
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
  return {
    url: urlOf(settings),
    close: async () => {
      await app.close()
      await Promise.all([keys.end(), entry.end()])
    },
  }
}

function urlOf({ tls, host, port }: Settings): string {
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
