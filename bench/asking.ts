import { Agent, request } from 'node:http'
import { percentile } from './load/run.ts'

/** A server to ask, over kept connections. */
export interface Asker {
  /** Asks once; `ms` is until the last byte of the answer. */
  ask(question: Question): Promise<Reply>
  close(): void
}

export interface Question {
  method?: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

export interface Reply {
  status: number
  headers: NodeJS.Dict<string | string[]>
  text: string
  ms: number
}

export function openAsker(url: string, connections: number): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    ask: ({ method = 'GET', path, headers, body }) =>
      new Promise((done, failed) => {
        const sentAt = performance.now()
        const content = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
        const asked = request(`${url}${path}`, { method, agent, headers: { ...headers, ...content } }, (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (part: string) => {
            text += part
          })
          response.once('end', () =>
            done({ status: response.statusCode ?? 0, headers: response.headers, text, ms: performance.now() - sentAt }),
          )
          response.once('error', failed)
        })
        asked.once('error', failed)
        asked.end(body)
      }),
    close: () => agent.destroy(),
  }
}

/** Runs `work` for each of `many`, so many at a time. */
export async function inTurns<T>(many: readonly T[], atOnce: number, work: (one: T, i: number) => Promise<void>): Promise<void> {
  let next = 0
  const turns = Array.from({ length: Math.min(atOnce, many.length) }, async () => {
    for (let i = next++; i < many.length; i = next++) await work(many[i] as T, i)
  })
  await Promise.all(turns)
}

/** The usual percentiles of latencies, sorted here. */
export function percentiles(latencies: readonly number[]): { p50Ms: number; p95Ms: number; p99Ms: number } {
  const sorted = latencies.toSorted((a, b) => a - b)
  return { p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95), p99Ms: percentile(sorted, 0.99) }
}
