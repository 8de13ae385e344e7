import { setImmediate as immediate } from 'node:timers/promises'
import { verbPermissions } from '#contract/orders.ts'
import { type ItemResult, takeItems, writeResults } from '#modules/bulk/index.ts'
import { type Customer, loadCustomers } from '#modules/customers/index.ts'
import {
  type Command,
  type Contact,
  decide,
  deleteTimers,
  type Flow,
  findReferences,
  findTaken,
  insertContacts,
  insertMoney,
  insertNotes,
  insertOrders,
  type LedgerRow,
  type LineToPrice,
  loadEvents,
  loadOrders,
  loadOrdersForChange,
  needs,
  type Order,
  type OrderEvent,
  type OrderId,
  openMilli,
  payloadOf,
  replay,
  type StockAnswer,
  updateOrders,
  writeHolds,
  writeTimers,
} from '#modules/orders/index.ts'
import {
  type Demand,
  endReservations,
  insertMovements,
  insertReservations,
  lockStock,
  type Movement,
  type NewReservation,
  Shelf,
  type StockKey,
  type StockRow,
  seeStock,
  writeShortfalls,
  writeStock,
} from '#modules/stock/index.ts'
import { type Answer, no, type Refusal } from '#platform/answer.ts'
import { businessDate, isAhead } from '#platform/calendar.ts'
import { codeOf, constraintOf, type Db, TransientDbError, type Tx } from '#platform/db.ts'
import { dropKeys, type KeyName, type KeyUse, noteAnswers, type StoredKey, takeKeys } from '#platform/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import { type LogEvent, openCommit, readClock, recordCommit } from '#platform/log.ts'
import { type Call, mayDo, maySee } from '../call.ts'
import { maySeeCustomer } from '../customers/may-see-customer.ts'
import type { Engine } from '../engine.ts'
import type { Catalogue, ItemRef, Reference } from '../reference.ts'
import { findReturned, findTakenReturns, finishReturn, type ReturnDocument, type ReturnDraft, writeReturns } from './return-documents.ts'

/** What became of one item of a batch; on a refusal `order` is how the order stands, where it exists and may be seen. */
export type Outcome =
  | { ok: true; order: Order; subjectId: string; already: boolean; replayed: boolean }
  | (Refusal & { order: Order | null })

/** One item of a batch: commands that all happen or none, by one caller. */
export interface Work {
  call: Call
  key: KeyUse | null
  /** The order the item is about. */
  orderId: OrderId
  /** What the item makes or changes, and what its key stands for: the order, or a return. */
  subjectId: string
  expectedSeq: number | null
  /** The timer that this item answers; its row goes with the transaction. */
  firedTimer?: { orderId: string; name: string; generation: number }
  /** The bulk job that this order is one of: done only while it waits there, and what becomes of it is written beside it. */
  bulkJobId?: string
  /** Items to have at hand when the item is prepared. */
  itemRefs: readonly ItemRef[]
  /** Made against the reference data the transaction will run with. Pure. */
  prepare(reference: Reference, catalogue: Catalogue): Answer<Prepared>
}

export interface Prepared {
  steps: Step[]
  notes: { id: string; orderId: string | null; text: string }[]
  contact: Contact | null
  returns: ReturnDraft[]
  /** Ledger entries that belong to a return no order stands behind. */
  looseMoney: LedgerRow[]
  /** For an import: which lot each item's goods come from. Orders that have ended take it when they are handed over, open ones reserve it. */
  history: { lots: ReadonlyMap<string, string>; hasEnded: boolean } | null
}

export interface Step {
  orderId: OrderId
  command: Command
  /** For placing: the lines as the catalogue has them. */
  lines: LineToPrice[]
  number: number
}

/** The reference data moved while the batch was being prepared: prepare it again; where it does not come to rest, later. */
export class StaleReference extends TransientDbError {
  override name = 'StaleReference'
}

/**
 * One transaction for many items: locks and reads in one flight, decides in memory, writes in a second. A refused item leaves nothing behind
 * and spoils nobody. Lock order: idempotency keys, orders by id, stock by item and place.
 *
 * `stock`: new orders take from shelves that are only `seen` where these hold plenty, and lock them for no longer than it takes to write
 * them; others keep taking meanwhile. Were it too much after all, the table's own check says so ({@link isOversold}), nothing is done, and
 * the batch runs again with its shelves `locked` from the first look on, as all scarce ones are.
 */
export async function runBatch(
  tx: Tx,
  engine: Engine,
  reference: Reference,
  catalogue: Catalogue,
  work: readonly Work[],
  commitId: string,
  stock: 'seen' | 'locked',
): Promise<Outcome[]> {
  const workspaceId = reference.workspace.id
  const { batch, outcomes, orders, refusedKeys, answered, results } = await decideBatch(
    { tx, commitId },
    tx,
    engine,
    reference,
    catalogue,
    work,
    stock,
  )
  dropKeys(tx, workspaceId, commitId, refusedKeys)
  noteAnswers(
    tx,
    workspaceId,
    commitId,
    answered
      .filter(({ orderId, seq, already }) => already || orders.get(orderId)?.seq !== seq)
      .map(({ name, seq, already }) => ({ ...name, seq, already })),
  )
  deleteTimers(
    tx,
    workspaceId,
    work.flatMap((item) => item.firedTimer ?? []),
  )
  writeResults(tx, workspaceId, commitId, results)
  batch.write(tx, commitId)
  return outcomes
}

/** What would be told of an order, and how it stood before. */
export interface Rehearsed {
  outcome: Outcome
  before: Order | null
  events: OrderEvent[]
}

