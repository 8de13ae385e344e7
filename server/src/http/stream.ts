import { Readable } from 'node:stream'
import { matches } from '#contract/filter/matches.ts'
import { orderFields } from '#contract/filter/order-fields.ts'
import { wordGroupsOf } from '#contract/filter/syntax.ts'
import { limits } from '#contract/limits.ts'
import { operations } from '#contract/operations.ts'
import { type StreamEvent, type Topic, topicNames } from '#contract/stream.ts'
import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import { askerOf, readFilter } from '#usecases/lists/read-filter.ts'
import { openTail } from '#views/stream/tail.ts'
import { type Eyes, eyesOf } from '#views/stream/what-is-told.ts'
import { filterProblem } from './filter-problem.ts'
import { refused } from './problems.ts'
import { RefusedRequest } from './read-json.ts'
import { referenceOf } from './reference-of.ts'
import type { Handlers } from './serve.ts'

/** How often it is asked who still may follow; what the authenticator remembers comes on top, and both together stay below a second. */
const checkEveryMs = 60
/** For how long an answer counts when nobody can be asked. */
const sureMs = 500
const heartbeatMs = 15_000
/** Somewhere between this and twice as long, so that not all come back at once. */
const comeBackMs = 1_000
/** What may wait for a client that does not read; beyond it, the client is let go. */
const waitingBytesMost = 512 * 1_024
const lastWordsMs = 5_000

/** What changes, as it changes. A client that reads slowly, or no longer, costs its own buffer and nobody's time. */
export function streamHandlers(engine: Engine) {
  const { pools } = engine
  const tail = openTail(pools)
  return {
    followChanges: async ({ call, query, lastEventId, again }) => {
      const reference = await referenceOf(engine, call)
      const read = (caller: Call) => readFilter(pools, caller, reference, orderFields, query.filter ?? '')
      let filter = await read(call)
      if (!filter.ok) return filterProblem(filter.errors, call.language)
      const asked = query.topics === undefined ? topicNames : (query.topics.split(',') as Topic[])
      const stream = new Readable({ read() {}, highWaterMark: waitingBytesMost })
      let eyes = lookOf(call)
      let sureUntil = performance.now() + sureMs
      let beatAt = performance.now() + heartbeatMs
      let asking = false
      let ended = false
      const following = tail.follow(
        {
          workspaceId: call.workspaceId,
          topics: Object.keys(eyes.reach),
          eyes: () => (performance.now() < sureUntil ? eyes : null),
          tell,
          fail: (error) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
        },
        lastEventId === null ? (query.lastEventId ?? null) : placeIn(lastEventId),
      )
      if (!following) return refused('stream.too_many', { most: limits.streamsAWorkspace })
      const timer = setInterval(() => void tick(), checkEveryMs)
      stream.once('close', () => {
        clearInterval(timer)
        following.stop()
      })
      stream.push(`retry: ${Math.round(comeBackMs * (1 + Math.random()))}\n\n`)
      // The connection ends with the stream: a server that stops waits for none of them.
      return { stream, headers: { connection: 'close', 'x-accel-buffering': 'no' }, end: () => end('stopping') }

      /** What a caller sees; what is let through depends on them where the filter says `me` or `team`, or looks for words. */
      function lookOf(caller: Call): Eyes {
        if (!query.filter || !filter.ok) return eyesOf(caller, asked)
        const { filter: parsed } = filter
        return eyesOf(caller, asked, {
          key: JSON.stringify([
            query.filter,
            /\b(?:me|team)\b/.test(query.filter) && [caller.actor.id, caller.teamIds],
            caller.hides.has('contact'),
          ]),
          looksForWords: wordGroupsOf(parsed).length > 0,
          letsThrough: (order) => matches(parsed, order, askerOf(caller, reference, new Date().toISOString())),
        })
      }

      function tell(event: StreamEvent): void {
        if (ended) return
        const bytes = encoded(event)
        if (stream.readableLength + bytes.length <= waitingBytesMost) stream.push(bytes)
        else end('too_slow')
        beatAt = performance.now() + heartbeatMs
      }

      async function tick(): Promise<void> {
        if (performance.now() >= beatAt && !ended) {
          beatAt = performance.now() + heartbeatMs
          const position = following?.position() ?? null
          // Whoever was told nothing for long need not read anew for that when they come back.
          stream.push(`${position === null ? '' : `id: ${position}\n`}: still here\n\n`)
        }
        if (asking) return
        asking = true
        try {
          const caller = mayFollow(await again())
          const now = lookOf(caller)
          sureUntil = performance.now() + sureMs
          if (JSON.stringify(now) === JSON.stringify(eyes)) return
          filter = await read(caller)
          if (!filter.ok) return end('rights')
          eyes = lookOf(caller)
          following?.reload()
        } catch (error) {
          if (error instanceof RefusedRequest) end('rights')
        } finally {
          asking = false
        }
      }

      function end(because: 'rights' | 'too_slow' | 'stopping'): void {
        following?.stop()
        clearInterval(timer)
        if (ended || stream.destroyed) return
        ended = true
        stream.push(encoded({ event: 'end', data: { because } }))
        stream.push(null)
        const late = setTimeout(() => stream.destroy(), lastWordsMs)
        stream.once('close', () => clearTimeout(late))
      }
    },
  } satisfies Partial<Handlers>
}

/** Whoever lost everything that could be followed is refused like somebody who asks for the first time. */
function mayFollow(call: Call): Call {
  const { permission } = operations.followChanges
  if (!permission.some((one) => call.permissions.has(one)))
    throw new RefusedRequest(refused('permission.denied', { permission: permission[0] ?? '' }))
  return call
}

/** A position that a client was told before; `unknown` where the header holds something else. */
function placeIn(lastEventId: string): number | 'unknown' {
  return /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : 'unknown'
}

const bytesOf = new WeakMap<StreamEvent, Buffer>()

/** An event as it is sent; made once, however many are told. The position is its id: whoever is cut off names it, and misses nothing. */
function encoded(event: StreamEvent): Buffer {
  const known = bytesOf.get(event)
  if (known) return known
  const id = 'position' in event.data ? `id: ${event.data.position}\n` : ''
  const bytes = Buffer.from(`${id}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`)
  bytesOf.set(event, bytes)
  return bytes
}
