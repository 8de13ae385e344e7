import type { FieldGroup, Grant, MoneyLimits, Permission, Scope } from '#contract/permissions.ts'
import type { Definition, Label } from '#contract/workflow.ts'
import type { ReasonKind } from '#modules/places/index.ts'

/** A way of selling as data: what a new workspace starts with, and what its owner changes without a developer. */
export interface Blueprint {
  code: string
  label: Label
  workflow: Definition
  roles: Role[]
  reasons: ListedReason[]
  views: ShippedView[]
}

export interface Role {
  code: string
  label: Label
  permissions: Grant[]
  /** What its holders are kept from; nothing where it is not said. */
  hides?: FieldGroup[]
  moneyLimits?: MoneyLimits
}

/** A reason people may choose for what they do. */
export interface ListedReason {
  kind: ReasonKind
  code: string
  label: Label
}

/** A view of orders that a new workspace has, shared with everybody. */
export interface ShippedView {
  code: string
  label: Label
  filter: string
  sort: string
  layout?: 'table' | 'board'
  /** Stays as it is. */
  locked?: true
  /** Roles whose holders start with it. */
  roles?: string[]
}

/** The permissions of one scope, to be joined with those of others. */
export function may(scope: Scope, ...permissions: Permission[]): Grant[] {
  return permissions.map((permission) => ({ permission, scope }))
}
