export {
  actInNewWorkspace,
  bumpReference,
  findWorkspace,
  insertWorkspace,
  loadLocations,
  loadReasons,
  loadReferenceVersion,
  loadRegisters,
  loadTaxes,
  loadWorkspace,
  lockReference,
  openCounters,
  writeLocations,
  writeReasons,
  writeRegisters,
  writeTaxes,
} from './store.ts'
export { type Location, type LocationId, type ReasonKind, type ReasonWord, type Register, reasonKinds, type Tax, type Workspace } from './types.ts'
