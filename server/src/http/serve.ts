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
} from '#contract/operations.ts'
import { inputOfAction, isOrderVerb, verbPermissions } from '#contract/orders.ts'
import type { Permission } from '#contract/permissions.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '#usecases/call.ts'
import { hideFields } from './hide-fields.ts'
import { type About, languageOf, problemOf, type Refused, refused, retryAfterSeconds } from './problems.ts'
import type { RateLimit } from './rate-limit.ts'
import { readInput } from './read-input.ts'
import { isJsonType, RefusedRequest } from './read-json.ts'
import { fingerprintOf, repeats } from './repeats.ts'
import { readVersion, tagOf } from './versions.ts'

/** Who stands behind a secret; the door makes a call of it for each request. */
export type Principal = Omit<Call, 'commandId'>

/** A request, parsed by the contract, with who asks. */
export interface Asked<N extends OperationName> {
  call: Call
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
}

export type Answered<N extends OperationName> = (ReplyOf<N> & { replayed?: boolean }) | Refused

/** One function for every operation of the contract: call a use case or a view, answer. */
export type Handlers = { [N in OperationName]: (asked: Asked<N>) => Promise<Answered<N>> }

export interface Serving {
  handlers: Handlers
  authenticate(secret: string): Promise<Principal | null>
  limit: RateLimit
  /** For failed attempts to say who one is, by address. */
  strangers: RateLimit
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
    language: string
  }
}

const nothing = z.strictObject({})

/** Makes a route of every operation of the contract. */
export function serveOperations(app: FastifyInstance, serving: Serving): void {
  const joined = repeats<Answered<OperationName>>()
  for (const name of operationNames) {
    const operation: Operation = operations[name]
    app.route({
      method: operation.method,
      url: operation.path,
      config: { access: name },
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
  const principal = await whoAsks(request, serving)
  request.principal = principal
  request.language = languageOf(request.headers['accept-language'], principal.language)
  const allowance = serving.limit.take(principal.actor.id ?? principal.workspaceId, operation.cost ?? 1)
  if (!allowance.ok) return refuse(refused('rate.too_many', { seconds: allowance.seconds }))
  reply.header('ratelimit', `"default";r=${allowance.left};t=1`)
  const needed = permissionsFor(operation, request.params)
  if (!needed.some((permission) => principal.permissions.has(permission)))
    refuse(refused('permission.denied', { permission: needed[0] as Permission }))
  if (operation.body) mustBeJson(request, operation)
}

/** Of several, one will do. A verb that every order knows asks for its own; what a move asks for stands in its workflow. */
function permissionsFor(operation: Operation, params: unknown): readonly Permission[] {
  if (operation === operations.actOnOrder) {
    const { action } = params as ParamsOf<'actOnOrder'>
    if (isOrderVerb(action)) return [verbPermissions[action]]
  }
  return typeof operation.permission === 'string' ? [operation.permission] : operation.permission
}

async function whoAsks(request: FastifyRequest, { authenticate, strangers }: Serving): Promise<Principal> {
  const secret = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
  const principal = secret === undefined ? null : await authenticate(secret)
  if (principal) return principal
  const allowance = strangers.take(request.ip, 1)
  if (!allowance.ok) return refuse(refused('rate.too_many', { seconds: allowance.seconds }))
  return refuse({ refused: { code: request.headers.authorization === undefined ? 'auth.missing' : 'auth.invalid', params: {} } })
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
  handler: (asked: unknown) => Promise<Answered<OperationName>>,
): Promise<FastifyReply> {
  const { principal, language } = request
  if (!principal) throw new Error(`Nobody looked at who asks for ${name}`)
  const params = read(operation.params, request.params, 'path', language)
  const query = read(operation.query, request.query, 'query', language)
  const body = operation.body ? readBody(request, operation, params, language) : undefined
  const expected = operation.ifMatch ? expectedVersion(request) : null
  const key = operation.idempotency === 'none' ? null : keyOf(request, operation, principal)
  const list = operation.reads === undefined ? undefined : Object.values(body as Record<string, unknown[]>)[0]
  if (list) {
    const allowance = serving.limit.take(principal.actor.id ?? principal.workspaceId, list.length * costOfEntry)
    if (!allowance.ok) return refuse(refused('rate.too_many', { seconds: allowance.seconds }))
  }
  // The entries of a list carry keys of their own, or ones made from the list's.
  const fingerprint = key === null || list ? '' : fingerprintOf(params, body)
  const work = () =>
    handler({
      call: { ...principal, language, commandId: newId() },
      params,
      query,
      body,
      expected,
      key,
      fingerprint,
      requestId: request.id,
    })
  const answered = await (key === null || list
    ? work()
    : (joined.join(`${principal.workspaceId} ${principal.actor.id} ${name} ${key}`, fingerprint, work) ?? otherBody))
  if ('refused' in answered) return sendProblem(reply, answered, { addressed: addressedBy(operation), ifMatch: expected !== null })
  const seen = hideFields<object>(answered.body, principal.hides)
  if (serving.checkReplies) check(name, operation, { status: answered.status, body: seen })
  return send(reply, answered.status, seen, answered.replayed ?? false)
}

const costOfEntry = 0.25

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
function keyOf(request: FastifyRequest, { idempotency }: Operation, { actor }: Principal): string | null {
  const given = request.headers['idempotency-key']
  if (given === undefined) return idempotency === 'required' && actor.kind !== 'person' ? refuse(refused('idempotency.missing')) : null
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
  workflows: 'workflow', 'api-keys': 'api_key', jobs: 'job',
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

function check(name: OperationName, operation: Operation, { status, body }: { status: number; body: unknown }): void {
  const schema = operation.replies[status]
  if (!schema) throw new Error(`${name} answers ${status}, which the contract does not know`)
  const parsed = schema.safeParse(JSON.parse(JSON.stringify(body)))
  if (!parsed.success) throw new Error(`${name} answers what the contract does not say: ${JSON.stringify(parsed.error.issues.slice(0, 5))}`)
}
