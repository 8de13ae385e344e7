import type { Db, Tx } from '#platform/db.ts'
import type { Location, ReasonWord, Register, Tax, Workspace } from './types.ts'

/** The workspace's own row with the version of its reference data. */
export async function loadWorkspace(db: Db, workspaceId: string): Promise<(Workspace & { referenceVersion: number }) | undefined> {
  const [row] = await db.query<Workspace & { referenceVersion: number }>({
    name: 'workspace_row',
    text: `select workspace_id as id, code, name, home_currency as "homeCurrency", language, blueprint, reference_version as "referenceVersion"
      from workspaces where workspace_id = $1`,
    values: [workspaceId],
  })
  return row
}

/** The id of a workspace by its code, on this server: for `docket_system` only. */
export async function findWorkspace(tx: Tx, code: string): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>({
    name: 'workspace_by_code',
    text: 'select workspace_id as id from workspaces where code = $1',
    values: [code],
  })
  return row?.id
}

/** Adds a workspace's row unless its code is taken: for `docket_system` only. */
export async function insertWorkspace(
  tx: Tx,
  { id, code, name, homeCurrency, language, blueprint, demo }: Workspace & { demo: boolean },
): Promise<boolean> {
  const rows = await tx.query({
    text: `insert into workspaces (workspace_id, code, name, home_currency, language, blueprint, demo) values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (code) do nothing returning workspace_id`,
    values: [id, code, name, homeCurrency, language, blueprint, demo],
  })
  return rows.length > 0
}

/**
 * From here to its end a transaction of `docket_system` acts as `docket_app` in one workspace, so that a workspace and all that it
 * starts with are one commit, and only the application writes inside it.
 */
export async function actInNewWorkspace(tx: Tx, workspaceId: string): Promise<void> {
  await tx.query({ text: 'set local role docket_app', values: [] })
  await tx.query({ text: "select set_config('docket.workspace', $1, true)", values: [workspaceId] })
}

/** The numbers of orders and returns start at 1. */
export function openCounters(tx: Tx, workspaceId: string): void {
  tx.send({ text: "insert into workspace_counters (workspace_id, name) values ($1, 'order'), ($1, 'return')", values: [workspaceId] })
}

/** The version of a workspace's reference data; caches compare it. */
export async function loadReferenceVersion(db: Db, workspaceId: string): Promise<number | undefined> {
  const [row] = await db.query<{ version: number }>({
    name: 'reference_version',
    text: 'select reference_version as version from workspaces where workspace_id = $1',
    values: [workspaceId],
  })
  return row?.version
}

/** Makes every other change of this workspace's reference data wait, and answers its version. */
export async function lockReference(tx: Tx, workspaceId: string): Promise<number> {
  const [row] = await tx.query<{ version: number }>({
    name: 'lock_reference',
    text: 'select reference_version as version from workspaces where workspace_id = $1 for no key update',
    values: [workspaceId],
  })
  if (!row) throw new Error(`There is no workspace ${workspaceId}`)
  return row.version
}

/** Tells every cache that reference data changed; whoever locked it before COMMIT owns the next version. */
export function bumpReference(tx: Tx, workspaceId: string): void {
  tx.send({
    name: 'bump_reference',
    text: 'update workspaces set reference_version = reference_version + 1 where workspace_id = $1',
    values: [workspaceId],
  })
}

/** Every location of a workspace, closed ones too. */
export function loadLocations(db: Db, workspaceId: string): Promise<Location[]> {
  return db.query({
    name: 'locations',
    text: `select id, code, name, time_zone as "timeZone", day_starts_at as "dayStartsAt", status, version from locations where workspace_id = $1 order by created_at, code`,
    values: [workspaceId],
  })
}

/** Every register of a workspace, closed ones too. */
export function loadRegisters(db: Db, workspaceId: string): Promise<Register[]> {
  return db.query({
    name: 'registers',
    text: `select id, location_id as "locationId", code, name, kind, status from registers where workspace_id = $1 order by created_at, code`,
    values: [workspaceId],
  })
}

/** Every reason of a workspace, retired ones too. */
export function loadReasons(db: Db, workspaceId: string): Promise<ReasonWord[]> {
  return db.query({
    name: 'reasons',
    text: 'select kind, code, label, active from reasons where workspace_id = $1 order by kind, code',
    values: [workspaceId],
  })
}

export function loadTaxes(db: Db, workspaceId: string): Promise<Tax[]> {
  return db.query({
    name: 'taxes',
    text: 'select code, name, rate_ppm as "ratePpm", included from taxes where workspace_id = $1 order by code',
    values: [workspaceId],
  })
}

// ─── Writing: new rows are inserted, known ones overwritten, each list in one statement ──────────────────────────────

export function writeLocations(tx: Tx, workspaceId: string, locations: readonly Location[]): void {
  if (locations.length === 0) return
  tx.send({
    name: 'write_locations',
    text: `insert into locations (workspace_id, id, code, name, time_zone, day_starts_at, status, version)
      select $1, r.id, r.code, r.name, r."timeZone", r."dayStartsAt", r.status, r.version
      from json_to_recordset($2::json) as r(id uuid, code text, name text, "timeZone" text, "dayStartsAt" text, status text, version bigint)
      on conflict (workspace_id, id) do update set code = excluded.code, name = excluded.name, time_zone = excluded.time_zone,
        day_starts_at = excluded.day_starts_at, status = excluded.status, version = excluded.version`,
    values: [workspaceId, JSON.stringify(locations)],
  })
}

export function writeRegisters(tx: Tx, workspaceId: string, registers: readonly Register[]): void {
  if (registers.length === 0) return
  tx.send({
    name: 'write_registers',
    text: `insert into registers (workspace_id, id, location_id, code, name, kind, status)
      select $1, r.id, r."locationId", r.code, r.name, r.kind, r.status
      from json_to_recordset($2::json) as r(id uuid, "locationId" uuid, code text, name text, kind text, status text)
      on conflict (workspace_id, id) do update set location_id = excluded.location_id, code = excluded.code, name = excluded.name, kind = excluded.kind, status = excluded.status`,
    values: [workspaceId, JSON.stringify(registers)],
  })
}

export function writeReasons(tx: Tx, workspaceId: string, reasons: readonly ReasonWord[]): void {
  if (reasons.length === 0) return
  tx.send({
    name: 'write_reasons',
    text: `insert into reasons (workspace_id, kind, code, label, active)
      select $1, r.kind, r.code, r.label, r.active from json_to_recordset($2::json) as r(kind text, code text, label jsonb, active boolean)
      on conflict (workspace_id, kind, code) do update set label = excluded.label, active = excluded.active`,
    values: [workspaceId, JSON.stringify(reasons)],
  })
}

export function writeTaxes(tx: Tx, workspaceId: string, taxes: readonly Tax[]): void {
  if (taxes.length === 0) return
  tx.send({
    name: 'write_taxes',
    text: `insert into taxes (workspace_id, code, name, rate_ppm, included)
      select $1, r.code, r.name, r."ratePpm", r.included from json_to_recordset($2::json) as r(code text, name text, "ratePpm" bigint, included boolean)
      on conflict (workspace_id, code) do update set name = excluded.name, rate_ppm = excluded.rate_ppm, included = excluded.included`,
    values: [workspaceId, JSON.stringify(taxes)],
  })
}
