import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { limits } from '#contract/limits.ts'
import {
  type BodyOf,
  type Operation,
  type OperationName,
  operationNames,
  operations,
  type ParamsOf,
  type QueryOf,
  type ReplyOf,
  type Without,
} from '#contract/operations.ts'
import { inputOfAction, isOrderVerb, verbPermissions } from '#contract/orders.ts'
import type { Permission } from '#contract/permissions.ts'
import { sessionMaxSeconds } from '#modules/identity/index.ts'
import { newId } from '#platform/ids.ts'
import type { Call, Principal } from '#usecases/call.ts'
import type { Visitor as KnownVisitor } from '#usecases/people/sign-in.ts'
import type { SignedIn } from '#usecases/people/signed-in.ts'
import { hideFields } from './hide-fields.ts'
import { networkOf } from './network.ts'
import { foreignOrigin, openToTheNetwork } from './origin.ts'
import { type About, languageOf, problemOf, type Refused, refused, retryAfterSeconds } from './problems.ts'
import type { RateLimit } from './rate-limit.ts'
import { readInput } from './read-input.ts'
import { isJsonType, RefusedRequest } from './read-json.ts'
import { fingerprintOf, repeats } from './repeats.ts'
import { sessionCookie } from './session-cookie.ts'
import { readVersion, tagOf } from './versions.ts'
import { type Asker, type Entrances, turnAway, whoAsks } from './who-asks.ts'

/** A request, parsed by the contract, with who asks: a call, or for what takes no permission whoever is there. */
export type Asked<N extends OperationName> = Said<N> &
  ((typeof operations)[N]['permission'] extends Without
    ? { visitor: Visitor; principal: Principal | null; person: PersonOf<N> }
    : { call: Call })

type PersonOf<N extends OperationName> = (typeof operations)[N]['permission'] extends 'somebody' ? SignedIn : SignedIn | null

/** Where a request without a permission comes from. */
export interface Visitor extends KnownVisitor {
  /** Of the session that came along. */
  token: string | null
}

interface Said<N extends OperationName> {
  params: ParamsOf<N>
  query: QueryOf<N>
  body: BodyOf<N>
  /** The version in If-Match; null where none was sent. */
  expected: number | null
  /** The Idempotency-Key; null where none was sent. */
  key: string | null
  /** Of the address and the body; empty without a key, and for lists. */
  fingerprint: string
  requestId: string
  /** The address people open us at; `https://desk.example`. */
  from: string
  /** The header Last-Event-ID; null where it was not sent. */
  lastEventId: string | null
  /** Looks again who asks, for replies that take their time: the same call with the rights of now. Throws RefusedRequest when they are gone. */
  again(): Promise<Call>
}

/** A reply that is no JSON. `end` is called when the server stops, where the reply would not come to an end by itself. */
export interface Flowing {
  stream: Readable
  headers?: Record<string, string>
  end?(): void
}

/** Replies under way that are no JSON; and whether they are to come to an end, those that begin now included. */
interface Flows {
  open: Set<Flowing>
  areEnding: boolean
}

export type Answered<N extends OperationName> =
  | (ReplyOf<N> & { replayed?: boolean; session?: string | null | undefined })
  | (N extends OperationName ? ((typeof operations)[N] extends { sends: string } ? Flowing : never) : never)
  | Refused

/** One function for every operation of the contract: call a use case or a view, answer. */
export type Handlers = { [N in OperationName]: (asked: Asked<N>) => Promise<Answered<N>> }

export interface Serving {
  handlers: Handlers
  entrances: Entrances
  limit: RateLimit
  /** Every reply is held against the contract; for tests. */
  checkReplies: boolean
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The policy entry: an operation of the contract, or a word for why nobody need say who they are. */
    access?: OperationName | 'public' | 'this machine'
  }
  interface FastifyRequest {
    principal: Principal | null
    /** Null where nobody said who they are; only what anybody may ask is then answered. */
    asker: Asker | null
    language: string
  }
}

