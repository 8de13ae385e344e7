export { firstBeyond, rightsOf } from './rights.ts'
export { hashOf, isSecret, newSecret } from './secret.ts'
export {
  type ApiKeyToInsert,
  findKeyHolder,
  grantCustomers,
  insertApiKeys,
  type KeyHolder,
  knownPrincipals,
  listApiKeys,
  loadRights,
  loadRoles,
  lockApiKeys,
  markRevoked,
  noteUse,
  type RoleRights,
  writeRoles,
} from './store.ts'
export type { ApiKey, ApiKeyId, Role } from './types.ts'
