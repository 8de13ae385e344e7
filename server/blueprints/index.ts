import type { Blueprint } from './blueprint.ts'
import { counter } from './counter.ts'
import { madeToOrder } from './made-to-order.ts'
import { marketplace } from './marketplace.ts'

export type { Blueprint, ListedReason, Role } from './blueprint.ts'

/** The ways of selling a workspace can start with. */
export const blueprints: readonly Blueprint[] = [counter, madeToOrder, marketplace]
