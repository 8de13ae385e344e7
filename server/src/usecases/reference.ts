import { explode, type Item, type ItemId, type ItemRefs, loadItems, type Variant } from '#modules/catalogue/index.ts'
import { loadRoles, type Role } from '#modules/identity/index.ts'
import {
  type Location,
  loadLocations,
  loadReasons,
  loadReferenceVersion,
  loadRegisters,
  loadTaxes,
  loadWorkspace,
  type ReasonKind,
  type ReasonWord,
  type Register,
  type Tax,
  type Workspace,
} from '#modules/places/index.ts'
import { currentWorkflows, type Flow, type Flows, openFlows } from '#modules/workflow/index.ts'
import type { Answer } from '#platform/answer.ts'
import type { Db, Pools } from '#platform/db.ts'

/** An item as somebody names it. By id or code the default variant is meant. */
export type ItemRef = { by: 'id' | 'code' | 'variant' | 'barcode'; value: string }

export interface ResolvedItem {
  item: Item
  /** Null when nothing of the item is sold any more. */
  variant: Variant | null
}

/** What seldom changes in a workspace, as it stood at one version of it; every look-up is a Map's. */
export interface Reference {
  workspace: Workspace
  version: number
  locations: readonly Location[]
  /** By id or by code. */
  location(idOrCode: string): Location | undefined
  registers: readonly Register[]
  register(idOrCode: string): Register | undefined
  reasons: readonly ReasonWord[]
  reason(kind: ReasonKind, code: string): ReasonWord | undefined
  taxes: readonly Tax[]
  tax(code: string): Tax | undefined
  roles: readonly Role[]
  role(code: string): Role | undefined
  /** The newest version of every workflow, compiled; what orders pin is found through {@link ReferenceCache.flows}. */
  workflows: readonly Flow[]
  flow(code: string): Flow | undefined
  /** What orders run on that name no workflow: the one of the workspace's blueprint. */
  defaultFlow: Flow
}

/** Items by every name they have. What it holds does not go away while somebody holds it. */
export interface Catalogue {
  find(ref: ItemRef): ResolvedItem | undefined
  item(id: string): Item | undefined
  /** What must be in stock for so much of an item, rounded up once (modules/catalogue/explode.ts). */
  explode(itemId: string, milli: number): Answer<{ itemId: ItemId; milli: number }[]>
}

export interface ReferenceCache {
  /** The workspace's reference data, at most a second old; undefined when there is no such workspace. */
  get(workspaceId: string): Promise<Reference | undefined>
  /** A catalogue with every item that is named and known, and with all their recipes lead to. */
  itemsOf(reference: Reference, refs: readonly ItemRef[]): Promise<Catalogue>
  /** Forgets a workspace: somebody knows of a newer version. */
  drop(workspaceId: string): void
  /** Every version that this process has met. */
  flows: Flows
}

export interface ReferenceLimits {
  workspacesMax: number
  itemsMax: number
  /** How long a version is believed without asking. */
  trustedMs: number
}

/** Reference data of the workspaces this process works for, loaded on demand. Concurrent loads are joined. */
export function referenceCache(
  pools: Pools,
  limits: ReferenceLimits = { workspacesMax: 200, itemsMax: 50_000, trustedMs: 1_000 },
): ReferenceCache {
  const entries = new Map<string, Entry>()
  const loads = new Map<string, Promise<Entry | undefined>>()
  const flows = openFlows()

  return { get, itemsOf, drop, flows }

  async function get(workspaceId: string): Promise<Reference | undefined> {
    const known = entries.get(workspaceId)
    if (known && performance.now() < known.trustedUntil) return known.reference
    const entry = await joined(workspaceId, known)
    return entry?.reference
  }

  function joined(workspaceId: string, known: Entry | undefined): Promise<Entry | undefined> {
    const underWay = loads.get(workspaceId)
    if (underWay) return underWay
    const load = refresh(workspaceId, known).then((entry) => {
      // Dropped meanwhile: what was read may be the older version.
      if (loads.get(workspaceId) === load) keep(workspaceId, entry)
      return entry
    })
    loads.set(workspaceId, load)
    const over = () => void (loads.get(workspaceId) === load && loads.delete(workspaceId))
    load.then(over, over)
    return load
  }

  async function refresh(workspaceId: string, known: Entry | undefined): Promise<Entry | undefined> {
    const asked = performance.now()
    if (known) {
      const version = await pools.view(workspaceId, (db) => loadReferenceVersion(db, workspaceId))
      if (version === known.reference.version) {
        known.trustedUntil = asked + limits.trustedMs
        return known
      }
    }
    const reference = await pools.view(workspaceId, (db) => loadReference(db, workspaceId, flows))
    return reference && { reference, catalogue: newCatalogue(), trustedUntil: asked + limits.trustedMs }
  }

  /** The one used longest ago gives way. */
  function keep(workspaceId: string, entry: Entry | undefined): void {
    entries.delete(workspaceId)
    if (entry) entries.set(workspaceId, entry)
    for (const oldest of entries.keys()) {
      if (entries.size <= limits.workspacesMax) return
      entries.delete(oldest)
    }
  }

  async function itemsOf(reference: Reference, refs: readonly ItemRef[]): Promise<Catalogue> {
    const workspaceId = reference.workspace.id
    const entry = entries.get(workspaceId)
    let catalogue = entry?.reference === reference ? entry.catalogue : newCatalogue()
    let missing = refs.filter((ref) => !catalogue.find(ref))
    if (missing.length === 0) return catalogue
    if (catalogue.size() + missing.length > limits.itemsMax) {
      // Whoever still works with the full one keeps it; from here on a new one fills.
      catalogue = newCatalogue()
      missing = [...refs]
      if (entry?.reference === reference) entry.catalogue = catalogue
    }
    catalogue.put(await pools.view(workspaceId, (db) => loadItems(db, workspaceId, namesOf(missing))))
    return catalogue
  }

  function drop(workspaceId: string): void {
    entries.delete(workspaceId)
    loads.delete(workspaceId)
  }
}