const nothing = z.strictObject({})

/** Makes a route of every operation of the contract. */
export function serveOperations(app: FastifyInstance, serving: Serving): void {
  const joined = repeats<Answered<OperationName>>()
  const flowing: Flows = { open: new Set(), areEnding: false }
  app.addHook('preClose', (done) => {
    flowing.areEnding = true
    for (const { end } of flowing.open) end?.()
    done()
  })
  for (const name of operationNames) {
    const operation: Operation = operations[name]
    app.route({
      method: operation.method,
      url: operation.path,
      config: { access: name },
      // What flows would flow on for somebody who asked for its headers alone.
      exposeHeadRoute: operation.sends === undefined,
      onRequest: async (request, reply) => admit(request, reply, operation, serving),
      // A handler takes what its own operation's schemas give: the compiler saw each of them, but not this loop.
      handler: (request, reply) =>
        answer(
          request,
          reply,
          name,
          operation,
          serving,
          joined,
          flowing,
          serving.handlers[name] as (asked: unknown) => Promise<Answered<OperationName>>,
        ),
    })
  }
}

const refuse = (refusal: Refused): never => {
  throw new RefusedRequest(refusal)
}

/** Before the body is read: its type, who asks, whether they may at all, and whether they ask too often. */
async function admit(request: FastifyRequest, reply: FastifyReply, operation: Operation, serving: Serving): Promise<void> {
  const asker = await askerOf(request, operation, serving.entrances)
  request.asker = asker
  const principal = asker && !('refused' in asker.principal) ? asker.principal : null
  request.principal = principal
  request.language = languageOf(request.headers['accept-language'], principal?.language ?? 'en')
  const who = principal?.actor.id ?? principal?.workspaceId ?? asker?.person?.userId
  const allowance =
    who === undefined
      ? serving.entrances.strangers.take(networkOf(request.ip), operation.cost ?? 1)
      : serving.limit.take(who, operation.cost ?? 1)
  if (!allowance.ok) return refuse(refused('rate.too_many', { seconds: allowance.seconds }))
  reply.header('ratelimit', `"default";r=${allowance.left};t=1`)
  if (!takesNoPermission(operation.permission)) {
    const needed = permissionsFor(operation, operation.permission, request.params)
    const may = needed.some((permission) => principal?.permissions.has(permission))
    if (!may) refuse(refused('permission.denied', { permission: needed[0] as Permission }))
  }
  if (operation.body) mustBeJson(request, operation)
}

const takesNoPermission = (permission: Operation['permission']): permission is Without =>
  permission === 'anybody' || permission === 'somebody'

/** Who asks, as far as the operation must know; refused otherwise. */
async function askerOf(request: FastifyRequest, { permission }: Operation, entrances: Entrances): Promise<Asker | null> {
  if (permission === 'anybody') {
    const unsafe = openToTheNetwork(request, entrances.addresses) ?? foreignOrigin(request, entrances.addresses, false)
    if (unsafe) refuse(unsafe)
    // A session that has ended keeps nobody from beginning another.
    return request.headers.authorization === undefined ? whoAsks(request, entrances).catch(() => null) : null
  }
  const asker = await whoAsks(request, entrances)
  if (!asker) return turnAway(request, entrances, refused('auth.missing'))
  if (permission === 'somebody') return asker.person ? asker : refuse(refused('auth.not_a_person'))
  return 'refused' in asker.principal ? refuse(asker.principal) : asker
}

/** Of several, one will do. A verb that every order knows asks for its own; what a move asks for stands in its workflow. */
function permissionsFor(operation: Operation, needed: Permission | readonly Permission[], params: unknown): readonly Permission[] {
  if (operation === operations.actOnOrder) {
    const { action } = params as ParamsOf<'actOnOrder'>
    if (isOrderVerb(action)) return [verbPermissions[action]]
  }
  return typeof needed === 'string' ? [needed] : needed
}

