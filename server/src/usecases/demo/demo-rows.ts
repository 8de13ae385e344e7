import { type Acting, findActing, rightsOf } from '#modules/identity/index.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { owe } from '#platform/jobs/owe.ts'
import type { Call } from '../call.ts'
import { emailOf } from './open-shop.ts'

/** A demo workspace as it stands. */
export interface DemoWorkspace {
  workspaceId: string
  code: string
  blueprint: string
  /** When its shop was opened: the orders it was opened with are older, those that came since are not. */
  madeAt: string
}

export function findDemoWorkspaces(pools: Pools): Promise<DemoWorkspace[]> {
  return pools.system((tx) =>
    tx.query<DemoWorkspace>({
      text: `select workspace_id as "workspaceId", code, blueprint, date_trunc('milliseconds', created_at) as "madeAt" from workspaces where demo order by created_at`,
      values: [],
    }),
  )
}

/** Whether somebody has begun to work here. */
export async function isSomebodyAtWork(pools: Pools): Promise<boolean> {
  const rows = await pools.system((tx) => tx.query({ text: 'select 1 from workspaces where not demo limit 1', values: [] }))
  return rows.length > 0
}

/** Removes a demo workspace with all that is in it, and its people; nothing happens to any other workspace. */
export async function removeDemoWorkspace(pools: Pools, workspaceId: string): Promise<void> {
  await pools.system(async (tx) => {
    await tx.query({ text: `set local statement_timeout = '10min'`, values: [] })
    await tx.query({ text: 'select remove_demo($1)', values: [workspaceId] })
  })
}

/** Ends what is owed of a demo workspace: whoever works at it notices before they go on. */
export async function endParts(pools: Pools, workspaceId: string): Promise<void> {
  await pools.change(workspaceId, async (tx) => {
    await tx.query({
      text: `update owed set state = 'done', ended_at = now(), fence = fence + 1 where workspace_id = $1 and kind = 'demo' and state in ('due', 'claimed')`,
      values: [workspaceId],
    })
  })
}

/** Owes the demo's next part, unless it is owed already: of so many orders by then, or the next arrival. */
export async function oweNextPart(pools: Pools, workspaceId: string): Promise<void> {
  await pools.change(workspaceId, async (tx) => {
    const [[owed], [placed]] = await Promise.all([
      tx.query<{ some: boolean }>({
        text: `select exists (select from owed where workspace_id = $1 and kind = 'demo' and state in ('due', 'claimed')) as some`,
        values: [workspaceId],
      }),
      tx.query<{ count: number }>({ text: 'select count(*) as count from orders where workspace_id = $1', values: [workspaceId] }),
    ])
    if (!owed?.some) owe(tx, workspaceId, [{ id: newId(), kind: 'demo', lane: 'bulk', payload: { from: placed?.count ?? 0 } }])
  })
}

/** Who works in a demo shop: calls in the name of its people, kiosks and connections, with the rights they have. */
export interface Crew {
  person(key: string): Call
  kiosk(register: string): Call
  connection(): Call
}

export async function gatherCrew(pools: Pools, { workspaceId, code }: DemoWorkspace, everything: Call): Promise<Crew> {
  const calls = await pools.view(workspaceId, async (db) => {
    const principals = await db.query<{ id: string; name: string; kind: 'person' | 'kiosk' | 'api'; locationId: string | null }>({
      text: `select k.id, coalesce(r.code, '') as name, k.kind, r.location_id as "locationId" from api_keys k
          left join registers r on r.workspace_id = k.workspace_id and r.id = k.register_id where k.workspace_id = $1 and k.revoked_at is null
        union all select user_id, '', 'person', null from memberships where workspace_id = $1 and status = 'active'`,
      values: [workspaceId],
    })
    const acting = await Promise.all(principals.map(({ id }) => findActing(db, workspaceId, id)))
    return principals.map((principal, i) => ({ ...principal, acting: acting[i] }))
  })
  const emails = await emailsOf(
    pools,
    calls.map(({ id }) => id),
  )
  const byName = new Map(
    calls.map(({ id, kind, name, locationId, acting }) => [
      kind === 'person' ? (emails.get(id) ?? id) : `${kind} ${name}`,
      { id, kind, locationId, acting },
    ]),
  )
  const named = (name: string): Call => {
    const found = byName.get(name)
    if (!found?.acting) throw new Error(`Nobody is ${name} in workspace ${code}`)
    const { id, kind, locationId, acting } = found
    return callOf(workspaceId, { kind: kind === 'api' ? 'integration' : kind, id }, acting, locationId)
  }
  return {
    person: (key) => named(emailOf(key, code)),
    kiosk: (register) => named(`kiosk ${register}`),
    connection: () => ({ ...everything, actor: named('api ').actor, commandId: newId() }),
  }
}

async function emailsOf(pools: Pools, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await pools.system((tx) =>
    tx.query<{ id: string; email: string }>({ text: 'select id, email from users where id = any($1::uuid[])', values: [ids] }),
  )
  return new Map(rows.map(({ id, email }) => [id, email]))
}

function callOf(workspaceId: string, actor: Call['actor'], acting: Acting, kioskAt: string | null): Call {
  return {
    workspaceId,
    actor,
    permissions: rightsOf(acting.grants, acting.narrowedTo),
    locationIds: kioskAt === null ? acting.locationIds : [kioskAt],
    teamIds: acting.teamIds,
    grantedCustomerIds: acting.customerIds,
    hides: new Set(acting.hides),
    moneyLimits: acting.moneyLimits,
    language: acting.language,
    commandId: newId(),
  }
}
