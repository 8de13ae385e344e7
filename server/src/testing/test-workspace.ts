import { type Permission, permissions, type Scope } from '#contract/permissions.ts'
import type { Pools } from '#platform/db.ts'
import { openPools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '#usecases/call.ts'
import { type ReferenceCache, referenceCache } from '#usecases/reference.ts'
import { type CreatedWorkspace, createWorkspace } from '#usecases/workspaces/create-workspace.ts'
import { blueprints } from '../../blueprints/index.ts'
import { testDatabase } from './test-database.ts'

export interface TestWorkspace extends CreatedWorkspace {
  pools: Pools
  reference: ReferenceCache
  databaseUrl: string
  /** Somebody with every permission everywhere; `rights` narrows, `locationIds` binds. */
  call(rights?: Iterable<[Permission, Scope]>, locationIds?: readonly string[] | null): Call
  /** Another workspace of the same database, with pools and reference data shared. */
  neighbour(code: string): Promise<TestWorkspace>
  end(): Promise<void>
}

/** A database of its own with one workspace of a blueprint, as `docket workspace create` makes it. */
export async function testWorkspace(blueprint = 'counter'): Promise<TestWorkspace> {
  const database = await testDatabase()
  const pools = openPools(database.url, { write: 4, read: 3, system: 2 })
  const reference = referenceCache(pools)
  const end = async () => {
    await pools.end()
    await database.drop()
  }
  const make = async (code: string): Promise<TestWorkspace> => {
    const made = await createWorkspace(pools, {
      code,
      blueprint: blueprintNamed(blueprint),
      currency: 'EUR',
      language: 'en',
      timeZone: 'Europe/Madrid',
    })
    if (!made.ok) throw new Error(`The workspace was refused: ${made.reason.code}`)
    const call = (
      rights: Iterable<[Permission, Scope]> = permissions.map((permission) => [permission, 'workspace']),
      locationIds: readonly string[] | null = null,
    ): Call => ({
      workspaceId: made.value.workspaceId,
      actor: { kind: 'api_key', id: made.value.apiKeyId },
      permissions: new Map(rights),
      locationIds,
      teamIds: [],
      grantedCustomerIds: [],
      hides: new Set(),
      moneyLimits: {},
      language: 'en',
      commandId: newId(),
    })
    return { ...made.value, pools, reference, databaseUrl: database.url, call, neighbour: make, end }
  }
  return await make('shop')
}

export function blueprintNamed(code: string) {
  const blueprint = blueprints.find((one) => one.code === code)
  if (!blueprint) throw new Error(`There is no blueprint ${code}`)
  return blueprint
}