interface Entry {
  reference: Reference
  catalogue: ReturnType<typeof newCatalogue>
  trustedUntil: number
}

async function loadReference(db: Db, workspaceId: string, flows: Flows): Promise<Reference | undefined> {
  // The version first: what is read after it may be newer, and is then read again; the other way round it would pass for newer than it is.
  const [row, locations, registers, reasons, taxes, roles, pins] = await Promise.all([
    loadWorkspace(db, workspaceId),
    loadLocations(db, workspaceId),
    loadRegisters(db, workspaceId),
    loadReasons(db, workspaceId),
    loadTaxes(db, workspaceId),
    loadRoles(db, workspaceId),
    currentWorkflows(db, workspaceId),
  ])
  if (!row) return undefined
  const { referenceVersion: version, ...workspace } = row
  const workflows = await flows.load(db, workspaceId, pins)
  const flowsByCode = new Map(workflows.map((flow) => [flow.code, flow]))
  const defaultFlow = flowsByCode.get(workspace.blueprint)
  if (!defaultFlow) throw new Error(`Workspace ${workspaceId} lacks the workflow ${workspace.blueprint} of its blueprint`)
  const locationsByName = byIdAndCode(locations)
  const registersByName = byIdAndCode(registers)
  const reasonsByWord = new Map(reasons.map((reason) => [`${reason.kind} ${reason.code}`, reason]))
  const taxesByCode = new Map(taxes.map((tax) => [tax.code, tax]))
  const rolesByCode = new Map(roles.map((role) => [role.code, role]))
  return {
    workspace,
    version,
    locations,
    location: (idOrCode) => locationsByName.get(idOrCode),
    registers,
    register: (idOrCode) => registersByName.get(idOrCode),
    reasons,
    reason: (kind, code) => reasonsByWord.get(`${kind} ${code}`),
    taxes,
    tax: (code) => taxesByCode.get(code),
    roles,
    role: (code) => rolesByCode.get(code),
    workflows,
    flow: (code) => flowsByCode.get(code),
    defaultFlow,
  }
}

/** An id wins over a code that reads like one. */
function byIdAndCode<T extends { id: string; code: string }>(rows: readonly T[]): Map<string, T> {
  return new Map([...rows.map((row) => [row.code, row] as const), ...rows.map((row) => [row.id, row] as const)])
}

/** Items by id, code, variant code and barcode. */
function newCatalogue(): Catalogue & { put(items: readonly Item[]): void; size(): number } {
  const names = {
    id: new Map<string, ResolvedItem>(),
    code: new Map<string, ResolvedItem>(),
    variant: new Map<string, ResolvedItem>(),
    barcode: new Map<string, ResolvedItem>(),
  }
  const item = (id: string): Item | undefined => names.id.get(id)?.item
  return {
    find: ({ by, value }) => names[by].get(value),
    item,
    explode: (itemId, milli) => explode(itemId, milli, item),
    size: () => names.id.size,
    put: (items) => {
      for (const one of items) {
        const usual = { item: one, variant: one.variants.find((variant) => variant.isDefault) ?? null }
        names.id.set(one.id, usual)
        names.code.set(one.code, usual)
        for (const variant of one.variants) {
          const resolved = { item: one, variant }
          names.variant.set(variant.code, resolved)
          for (const barcode of variant.barcodes) names.barcode.set(barcode, resolved)
        }
      }
    },
  }
}

function namesOf(refs: readonly ItemRef[]): ItemRefs {
  const of = (by: ItemRef['by']) => [...new Set(refs.filter((ref) => ref.by === by).map((ref) => ref.value))]
  return { ids: of('id'), codes: of('code'), variants: of('variant'), barcodes: of('barcode') }
}
