export { loadCustomers, lockCustomers, writeCustomers } from './store.ts'
export type { Customer, CustomerId } from './types.ts'
