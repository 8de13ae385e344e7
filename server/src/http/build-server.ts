import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import { limits } from '#contract/limits.ts'
import { LaneFull, OutcomeUnknown } from '#platform/commit-lane.ts'
import { codeOf, LostCommit, TransientDbError } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Readiness } from '#views/readiness.ts'
import { serveDocs } from './docs.ts'
import { serveHealth } from './health.ts'
import { type Meters, serveMetrics } from './metrics.ts'
import type { Addresses } from './origin.ts'
import { languageOf, type Refused, refused } from './problems.ts'
import { type Rate, rateLimit } from './rate-limit.ts'
import { RefusedRequest, readJsonOnly } from './read-json.ts'
import { type Handlers, sendProblem, serveOperations } from './serve.ts'
import { isThisMachine } from './this-machine.ts'
import type { Entrances } from './who-asks.ts'

export interface ServerParts {
  handlers: Handlers
  /** The ways in. */
  keys: Entrances['keys']
  sessions: Entrances['sessions']
  /** Where browsers may send changes from. */
  addresses: Addresses
  readiness(): Promise<Readiness>
  meters: Meters
  log: Logger
  /** Addresses and networks whose X-Forwarded-* headers are believed. */
  trustedProxies: readonly string[]
  /** Certificate chain and key, PEM. */
  tls?: { cert: Buffer; key: Buffer } | undefined
  rate?: Rate
  /** Holds every reply against the contract and fails where they differ; for tests. */
  checkReplies?: boolean
}

export const usualRate: Rate = { perSecond: 10_000, burst: 20_000 }
const strangersRate: Rate = { perSecond: 20, burst: 200 }

/** The HTTP door: every operation of the contract, the documents about it, health and metrics. It listens when it is told to. */
export function buildServer(parts: ServerParts): FastifyInstance {
  const { log, meters } = parts
  const app: FastifyInstance = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    // One line a request, below; and no logger of its own for each.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    genReqId: (request) => givenId(request.headers['x-request-id']) ?? newId(),
    trustProxy: parts.trustedProxies.length === 0 ? false : [...parts.trustedProxies],
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    serverFactory: (handler) => {
      const options = { headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: 75_000, maxHeaderSize: 16_384 }
      return parts.tls ? createTlsServer({ ...options, ...parts.tls }, handler) : createServer(options, handler)
    },
    frameworkErrors: (error, request, reply) => {
      request.language = languageOf(request.headers['accept-language'], 'en')
      refuseError(error, request, reply)
    },
  })
  app.decorateRequest('principal', null)
  app.decorateRequest('asker', null)
  app.decorateRequest('language', 'en')
  readJsonOnly(app)
  everyRouteHasAPolicy(app)
  const headers = { ...safeHeaders, ...(parts.tls ? { 'strict-transport-security': 'max-age=31536000' } : {}) }
  app.addHook('onRequest', (request, reply, done) => {
    request.language = languageOf(request.headers['accept-language'], 'en')
    reply.headers(headers).header('x-request-id', request.id)
    if (request.url.length > limits.urlCharacters)
      return done(new RefusedRequest(refused('request.too_long', { most: limits.urlCharacters })))
    if (request.routeOptions.config.access === 'this machine' && !isThisMachine(request))
      return done(new RefusedRequest(nothingAt(request)))
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const ms = reply.elapsedTime
    const route = request.routeOptions.url ?? 'none'
    meters.request(route, request.method, reply.statusCode, ms)
    log.info({
      requestId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(ms * 10) / 10,
      workspaceId: request.principal?.workspaceId,
      actorId: request.principal?.actor.id ?? request.asker?.person?.userId,
    })
    done()
  })
  app.setErrorHandler((error: FastifyError, request, reply) => refuseError(error, request, reply))
  app.setNotFoundHandler((request, reply) => sendProblem(reply, nothingAt(request)))

  serveOperations(app, {
    handlers: parts.handlers,
    entrances: { keys: parts.keys, sessions: parts.sessions, addresses: parts.addresses, strangers: rateLimit(strangersRate) },
    limit: rateLimit(parts.rate ?? usualRate),
    checkReplies: parts.checkReplies ?? false,
  })
  serveHealth(app, parts.readiness)
  serveMetrics(app, meters)
  serveDocs(app)
  return app
}

/** What a caller named a request may stand in logs and answers when it is harmless. */
function givenId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.-]{1,64}$/.test(header) ? header : undefined
}

/** A route that nobody wrote a policy for stops the start. */
export function everyRouteHasAPolicy(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined)
      throw new Error(`The route ${route.method} ${route.url} has no entry in the policy: say who may use it`)
  })
}

const safeHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  vary: 'accept-language, authorization, cookie, docket-workspace',
}

function nothingAt(request: FastifyRequest): Refused {
  return refused('route.not_found', { method: request.method, path: (request.url.split('?')[0] ?? '').slice(0, 200) })
}

/** Every failure as a problem: what the caller did, what will pass, and what is our own fault, which only the log tells. */
function refuseError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(error, request)
  if (refusal.refused.code === 'internal')
    request.log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'a request failed')
  sendProblem(reply, refusal)
}

function refusalOf(error: Error, request: FastifyRequest): Refused {
  if (error instanceof RefusedRequest) return error.refusal
  if (error instanceof LaneFull || error instanceof OutcomeUnknown) return busy(error.retryAfterMs)
  // A lost COMMIT that nobody could ask about: a repeat finds out what became of it, or does it.
  if (error instanceof TransientDbError || error instanceof LostCommit) return busy(1_000)
  switch (codeOf(error) ?? '') {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refused('request.too_large', { most: limits.bodyBytes })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refused('request.wrong_type', { wanted: 'application/json', given: (request.headers['content-type'] ?? '-').slice(0, 100) })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return refused('request.not_json')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return nothingAt(request)
    default:
      return refused('internal')
  }
}

const busy = (ms: number): Refused => refused('busy.try_later', { seconds: Math.max(1, Math.ceil(ms / 1_000)) })
