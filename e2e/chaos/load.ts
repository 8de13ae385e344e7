import { setTimeout as wait } from 'node:timers/promises'
import { newId } from '#platform/ids.ts'
import type { Answered, Ledger, Sent } from './ledger.ts'
import type { Random } from './random.ts'
import type { Shop } from './shop.ts'

export interface Load {
  /** No more new requests; settles when every one under way has its answer. */
  stop(): Promise<void>
}

/** How long a client asks before it gives an answer up. */
const patienceMs = 60_000
const ordersRemembered = 200

type Order = { id: string; shop: Shop }

/** Clients that place orders, do things with each other's, receive stock, and ask again with the same key until they know. */
export function startLoad(shops: readonly Shop[], connections: number, ledger: Ledger, random: Random): Load {
  let stopping = false
  let marks = 0
  const orders: Order[] = []
  const clients = Array.from({ length: connections }, () => trade(random.branch()))
  return {
    stop: async () => {
      stopping = true
      await Promise.all(clients)
    },
  }

  async function trade(own: Random): Promise<void> {
    while (!stopping) {
      const shop = own.one(shops)
      const order = orders.length > 0 && own.whole(1, 2) === 1 ? own.one(orders) : undefined
      const mark = ++marks
      const { sent, ask } = order
        ? somethingWith(order, mark, own)
        : own.whole(1, 6) === 1
          ? receive(shop, mark, own)
          : place(shop, mark, own)
      await ledger.write({ sent })
      const answered = await untilAnswered(sent, ask)
      if (!answered) continue
      await ledger.write({ answered })
      if (sent.what !== 'place' || !answered.ok || answered.orderId === null) continue
      orders.push({ id: answered.orderId, shop })
      if (orders.length > ordersRemembered) orders.shift()
    }
  }
}

type Result = { ok: boolean; status: number; body?: unknown; problem?: { code: string } | null; retryAfterSeconds?: number | null }
type Request = { sent: Sent; ask(idempotencyKey: string): Promise<Result> }

function place(shop: Shop, mark: number, random: Random): Request {
  const lines = Array.from({ length: random.whole(1, 3) }, () => ({
    item: random.one(shop.items),
    quantityMilli: random.whole(1, 3) * 1_000,
  }))
  const body = { channel: 'web', location: 'main', lines, references: { quote: String(mark) } }
  return {
    sent: { mark, shop: shop.code, what: 'place', orderId: null },
    ask: (idempotencyKey) => shop.api.call('placeOrder', { body, idempotencyKey }),
  }
}

function receive({ api, code, items }: Shop, mark: number, random: Random): Request {
  const deltaMilli = random.whole(1, 20) * 1_000
  const adjustment = { kind: 'receipt' as const, item: random.one(items), location: 'main', deltaMilli, note: String(mark) }
  return {
    sent: { mark, shop: code, what: 'receive', orderId: null, milli: deltaMilli },
    ask: async (key) => {
      const answer = await api.call('adjustStock', { body: { adjustments: [{ ...adjustment, key }] } })
      const [entry] = answer.ok ? (answer.body.results as { status: number; problem?: { code: string } }[]) : []
      return entry && entry.status !== 200 ? { ok: false, status: entry.status, problem: entry.problem ?? null } : answer
    },
  }
}

const moves = ['start', 'pack', 'hand_over', 'cancel', 'start_production', 'finish_production', 'reopen']

function somethingWith({ id, shop }: Order, mark: number, random: Random): Request {
  const act = (what: Sent['what'], action: string, body: object): Request => ({
    sent: { mark, shop: shop.code, what, orderId: id },
    ask: (idempotencyKey) => shop.api.call('actOnOrder', { params: { id, action }, body: body as never, idempotencyKey }),
  })
  switch (random.whole(1, 5)) {
    case 1:
      return act('note', 'note', { note: String(mark) })
    case 2:
      return act('pay', 'pay', { amountMinor: mark, method: 'cash' })
    case 3:
      return act('hold', 'hold', {
        reason: 'address_unclear',
        note: String(mark),
        until: new Date(Date.now() + random.whole(500, 4_000)).toISOString(),
      })
    default: {
      const action = random.one(moves)
      return act(
        'move',
        action,
        action === 'cancel' || action === 'reopen' ? { reason: action === 'cancel' ? 'customer_changed_mind' : 'ended_by_mistake' } : {},
      )
    }
  }
}

/** Asks with one key until there is an answer; null when the time for it ran out. */
async function untilAnswered({ mark }: Sent, ask: Request['ask']): Promise<Answered | null> {
  const key = newId()
  const deadline = performance.now() + patienceMs
  for (;;) {
    const result = await ask(key)
    if (result.ok) {
      const { id = null, version = null, already = false } = result.body as { id?: string; version?: number; already?: boolean }
      return { mark, ok: true, orderId: id, version: already ? null : version }
    }
    const isUnknown = result.status === 0 || result.status >= 502 || (result.retryAfterSeconds ?? null) !== null
    if (!isUnknown) return { mark, ok: false, status: result.status, code: result.problem?.code ?? '' }
    if (performance.now() > deadline) return null
    await wait(50)
  }
}
