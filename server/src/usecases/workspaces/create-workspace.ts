import type { FieldGroup, Grant, MoneyLimits } from '#contract/permissions.ts'
import type { Definition, Label } from '#contract/workflow.ts'
import { hashOf, insertApiKeys, newSecret, writeRoles } from '#modules/identity/index.ts'
import {
  actInNewWorkspace,
  insertWorkspace,
  type Location,
  openCounters,
  type ReasonKind,
  writeLocations,
  writeReasons,
} from '#modules/places/index.ts'
import { type SavedView, writeViews } from '#modules/saved-views/index.ts'
import { publishWorkflow } from '#modules/workflow/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { isTimeZone } from '#platform/calendar.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { openCommit } from '#platform/log.ts'
import { type Happened, record, untilKnown } from '../change-nouns.ts'
import { isCurrency } from '../is-currency.ts'
import { workflowPublished } from '../workflows/publish-workflows.ts'

/** What a workspace starts with. */
export interface Beginning {
  code: string
  label: Label
  workflow: Definition
  roles: { code: string; label: Label; permissions: Grant[]; hides?: FieldGroup[]; moneyLimits?: MoneyLimits }[]
  reasons: { kind: ReasonKind; code: string; label: Label }[]
  views: { code: string; label: Label; filter: string; sort: string; layout?: 'table' | 'board'; locked?: true; roles?: string[] }[]
}

export interface WorkspaceToCreate {
  /** Lower-case letters, digits and hyphens; unique on this server. */
  code: string
  blueprint: Beginning
  name?: string
  /** ISO 4217. */
  currency: string
  language: 'en' | 'es'
  /** IANA name, of the first location. */
  timeZone: string
  locationCode?: string
  locationName?: string
  /** Made to be looked at, and removed again as a whole. */
  demo?: boolean
}

export interface CreatedWorkspace {
  workspaceId: string
  code: string
  locationId: string
  apiKeyId: string
  /** Shown this once. */
  apiKey: string
}

const ownerRole = 'owner'

/**
 * Makes a workspace, whole or not at all: its row and counters, the roles, reasons and workflow of the blueprint, a first location and
 * an API key of the owner. `workspace.exists` when the code is taken.
 */
export async function createWorkspace(pools: Pools, request: WorkspaceToCreate): Promise<Answer<CreatedWorkspace>> {
  const right = isRight(request)
  if (!right.ok) return right
  const { blueprint, code, currency, language } = request
  if (blueprint.workflow.code !== blueprint.code || !blueprint.roles.some((role) => role.code === ownerRole)) {
    throw new Error(`Blueprint ${blueprint.code} has no workflow of its own code or no role ${ownerRole}`)
  }
  const workspaceId = newId<'Workspace'>()
  const location: Location = {
    id: newId<'Location'>(),
    code: request.locationCode ?? 'main',
    name: request.locationName ?? 'Main',
    timeZone: request.timeZone,
    dayStartsAt: '00:00',
    status: 'open',
    version: 1,
  }
  const apiKeyId = newId<'ApiKey'>()
  const apiKey = newSecret()
  const make = (commitId: string) =>
    pools.system(async (tx): Promise<Answer<CreatedWorkspace>> => {
      const workspace = {
        id: workspaceId,
        code,
        name: request.name ?? code,
        homeCurrency: currency,
        language,
        blueprint: blueprint.code,
        demo: request.demo ?? false,
      }
      if (!(await insertWorkspace(tx, workspace))) return no('workspace.exists', { workspace: code })
      await actInNewWorkspace(tx, workspaceId)
      const commit = await openCommit(tx, workspaceId, commitId)
      openCounters(tx, workspaceId)
      writeLocations(tx, workspaceId, [location])
      writeRoles(
        tx,
        workspaceId,
        blueprint.roles.map((role) => ({ hides: [], moneyLimits: {}, ...role })),
      )
      writeReasons(
        tx,
        workspaceId,
        blueprint.reasons.map((reason) => ({ ...reason, active: true })),
      )
      insertApiKeys(tx, workspaceId, [
        {
          id: apiKeyId,
          registerId: null,
          name: 'First key',
          secretHash: hashOf(apiKey),
          role: ownerRole,
          permissions: null,
          locationIds: null,
          expiresAt: null,
        },
      ])
      writeViews(tx, workspaceId, blueprint.views.map(shippedView))
      const pin = await publishWorkflow(tx, { workspaceId, definition: blueprint.workflow, publishedBy: null })
      if (!pin.ok)
        throw new Error(`Blueprint ${blueprint.code} cannot be published: ${pin.reason.code} ${JSON.stringify(pin.reason.params)}`)
      const happened: Happened[] = [
        {
          subject: 'workspace',
          subjectId: workspaceId,
          seq: 1,
          type: 'WorkspaceCreated',
          payload: { code, homeCurrency: currency, language, blueprint: blueprint.code },
        },
        { subject: 'location', subjectId: location.id, seq: 1, type: 'LocationCreated', payload: location, locationId: location.id },
        workflowPublished(workspaceId, pin.value),
        {
          subject: 'api_key',
          subjectId: apiKeyId,
          seq: 1,
          type: 'ApiKeyCreated',
          payload: { role: ownerRole, permissions: null, locationIds: null, expiresAt: null },
        },
      ]
      await record(tx, commit, { actor: { kind: 'system', id: null }, commandId: newId() }, happened)
      return fine({ workspaceId, code, locationId: location.id, apiKeyId, apiKey })
    })
  return untilKnown(pools, workspaceId, make)
}

function shippedView({ code, label, filter, sort, ...said }: Beginning['views'][number], at: number): SavedView {
  return {
    id: newId<'View'>(),
    list: 'orders',
    code,
    label,
    audience: 'shared',
    locked: said.locked ?? false,
    ownerId: null,
    filter,
    sort,
    columns: [],
    layout: said.layout ?? 'table',
    density: 'normal',
    pinned: false,
    position: at + 1,
    roles: said.roles ?? [],
    version: 1,
  }
}

function isRight({ code, currency, timeZone }: WorkspaceToCreate): Answer<void> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(code)) return no('workspace.bad_code', { code })
  if (!isCurrency(currency)) return no('currency.unknown', { currency })
  return isTimeZone(timeZone) ? fine() : no('time_zone.unknown', { zone: timeZone })
}