/** What earlier batches of a rehearsal took of stock and gave back, in thousandths, by item, place and lot. */
export type Carried = Map<string, { onHandMilli: number; reservedMilli: number }>

/**
 * What would become of these items if they were done now, by the code that does them, on a connection that cannot write: nothing is
 * locked and nothing is left behind. `carried` goes on from batch to batch: what one takes, the next does not find.
 */
export async function rehearseBatch(
  db: Db,
  engine: Engine,
  reference: Reference,
  catalogue: Catalogue,
  work: readonly Work[],
  carried: Carried,
): Promise<Rehearsed[]> {
  const { batch, outcomes } = await decideBatch(null, db, engine, reference, catalogue, work, 'seen', carried)
  batch.carry(carried)
  return outcomes.map((outcome, i) => ({ outcome, ...batch.story(work[i]?.orderId) }))
}

/** Stock as it would be after what was rehearsed before. */
async function seeStockAfter(db: Db, workspaceId: string, keys: StockKey[], carried: Carried): Promise<StockRow[]> {
  const rows = await seeStock(db, workspaceId, keys)
  for (const row of rows) {
    const before = carried.get(`${row.itemId} ${row.locationId} ${row.lotId}`)
    row.onHandMilli += before?.onHandMilli ?? 0
    row.reservedMilli += before?.reservedMilli ?? 0
  }
  return rows
}

/** Reads and decides; `writing` is null where nothing will be written, and then nothing is locked. */
async function decideBatch(
  writing: { tx: Tx; commitId: string } | null,
  db: Db,
  engine: Engine,
  reference: Reference,
  catalogue: Catalogue,
  work: readonly Work[],
  stock: 'seen' | 'locked',
  carried: Carried = new Map(),
) {
  const workspaceId = reference.workspace.id
  const prepared = work.map((item) => item.prepare(reference, catalogue))
  const steps = prepared.flatMap((answer) => (answer.ok ? answer.value.steps : []))
  const placed = steps.flatMap(({ command }) => (command.verb === 'place' ? [command.draft] : []))
  const changedIds = [...new Set(steps.flatMap(({ orderId, command }) => (command.verb === 'place' ? [] : [orderId])))].sort()
  const placedIds = new Set(placed.map((draft) => draft.id))
  const references = steps.flatMap(({ command }) =>
    'reference' in command && command.reference !== null
      ? [{ provider: command.provider, kind: command.verb === 'pay' ? command.kind : 'refund', reference: command.reference }]
      : [],
  )
  const keys = work.flatMap((item) => {
    const name = keyName(item)
    return name && item.key ? [{ ...item.key, ...name, subjectId: item.subjectId }] : []
  })
  // History that has ended takes its goods from a lot of its own, which is locked only as it is written.
  const contending = prepared.flatMap((answer) => (answer.ok && !answer.value.history?.hasEnded ? answer.value.steps : []))
  const wanted = placementStock(contending, catalogue)
  const external = placed.flatMap(({ externalId }) => externalId ?? [])
  const toLoad = changedIds.filter((id) => !placedIds.has(id))
  const drafts = prepared.flatMap((answer) => (answer.ok ? answer.value.returns : []))
  const customerIds = [...new Set([...placed, ...drafts].flatMap(({ customerId }) => customerId ?? []))]
  const refundedReturns = steps.flatMap(({ command }) => (command.verb === 'refund' ? (command.returnId ?? []) : []))
  // One statement locks all stock of a batch, in key order, or two batches could wait for each other in a circle. What orders hold and
  // want is known with them at hand: theirs is locked a flight later.
  const locksLater = toLoad.length > 0
  const onlySees = stock === 'seen' && toLoad.length === 0 && drafts.length === 0
  const lockOrSee = (keys: StockKey[]) =>
    writing ? lockStock(writing.tx, workspaceId, keys) : seeStockAfter(db, workspaceId, keys, carried)
  const inBulk = work.flatMap(({ bulkJobId, orderId }) => (bulkJobId === undefined ? [] : [{ jobId: bulkJobId, orderId }]))
  const atOnce = locksLater ? [] : [...wanted, ...drafts.flatMap(restockedBy)]
  const [commit, stood, waiting, taken, customers, orders, rowsAtOnce, booked, takenReturns, returned] = await Promise.all([
    writing ? openCommit(writing.tx, workspaceId, writing.commitId) : readClock(db, workspaceId),
    writing ? takeKeys(writing.tx, workspaceId, writing.commitId, keys) : [],
    writing && inBulk.length > 0 ? takeItems(writing.tx, workspaceId, inBulk) : null,
    placed.length > 0 ? findTaken(db, workspaceId, [...placedIds], external) : [],
    customerIds.length > 0 ? loadCustomers(db, workspaceId, { ids: customerIds, externalIds: [] }) : [],
    toLoad.length === 0
      ? new Map<OrderId, Order>()
      : writing
        ? loadOrdersForChange(writing.tx, workspaceId, toLoad)
        : loadOrders(db, workspaceId, toLoad),
    atOnce.length > 0 ? (onlySees ? seeStock(db, workspaceId, atOnce) : lockOrSee(atOnce)) : [],
    references.length > 0 ? findReferences(db, workspaceId, references) : [],
    drafts.length > 0 ? findTakenReturns(db, workspaceId, drafts) : [],
    refundedReturns.length > 0 ? findReturned(db, workspaceId, refundedReturns) : [],
  ])
  if (commit.referenceVersion !== reference.version) throw new StaleReference('The reference data changed meanwhile')

  const pins = [...orders.values()].map((order) => order.workflow).filter((pin) => !engine.reference.flows.known(workspaceId, pin))
  if (pins.length > 0) await engine.reference.flows.load(db, workspaceId, pins)
  const flowOf = (pin: Order['workflow']) => engine.reference.flows.known(workspaceId, pin)
  const touching = ordersTouchingStock(steps, orders, flowOf)
  const known = { reference, flowOf, catalogue: await catalogueOf(engine, reference, catalogue, work, touching) }
  const isScarce = onlySees && !holdsPlenty(new Shelf(rowsAtOnce), wanted)
  const later = isScarce ? wanted : locksLater ? [...wanted, ...drafts.flatMap(restockedBy), ...stockOfOrders(known, touching)] : []
  const shelf = new Shelf(later.length > 0 ? await lockOrSee(later) : rowsAtOnce)
  const batch = new Batch(
    known,
    shelf,
    orders,
    new Map(customers.filter(({ erasedAt }) => erasedAt === null).map((customer) => [customer.id, customer])),
    commit.now,
  )
  const standing = new Standing(taken, booked, takenReturns, returned)
  const seen = new Map<string, { item: Work; outcome: Outcome }>()
  const outcomes: Outcome[] = []
  const refusedKeys: KeyName[] = []
  const answered: { name: KeyName; orderId: OrderId; seq: number; already: boolean }[] = []
  const results: ItemResult[] = []
  for (const [i, item] of work.entries()) {
    const answer = prepared[i]
    const keyText = item.key ? `${item.call.actor.id} ${item.key.route} ${item.key.key}` : null
    const twin = keyText ? seen.get(keyText) : undefined
    const used = item.key
      ? stood.find((key) => key.principalId === item.call.actor.id && key.route === item.key?.route && key.key === item.key.key)
      : undefined
    const jobId = item.bulkJobId
    // Nobody stands there and waits for a bulk job: others get the processor now and then.
    if (jobId !== undefined && i % ordersInARow === 0) await immediate()
    // Two workers of one job may meet in one batch.
    const isGone = jobId !== undefined && waiting !== null && !waiting.delete(`${jobId} ${item.orderId}`)
    const seqBefore = orders.get(item.orderId)?.seq ?? null
    const outcome: Outcome = used
      ? await repeated(db, workspaceId, item, used)
      : isGone
        ? { ...no('bulk_job.not_waiting', { order: item.orderId }), order: null }
        : twin
          ? twin.item.key?.fingerprint === item.key?.fingerprint
            ? asRepeat(twin.outcome)
            : { ...no('idempotency.other_body', { key: item.key?.key ?? '' }), order: null }
          : answer?.ok
            ? batch.run(item, answer.value, standing)
            : { ...(answer ?? no('internal', { request: item.call.commandId })), order: null }
    const name = keyName(item)
    if (keyText && name && !twin && !used) {
      seen.set(keyText, { item, outcome })
      if (!outcome.ok) refusedKeys.push(name)
      // Only a return that stands alone has no order.
      else if (outcome.order) answered.push({ name, orderId: outcome.order.id, seq: outcome.order.seq, already: outcome.already })
    }
    if (jobId !== undefined && !isGone) results.push(resultOf(jobId, item.orderId, seqBefore, outcome))
    outcomes.push(outcome)
  }
  return { batch, outcomes, orders, refusedKeys, answered, results }
}

