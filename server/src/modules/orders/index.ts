export type {
  Command,
  Decided,
  Draft,
  Facts,
  MoveInput,
  ReturnedLine,
  StockAnswer,
  StockMiss,
  StockNeed,
  Verb,
} from './commands.ts'
export { type ErasedHistory, eraseHistory } from './erase-history.ts'
export { evolve, type Recorded } from './evolve.ts'
export { guardFacts } from './guard-facts.ts'
export { decide, endedPhases, mayMove, needs, permissionFor } from './life.ts'
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
  loadEventsOf,
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
export { type Done, whyFinal } from './undo.ts'
