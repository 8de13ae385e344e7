import { insertNotes } from '#modules/orders/index.ts'
import {
  type BookedMovement,
  endReservations,
  findBooked,
  findLots,
  insertLots,
  insertMovements,
  insertReservations,
  lockOpenReservations,
  lockStock,
  type Movement,
  type NewReservation,
  type OpenReservation,
  Shelf,
  type StockKey,
  type StockRow,
  writeStock,
} from '#modules/stock/index.ts'
import { type Answer, fine, no, type Refusal } from '#platform/answer.ts'
import { businessDate, isAhead } from '#platform/calendar.ts'
import { canonicalText } from '#platform/canonical.ts'
import { type CommitLane, commitLane, laneDefaults } from '#platform/commit-lane.ts'
import type { Tx } from '#platform/db.ts'
import { dropKeys, type KeyName, type KeyUse, type StoredKey, takeKeys } from '#platform/idempotency.ts'
import { newId, nilId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import { isCommitted, type LogEvent, openCommit, recordCommit } from '#platform/log.ts'
import { type Call, mayDo } from '../call.ts'
import type { Engine } from '../engine.ts'
import type { Catalogue, ItemRef, Reference } from '../reference.ts'

/** What became of one change of stock: ids of the movements or of the reservation it made or ended. */
export type StockOutcome = { ok: true; ids: string[]; replayed: boolean } | Refusal

/** One change of what lies somewhere, for one item and place (two for a transfer). */
export interface StockWork {
  call: Call
  key: KeyUse | null
  /** Id of the document the change is recorded under, and what its key stands for. */
  subjectId: string
  itemRefs: readonly ItemRef[]
  prepare(reference: Reference, catalogue: Catalogue): Answer<StockChange>
}

export type StockChange =
  | { kind: 'move'; entries: StockEntry[]; note: string | null; reasonCode: string | null; externalId: string | null; at: string | null }
  | { kind: 'reserve'; itemId: string; itemCode: string; locationId: string; milli: number; purpose: string; expiresAt: string | null }
  | { kind: 'end'; reservationId: string; state: 'released' | 'expired' }

export interface StockEntry {
  itemId: string
  itemCode: string
  locationId: string
  lot: { code: string; expiresOn: string | null; status: 'ok' | 'history' } | null
  kind: Movement['kind']
  /** Exactly one of the two: the difference, or what is there. */
  deltaMilli: number | null
  countMilli: number | null
  unitCostMicro: number | null
}

/** Movements of one document, as work for the lane; an external id makes it happen once. */
export function stockMove(
  call: Call,
  subjectId: string,
  entries: StockEntry[],
  more: Pick<Extract<StockChange, { kind: 'move' }>, 'note' | 'reasonCode' | 'externalId' | 'at'>,
): StockWork {
  return {
    call,
    key: null,
    subjectId,
    itemRefs: entries.map(({ itemId }) => ({ by: 'id', value: itemId })),
    prepare: () => fine<StockChange>({ kind: 'move', entries, ...more }),
  }
}

/** The road of every change of stock that no order makes: items of many callers share transactions. */
export function stockLane(engine: () => Engine, report: (error: unknown) => void, batchMax: number): CommitLane<StockWork, StockOutcome> {
  return commitLane<StockWork, StockOutcome>(
    {
      run: async (workspaceId, work, commitId) => {
        const { pools, reference: cache } = engine()
        const reference = await cache.get(workspaceId)
        if (!reference) return work.map(() => no('workspace.not_found', { workspace: workspaceId }))
        const catalogue = await cache.itemsOf(
          reference,
          work.flatMap((item) => item.itemRefs),
        )
        return pools.change(workspaceId, (tx) => runStockBatch(tx, reference, catalogue, work, commitId))
      },
      isCommitted: (workspaceId, commitId) => engine().pools.view(workspaceId, (db) => isCommitted(db, workspaceId, commitId)),
      failed: (work, error) => {
        report(error)
        return no('internal', { request: work.call.commandId })
      },
    },
    { ...laneDefaults, batchMax },
  )
}

/** One transaction: stock locked once in key order, changes applied in memory, written back in one statement. */
async function runStockBatch(
  tx: Tx,
  reference: Reference,
  catalogue: Catalogue,
  work: readonly StockWork[],
  commitId: string,
): Promise<StockOutcome[]> {
  const workspaceId = reference.workspace.id
  const prepared = work.map((item) => item.prepare(reference, catalogue))
  const changes = prepared.flatMap((answer) => (answer.ok ? [answer.value] : []))
  const keys = work.flatMap((item) => {
    const name = keyName(item)
    return name && item.key ? [{ ...item.key, ...name, subjectId: item.subjectId }] : []
  })
  const entries = changes.flatMap((change) => (change.kind === 'move' ? change.entries : []))
  const named = entries.flatMap(({ itemId, lot }) => (lot ? [{ itemId, code: lot.code }] : []))
  const ending = changes.flatMap((change) => (change.kind === 'end' ? change.reservationId : []))
  const external = changes.flatMap((change) => (change.kind === 'move' && change.externalId !== null ? change.externalId : []))
  const [commit, stood, lots, reservations, moved] = await Promise.all([
    openCommit(tx, workspaceId, commitId),
    takeKeys(tx, workspaceId, commitId, keys),
    named.length > 0 ? findLots(tx, workspaceId, named) : [],
    ending.length > 0 ? lockOpenReservations(tx, workspaceId, ending) : [],
    external.length > 0 ? findBooked(tx, workspaceId, external) : new Map<string, BookedMovement>(),
  ])
  const stockKeys = new Map<string, StockKey>()
  for (const { itemId, locationId } of [
    ...entries,
    ...changes.flatMap((change) => (change.kind === 'reserve' ? change : [])),
    ...reservations,
  ])
    stockKeys.set(`${itemId} ${locationId}`, { itemId, locationId })
  const shelf = new Shelf(stockKeys.size > 0 ? await lockStock(tx, workspaceId, [...stockKeys.values()]) : [])
  const batch = new StockBatch(
    reference,
    shelf,
    new Map(lots.map((lot) => [`${lot.itemId} ${lot.code}`, lot.id])),
    new Map(reservations.map((held) => [held.id, held])),
    moved,
    commit.now,
  )
  const unusedKeys: KeyName[] = []
  const seen = new Map<string, { item: StockWork; outcome: StockOutcome }>()
  const outcomes: StockOutcome[] = []
  for (const [i, item] of work.entries()) {
    const name = keyName(item)
    const keyText = name && `${name.principalId} ${name.route} ${name.key}`
    const used = name
      ? stood.find((key) => key.principalId === name.principalId && key.route === name.route && key.key === name.key)
      : undefined
    const twin = keyText ? seen.get(keyText) : undefined
    const first = used ?? twin?.item.key
    if (first && first.fingerprint !== item.key?.fingerprint) outcomes.push(no('idempotency.other_body', { key: item.key?.key ?? '' }))
    else if (used) outcomes.push({ ok: true, ids: await idsMade(tx, workspaceId, used), replayed: true })
    else if (twin) outcomes.push(twin.outcome.ok ? { ...twin.outcome, replayed: true } : twin.outcome)
    else {
      const answer = prepared[i] ?? no('internal', { request: item.call.commandId })
      const outcome = answer.ok ? batch.run(item, answer.value) : answer
      if (keyText) seen.set(keyText, { item, outcome })
      // A refusal is not kept; what an earlier request made under its own number is found by that number again.
      if (name && (!outcome.ok || outcome.replayed)) unusedKeys.push(name)
      outcomes.push(outcome)
    }
  }
  dropKeys(tx, workspaceId, commitId, unusedKeys)
  batch.write(tx, commitId)
  return outcomes
}

/** What an item's key is known by; null where nobody could repeat it. */
function keyName({ key, call }: StockWork): KeyName | null {
  return key && call.actor.id ? { principalId: call.actor.id, route: key.route, key: key.key } : null
}

/** What a request of the same key made the first time. */
async function idsMade(tx: Tx, workspaceId: string, { subjectId, commitId }: StoredKey): Promise<string[]> {
  const rows = await tx.query<{ id: string }>({
    name: 'stock_ids_made',
    text: `select id::text from reservations where workspace_id = $1 and id = $2
      union all
      select m ->> 'id' from events e, json_array_elements(e.payload::json -> 'movements') m where e.workspace_id = $1 and e.subject_id = $2 and e.commit_id = $3 and e.type = 'StockMoved'`,
    values: [workspaceId, subjectId, commitId],
  })
  return rows.map((row) => row.id)
}

class StockBatch {
  private readonly made: StockRow[] = []
  private readonly newLots: { id: string; itemId: string; code: string; expiresOn: string | null; status: 'ok' | 'history' }[] = []
  private readonly movements: Movement[] = []
  private readonly notes: { id: string; orderId: null; text: string }[] = []
  private readonly reserved: NewReservation[] = []
  private readonly ended: { id: string; state: 'released' | 'expired' }[] = []
  private readonly events: LogEvent[] = []
  private readonly freed = new Map<string, StockKey>()
  private readonly reference: Reference
  private readonly shelf: Shelf
  private readonly lots: Map<string, string>
  private readonly reservations: Map<string, OpenReservation>
  private readonly moved: Map<string, BookedMovement>
  private readonly now: string

  constructor(
    reference: Reference,
    shelf: Shelf,
    lots: Map<string, string>,
    reservations: Map<string, OpenReservation>,
    moved: Map<string, BookedMovement>,
    now: string,
  ) {
    this.reference = reference
    this.shelf = shelf
    this.lots = lots
    this.reservations = reservations
    this.moved = moved
    this.now = now
  }

  run(item: StockWork, change: StockChange): StockOutcome {
    if (change.kind === 'reserve') return this.reserve(item, change)
    if (change.kind === 'end') return this.end(item, change)
    return this.move(item, change)
  }

  private move(
    item: StockWork,
    { entries, note, reasonCode, externalId, at, ...change }: Extract<StockChange, { kind: 'move' }>,
  ): StockOutcome {
    const before = externalId === null ? undefined : this.moved.get(externalId)
    if (before)
      return isThat(before, entries[0])
        ? { ok: true, ids: [before.id], replayed: true }
        : no('stock.exists', { external: externalId ?? '' })
    const loose = entries.find(
      ({ kind, lot, itemId, locationId }) => kind === 'count' && lot === null && this.shelf.liesInLots(itemId, locationId),
    )
    if (loose) return no('stock.name_lot', { item: loose.itemCode, location: this.reference.location(loose.locationId)?.code ?? '' })
    if (at !== null && isAhead(at, this.now)) return no('time.in_future', { at })
    const mark = this.shelf.mark()
    const when = at ?? this.now
    const noteId = note === null ? null : newId()
    const movements: Movement[] = []
    const lotsBefore = this.newLots.length
    // What is carried from one place to another keeps its cost.
    let carriedCost: number | null = null
    for (const entry of entries) {
      const lotId = this.lotOf(entry)
      const row = this.shelf.row(entry.itemId, entry.locationId, lotId)
      const onHand = row?.onHandMilli ?? 0
      const reserved = row?.reservedMilli ?? 0
      const delta = entry.deltaMilli ?? (entry.countMilli ?? 0) - onHand
      if (delta === 0) continue
      if (onHand + delta < reserved) {
        this.shelf.rollBack(mark)
        for (const { itemId, code } of this.newLots.splice(lotsBefore)) this.lots.delete(`${itemId} ${code}`)
        return no('stock.below_zero', {
          onHand,
          reserved,
          wanted: -delta,
          item: entry.itemCode,
          location: this.reference.location(entry.locationId)?.code ?? '',
        })
      }
      const location = this.reference.location(entry.locationId)
      const arrives = entry.kind === 'transfer' && delta > 0
      const known: number | null = arrives ? carriedCost : (row?.unitCostMicro ?? null)
      const cost: number | null = entry.unitCostMicro ?? (entry.kind === 'receipt' || entry.kind === 'opening' ? null : known)
      carriedCost = cost
      const currency = row?.currency ?? this.reference.workspace.homeCurrency
      const made = this.shelf.receive(entry.itemId, entry.locationId, lotId, delta, currency)
      if (made) this.made.push(made)
      if (delta > 0)
        this.shelf.price(
          entry.itemId,
          entry.locationId,
          lotId,
          averageCost(onHand, row && !made ? row.unitCostMicro : null, delta, cost, onHand === 0),
        )
      movements.push({
        id: newId(),
        itemId: entry.itemId,
        locationId: entry.locationId,
        lotId,
        kind: entry.kind,
        deltaMilli: delta,
        unitCostMicro: cost,
        currency,
        orderId: null,
        lineId: null,
        reservationId: null,
        returnId: null,
        reasonCode,
        noteId,
        externalId: movements.length === 0 ? externalId : null,
        at: when,
        businessDate: businessDate(when, location?.timeZone ?? 'UTC', location?.dayStartsAt ?? '00:00'),
        actorKind: item.call.actor.kind,
        actorId: item.call.actor.id,
      })
      if (delta > 0) this.freed.set(`${entry.itemId} ${entry.locationId}`, entry)
    }
    if (noteId !== null) this.notes.push({ id: noteId, orderId: null, text: note ?? '' })
    this.movements.push(...movements)
    if (externalId !== null && movements.length > 0) this.moved.set(externalId, movements[0] as Movement)
    // That a count found what was thought to be there is worth knowing too.
    if (movements.length > 0 || this.newLots.length > lotsBefore || entries.some((entry) => entry.kind === 'count')) {
      const told = movements.map(({ id, itemId, locationId, lotId, kind, deltaMilli, unitCostMicro }) => ({
        id,
        itemId,
        locationId,
        lotId,
        kind,
        deltaMilli,
        unitCostMicro,
      }))
      this.tell(
        item,
        'stock',
        'StockMoved',
        { ...change, reasonCode, noteId, externalId, movements: told },
        when,
        entries[0]?.locationId ?? null,
      )
    }
    return { ok: true, ids: movements.map((movement) => movement.id), replayed: false }
  }

  private lotOf({ itemId, lot }: StockEntry): string {
    if (!lot) return nilId
    const key = `${itemId} ${lot.code}`
    const known = this.lots.get(key)
    if (known) return known
    const id = newId()
    this.newLots.push({ id, itemId, ...lot })
    this.lots.set(key, id)
    return id
  }

  private reserve(
    item: StockWork,
    { itemId, itemCode, locationId, milli, purpose, expiresAt }: Extract<StockChange, { kind: 'reserve' }>,
  ): StockOutcome {
    const { taken, misses } = this.shelf.take([{ lineId: '', itemId, locationId, milli }], 'all_or_nothing')
    const [miss] = misses
    if (miss)
      return no('stock.too_little', {
        item: itemCode,
        location: this.reference.location(locationId)?.code ?? '',
        wanted: milli,
        free: miss.freeMilli,
        itemId,
        locationId,
      })
    const reservations = taken.map(
      ({ lotId, milli: part }, i): NewReservation => ({
        id: i === 0 ? item.subjectId : newId(),
        itemId,
        locationId,
        lotId,
        milli: part,
        state: 'open',
        orderId: null,
        lineId: null,
        purpose,
        expiresAt,
      }),
    )
    this.reserved.push(...reservations)
    for (const { id, lotId, milli: part } of reservations)
      this.tell(
        { ...item, subjectId: id },
        'reservation',
        'StockKept',
        { itemId, locationId, lotId, milli: part, expiresAt },
        this.now,
        locationId,
      )
    return { ok: true, ids: reservations.map(({ id }) => id), replayed: false }
  }

  private end(item: StockWork, { reservationId, state }: Extract<StockChange, { kind: 'end' }>): StockOutcome {
    const held = this.reservations.get(reservationId)
    if (!held || !mayDo(item.call, 'stock:reserve', { locationId: held.locationId, ownerId: null }))
      return no('reservation.not_found', { reservation: reservationId })
    this.reservations.delete(reservationId)
    this.shelf.giveBack([held])
    this.ended.push({ id: reservationId, state })
    this.freed.set(`${held.itemId} ${held.locationId}`, held)
    this.tell(
      { ...item, subjectId: reservationId },
      'reservation',
      state === 'expired' ? 'StockExpired' : 'StockGivenBack',
      {},
      this.now,
      held.locationId,
      2,
    )
    return { ok: true, ids: [reservationId], replayed: false }
  }

  private tell(
    item: StockWork,
    subject: 'stock' | 'reservation',
    type: string,
    payload: unknown,
    at: string,
    locationId: string | null,
    seq = 1,
  ): void {
    this.events.push({
      subject,
      subjectId: item.subjectId,
      seq,
      type,
      payload: canonicalText(payload),
      version: 1,
      at,
      actorKind: item.call.actor.kind,
      actorId: item.call.actor.id,
      locationId,
      registerId: null,
      commandId: item.call.commandId,
    })
  }

  write(tx: Tx, commitId: string): void {
    if (this.events.length === 0) return
    const workspaceId = this.reference.workspace.id
    insertLots(tx, workspaceId, this.newLots)
    writeStock(tx, workspaceId, this.shelf, this.made, this.now)
    insertNotes(tx, workspaceId, this.notes)
    insertMovements(tx, workspaceId, commitId, this.movements, this.now)
    insertReservations(tx, workspaceId, commitId, this.reserved, this.now)
    endReservations(tx, workspaceId, this.ended, this.now)
    // What came may be what somebody waits for.
    owe(
      tx,
      workspaceId,
      this.freed.size === 0
        ? []
        : [
            {
              id: newId(),
              kind: 'wake_orders',
              lane: 'live',
              payload: { stock: [...this.freed.values()].map(({ itemId, locationId }) => ({ itemId, locationId })) },
            },
          ],
    )
    recordCommit(tx, { workspaceId, id: commitId, now: this.now }, this.events)
  }
}

/** Whether an earlier booking of the same external id was this one; an import's opening stock is booked once, whatever is left to import. */
function isThat(booked: BookedMovement, entry: StockEntry | undefined): boolean {
  if (!entry || booked.kind !== entry.kind || booked.itemId !== entry.itemId || booked.locationId !== entry.locationId) return false
  return entry.kind === 'opening' || entry.deltaMilli === null || entry.deltaMilli === booked.deltaMilli
}

/** The moving average after goods came at a cost; unknown as soon as any part is. Rounded half up to the micro unit. */
function averageCost(
  onHandMilli: number,
  costMicro: number | null,
  deltaMilli: number,
  newCostMicro: number | null,
  wasEmpty: boolean,
): number | null {
  if (newCostMicro === null) return null
  if (wasEmpty) return newCostMicro
  if (costMicro === null) return null
  const whole = BigInt(onHandMilli + deltaMilli)
  return Number((BigInt(onHandMilli) * BigInt(costMicro) * 2n + BigInt(deltaMilli) * BigInt(newCostMicro) * 2n + whole) / (2n * whole))
}

/** The entry and its item, where the name is known and its own stock is kept. */
export function stockedItem(catalogue: Catalogue, ref: ItemRef): Answer<{ itemId: string; itemCode: string }> {
  const found = catalogue.find(ref)
  if (!found) return no('item.not_found', { item: ref.value })
  if (found.item.stocked !== 'own') return no('stock.not_kept', { item: found.item.code })
  return fine({ itemId: found.item.id, itemCode: found.item.code })
}
