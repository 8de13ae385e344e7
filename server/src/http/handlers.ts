import type { Engine } from '#usecases/engine.ts'
import { customerHandlers } from './customers.ts'
import { itemHandlers } from './items.ts'
import { jobHandlers } from './jobs.ts'
import { keyHandlers } from './keys.ts'
import type { Meters } from './metrics.ts'
import { orderHandlers } from './orders.ts'
import { placeHandlers } from './places.ts'
import { returnHandlers } from './returns.ts'
import type { Handlers } from './serve.ts'
import { stockHandlers } from './stock.ts'
import { workflowHandlers } from './workflows.ts'

/** One handler for every operation of the contract; a missing one does not compile. */
export function handlersOf(engine: Engine, meters: Meters): Handlers {
  return {
    ...orderHandlers(engine, meters),
    ...returnHandlers(engine),
    ...stockHandlers(engine),
    ...itemHandlers(engine),
    ...customerHandlers(engine),
    ...placeHandlers(engine),
    ...workflowHandlers(engine),
    ...keyHandlers(engine),
    ...jobHandlers(engine),
  }
}