function resultOf(jobId: string, orderId: string, seqBefore: number | null, outcome: Outcome): ItemResult {
  if (!outcome.ok) return { jobId, orderId, seqBefore, seqAfter: null, state: 'skipped', reason: outcome.reason }
  return { jobId, orderId, seqBefore, seqAfter: outcome.order.seq, state: outcome.already ? 'already' : 'applied', reason: null }
}

function asRepeat(outcome: Outcome): Outcome {
  return outcome.ok ? { ...outcome, replayed: true } : outcome
}

/** The answer given before, rendered as the order stood then. */
async function repeated(db: Db, workspaceId: string, item: Work, used: StoredKey): Promise<Outcome> {
  if (used.fingerprint !== item.key?.fingerprint) return { ...no('idempotency.other_body', { key: item.key?.key ?? '' }), order: null }
  const orderId = item.subjectId === item.orderId ? used.subjectId : item.orderId
  const events = await loadEvents(db, workspaceId, orderId)
  const seq = used.seq ?? events.findLast((event) => event.commitId === used.commitId)?.seq ?? 0
  const order = replay(events.filter((event) => event.seq <= seq))
  // Only a return that stands alone has no order, and whoever made it does not ask for one.
  return { ok: true, order: order as Order, subjectId: used.subjectId, already: used.already, replayed: true }
}

/** What an item's key is known by; null where nobody could repeat it. */
function keyName({ key, call }: Work): KeyName | null {
  return key && call.actor.id ? { principalId: call.actor.id, route: key.route, key: key.key } : null
}

const stockVerbs = new Set<Command['verb']>(['move', 'cancel', 'reopen', 'wake', 'release', 'return', 'undo'])

/** Loaded orders of which a command may take or give back stock, itself or by automatic moves after it, each with its steps. */
function ordersTouchingStock(
  steps: readonly Step[],
  orders: ReadonlyMap<OrderId, Order>,
  flowOf: Known['flowOf'],
): { order: Order; steps: Step[] }[] {
  return [...Map.groupBy(steps, ({ orderId }) => orderId)].flatMap(([orderId, mine]) => {
    const order = orders.get(orderId)
    if (!order) return []
    const movesItself = flowOf(order.workflow)
      ?.movesFrom(order.stage)
      .some((move) => move.by === 'auto')
    return movesItself || mine.some(({ command }) => stockVerbs.has(command.verb)) ? [{ order, steps: mine }] : []
  })
}

