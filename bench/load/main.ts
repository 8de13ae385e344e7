// The load generator, a process of its own that takes as little of the machine as it can: HTTP/1.1 written by hand over plain
// sockets, one request under way a connection, and a ledger of what was answered.
import { connect, type Socket } from 'node:net'
import { newId } from '#platform/ids.ts'
import { between, randomOf } from '../random.ts'
import type { Plan, Told } from './plan.ts'

process.once('message', (plan: Plan) => void run(plan))

const tell = (told: Told) => new Promise<void>((done) => process.send?.(told, undefined, undefined, () => done()) ?? done())

async function run(plan: Plan): Promise<void> {
  const random = randomOf(plan.seed)
  const placed: string[] = []
  const refused: Record<string, number> = {}
  const latenciesMs: number[] = []
  let placedMeasured = 0
  let measuring = false
  let stopping = false
  let left = 'requests' in plan.until ? plan.until.requests : Number.POSITIVE_INFINITY

  const began = performance.now()
  const ended = Promise.all(Array.from({ length: plan.connections }, () => oneConnection()))
  let seconds = 0
  if ('requests' in plan.until) {
    measuring = true
    await ended
    seconds = (performance.now() - began) / 1_000
  } else {
    await passed(plan.until.warmUpMs)
    await tell({ what: 'measuring' })
    const from = performance.now()
    measuring = true
    await passed(plan.until.measureMs)
    measuring = false
    seconds = (performance.now() - from) / 1_000
    await tell({ what: 'measured' })
    stopping = true
    await ended
  }
  await tell({ what: 'done', seconds, placedMeasured, latenciesMs, placed, refused })
  process.disconnect?.()

  async function oneConnection(): Promise<void> {
    const connection = await openConnection(plan.host, plan.port)
    while (!stopping && left-- > 0) {
      const { request, orders } = requestOf(plan, random)
      const sentAt = performance.now()
      const { status, text } = await connection.ask(request)
      const ms = performance.now() - sentAt
      const ids = status < 300 ? idsIn(text, plan.batch !== null) : []
      for (const id of ids) placed.push(id)
      if (measuring) {
        latenciesMs.push(ms)
        placedMeasured += ids.length
      }
      if (ids.length < orders) {
        const why = status < 300 ? 'in a list' : `${status} ${/"code":"([\w.]+)"/.exec(text)?.[1] ?? ''}`
        refused[why] = (refused[why] ?? 0) + orders - ids.length
      }
    }
    connection.close()
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

// Replies name the order first: `{"id":"…"`, and in a list `{"status":201,"order":{"id":"…"`.
const inList = '{"status":201,"order":{"id":"'
const alone = '{"id":"'

function idsIn(text: string, isList: boolean): string[] {
  if (!isList) return text.startsWith(alone) ? [idAt(text, alone.length)] : []
  const ids: string[] = []
  for (let at = text.indexOf(inList); at >= 0; at = text.indexOf(inList, at)) {
    at += inList.length
    ids.push(idAt(text, at))
  }
  return ids
}

/** A copy: a slice would keep the whole reply in memory. */
const idAt = (text: string, at: number): string => Buffer.from(text.slice(at, at + 36), 'latin1').toString('latin1')

function requestOf({ host, apiKey, items, batch }: Plan, random: () => number): { request: string; orders: number } {
  const orders = batch === null ? 1 : between(random, batch.least, batch.most)
  const body =
    batch === null ? orderOf(items, random) : `{"orders":[${Array.from({ length: orders }, () => orderOf(items, random)).join(',')}]}`
  const path = batch === null ? '/api/v1/orders' : '/api/v1/orders/batch'
  const request = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${apiKey}\r\ncontent-type: application/json\r\nidempotency-key: ${newId()}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  return { request, orders }
}

/** An order of three different items, one piece each, in the order the chance gave. */
function orderOf(items: readonly string[], random: () => number): string {
  const chosen = new Set<number>()
  while (chosen.size < 3) chosen.add(between(random, 0, items.length - 1))
  const lines = [...chosen].map((at) => `{"item":"${items[at]}","quantityMilli":1000}`)
  return `{"channel":"web","location":"main","lines":[${lines.join(',')}]}`
}

interface Reply {
  status: number
  text: string
}

/** A connection that takes one request at a time. */
function openConnection(host: string, port: number): Promise<{ ask(request: string): Promise<Reply>; close(): void }> {
  return new Promise((opened, failed) => {
    const socket: Socket = connect({ host, port, noDelay: true })
    let answer: ((reply: Reply) => void) | null = null
    let parts: Buffer[] = []
    let size = 0
    let wanted = 0
    const broken = () => {
      throw new Error('The server closed a connection')
    }
    socket.once('error', failed)
    socket.once('close', broken)
    socket.once('connect', () =>
      opened({
        ask: (request) => {
          socket.write(request, 'latin1')
          return new Promise((done) => {
            answer = done
          })
        },
        close: () => {
          socket.off('close', broken)
          socket.end()
        },
      }),
    )
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      size += part.length
      if (wanted === 0) {
        const head = parts.length === 1 ? part : Buffer.concat(parts)
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        const length = /content-length: (\d+)/i.exec(head.toString('latin1', 0, end))?.[1]
        if (length === undefined) throw new Error('A reply does not say how long it is')
        wanted = end + 4 + Number(length)
      }
      if (size < wanted) return
      const text = (parts.length === 1 ? part : Buffer.concat(parts)).toString('latin1', 0, wanted)
      parts = []
      size = 0
      wanted = 0
      answer?.({ status: Number(text.slice(9, 12)), text: text.slice(text.indexOf('\r\n\r\n') + 4) })
    })
  })
}
