import { nilId } from '#platform/ids.ts'

/** Stock of one item (and lot) at one place, as locked or only seen; thousandths of the item's base unit. */
export interface StockRow {
  itemId: string
  locationId: string
  lotId: string
  onHandMilli: number
  reservedMilli: number
  unitCostMicro: number | null
  currency: string
  /** Only seen, or not even read: what happens to it is added to the row as it is found when it is locked and written, in one go. */
  unlocked?: true
  /** False for lots that are quarantined, recalled, expired or an import's history: they are counted, not handed out. */
  usable: boolean
}

export interface Demand {
  lineId: string
  itemId: string
  locationId: string
  milli: number
}

export interface Taken extends Demand {
  lotId: string
}

/** What was wanted and how much of it was free. */
export interface Miss extends Demand {
  freeMilli: number
}

export type HandOutMode = 'all_or_nothing' | 'wait_for_all' | 'partial'

/**
 * The locked rows of a batch, handed out in memory one order after the other. Lots that expire first go first, as the rows come.
 * Nothing here touches the database: {@link Shelf.changes} says what became of the rows.
 */
export class Shelf {
  private readonly rows = new Map<string, StockRow[]>()
  private readonly deltas = new Map<string, { row: StockRow; onHandMilli: number; reservedMilli: number }>()
  private readonly journal: { row: StockRow; onHandMilli: number; reservedMilli: number; costBefore: number | null }[] = []

  constructor(rows: readonly StockRow[]) {
    this.add(rows)
  }

  /** More rows, locked later in the same transaction; rows that stand here already are kept as they are. */
  add(rows: readonly StockRow[]): void {
    for (const row of rows) {
      const key = `${row.itemId} ${row.locationId}`
      const lots = this.rows.get(key)
      if (!lots) this.rows.set(key, [{ ...row }])
      else if (!lots.some((lot) => lot.lotId === row.lotId)) lots.push({ ...row })
    }
  }

  freeMilli(itemId: string, locationId: string): number {
    return this.lots(itemId, locationId).reduce((sum, lot) => sum + (lot.usable ? lot.onHandMilli - lot.reservedMilli : 0), 0)
  }

  /** Whether some of it lies in lots: then what lies there without one cannot be told apart by counting all. */
  liesInLots(itemId: string, locationId: string): boolean {
    return this.lots(itemId, locationId).some((lot) => lot.lotId !== nilId && lot.usable && lot.onHandMilli > 0)
  }

  unitCostMicro(itemId: string, locationId: string, lotId: string): number | null {
    return this.lots(itemId, locationId).find((lot) => lot.lotId === lotId)?.unitCostMicro ?? null
  }

  /**
   * Reserves what one order wants. `all_or_nothing`: nothing is taken unless all is there, and each item that is short is named once
   * with all that was wanted of it. `wait_for_all`: the same, but every demand is a miss. `partial`: what is there is taken.
   */
  take(demands: readonly Demand[], mode: HandOutMode): { taken: Taken[]; misses: Miss[] } {
    if (mode !== 'partial') {
      const short = this.shortItems(demands)
      if (short.length > 0)
        return { taken: [], misses: mode === 'all_or_nothing' ? short : demands.map((demand) => ({ ...demand, freeMilli: 0 })) }
    }
    const taken: Taken[] = []
    const misses: Miss[] = []
    for (const demand of demands) {
      let left = demand.milli
      for (const lot of this.lots(demand.itemId, demand.locationId)) {
        const milli = lot.usable ? Math.min(left, lot.onHandMilli - lot.reservedMilli) : 0
        if (milli <= 0) continue
        taken.push({ ...demand, lotId: lot.lotId, milli })
        this.change(lot, 0, milli)
        left -= milli
      }
      if (left > 0) misses.push({ ...demand, freeMilli: demand.milli - left })
    }
    return { taken, misses }
  }

  /** Reserves from one lot, whatever it is for. */
  reserve(itemId: string, locationId: string, lotId: string, milli: number): void {
    this.change(this.lot(itemId, locationId, lotId), 0, milli)
  }

  /** Reserved stock is free again. */
  giveBack(taken: readonly { itemId: string; locationId: string; lotId: string; milli: number }[]): void {
    for (const { itemId, locationId, lotId, milli } of taken) this.change(this.lot(itemId, locationId, lotId), 0, -milli)
  }