interface WantedStock extends StockKey {
  milli: number
}

/** Everything that placing in this batch could take, by item and place, parts of recipes included; thousandths of the base unit. */
function placementStock(steps: readonly Step[], catalogue: Catalogue): WantedStock[] {
  const keys = new Map<string, WantedStock>()
  for (const { command, lines } of steps) {
    if (command.verb === 'place') {
      for (const line of lines) {
        if (line.kind !== 'goods' || line.itemId === null) continue
        const { locationId } = command.draft
        const parts = catalogue.explode(line.itemId, line.quantityMilli)
        for (const { itemId, milli } of parts.ok ? parts.value : []) {
          const key = `${itemId} ${locationId}`
          const before = keys.get(key)
          if (before) before.milli += milli
          else keys.set(key, { itemId, locationId, milli })
        }
      }
    }
  }
  return [...keys.values()]
}

// What all who take at the same moment may want beside us. Too small a number costs a batch run twice, never a unit sold twice.
const plenty = 4

function holdsPlenty(shelf: Shelf, wanted: readonly WantedStock[]): boolean {
  return wanted.every(({ itemId, locationId, milli }) => shelf.freeMilli(itemId, locationId) >= plenty * milli)
}

/** Whether a batch failed because shelves that it had only seen held less by the time it wrote them. */
export function isOversold(error: unknown): boolean {
  return codeOf(error) === '23514' && constraintOf(error) === 'stock_is_not_oversold'
}

/** What decisions look up without asking the database. */
interface Known {
  reference: Reference
  catalogue: Catalogue
  flowOf(pin: Order['workflow']): Flow | undefined
}

/** The catalogue with the items of these orders too: a command may take or give back stock of them. */
async function catalogueOf(
  engine: Engine,
  reference: Reference,
  catalogue: Catalogue,
  work: readonly Work[],
  touching: readonly { order: Order }[],
): Promise<Catalogue> {
  const ids = new Set<string>()
  for (const { order } of touching) for (const { itemId } of order.lines) if (itemId !== null && !catalogue.item(itemId)) ids.add(itemId)
  if (ids.size === 0) return catalogue
  return engine.reference.itemsOf(reference, [
    ...work.flatMap((item) => item.itemRefs),
    ...[...ids].map((value) => ({ by: 'id', value }) as const),
  ])
}

/** Item and place of what these orders hold and lack, of what their commands may reserve, and of what comes back from them. */
function stockOfOrders(known: Known, touching: readonly { order: Order; steps: readonly Step[] }[]): StockKey[] {
  const keys: StockKey[] = []
  for (const { order, steps } of touching) {
    const { locationId } = order
    keys.push(...order.reservations, ...order.shortfalls)
    for (const { command } of steps)
      if (command.verb === 'return') for (const { restock } of command.lines) if (restock) keys.push({ itemId: restock.itemId, locationId })
    for (const { itemId, milli } of wantedBy(known, order, steps)) {
      const parts = known.catalogue.explode(itemId, milli)
      for (const part of parts.ok ? parts.value : []) keys.push({ itemId: part.itemId, locationId })
    }
  }
  return keys
}

/** What an order may want of the shelf. A second command finds the order where the first has left it, so it may want anything. */
function wantedBy(known: Known, order: Order, steps: readonly Step[]): { itemId: string; milli: number }[] {
  const flow = known.flowOf(order.workflow)
  const [step] = steps
  if (!flow || !step) return []
  if (steps.length === 1) return needs(flow, order, step.command, step.lines)?.lines ?? []
  return order.lines.flatMap(({ kind, itemId, orderedMilli }) =>
    kind === 'goods' && itemId !== null ? [{ itemId, milli: orderedMilli }] : [],
  )
}

function restockedBy({ locationId, lines }: ReturnDraft): StockKey[] {
  return lines.flatMap(({ restock }) => (restock ? [{ itemId: restock.itemId, locationId }] : []))
}

interface Taken {
  id: string
  connectionId: string | null
  externalId: string | null
}

/** What stands already and may not be done twice. */
class Standing {
  private readonly ids = new Set<string>()
  private readonly external = new Set<string>()
  private readonly references = new Set<string>()
  private readonly returns = new Set<string>()
  /** Which order something came back from with which return. */
  private readonly returned = new Set<string>()

  constructor(
    taken: readonly Taken[],
    booked: readonly { provider: string; kind: string; reference: string }[],
    returns: readonly Taken[],
    returned: readonly { returnId: string; orderId: string }[],
  ) {
    for (const { returnId, orderId } of returned) this.returned.add(`${returnId} ${orderId}`)
    for (const { id, connectionId, externalId } of returns) this.returns.add(id).add(`${connectionId} ${externalId}`)
    for (const { id, connectionId, externalId } of taken) {
      this.ids.add(id)
      if (externalId !== null) this.external.add(`${connectionId} ${externalId}`)
    }
    for (const { provider, kind, reference } of booked) this.references.add(`${provider} ${kind} ${reference}`)
  }

  refuses({ command, orderId }: Step, drafts: readonly ReturnDraft[]): Refusal | null {
    if (command.verb === 'place') {
      const { id, connectionId, externalId } = command.draft
      if (this.ids.has(id)) return no('order.exists', { order: id })
      if (externalId !== null && this.external.has(`${connectionId} ${externalId}`)) return no('order.exists', { order: externalId })
    }
    if (command.verb === 'refund' && command.returnId !== null && !this.cameBack(command.returnId, orderId, drafts))
      return no('return.not_found', { return: command.returnId })
    const name = referenceOf(command)
    return name !== null && this.references.has(name)
      ? no('money.exists', { reference: ('reference' in command && command.reference) || '' })
      : null
  }

