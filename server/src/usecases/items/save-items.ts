import type { CreateItem, UpdateItem } from '#contract/items.ts'
import {
  type Item,
  type ItemId,
  lastRecipeVersions,
  loadItems,
  loadMadeWith,
  type Recipe,
  type RecipeToWrite,
  recipeFits,
  replaceBarcodes,
  replaceRecipes,
  type Variant,
  type VariantId,
  type VariantToWrite,
  writeItems,
  writeVariants,
} from '#modules/catalogue/index.ts'
import { loadTaxes, loadWorkspace } from '#modules/places/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import { canonicalText } from '#platform/canonical.ts'
import type { Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Call } from '../call.ts'
import { changeReference, type Desk, type Happened, type Saved } from '../change-nouns.ts'
import { isCurrency } from '../is-currency.ts'
import { mayTouch } from '../may-touch.ts'

/** create refuses an item that is there, update one that is not; ensure makes what is missing and leaves alone what is there. */
export type ItemToSave =
  | { mode: 'create' | 'ensure'; item: CreateItem }
  | { mode: 'update'; id: string; expectedVersion: number | null; item: UpdateItem }

type VariantToSave = NonNullable<UpdateItem['variants']>[number]
type RecipeToSave = NonNullable<UpdateItem['recipe']>

/** Makes and changes items with their variants, barcodes and recipes; an entry may name parts that an earlier entry makes. */
export function saveItems(desk: Desk, call: Call, requests: readonly ItemToSave[]): Promise<Saved<Item>[]> {
  return changeReference(desk, call, async (tx) => {
    const known = await readKnown(tx, call.workspaceId, requests)
    const happened: Happened[] = []
    const changed = new Map<ItemId, Item>()
    const value = requests.map((request): Saved<Item> => {
      const may = mayTouch(call, 'items:write', null)
      if (!may.ok) return may
      const saved = saveOne(request, known)
      if (!saved.ok || saved.already) return saved
      const item = saved.value
      changed.set(item.id, item)
      happened.push({
        subject: 'item',
        subjectId: item.id,
        seq: item.version,
        type: item.version === 1 ? 'ItemCreated' : 'ItemChanged',
        payload: item,
      })
      return saved
    })
    write(tx, call.workspaceId, [...changed.values()], known)
    return { value, happened }
  })
}

/** The catalogue as far as this list touches it; entries change it as they are decided. */
interface Known {
  homeCurrency: string
  taxes: ReadonlySet<string>
  /** By id. */
  items: Map<string, Item>
  idsByCode: Map<string, ItemId>
  /** Codes never change hands within one list: inside a statement two rows may not hold one code even for a moment. */
  codesBefore: ReadonlySet<string>
  variantsByCode: Map<string, VariantId>
  variantsByBarcode: Map<string, VariantId>
  recipeVersions: ReadonlyMap<string, number>
  recipesBefore: ReadonlyMap<string, string | null>
}

async function readKnown(tx: Tx, workspaceId: string, requests: readonly ItemToSave[]): Promise<Known> {
  const parts = requests.flatMap(({ item }) => item.recipe?.parts ?? [])
  const variants = requests.flatMap((request) => variantsIn(request))
  const named = loadItems(tx, workspaceId, {
    ids: [...requests.flatMap((request) => (request.mode === 'update' ? request.id : [])), ...parts.map((part) => part.item)],
    codes: [...requests.flatMap(({ item }) => item.code ?? []), ...parts.map((part) => part.item)],
    variants: variants.map(({ code }) => code),
    barcodes: variants.flatMap(({ barcodes }) => barcodes ?? []),
  })
  const [items, taxes, workspace] = await Promise.all([named, loadTaxes(tx, workspaceId), loadWorkspace(tx, workspaceId)])
  if (!workspace) throw new Error(`There is no workspace ${workspaceId}`)
  const ids = items.map((item) => item.id)
  const [above, recipeVersions] =
    parts.length > 0 ? await Promise.all([loadMadeWith(tx, workspaceId, ids), lastRecipeVersions(tx, workspaceId, ids)]) : [[], new Map()]
  if (above.length > 0) items.push(...(await loadItems(tx, workspaceId, { ids: above, codes: [], variants: [], barcodes: [] })))
  const known: Known = {
    homeCurrency: workspace.homeCurrency,
    taxes: new Set(taxes.map((tax) => tax.code)),
    items: new Map(),
    idsByCode: new Map(),
    codesBefore: new Set(items.map((item) => item.code)),
    variantsByCode: new Map(),
    variantsByBarcode: new Map(),
    recipeVersions,
    recipesBefore: new Map(items.map((item) => [item.id, item.recipe?.id ?? null])),
  }
  for (const item of items) remember(known, item)
  return known
}

