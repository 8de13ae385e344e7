import { randomBytes } from 'node:crypto'
import pino from 'pino'
import { migrationNames } from '#platform/migrate.ts'
import { serializers } from '#platform/plain-error.ts'
import { type Client, client } from '#sdk/client.ts'
import { authenticator } from '#usecases/keys/authenticate.ts'
import { openEntry } from '#usecases/people/open-entry.ts'
import { readiness } from '#views/readiness.ts'
import { buildServer } from '../http/build-server.ts'
import { handlersOf } from '../http/handlers.ts'
import { openMeters } from '../http/metrics.ts'
import type { Addresses } from '../http/origin.ts'
import type { Rate } from '../http/rate-limit.ts'
import type { Handlers } from '../http/serve.ts'
import { type TestShop, testShop } from './test-shop.ts'

/** A shop with its HTTP door open on a free port; every reply is held against the contract. */
export interface TestDoor extends TestShop {
  url: string
  /** The client of the workspace's owner. */
  api: Client
  as(apiKey: string): Client
  /** Any request at all, with the owner's key unless headers say otherwise. */
  send(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: string | Uint8Array; apiKey?: string | null },
  ): Promise<{ status: number; headers: Headers; text: string; json: Record<string, unknown> }>
  /** What the server logged. */
  logged: string[]
}

export interface TestDoorOptions {
  blueprint?: string
  rate?: Rate
  addresses?: Addresses
  trustedProxies?: readonly string[]
  /** Instead of the real ones. */
  handlers?: Partial<Handlers>
}

export async function testDoor({
  blueprint = 'counter',
  rate = { perSecond: 100_000, burst: 100_000 },
  addresses = { urls: [], production: false },
  trustedProxies = [],
  handlers = {},
}: TestDoorOptions = {}): Promise<TestDoor> {
  const shop = await testShop(blueprint)
  const keys = authenticator(shop.pools)
  const entry = openEntry(shop.pools, randomBytes(32))
  const names = await migrationNames()
  const logged: string[] = []
  const meters = openMeters()
  const app = buildServer({
    handlers: { ...handlersOf(shop.engine, meters, entry), ...handlers },
    keys,
    sessions: entry.sessions,
    addresses,
    readiness: () => readiness(shop.pools, names),
    meters,
    log: pino({ level: 'info', serializers }, { write: (line: string) => void logged.push(line) }),
    trustedProxies,
    rate,
    checkReplies: true,
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const as = (apiKey: string) => client({ url, apiKey })
  return {
    ...shop,
    url,
    api: as(shop.apiKey),
    as,
    logged,
    send: async (method, path, { headers = {}, body, apiKey = shop.apiKey } = {}) => {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
          ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        // fetch takes bytes as well; its types and ours do not agree on whose.
        ...(body === undefined ? {} : { body: body as string }),
      })
      const text = await response.text()
      const json = response.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as Record<string, unknown>) : {}
      return { status: response.status, headers: response.headers, text, json }
    },
    end: async () => {
      await app.close()
      await Promise.all([keys.end(), entry.end()])
      await shop.end()
    },
  }
}