  /** Where the shelf stands; {@link Shelf.rollBack} takes everything after it back. */
  mark(): number {
    return this.journal.length
  }

  /** What an order was handed goes back before the next is served. */
  rollBack(mark: number): void {
    for (const { row, onHandMilli, reservedMilli, costBefore } of this.journal.splice(mark).reverse()) {
      this.apply(row, -onHandMilli, -reservedMilli)
      row.unitCostMicro = costBefore
    }
  }

  /** Goods leave; `wasReserved` where a reservation held them. */
  consume(itemId: string, locationId: string, lotId: string, milli: number, wasReserved: boolean): void {
    this.change(this.lot(itemId, locationId, lotId), -milli, wasReserved ? -milli : 0)
  }

  /** A row that will change by so much, whatever it holds: history that competes with nobody. */
  addUnread(itemId: string, locationId: string, lotId: string, currency: string): void {
    if (this.row(itemId, locationId, lotId)) return
    this.add([
      { itemId, locationId, lotId, onHandMilli: 0, reservedMilli: 0, unitCostMicro: null, currency, usable: false, unlocked: true },
    ])
  }

  /** Whether anything of this item ever lay at this place. */
  knows({ itemId, locationId }: { itemId: string; locationId: string }): boolean {
    return this.lots(itemId, locationId).length > 0
  }

  /** Goods come (back). Answers the row where it had to be made. */
  receive(itemId: string, locationId: string, lotId: string, milli: number, currency: string): StockRow | null {
    const known = this.row(itemId, locationId, lotId)
    if (!known) this.add([{ itemId, locationId, lotId, onHandMilli: 0, reservedMilli: 0, unitCostMicro: null, currency, usable: true }])
    const row = this.lot(itemId, locationId, lotId)
    this.change(row, milli, 0)
    return known ? null : row
  }

  /** Sets the moving average of a row. */
  price(itemId: string, locationId: string, lotId: string, unitCostMicro: number | null): void {
    const row = this.lot(itemId, locationId, lotId)
    this.change(row, 0, 0)
    row.unitCostMicro = unitCostMicro
  }

  row(itemId: string, locationId: string, lotId: string): StockRow | undefined {
    return this.lots(itemId, locationId).find((lot) => lot.lotId === lotId)
  }

  /** What became of the rows: one entry a row that changed, with what to add to it. */
  changes(): { row: StockRow; onHandMilli: number; reservedMilli: number }[] {
    return [...this.deltas.values()]
  }

  private shortItems(demands: readonly Demand[]): Miss[] {
    const wanted = new Map<string, Demand>()
    for (const demand of demands) {
      const key = `${demand.itemId} ${demand.locationId}`
      const before = wanted.get(key)
      wanted.set(key, before ? { ...before, milli: before.milli + demand.milli } : demand)
    }
    return [...wanted.values()].flatMap((demand) => {
      const freeMilli = this.freeMilli(demand.itemId, demand.locationId)
      return freeMilli < demand.milli ? [{ ...demand, freeMilli }] : []
    })
  }

  private lots(itemId: string, locationId: string): StockRow[] {
    return this.rows.get(`${itemId} ${locationId}`) ?? []
  }

  private lot(itemId: string, locationId: string, lotId: string): StockRow {
    const lot = this.row(itemId, locationId, lotId)
    if (!lot) throw new Error(`Stock of item ${itemId} at ${locationId} (lot ${lotId}) was not locked`)
    return lot
  }

  private change(row: StockRow, onHandMilli: number, reservedMilli: number): void {
    this.journal.push({ row, onHandMilli, reservedMilli, costBefore: row.unitCostMicro })
    this.apply(row, onHandMilli, reservedMilli)
  }

  private apply(row: StockRow, onHandMilli: number, reservedMilli: number): void {
    row.onHandMilli += onHandMilli
    row.reservedMilli += reservedMilli
    const key = `${row.itemId} ${row.locationId} ${row.lotId}`
    const delta = this.deltas.get(key)
    if (delta) {
      delta.onHandMilli += onHandMilli
      delta.reservedMilli += reservedMilli
    } else this.deltas.set(key, { row, onHandMilli, reservedMilli })
  }
}
