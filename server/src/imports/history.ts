/**
 * What every import format is turned into: documents of the past, in file order.
 * Quantities are thousandths of the item's base unit, prices millionths of the currency's major unit,
 * amounts minor units of `currency`. `row` is the 1-based line number of the file where a row starts (the header is line 1).
 */
export type HistoryDocument = HistoryOrder | HistoryReturn | HistoryWriteOff | HistoryRefusal

export interface HistoryOrder {
  kind: 'order'
  externalId: string
  /** What people at the source call it; the external id where there is no other name. */
  reference: string
  /** Instant in UTC, ISO 8601. */
  at: string
  currency: string
  customer: HistoryCustomer | null
  lines: HistoryLine[]
  /** What the source says was paid (0: it says that nothing was); null where it says nothing of payment. */
  payment: { method: string; amountMinor: number; at: string } | null
  /** Money the source says was given back, without saying for which goods. */
  refundedMinor: number
  /** How the order ended; `open` where the source says it has not. */
  ended: 'done' | 'cancelled' | 'open'
  /** When it ended; the order's own time where the source does not say, or while it is open. */
  endedAt: string
  tags: string[]
  note: string
  source: string
}

export interface HistoryReturn {
  kind: 'return'
  externalId: string
  at: string
  currency: string
  customer: HistoryCustomer | null
  /** Quantities are positive: what came back. `totalMinor` is positive: what was given back. */
  lines: HistoryLine[]
}

/** Stock that left without a sale (damaged, lost, counted away) or was found; no money. Quantities are signed. */
export interface HistoryWriteOff {
  kind: 'write_off'
  externalId: string
  at: string
  lines: HistoryLine[]
  /** What the source wrote beside it: "damages", "found". */
  note: string
}

/** Rows that cannot become anything, with a stable reason code and what they were worth (0 when that cannot be read). */
export interface HistoryRefusal {
  kind: 'refused'
  refused: RefusedRow[]
}

export interface RefusedRow {
  row: number
  reason: RefusalReason
  netMinor: number
  /** Null where the row does not say, or is worth nothing by itself. */
  currency: string | null
}

// biome-ignore format: one row, one reason
export type RefusalReason =
  | 'torn_row'                 // not as many cells as the header, or a quote that is never closed
  | 'unreadable_text'          // holds a NUL character, which no database text may
  | 'missing_id'               // no ticket, invoice or order number
  | 'missing_item'             // neither code nor name of what was sold
  | 'missing_order_row'        // lines of an order whose own row is not in the file
  | 'unreadable_time'
  | 'unreadable_quantity'
  | 'unreadable_price'
  | 'unreadable_amount'        // subtotal, shipping, tax, discount, refund or total of an order
  | 'unknown_currency'
  | 'unknown_status'
  | 'zero_quantity'
  | 'negative_quantity'        // where the format has no returns
  | 'negative_price'           // on goods; a charge may be negative
  | 'conflicting_customer'     // one document, two customers
  | 'duplicate_order'          // the same order once more in this file
  | 'total_mismatch'           // the lines do not add up to the order's total
  | 'refund_exceeds_payment'
  | 'document_refused' // nothing wrong with this row, but with another of its document

export interface HistoryLine {
  row: number
  kind: 'goods' | 'service' | 'charge' | 'discount'
  /** The item's code in the source, or one made from its name. */
  code: string
  /** The code again where the source knows no name (yet). */
  name: string
  category: string
  quantityMilli: number
  priceMicro: number
  /** round half up (price × quantity), signed as in the source for orders. */
  totalMinor: number
}

export interface HistoryCustomer {
  externalId: string
  name: string
  email: string
  phone: string
  country: string
}

/** A format reads a stream of CSV records and yields documents; it keeps only the few documents in memory that may still grow. */
export interface ImportFormat {
  name: string
  read(records: AsyncIterable<CsvRecord>): AsyncGenerator<HistoryDocument>
  /**
   * What the file states a row to be worth, refunds taken off; null where that cannot be read or the row carries no money.
   * The sum over all rows is the file's net, computed without looking at documents.
   */
  worth(record: CsvRecord): Worth | null
  /** The column names the header must have; anything else is refused before the first row. */
  columns: readonly string[]
  /** Columns that are read where the header has them. */
  optionalColumns: readonly string[]
  /** How a return finds what it reverses: `day` = same day, same lines, no customer; `customer` = same customer and item, earlier. */
  matching: 'day' | 'customer'
  /** Where local times without an offset were written. */
  timeZone: string
}

export interface Worth {
  netMinor: number
  currency: string
}

export interface CsvRecord {
  row: number
  /** By column name; only the columns the format reads. An optional column that the file lacks is ''. */
  cells: Record<string, string>
  /** Why the record cannot be trusted; the cells then hold what could be read of it. */
  fault: 'torn_row' | 'unreadable_text' | null
}
