import { type Grant, type Permission, type Scope, scopes } from '#contract/permissions.ts'

/** What a key may do: the grants of its role, narrowed to the permissions it names. The widest scope counts where a role names one twice. */
export function rightsOf(grants: readonly Grant[], narrowedTo: readonly Permission[] | null): Map<Permission, Scope> {
  const rights = new Map<Permission, Scope>()
  for (const { permission, scope } of grants) {
    if (narrowedTo && !narrowedTo.includes(permission)) continue
    const known = rights.get(permission)
    if (known === undefined || reach(scope) > reach(known)) rights.set(permission, scope)
  }
  return rights
}

/** The first permission that these rights hold and those do not, or not as far; undefined when none. */
export function firstBeyond(rights: ReadonlyMap<Permission, Scope>, those: ReadonlyMap<string, Scope>): Permission | undefined {
  for (const [permission, scope] of rights) {
    const held = those.get(permission)
    if (held === undefined || reach(held) < reach(scope)) return permission
  }
  return undefined
}

const reach = (scope: Scope): number => scopes.indexOf(scope)
