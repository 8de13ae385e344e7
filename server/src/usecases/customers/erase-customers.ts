import type { EraseCustomer } from '#contract/personal-data.ts'
import { forgetWords } from '#modules/bulk/index.ts'
import { type Customer, type CustomerId, lockCustomers, writeCustomers } from '#modules/customers/index.ts'
import { eraseHistory } from '#modules/orders/index.ts'
import { no } from '#platform/answer.ts'
import type { Pools, Tx } from '#platform/db.ts'
import { newId, nilId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import { type Call, callOfEngine } from '../call.ts'
import { changeNouns, type Happened, type Saved } from '../change-nouns.ts'
import { mayTouch } from '../may-touch.ts'
import { maySeeCustomer } from './may-see-customer.ts'

/** Orders whose contacts and notes are overwritten in one transaction. */
const ordersAtOnce = 500
/** An order that was being placed meanwhile has arrived by then. */
const lookAgainMs = 60_000

/**
 * Forgets customers: overwrites who they are, whom their orders were for and what people wrote there. Orders, totals and the log stay,
 * and hold nothing personal. The first few hundred orders at once; a minute later, or at once where there are more, everything is
 * looked at again as owed work.
 */
export function eraseCustomers(
  desk: { pools: Pools },
  call: Call,
  requests: readonly (EraseCustomer & { id: string })[],
): Promise<Saved<Customer>[]> {
  return changeNouns(desk.pools, call, async (tx, now) => {
    const rows = await lockCustomers(tx, call.workspaceId, { ids: requests.map(({ id }) => id), externalIds: [] })
    const known = new Map<string, Customer>(rows.map((row) => [row.id, row]))
    const happened: Happened[] = []
    const value: Saved<Customer>[] = []
    for (const { id, reason } of requests) {
      const before = known.get(id)
      if (!before) {
        value.push(no('customer.not_found', { customer: id }))
        continue
      }
      const may = mayTouch(call, 'customers:erase', before.ownerId)
      if (!may.ok) {
        value.push(maySeeCustomer(call, before) ? may : no('customer.not_found', { customer: id }))
        continue
      }
      const already = before.erasedAt !== null
      const { next, writing, ...erased } = await eraseSome(tx, call.workspaceId, id, nilId)
      // What people wrote since then goes like the rest.
      const isNew = next !== null || writing > 0 || erased.contacts + erased.notes + erased.jobs > 0
      const after = already ? { ...before, version: before.version + (isNew ? 1 : 0) } : blank(before, now)
      value.push({ ok: true, value: after, already })
      if (already && !isNew) continue
      known.set(id, after)
      happened.push(told(after, already ? 'CustomerHistoryErased' : 'CustomerErased', { reason, ...erased }))
      const dueAt = next === null ? { dueAt: new Date(Date.parse(now) + lookAgainMs).toISOString() } : {}
      owe(tx, call.workspaceId, [{ id: newId(), kind: 'erase_customer', lane: 'bulk', payload: { customerId: id }, ...dueAt }])
    }
    writeCustomers(
      tx,
      call.workspaceId,
      [...known.values()].filter(({ id, version }) => rows.some((row) => row.id === id && row.version < version)),
    )
    return { value, happened }
  })
}

/**
 * Overwrites what is left of an erased customer's history, a batch a transaction; what is blank already stays as it is. True when nobody
 * is writing there any more.
 */
export async function eraseRest(pools: Pools, workspaceId: string, customerId: string, signal: AbortSignal): Promise<boolean> {
  let isAll = true
  for (let afterId: string | null = nilId; afterId !== null; ) {
    signal.throwIfAborted()
    const { next, writing } = await eraseBatch(pools, workspaceId, customerId, afterId)
    afterId = next
    isAll &&= writing === 0
  }
  return isAll
}

function eraseBatch(
  pools: Pools,
  workspaceId: string,
  customerId: string,
  afterId: string,
): Promise<{ next: string | null; writing: number }> {
  return changeNouns(pools, callOfEngine(workspaceId, 'system'), async (tx) => {
    const [customer] = await lockCustomers(tx, workspaceId, { ids: [customerId], externalIds: [] })
    if (!customer || customer.erasedAt === null) throw new Error(`Customer ${customerId} was to be forgotten and was not`)
    const { next, writing, ...erased } = await eraseSome(tx, workspaceId, customerId, afterId)
    return { value: { next, writing }, happened: historyErased(tx, workspaceId, customer, erased) }
  })
}

interface Erased {
  contacts: number
  notes: number
  jobs: number
}

/** Some of the orders of a customer, and what was written in jobs on many orders, these among them; `writing` is how many jobs still do. */
async function eraseSome(
  tx: Tx,
  workspaceId: string,
  customerId: string,
  afterId: string,
): Promise<Erased & { next: string | null; writing: number }> {
  const { orderIds, ...history } = await eraseHistory(tx, workspaceId, customerId, { afterId, ordersMax: ordersAtOnce })
  const { forgotten, writing } = await forgetWords(tx, workspaceId, orderIds)
  return { ...history, jobs: forgotten, writing }
}

function historyErased(tx: Tx, workspaceId: string, customer: Customer, erased: Erased): Happened[] {
  if (erased.contacts + erased.notes + erased.jobs === 0) return []
  const after = { ...customer, version: customer.version + 1 }
  writeCustomers(tx, workspaceId, [after])
  return [told(after, 'CustomerHistoryErased', { ...erased })]
}

function told({ id, version, tier, segment, ownerId }: Customer, type: string, payload: Record<string, string | number>): Happened {
  return { subject: 'customer', subjectId: id, seq: version, type, payload: { tier, segment, ownerId, ...payload } }
}

function blank({ id, tier, segment, ownerId, version }: Customer, now: string): Customer & { id: CustomerId } {
  return { id, externalId: null, name: '', email: '', phone: '', country: '', tier, segment, ownerId, version: version + 1, erasedAt: now }
}