/** A new item that says nothing of variants is sold as itself. */
function variantsIn(request: ItemToSave): VariantToSave[] {
  if (request.mode === 'update') return request.item.variants ?? []
  return request.item.variants ?? [{ code: request.item.code }]
}

function remember(known: Known, item: Item): void {
  const before = known.items.get(item.id)
  if (before) known.idsByCode.delete(before.code)
  for (const barcode of before?.variants.flatMap((variant) => variant.barcodes) ?? []) known.variantsByBarcode.delete(barcode)
  known.items.set(item.id, item)
  known.idsByCode.set(item.code, item.id)
  for (const variant of item.variants) {
    known.variantsByCode.set(variant.code, variant.id)
    for (const barcode of variant.barcodes) known.variantsByBarcode.set(barcode, variant.id)
  }
}

function saveOne(request: ItemToSave, known: Known): Saved<Item> {
  if (request.mode === 'update') {
    const before = known.items.get(request.id)
    if (!before) return no('item.not_found', { item: request.id })
    const { expectedVersion } = request
    if (expectedVersion !== null && expectedVersion !== before.version)
      return no('item.changed', { item: before.code, version: before.version, expected: expectedVersion })
    const wanted = asWanted(request, before, known)
    if (!wanted.ok) return wanted
    if (canonicalText(wanted.value) === canonicalText(before)) return { ok: true, value: before, already: true }
    return kept({ ...wanted.value, version: before.version + 1 }, known)
  }
  const there = known.items.get(known.idsByCode.get(request.item.code) ?? '')
  if (there) return request.mode === 'ensure' ? { ok: true, value: there, already: true } : no('item.exists', { item: there.code })
  const wanted = asWanted(request, null, known)
  return wanted.ok ? kept(wanted.value, known) : wanted
}

function kept(item: Item, known: Known): Saved<Item> {
  remember(known, item)
  return { ok: true, value: item, already: false }
}

function asWanted(request: ItemToSave, before: Item | null, known: Known): Answer<Item> {
  const wanted = request.item
  const code = wanted.code ?? before?.code ?? ''
  if (code !== before?.code && (known.idsByCode.has(code) || known.codesBefore.has(code))) return no('item.exists', { item: code })
  // What was ordered, stocked and made by recipe was counted in this unit and as this kind.
  for (const field of ['baseUnit', 'kind'] as const) {
    if (before && wanted[field] !== undefined && wanted[field] !== before[field])
      return no('item.fixed', { item: before.code, field, value: before[field] })
  }
  const kind = before?.kind ?? wanted.kind ?? 'goods'
  const item: Item = {
    id: before?.id ?? newId<'Item'>(),
    code,
    name: wanted.name ?? before?.name ?? code,
    category: wanted.category ?? before?.category ?? '',
    kind,
    baseUnit: before?.baseUnit ?? wanted.baseUnit ?? 'piece',
    stocked: wanted.stocked ?? before?.stocked ?? usuallyStocked(kind, wanted.recipe),
    taxCode: wanted.taxCode === undefined ? (before?.taxCode ?? null) : wanted.taxCode,
    status: wanted.status ?? before?.status ?? 'active',
    version: before?.version ?? 1,
    variants: before?.variants ?? [],
    recipe: before?.recipe ?? null,
  }
  if (kind !== 'goods' && item.stocked !== 'none') return no('item.nothing_to_stock', { item: code, kind })
  if (item.taxCode !== null && !known.taxes.has(item.taxCode)) return no('tax.not_found', { tax: item.taxCode })
  const variants = variantsAsWanted(variantsIn(request), item, known)
  if (!variants.ok) return variants
  const recipe = wanted.recipe === undefined ? fine(item.recipe) : recipeAsWanted(wanted.recipe, item, known)
  if (!recipe.ok) return recipe
  const whole = { ...item, variants: variants.value, recipe: recipe.value }
  if (!whole.recipe && whole.stocked !== 'recipe') return fine(whole)
  const fits = recipeFits(whole, new Map(known.items).set(whole.id, whole))
  return fits.ok ? fine(whole) : fits
}

const usuallyStocked = (kind: Item['kind'], recipe: RecipeToSave | null | undefined): Item['stocked'] =>
  kind !== 'goods' ? 'none' : recipe ? 'recipe' : 'own'