  private cameBack(returnId: string, orderId: string, drafts: readonly ReturnDraft[]): boolean {
    const comesNow = drafts.some((draft) => draft.id === returnId && draft.lines.some((line) => line.orderId === orderId))
    return comesNow || this.returned.has(`${returnId} ${orderId}`)
  }

  refusesReturn({ id, connectionId, externalId }: Taken): Refusal | null {
    if (this.returns.has(id)) return no('return.exists', { return: id })
    return externalId !== null && this.returns.has(`${connectionId} ${externalId}`) ? no('return.exists', { return: externalId }) : null
  }

  addReturn({ id, connectionId, externalId, lines }: ReturnDraft): void {
    this.returns.add(id)
    for (const { orderId } of lines) if (orderId !== null) this.returned.add(`${id} ${orderId}`)
    if (externalId !== null) this.returns.add(`${connectionId} ${externalId}`)
  }

  add({ command }: Step): void {
    if (command.verb === 'place') {
      this.ids.add(command.draft.id)
      if (command.draft.externalId !== null) this.external.add(`${command.draft.connectionId} ${command.draft.externalId}`)
    }
    const name = referenceOf(command)
    if (name !== null) this.references.add(name)
  }
}

function referenceOf(command: Command): string | null {
  if (!('reference' in command) || command.reference === null) return null
  return `${command.provider} ${command.verb === 'pay' ? command.kind : 'refund'} ${command.reference}`
}

interface Told {
  call: Call
  orderId: OrderId
  seq: number
  event: OrderEvent
  at: string
  locationId: string
  registerId: string | null
}

const ordersInARow = 5

type Buyer = Pick<Customer, 'id' | 'ownerId' | 'tier' | 'segment'>

/** The batch in memory: what each order became, and all rows that follow from it. */
class Batch {
  private readonly before = new Map<OrderId, Order>()
  private readonly made: StockRow[] = []
  private readonly told: Told[] = []
  private readonly timers: { orderId: OrderId; name: string; dueAt: string; generation: number }[] = []
  private readonly accepted: Prepared[] = []
  private readonly returns: ReturnDocument[] = []
  private readonly known: Known
  private readonly shelf: Shelf
  private readonly orders: Map<OrderId, Order>
  private readonly customers: ReadonlyMap<string, Buyer>
  private readonly now: string

  constructor(known: Known, shelf: Shelf, orders: Map<OrderId, Order>, customers: ReadonlyMap<string, Buyer>, now: string) {
    this.known = known
    this.shelf = shelf
    this.orders = orders
    this.customers = customers
    this.now = now
    for (const [id, order] of orders) this.before.set(id, order)
  }

  run(item: Work, prepared: Prepared, standing: Standing): Outcome {
    const undo = {
      shelf: this.shelf.mark(),
      told: this.told.length,
      timers: this.timers.length,
      orders: new Map<OrderId, Order | undefined>(),
    }
    let already = true
    for (const draft of prepared.returns) {
      const refusal = standing.refusesReturn(draft) ?? this.refusesAlone(item.call, draft)
      if (refusal) return { ...refusal, order: null }
    }
    for (const step of prepared.steps) {
      const before = this.orders.get(step.orderId) ?? null
      if (!undo.orders.has(step.orderId)) undo.orders.set(step.orderId, before ?? undefined)
      // What comes with placing an order needs no permission beside that.
      const isNew = undo.orders.get(step.orderId) === undefined
      const refusal =
        (isNew && before ? null : this.mayTouch(item, step, before)) ??
        standing.refuses(step, prepared.returns) ??
        this.decideStep(item, prepared, step, before)
      if (refusal !== null && refusal !== 'already') {
        this.takeBack(undo)
        const stands = this.orders.get(step.orderId)
        return { ...refusal, order: stands && maySee(item.call, stands) ? stands : null }
      }
      if (refusal === null) already = false
    }
    for (const step of prepared.steps) standing.add(step)
    for (const draft of prepared.returns) standing.addReturn(draft)
    const order = this.orders.get(item.orderId)
    if (!already || prepared.returns.length > 0) this.accepted.push(prepared)
    for (const draft of prepared.returns)
      this.returns.push(
        finishReturn(
          draft,
          (id) => undo.orders.get(id as OrderId),
          this.now,
          (at) => this.businessDate(at, draft.locationId),
        ),
      )
    // Only a return that stands alone has no order, and whoever made it does not ask for one.
    return { ok: true, order: order as Order, subjectId: item.subjectId, already: already && prepared.steps.length > 0, replayed: false }
  }

  /** Adds what became of the shelf to what was carried here. */
  carry(carried: Carried): void {
    for (const { row, onHandMilli, reservedMilli } of this.shelf.changes()) {
      const key = `${row.itemId} ${row.locationId} ${row.lotId}`
      const before = carried.get(key)
      carried.set(key, {
        onHandMilli: (before?.onHandMilli ?? 0) + onHandMilli,
        reservedMilli: (before?.reservedMilli ?? 0) + reservedMilli,
      })
    }
  }

  /** How an order of the batch stood before, and what was told of it. */
  story(orderId: OrderId | undefined): { before: Order | null; events: OrderEvent[] } {
    if (orderId === undefined) return { before: null, events: [] }
    const events = this.told.flatMap((one) => (one.orderId === orderId ? one.event : []))
    return { before: this.before.get(orderId) ?? null, events }
  }

  /** What an order would say, of a return that no order stands behind. */
  private refusesAlone(call: Call, { orderId, customerId, at }: ReturnDraft): Refusal | null {
    if (orderId !== null) return null
    if (this.customerOf(call, customerId) === undefined) return no('customer.not_found', { customer: customerId })
    return at !== null && isAhead(at, this.now) ? no('time.in_future', { at }) : null
  }

