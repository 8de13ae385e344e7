import type { Call } from '#usecases/call.ts'
import type { Engine } from '#usecases/engine.ts'
import type { Reference } from '#usecases/reference.ts'

/** The reference data of the workspace that a call is in. */
export async function referenceOf({ reference: cache }: Pick<Engine, 'reference'>, { workspaceId }: Call): Promise<Reference> {
  const reference = await cache.get(workspaceId)
  if (!reference) throw new Error(`There is no workspace ${workspaceId}`)
  return reference
}