/** The variants named, in their order; those of the item that are not named any more stay behind them, retired. */
function variantsAsWanted(requests: readonly VariantToSave[], item: Item, known: Known): Answer<Variant[]> {
  const named: Variant[] = []
  for (const request of requests) {
    const before = item.variants.find((variant) => variant.code === request.code)
    const holder = known.variantsByCode.get(request.code)
    if (named.some((variant) => variant.code === request.code) || (holder !== undefined && holder !== before?.id))
      return no('variant.exists', { variant: request.code })
    const variant = variantAsWanted(request, before, known)
    if (!isCurrency(variant.currency)) return no('currency.unknown', { currency: variant.currency })
    named.push(variant)
  }
  const left = item.variants.filter((variant) => !named.some((one) => one.id === variant.id))
  const variants =
    requests.length === 0 ? item.variants : [...named, ...left.map((variant): Variant => ({ ...variant, status: 'retired', barcodes: [] }))]
  const own = new Set(item.variants.map((variant) => variant.id))
  const barcodes = variants.flatMap((variant) => variant.barcodes)
  const taken = barcodes.find((barcode, at) => {
    const holder = known.variantsByBarcode.get(barcode)
    return barcodes.indexOf(barcode) !== at || (holder !== undefined && !own.has(holder))
  })
  if (taken !== undefined) return no('barcode.taken', { barcode: taken })
  const usual = variants.find((variant) => variant.status === 'active')
  return fine(variants.map((variant) => ({ ...variant, isDefault: variant === usual })))
}

function variantAsWanted(request: VariantToSave, before: Variant | undefined, known: Known): Variant {
  const orNull = (field: 'priceMicro' | 'weightGrams' | 'lengthMm' | 'widthMm' | 'heightMm') =>
    request[field] === undefined ? (before?.[field] ?? null) : request[field]
  return {
    id: before?.id ?? newId<'Variant'>(),
    code: request.code,
    name: request.name ?? before?.name ?? '',
    contentMilli: request.contentMilli ?? before?.contentMilli ?? 1_000,
    priceMicro: orNull('priceMicro'),
    currency: request.currency ?? before?.currency ?? known.homeCurrency,
    weightGrams: orNull('weightGrams'),
    lengthMm: orNull('lengthMm'),
    widthMm: orNull('widthMm'),
    heightMm: orNull('heightMm'),
    status: request.status ?? before?.status ?? 'active',
    isDefault: false,
    barcodes: [...new Set(request.barcodes ?? before?.barcodes ?? [])].sort(),
  }
}

function recipeAsWanted(wanted: RecipeToSave | null, item: Item, known: Known): Answer<Recipe | null> {
  if (wanted === null) return fine(null)
  const parts: Recipe['parts'] = []
  for (const part of wanted.parts) {
    const itemId = known.idsByCode.get(part.item) ?? known.items.get(part.item.toLowerCase())?.id
    if (itemId === undefined) return no('item.not_found', { item: part.item })
    parts.push({ itemId, milliNum: part.milliNum, milliDen: part.milliDen })
  }
  parts.sort((a, b) => (a.itemId < b.itemId ? -1 : 1))
  const { recipe } = item
  if (recipe && canonicalText([recipe.yieldMilli, recipe.parts]) === canonicalText([wanted.yieldMilli, parts])) return fine(recipe)
  const version = Math.max(known.recipeVersions.get(item.id) ?? 0, recipe?.version ?? 0) + 1
  return fine({ id: newId<'Recipe'>(), version, yieldMilli: wanted.yieldMilli, parts })
}

function write(tx: Tx, workspaceId: string, items: readonly Item[], known: Known): void {
  writeItems(
    tx,
    workspaceId,
    items.map(({ variants: _, recipe: __, ...row }) => row),
  )
  const variants = items.flatMap((item) =>
    item.variants.map((variant, position): VariantToWrite & { barcodes: string[] } => ({ ...variant, itemId: item.id, position })),
  )
  writeVariants(
    tx,
    workspaceId,
    variants.map(({ barcodes: _, ...row }) => row),
  )
  const barcodes = variants.flatMap((variant) => variant.barcodes.map((barcode) => ({ barcode, variantId: variant.id })))
  replaceBarcodes(
    tx,
    workspaceId,
    variants.map((variant) => variant.id),
    barcodes,
  )
  const remade = items.filter((item) => (item.recipe?.id ?? null) !== (known.recipesBefore.get(item.id) ?? null))
  const recipes = remade.flatMap(({ id, recipe }): RecipeToWrite[] => (recipe ? [{ ...recipe, itemId: id }] : []))
  replaceRecipes(
    tx,
    workspaceId,
    remade.map((item) => item.id),
    recipes,
  )
}
