import type * as z from 'zod'
import { type Operation, type OperationName, operations, type ReplyOf } from '#contract/operations.ts'
import type { Problem } from '#contract/problem.ts'

type Row<N extends OperationName> = (typeof operations)[N]
type Sent<S> = S extends z.ZodType ? z.input<S> : never

/** What a call takes: what the contract says of its address, query and body, and the headers it looks at. */
export type CallOf<N extends OperationName> = (Row<N> extends { params: infer S } ? { params: Sent<S> } : unknown) &
  (Row<N> extends { query: infer S } ? { query?: Sent<S> } : unknown) &
  (Row<N> extends { body: infer S } ? (Row<N> extends { bodyMayBeEmpty: true } ? { body?: Sent<S> } : { body: Sent<S> }) : unknown) &
  (Row<N> extends { idempotency: 'none' } ? unknown : { idempotencyKey?: string }) &
  (Row<N> extends { ifMatch: true } ? { version?: number } : unknown)

/** A reply, or the problem why not. `status` 0: nobody answered in time, and nobody knows what became of it; ask again with the same key. */
export type Result<N extends OperationName> =
  | ({ ok: true; headers: Headers } & ReplyOf<N>)
  | { ok: false; status: number; problem: Problem | null; retryAfterSeconds: number | null }

export interface ClientOptions {
  /** Where the server is, without a path. */
  url: string
  apiKey: string
  /** Language of the sentences in problems. */
  language?: string
  timeoutMs?: number
}

export interface Client {
  /** Asks for one operation of the contract. A refusal is a value; only what cannot be sent throws. */
  call<N extends OperationName>(
    name: N,
    ...rest: Record<never, never> extends CallOf<N> ? [call?: CallOf<N>] : [call: CallOf<N>]
  ): Promise<Result<N>>
}

/** A client of one server, typed by the contract: `client({ url, apiKey }).call('placeOrder', { body, idempotencyKey })`. */
export function client({ url, apiKey, language, timeoutMs = 30_000 }: ClientOptions): Client {
  return {
    call: async (name, ...[given]) => {
      const operation: Operation = operations[name]
      const { params, query, body, idempotencyKey, version }: Loose = given ?? {}
      const headers: Record<string, string> = { authorization: `Bearer ${apiKey}` }
      if (language !== undefined) headers['accept-language'] = language
      if (body !== undefined) headers['content-type'] = 'application/json'
      if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
      if (version !== undefined) headers['if-match'] = `"${version}"`
      const request = {
        method: operation.method,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }
      const response = await fetch(`${url}${addressOf(operation.path, params)}${queryOf(query)}`, request).catch(() => null)
      const text = await response?.text().catch(() => null)
      if (!response || text === null || text === undefined) return { ok: false, status: 0, problem: null, retryAfterSeconds: null }
      // What the server sends is what the contract says; its own tests hold every reply against it.
      if (response.ok)
        return { ok: true, status: response.status, body: JSON.parse(text), headers: response.headers } as unknown as Result<typeof name>
      const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false
      const retryAfter = response.headers.get('retry-after')
      return {
        ok: false,
        status: response.status,
        problem: isProblem ? (JSON.parse(text) as Problem) : null,
        retryAfterSeconds: retryAfter === null ? null : Number(retryAfter),
      }
    },
  }
}

interface Loose {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
  idempotencyKey?: string
  version?: number
}

function addressOf(path: string, params: Record<string, unknown> = {}): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
}

function queryOf(query: Record<string, unknown> = {}): string {
  const said = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return said.length === 0 ? '' : `?${new URLSearchParams(said)}`
}
