import { type FieldGroup, type Grant, type MoneyLimits, type Permission, type Scope, scopes } from '#contract/permissions.ts'

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

/** What somebody may do, and what they are kept from. */
export interface Rights {
  permissions: ReadonlyMap<string, Scope>
  hides: ReadonlySet<FieldGroup>
  moneyLimits: MoneyLimits
}

/** The first thing beside permissions that these rights have and those have not: sight of a group of fields, or an amount. */
export function firstUnkept(
  rights: Omit<Rights, 'permissions'>,
  those: Omit<Rights, 'permissions'>,
): FieldGroup | keyof MoneyLimits | undefined {
  for (const group of those.hides) if (!rights.hides.has(group)) return group
  for (const limit of ['refundMinor', 'discountMinor'] as const) {
    const most = those.moneyLimits[limit]
    if (most !== undefined && (rights.moneyLimits[limit] ?? Number.POSITIVE_INFINITY) > most) return limit
  }
  return undefined
}

const reach = (scope: Scope): number => scopes.indexOf(scope)
