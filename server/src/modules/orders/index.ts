export { evolve, type Recorded } from './evolve.ts'
export {
  type Command,
  type Decided,
  type Draft,
  decide,
  endedPhases,
  type Facts,
  guardFacts,
  type MoveInput,
  mayMove,
  needs,
  permissionFor,
  type ReturnedLine,
  type StockAnswer,
  type StockMiss,
  type StockNeed,
  type Verb,
  verbs,
} from './life.ts'
export type { LineToPrice } from './pricing.ts'
export { type Detail, type LineRow, lineRows, type OrderRow, orderFrom, orderRow } from './rows.ts'
export { rules } from './rules.ts'
export { balanceOf, creditFor, fulfilmentOf, openMilli, paymentOf } from './standing.ts'
export {
  type Contact,
  deleteTimers,
  eventFrom,
  findReferences,
  findTaken,
  insertContacts,
  insertMoney,
  insertNotes,
  insertOrders,
  type LedgerRow,
  loadEvents,
  loadOrders,
  loadOrdersForChange,
  payloadOf,
  replay,
  type StoredEvent,
  takeNumbers,
  updateOrders,
  writeHolds,
  writeTimers,
} from './store.ts'
export type * from './types.ts'
