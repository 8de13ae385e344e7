export { forgetWords } from './forget-words.ts'
export {
  appliedItems,
  type Chosen,
  countItems,
  endWaiting,
  findUndoing,
  freezeItems,
  insertJob,
  listJobs,
  loadJob,
  lockJob,
  nextItems,
  takeItems,
  undoneAmong,
  updateJob,
  waitAgain,
  writeForeseen,
  writeResults,
} from './store.ts'
export type * from './types.ts'
