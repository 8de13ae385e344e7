export { type Cell, csvLine, type Writing, writings } from './csv.ts'
export { open, seal } from './seal.ts'
export { deleteChunks, insertChunk, insertExport, listExports, loadChunk, loadExport, lockExport, updateExport } from './store.ts'
export type * from './types.ts'
