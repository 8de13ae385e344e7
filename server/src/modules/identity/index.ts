export {
  endSessions,
  findPassword,
  findSessionHolder,
  findUsers,
  insertUser,
  listSessions,
  noteSessionUse,
  resetPassword,
  type Session,
  sweepSessions,
  type User,
} from './accounts.ts'
export { type Acting, findActing } from './acting.ts'
export {
  findOpenInvitation,
  type Invitation,
  insertInvitation,
  loadInvitations,
  loadMembers,
  lockInvitation,
  lockMembers,
  type Membership,
  markInvitation,
  writeMembers,
} from './members.ts'
export { hashPassword, isPassword } from './password.ts'
export { firstBeyond, firstUnkept, type Rights, rightsOf } from './rights.ts'
export { hashOf, isSecret, newInvitationToken, newSecret } from './secret.ts'
export { type Device, openSignIn, type SignIn, sessionMaxSeconds } from './sign-in.ts'
export {
  type ApiKeyToInsert,
  findKeyHolder,
  grantCustomers,
  insertApiKeys,
  type KeyAccount,
  type KeyHolder,
  knownPrincipals,
  listApiKeys,
  loadKeyAccounts,
  loadRoles,
  lockApiKeys,
  markRevoked,
  noteUse,
  type RoleRights,
  revokeCustomers,
  writeRoles,
} from './store.ts'
export { type ApiKey, type ApiKeyId, ownerRole, type Role } from './types.ts'