function mustBeJson(request: FastifyRequest, { bodyMayBeEmpty }: Operation): void {
  const given = request.headers['content-type']
  if (given !== undefined && isJsonType(given)) return
  const isEmpty = request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? 0) === 0
  if (given === undefined && isEmpty && bodyMayBeEmpty) return
  refuse(refused('request.wrong_type', { wanted: 'application/json', given: given === undefined ? '-' : given.slice(0, 100) }))
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  name: OperationName,
  operation: Operation,
  serving: Serving,
  joined: ReturnType<typeof repeats<Answered<OperationName>>>,
  flowing: Flows,
  handler: (asked: unknown) => Promise<Answered<OperationName>>,
): Promise<FastifyReply> {
  const { principal, asker, language } = request
  if (!principal && !takesNoPermission(operation.permission)) throw new Error(`Nobody looked at who asks for ${name}`)
  const params = read(operation.params, request.params, 'path', language)
  const query = read(operation.query, request.query, 'query', language)
  const body = operation.body ? readBody(request, operation, params, language) : undefined
  const expected = operation.ifMatch ? expectedVersion(request) : null
  const key = operation.idempotency === 'none' ? null : keyOf(request, operation, principal)
  const list = operation.reads === undefined ? undefined : Object.values(body as Record<string, unknown[]>)[0]
  if (list) {
    const allowance = serving.limit.take(principal?.actor.id ?? principal?.workspaceId ?? '', list.length * costOfEntry)
    if (!allowance.ok) return refuse(refused('rate.too_many', { seconds: allowance.seconds }))
  }
  // The entries of a list carry keys of their own, or ones made from the list's.
  const fingerprint = key === null || list ? '' : fingerprintOf(params, body)
  const work = () =>
    handler({
      ...(takesNoPermission(operation.permission)
        ? { visitor: visitorOf(request, asker), principal, person: asker?.person ?? null }
        : { call: { ...principal, language, commandId: newId() } }),
      params,
      query,
      body,
      expected,
      key,
      fingerprint,
      requestId: request.id,
      from: serving.entrances.addresses.urls[0] ?? `${request.protocol}://${request.host}`,
      lastEventId: request.headers['last-event-id']?.toString() ?? null,
      again: async () => ({ ...(await stillThere(request, operation, serving.entrances)), language, commandId: newId() }),
    })
  const answered = await (key === null || list
    ? work()
    : (joined.join(`${principal?.workspaceId} ${principal?.actor.id} ${name} ${key}`, fingerprint, work) ?? otherBody))
  if ('refused' in answered) return sendProblem(reply, answered, { addressed: addressedBy(operation), ifMatch: expected !== null })
  if ('stream' in answered) return flow(reply, operation, answered, flowing)
  const seen = principal ? hideFields<object>(answered.body, principal.hides) : answered.body
  if (serving.checkReplies) check(name, operation, { status: answered.status, body: seen })
  if (answered.session !== undefined) reply.header('set-cookie', sessionCookie(request, answered.session, sessionMaxSeconds))
  return send(reply, answered.status, seen, answered.replayed ?? false)
}

const costOfEntry = 0.25

/** The caller as they are now, for a reply that lasts; looking again is no use of a session. */
async function stillThere(request: FastifyRequest, { permission }: Operation, entrances: Entrances): Promise<Principal> {
  const asker = await whoAsks(request, entrances, 'counts not')
  if (!asker) throw new Error(`Somebody without a name was let in to ${String(permission)}`)
  return 'refused' in asker.principal ? refuse(asker.principal) : asker.principal
}

function visitorOf(request: FastifyRequest, asker: Asker | null): Visitor {
  return {
    address: request.ip,
    network: networkOf(request.ip),
    userAgent: request.headers['user-agent'] ?? '',
    token: asker?.token ?? null,
  }
}

const otherBody: Refused = refused('idempotency.other_body')

function read(schema: Operation['params'], given: unknown, where: 'path' | 'query', language: string): unknown {
  if (!schema)
    return where === 'query' && given !== null && Object.keys(given as object).length > 0 ? read(nothing, given, where, language) : {}
  const parsed = readInput(schema, given, where, language)
  return parsed.ok ? parsed.value : refuse(parsed)
}

