import type { FieldGroup, Grant, MoneyLimits, Permission } from '#contract/permissions.ts'
import type { Db } from '#platform/db.ts'
import { teamOf } from './accounts.ts'

/** What a person or a machine may do in a workspace now, for whoever acts in their name later. */
export interface Acting {
  grants: Grant[]
  /** What an API key narrows its role to; null = everything the role has. */
  narrowedTo: Permission[] | null
  hides: FieldGroup[]
  moneyLimits: MoneyLimits
  locationIds: string[] | null
  teamIds: string[]
  customerIds: string[]
  language: string
}

/** The rights of a principal as they are now; undefined for a key that was withdrawn or has expired, and for a member who is gone or disabled. */
export async function findActing(db: Db, workspaceId: string, id: string): Promise<Acting | undefined> {
  const [row] = await db.query<Acting>({
    name: 'acting',
    text: `select coalesce(r.permissions, '[]') as grants, p.narrowed as "narrowedTo", coalesce(r.hides, '{}') as hides, coalesce(r.money_limits, '{}') as "moneyLimits",
        p.location_ids::text[] as "locationIds", w.language,
        array(select customer_id::text from customer_grants where workspace_id = $1 and principal_id = $2) as "customerIds",
        ${teamOf('$1', '$2')}::text[] as "teamIds"
      from (select role, permissions as narrowed, location_ids from api_keys
          where workspace_id = $1 and id = $2 and revoked_at is null and (expires_at is null or expires_at > now())
        union all select role, null, location_ids from memberships where workspace_id = $1 and user_id = $2 and status = 'active') p
      join workspaces w on w.workspace_id = $1 left join roles r on r.workspace_id = $1 and r.code = p.role`,
    values: [workspaceId, id],
  })
  return row
}