  /** Whom an order names, null for nobody; undefined where there is no such customer that this call may know of. */
  private customerOf(call: Call, customerId: string | null): Buyer | null | undefined {
    if (customerId === null) return null
    const customer = this.customers.get(customerId)
    return customer && maySeeCustomer(call, customer) ? customer : undefined
  }

  private mayTouch(item: Work, step: Step, order: Order | null): Refusal | null {
    if (step.command.verb === 'place') return null
    if (!order || !maySee(item.call, order)) return no('order.not_found', { order: step.orderId })
    if (item.expectedSeq !== null && item.expectedSeq !== order.seq)
      return no('order.changed', { version: order.seq, expected: item.expectedSeq, stage: order.stage })
    // Moves name their own permission, and are asked for it where they are made; so is taking back what was done.
    const { verb } = step.command
    const permission = verb === 'move' || verb === 'wake' || verb === 'undo' ? null : verbPermissions[verb]
    if (permission !== null && !mayDo(item.call, permission, order)) return no('permission.denied', { permission })
    return beyondLimit(item.call, step.command, order.currency)
  }

  /** Null when something happened, `already` when nothing had to, or the refusal. */
  private decideStep(item: Work, prepared: Prepared, step: Step, before: Order | null): Refusal | 'already' | null {
    const { shelf } = this
    const { reference } = this.known
    const { command, lines } = step
    const draft = command.verb === 'place' ? command.draft : null
    const flow = draft
      ? draft.workflow === null
        ? reference.defaultFlow
        : reference.flow(draft.workflow)
      : before
        ? this.known.flowOf(before.workflow)
        : undefined
    if (!flow) return no('workflow.not_found', { workflow: draft?.workflow ?? before?.workflow.code ?? '' })
    const locationId = draft?.locationId ?? before?.locationId ?? ''
    const location = reference.location(locationId)
    if (!location) return no('location.not_found', { location: locationId })
    const customer = this.customerOf(item.call, draft?.customerId ?? null)
    if (customer === undefined) return no('customer.not_found', { customer: draft?.customerId ?? '' })
    const mark = shelf.mark()
    const stock = this.handOut(flow, before, command, lines, locationId, prepared)
    if ('ok' in stock) return stock
    const decided = decide(before, command, {
      now: this.now,
      actor: item.call.actor,
      flow,
      newId,
      may: (permission) => mayDo(item.call, permission, { locationId, ownerId: before ? before.ownerId : item.call.actor.id }),
      place: location,
      number: step.number,
      lines,
      customer,
      stock,
      history: prepared.history?.hasEnded ?? false,
      unitCostMicro: (itemId, at, lotId) => shelf.unitCostMicro(itemId, at, lotId),
    })
    // What was handed out and is not kept goes back before the next is served; what is kept is booked from the events.
    if (!decided.ok || !decided.events.some((event) => event.type === 'StockReserved')) shelf.rollBack(mark)
    if (!decided.ok) return decided
    if (decided.already) return 'already'
    let seq = before?.seq ?? 0
    for (const event of decided.events) {
      this.book(event, decided.order)
      this.told.push({
        call: item.call,
        orderId: step.orderId,
        seq: ++seq,
        event,
        at: whenOf(event, command, this.now),
        locationId,
        registerId: decided.order.registerId,
      })
    }
    for (const timer of decided.timers) this.timers.push({ orderId: step.orderId, ...timer })
    this.orders.set(step.orderId, decided.order)
    return null
  }

  private handOut(
    flow: Flow,
    before: Order | null,
    command: Command,
    lines: readonly LineToPrice[],
    locationId: string,
    prepared: Prepared,
  ): StockAnswer | Refusal {
    if (prepared.history) return this.historyStock(before, command, lines, prepared.history, locationId)
    const need = needs(flow, before, command, lines)
    if (!need) return { allocations: [], misses: [] }
    const demands: Demand[] = []
    for (const { lineId, itemId, milli } of need.lines) {
      const parts = this.known.catalogue.explode(itemId, milli)
      if (!parts.ok) return parts
      for (const part of parts.value) demands.push({ lineId, itemId: part.itemId, locationId, milli: part.milli })
    }
    const { taken, misses } = this.shelf.take(demands, need.mode)
    // The shelf knows ids as text; they come from the order and the catalogue.
    return {
      allocations: taken,
      misses: misses.map(({ milli, ...miss }) => ({
        ...miss,
        wantedMilli: milli,
        itemName: this.known.catalogue.item(miss.itemId)?.code ?? '',
      })),
    } as StockAnswer
  }

  /** History takes its goods from the lot of the import's opening stock: where it has ended as it is handed over, else reserved as it is placed. */
  private historyStock(
    before: Order | null,
    command: Command,
    placed: readonly LineToPrice[],
    { lots, hasEnded }: NonNullable<Prepared['history']>,
    locationId: string,
  ): StockAnswer | Refusal {
    const wanted =
      command.verb === 'place' && !hasEnded
        ? placed.map((line) => ({ ...line, milli: line.quantityMilli }))
        : command.verb === 'move' && hasEnded && before
          ? before.lines.map((line) => ({ ...line, milli: openMilli(line) }))
          : []
    const allocations: (Demand & { lotId: string })[] = []
    for (const { id, kind, itemId, milli } of wanted) {
      if (kind !== 'goods' || itemId === null || milli <= 0) continue
      const parts = this.known.catalogue.explode(itemId, milli)
      if (!parts.ok) return parts
      for (const part of parts.value) {
        const lotId = lots.get(part.itemId)
        if (lotId) allocations.push({ lineId: id, itemId: part.itemId, locationId, lotId, milli: part.milli })
      }
    }
    for (const { itemId, lotId, milli } of allocations) {
      if (hasEnded) this.shelf.addUnread(itemId, locationId, lotId, this.known.reference.workspace.homeCurrency)
      else this.shelf.reserve(itemId, locationId, lotId, milli)
    }
    // The shelf knows ids as text; they come from the order and the catalogue.
    return { allocations, misses: [] } as unknown as StockAnswer
  }

