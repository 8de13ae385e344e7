export { countOwn, deleteViews, listViews, lockViews, nextPosition, writeViews } from './store.ts'
export type { SavedView } from './types.ts'