function readBody(request: FastifyRequest, operation: Operation, params: unknown, language: string): unknown {
  const given = request.body === undefined && operation.bodyMayBeEmpty ? {} : request.body
  if (given === undefined) return refuse(refused('request.not_json'))
  // Which of an action's shapes applies is told by its name.
  const schema =
    operation === operations.actOnOrder
      ? inputOfAction((params as ParamsOf<'actOnOrder'>).action)
      : (operation.reads ?? operation.body ?? nothing)
  const parsed = readInput(schema, given, 'body', language)
  return parsed.ok ? parsed.value : refuse(parsed)
}

function expectedVersion(request: FastifyRequest): number | null {
  const given = request.headers['if-match']
  if (given === undefined) return null
  return readVersion(given) ?? refuse(refused('order.bad_version', { given: given.slice(0, 50) }))
}

/** People press a button once; machines repeat, and must say what they repeat. */
function keyOf(request: FastifyRequest, { idempotency }: Operation, principal: Principal | null): string | null {
  const given = request.headers['idempotency-key']
  if (given === undefined)
    return idempotency === 'required' && principal?.actor.kind !== 'person' ? refuse(refused('idempotency.missing')) : null
  if (typeof given !== 'string' || !isKey(given)) return refuse(refused('idempotency.bad', { most: limits.keyCharacters }))
  return given
}

const isKey = (text: string): boolean => /^[\x20-\x7e]{1,255}$/.test(text)

/** The noun that an address names by id: what is not there is then not found, rather than wrongly named. */
function addressedBy({ path }: Operation): string | null {
  const noun = /\/([a-z-]+)\/:(?:id|code)/.exec(path)?.[1]
  return noun === undefined ? null : (nouns[noun] ?? null)
}

// biome-ignore format: read it by column
const nouns: Record<string, string> = {
  orders: 'order', returns: 'return', reservations: 'reservation', items: 'item', customers: 'customer', locations: 'location', registers: 'register',
  workflows: 'workflow', 'api-keys': 'api_key', jobs: 'job', views: 'view', 'bulk-jobs': 'bulk_job', exports: 'export', sessions: 'session', members: 'member', invitations: 'invitation',
}

/** A refusal as its answer; the same everywhere. */
export function sendProblem(reply: FastifyReply, refusal: Refused, about?: About): FastifyReply {
  const { request } = reply
  const problem = problemOf(refusal, { requestId: request.id, language: request.language }, about)
  const seconds = retryAfterSeconds(refusal)
  if (seconds !== null) reply.header('retry-after', String(seconds))
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .header('content-language', request.language)
    .send(JSON.stringify(problem))
}

function send(reply: FastifyReply, status: number, body: object, replayed: boolean): FastifyReply {
  if ('version' in body && typeof body.version === 'number') reply.header('etag', tagOf(body.version))
  if (replayed) reply.header('idempotency-replayed', 'true')
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body))
}

function flow(reply: FastifyReply, { sends = 'text/csv' }: Operation, answered: Flowing, flowing: Flows): FastifyReply {
  flowing.open.add(answered)
  answered.stream.once('close', () => flowing.open.delete(answered))
  // Asked for before the server began to stop, and there only now.
  if (flowing.areEnding) answered.end?.()
  return reply
    .code(200)
    .headers(answered.headers ?? {})
    .header('content-type', `${sends}; charset=utf-8`)
    .send(answered.stream)
}

function check(name: OperationName, operation: Operation, { status, body }: { status: number; body: unknown }): void {
  const schema = operation.replies[status]
  if (!schema) throw new Error(`${name} answers ${status}, which the contract does not know`)
  const parsed = schema.safeParse(JSON.parse(JSON.stringify(body)))
  if (!parsed.success) throw new Error(`${name} answers what the contract does not say: ${JSON.stringify(parsed.error.issues.slice(0, 5))}`)
}