  /** Applies to the shelf what an event says of stock; what was reserved was taken from it already. */
  private book(event: OrderEvent, order: Order): void {
    const { shelf } = this
    if (event.type === 'StockReleased') {
      const before = this.orders.get(order.id)
      shelf.giveBack((before?.reservations ?? []).filter((held) => event.reservationIds.includes(held.id)))
    }
    if (event.type === 'StockConsumed') {
      for (const { itemId, locationId, lotId, milli, reservationId } of event.consumed)
        shelf.consume(itemId, locationId, lotId, milli, reservationId !== null)
    }
    if (event.type === 'LinesReturned') {
      for (const { itemId, locationId, lotId, milli } of event.restocked) {
        const made = shelf.receive(itemId, locationId, lotId, milli, this.known.reference.workspace.homeCurrency)
        if (made) this.made.push(made)
      }
    }
  }

  private takeBack(undo: { shelf: number; told: number; timers: number; orders: ReadonlyMap<OrderId, Order | undefined> }): void {
    this.shelf.rollBack(undo.shelf)
    this.told.splice(undo.told)
    this.timers.splice(undo.timers)
    for (const [id, order] of undo.orders) {
      if (order) this.orders.set(id, order)
      else this.orders.delete(id)
    }
  }

  /** Everything that follows, as lists; nothing at all where nothing happened. */
  write(tx: Tx, commitId: string): void {
    const { now, told } = this
    const { reference } = this.known
    const workspaceId = reference.workspace.id
    const { returns } = this
    if (told.length === 0 && returns.length === 0) return
    const placed: Order[] = []
    const changed: { before: Order; after: Order }[] = []
    for (const id of new Set(told.map((one) => one.orderId))) {
      const after = this.orders.get(id)
      const before = this.before.get(id)
      if (after && before) changed.push({ before, after })
      else if (after) placed.push(after)
    }
    insertOrders(tx, workspaceId, placed, now)
    updateOrders(tx, workspaceId, changed, now)
    insertContacts(
      tx,
      workspaceId,
      this.accepted.flatMap((prepared) => prepared.contact ?? []),
    )
    insertNotes(
      tx,
      workspaceId,
      this.accepted.flatMap((prepared) => prepared.notes),
    )
    this.writeStockRows(tx, commitId, placed, changed, returns)
    writeHolds(
      tx,
      workspaceId,
      told.flatMap(({ event, orderId }) => (event.type === 'HoldPlaced' ? [{ orderId, ...event.hold }] : [])),
      told.flatMap(({ event, orderId }) => (event.type === 'HoldReleased' ? [{ orderId, holdId: event.holdId, by: event.by }] : [])),
      now,
    )
    insertMoney(tx, workspaceId, commitId, [...this.ledgerRows(), ...this.accepted.flatMap((prepared) => prepared.looseMoney)], now)
    writeTimers(
      tx,
      workspaceId,
      changed.flatMap(({ before, after }) =>
        before.generation === after.generation ? [] : [{ orderId: after.id, generation: after.generation }],
      ),
      this.timers.filter((timer) => this.stillCounts(timer)),
    )
    this.wakeWaiting(tx)
    const returnEvents = writeReturns(tx, workspaceId, commitId, returns, now)
    recordCommit(tx, { workspaceId, id: commitId, now }, [...told.map(logEvent), ...returnEvents])
    // Last, so that whoever wants the same goods waits for as little as can be.
    writeStock(tx, workspaceId, this.shelf, this.made, now)
  }

  /** Timers of stages left again in the same batch, and of holds released again, are not set. */
  private stillCounts({ orderId, name, generation }: { orderId: OrderId; name: string; generation: number }): boolean {
    const order = this.orders.get(orderId)
    return name.startsWith('hold ') ? (order?.holds.some((hold) => name === `hold ${hold.id}`) ?? false) : order?.generation === generation
  }

  /** Stock that is free again may be what another order waits for. */
  private wakeWaiting(tx: Tx): void {
    const { reference } = this.known
    if (!reference.workflows.some((flow) => flow.onShort !== 'refuse')) return
    const freed = new Map<string, StockKey>()
    const free = ({ itemId, locationId }: StockKey) => freed.set(`${itemId} ${locationId}`, { itemId, locationId })
    for (const { event, orderId } of this.told) {
      if (event.type === 'LinesReturned') event.restocked.forEach(free)
      // Where nothing ever lay there was nothing to lock: what came meanwhile has woken nobody yet.
      if (event.type === 'StockReserved') event.shortfalls.filter((short) => !this.shelf.knows(short)).forEach(free)
      if (event.type === 'StockReleased')
        for (const held of this.before.get(orderId)?.reservations ?? []) if (event.reservationIds.includes(held.id)) free(held)
    }
    for (const document of this.returns) document.restocked.forEach(free)
    if (freed.size === 0) return
    owe(tx, reference.workspace.id, [{ id: newId(), kind: 'wake_orders', lane: 'live', payload: { stock: [...freed.values()] } }])
  }

