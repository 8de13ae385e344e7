export { type Demand, type HandOutMode, type Miss, Shelf, type StockRow, type Taken } from './shelf.ts'
export {
  addMissedDemand, endReservations, findLots, findWaiting, insertLots, insertMovements, insertReservations, loadLevels, lockOpenReservations, lockStock, lockStockOfOrders, type Movement, movementIds,
  type NewReservation, type OpenReservation, type StockKey, writeShortfalls, writeStock,
} from './store.ts'
