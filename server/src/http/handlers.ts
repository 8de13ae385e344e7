import type { Engine } from '#usecases/engine.ts'
import type { Entry } from '#usecases/people/sign-in.ts'
import { bulkHandlers } from './bulk.ts'
import { customerHandlers } from './customers.ts'
import { exportHandlers } from './exports.ts'
import { itemHandlers } from './items.ts'
import { jobHandlers } from './jobs.ts'
import { keyHandlers } from './keys.ts'
import type { Meters } from './metrics.ts'
import { orderListHandlers } from './order-lists.ts'
import { orderHandlers } from './orders.ts'
import { peopleHandlers } from './people.ts'
import { placeHandlers } from './places.ts'
import { returnHandlers } from './returns.ts'
import { savedViewHandlers } from './saved-views.ts'
import type { Handlers } from './serve.ts'
import { sessionHandlers } from './session.ts'
import { stockHandlers } from './stock.ts'
import { streamHandlers } from './stream.ts'
import { workflowHandlers } from './workflows.ts'

/** One handler for every operation of the contract; a missing one does not compile. */
export function handlersOf(engine: Engine, meters: Meters, entry: Entry): Handlers {
  return {
    ...orderHandlers(engine, meters),
    ...orderListHandlers(engine),
    ...savedViewHandlers(engine),
    ...returnHandlers(engine),
    ...stockHandlers(engine),
    ...bulkHandlers(engine),
    ...exportHandlers(engine),
    ...itemHandlers(engine),
    ...customerHandlers(engine),
    ...placeHandlers(engine),
    ...workflowHandlers(engine),
    ...keyHandlers(engine),
    ...sessionHandlers(engine.pools, entry),
    ...peopleHandlers(engine, entry),
    ...jobHandlers(engine),
    ...streamHandlers(engine),
  }
}