  private ledgerRows(): LedgerRow[] {
    return this.told.flatMap(({ event, orderId, call, locationId }) => {
      if (event.type !== 'MoneyRecorded') return []
      return [
        {
          ...event.entry,
          orderId,
          currency: this.orders.get(orderId)?.currency ?? '',
          businessDate: this.businessDate(event.entry.at, locationId),
          actor: call.actor,
        },
      ]
    })
  }

  private businessDate(at: string, locationId: string): string {
    const location = this.known.reference.location(locationId)
    return businessDate(at, location?.timeZone ?? 'UTC', location?.dayStartsAt ?? '00:00')
  }

  private writeStockRows(
    tx: Tx,
    commitId: string,
    placed: readonly Order[],
    changed: readonly { before: Order; after: Order }[],
    returns: readonly ReturnDocument[],
  ): void {
    const { now, told } = this
    const { reference } = this.known
    const workspaceId = reference.workspace.id
    const reservations = new Map<string, NewReservation>()
    const ended: { id: string; state: 'consumed' | 'released' }[] = []
    const end = (id: string, state: 'consumed' | 'released') => {
      const made = reservations.get(id)
      if (made) made.state = state
      else ended.push({ id, state })
    }
    const movements: Movement[] = []
    for (const { event, orderId, at, call, locationId: place } of told) {
      const base = {
        // What stock costs is kept in the workspace's currency, whatever it is sold in.
        currency: reference.workspace.homeCurrency,
        orderId,
        returnId: null,
        reasonCode: null,
        noteId: null,
        externalId: null,
        at,
        actorKind: call.actor.kind,
        actorId: call.actor.id,
      }
      const on = this.businessDate(at, place)
      if (event.type === 'StockReserved')
        for (const held of event.reservations)
          reservations.set(held.id, { ...held, state: 'open', orderId, purpose: null, expiresAt: null })
      if (event.type === 'StockReleased') for (const id of event.reservationIds) end(id, 'released')
      if (event.type === 'StockConsumed') {
        for (const { movementId, reservationId, lineId, itemId, locationId, lotId, milli, unitCostMicro } of event.consumed) {
          if (reservationId) end(reservationId, 'consumed')
          movements.push({
            ...base,
            id: movementId,
            kind: 'consume',
            deltaMilli: -milli,
            reservationId,
            lineId,
            itemId,
            locationId,
            lotId,
            unitCostMicro,
            businessDate: on,
          })
        }
        for (const { movementId, consumption } of event.found) {
          const { lineId, itemId, locationId, lotId, milli } = consumption
          const both = { ...base, lineId, itemId, locationId, lotId, unitCostMicro: null, reservationId: null, businessDate: on }
          movements.push(
            { ...both, id: movementId, kind: 'found', deltaMilli: milli },
            { ...both, id: consumption.movementId, kind: 'consume', deltaMilli: -milli },
          )
        }
      }
      if (event.type === 'LinesReturned') {
        for (const { movementId, lineId, itemId, locationId, lotId, milli } of event.restocked) {
          movements.push({
            ...base,
            id: movementId,
            kind: 'return',
            deltaMilli: milli,
            returnId: event.returnId,
            lineId,
            itemId,
            locationId,
            lotId,
            unitCostMicro: null,
            reservationId: null,
            businessDate: on,
          })
        }
      }
    }
    for (const document of returns) {
      for (const movement of document.restocked) {
        const currency = reference.workspace.homeCurrency
        const made = this.shelf.receive(movement.itemId, movement.locationId, movement.lotId, movement.deltaMilli, currency)
        if (made) this.made.push(made)
        movements.push({ ...movement, currency })
      }
    }
    insertReservations(tx, workspaceId, commitId, [...reservations.values()], now)
    endReservations(tx, workspaceId, ended, now)
    insertMovements(tx, workspaceId, commitId, movements, now)
    const rewritten = changed.filter(({ before, after }) => before.shortfalls !== after.shortfalls && before.shortfalls.length > 0)
    writeShortfalls(
      tx,
      workspaceId,
      rewritten.map(({ after }) => after.id),
      [...placed, ...changed.filter(({ before, after }) => before.shortfalls !== after.shortfalls).map(({ after }) => after)].flatMap(
        (order) =>
          order.shortfalls.map((short) => ({
            ...short,
            orderId: order.id,
            waiting: this.known.flowOf(order.workflow)?.onShort !== 'refuse',
            priority: order.priority,
            placedAt: order.at,
          })),
      ),
    )
  }
}

function whenOf(event: OrderEvent, command: Command, now: string): string {
  if (event.type === 'StageChanged' || event.type === 'MoveUndone') return event.at
  if (event.type === 'MoneyRecorded') return event.entry.at
  if (command.verb === 'place') return command.draft.at ?? now
  return ('at' in command ? command.at : null) ?? now
}

function logEvent({ call, orderId, seq, event, at, locationId, registerId }: Told): LogEvent {
  return {
    subject: 'order',
    subjectId: orderId,
    seq,
    type: event.type,
    payload: payloadOf(event),
    version: 1,
    at,
    actorKind: call.actor.kind,
    actorId: call.actor.id,
    locationId,
    registerId,
    commandId: call.commandId,
  }
}

/** Money that a role gives back or writes off in one go is bounded by its limit. */
function beyondLimit({ moneyLimits }: Call, command: Step['command'], currency: string): Refusal | null {
  const most = moneyLimits.refundMinor
  const gives = command.verb === 'refund' || (command.verb === 'pay' && command.kind === 'write_off')
  if (most === undefined || !gives || Math.abs(command.amountMinor) <= most) return null
  return no('limit.refund', { most, amount: Math.abs(command.amountMinor), currency })
}
