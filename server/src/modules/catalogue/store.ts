import type { Db, Tx } from '#platform/db.ts'
import type { Item, ItemId, RecipePart, Variant, VariantId } from './types.ts'

/** What is named in an order, a count or an import: an item by id or code, or a variant by its code or one of its barcodes. */
export interface ItemRefs {
  ids: readonly string[]
  codes: readonly string[]
  variants: readonly string[]
  barcodes: readonly string[]
}

/** Loads every item that is named, and every item that their recipes lead to, in one query. What is unknown is left out. */
export async function loadItems(db: Db, workspaceId: string, refs: ItemRefs): Promise<Item[]> {
  // What cannot be an id is unknown like one that is not there.
  const ids = refs.ids.filter((id) => uuid.test(id))
  const rows = await db.query<ItemRow>({
    name: 'items_by_refs',
    text: itemsByRefs,
    values: [workspaceId, ids, refs.codes, refs.variants, refs.barcodes],
  })
  return rows.map(itemOf)
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The ids of every item whose recipe leads to one of these. */
export async function loadMadeWith(db: Db, workspaceId: string, itemIds: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>({
    name: 'items_made_with',
    text: `with recursive above as (
        select r.item_id as id from recipe_parts p join recipes r on r.workspace_id = $1 and r.id = p.recipe_id and r.active
          where p.workspace_id = $1 and p.item_id = any($2::uuid[])
        union select r.item_id from above join recipe_parts p on p.workspace_id = $1 and p.item_id = above.id
          join recipes r on r.workspace_id = $1 and r.id = p.recipe_id and r.active
      ) select id from above`,
    values: [workspaceId, itemIds],
  })
  return rows.map((row) => row.id)
}

/** A page of items in the order of their codes: those after `afterCode`. */
export async function listItems(db: Db, workspaceId: string, page: { afterCode: string; limit: number }): Promise<Item[]> {
  const rows = await db.query<ItemRow>({
    name: 'items_page',
    text: `${columns} from items i where i.workspace_id = $1 and i.code > $2 order by i.code limit $3`,
    values: [workspaceId, page.afterCode, page.limit],
  })
  return rows.map(itemOf)
}

const columns = `
  select i.id, i.code, i.name, i.category, i.kind, i.base_unit as "baseUnit", i.stocked, i.tax_code as "taxCode", i.status, i.version,
    (select json_agg(json_build_object('id', v.id, 'code', v.code, 'name', v.name, 'contentMilli', v.content_milli, 'priceMicro', v.price_micro,
         'currency', v.currency, 'weightGrams', v.weight_grams, 'lengthMm', v.length_mm, 'widthMm', v.width_mm, 'heightMm', v.height_mm,
         'status', v.status, 'barcodes', coalesce((select json_agg(b.barcode order by b.barcode) from barcodes b
           where b.workspace_id = v.workspace_id and b.variant_id = v.id), '[]')) order by v.position, v.code)
       from variants v where v.workspace_id = i.workspace_id and v.item_id = i.id) as variants,
    (select json_build_object('id', r.id, 'version', r.version, 'yieldMilli', r.yield_milli, 'parts',
         (select json_agg(json_build_object('itemId', p.item_id, 'milliNum', p.milli_num, 'milliDen', p.milli_den) order by p.item_id)
            from recipe_parts p where p.workspace_id = r.workspace_id and p.recipe_id = r.id))
       from recipes r where r.workspace_id = i.workspace_id and r.item_id = i.id and r.active) as recipe`

// Arrays and laterals instead of joins: whatever the planner believes of how many there are, every step is an index look-up.
const itemsByRefs = `
  with recursive named as (
    select id from items where workspace_id = $1 and id = any($2::uuid[])
    union select id from items where workspace_id = $1 and code = any($3::text[])
    union select item_id from variants where workspace_id = $1 and code = any($4::text[])
    union select item_id from variants where workspace_id = $1
      and id = any(array(select variant_id from barcodes where workspace_id = $1 and barcode = any($5::text[])))
  ), reached as (
    select id from named
    union select part.item_id from reached, lateral (
      select p.item_id from recipe_parts p where p.workspace_id = $1 and p.recipe_id =
        (select r.id from recipes r where r.workspace_id = $1 and r.item_id = reached.id and r.active) offset 0) part
  )
  ${columns} from items i where i.workspace_id = $1 and i.id = any(array(select id from reached))`

type VariantRow = Omit<Variant, 'isDefault'>
type ItemRow = Omit<Item, 'variants'> & { variants: VariantRow[] | null }

function itemOf(row: ItemRow): Item {
  const rows = row.variants ?? []
  const chosen = rows.find((variant) => variant.status === 'active')
  return { ...row, variants: rows.map((variant) => ({ ...variant, isDefault: variant === chosen })) }
}

// ─── Writing: the whole list in one statement a table ────────────────────────────────────────────────────────────────

export type ItemToWrite = Omit<Item, 'variants' | 'recipe'>
export type VariantToWrite = Omit<Variant, 'isDefault' | 'barcodes'> & { itemId: ItemId; position: number }

/** New items are inserted, known ones overwritten. */
export function writeItems(tx: Tx, workspaceId: string, items: readonly ItemToWrite[]): void {
  if (items.length === 0) return
  tx.send({
    name: 'write_items',
    text: `insert into items (workspace_id, id, code, name, category, kind, base_unit, stocked, tax_code, status, version)
      select $1, r.id, r.code, r.name, r.category, r.kind, r."baseUnit", r.stocked, r."taxCode", r.status, r.version
      from json_to_recordset($2::json) as r(id uuid, code text, name text, category text, kind text, "baseUnit" text, stocked text, "taxCode" text, status text, version bigint)
      on conflict (workspace_id, id) do update set code = excluded.code, name = excluded.name, category = excluded.category, kind = excluded.kind,
        base_unit = excluded.base_unit, stocked = excluded.stocked, tax_code = excluded.tax_code, status = excluded.status, version = excluded.version`,
    values: [workspaceId, JSON.stringify(items)],
  })
}

/** New variants are inserted, known ones overwritten. */
export function writeVariants(tx: Tx, workspaceId: string, variants: readonly VariantToWrite[]): void {
  if (variants.length === 0) return
  tx.send({
    name: 'write_variants',
    text: `insert into variants (workspace_id, id, item_id, code, name, content_milli, price_micro, currency, weight_grams, length_mm, width_mm, height_mm, status, position)
      select $1, r.id, r."itemId", r.code, r.name, r."contentMilli", r."priceMicro", r.currency, r."weightGrams", r."lengthMm", r."widthMm", r."heightMm", r.status, r.position
      from json_to_recordset($2::json) as r(id uuid, "itemId" uuid, code text, name text, "contentMilli" bigint, "priceMicro" bigint, currency text, "weightGrams" bigint, "lengthMm" bigint, "widthMm" bigint, "heightMm" bigint, status text, position bigint)
      on conflict (workspace_id, id) do update set code = excluded.code, name = excluded.name, content_milli = excluded.content_milli, price_micro = excluded.price_micro,
        currency = excluded.currency, weight_grams = excluded.weight_grams, length_mm = excluded.length_mm, width_mm = excluded.width_mm, height_mm = excluded.height_mm,
        status = excluded.status, position = excluded.position`,
    values: [workspaceId, JSON.stringify(variants)],
  })
}

/** The barcodes of these variants are these from now on. */
export function replaceBarcodes(
  tx: Tx,
  workspaceId: string,
  variantIds: readonly VariantId[],
  barcodes: readonly { barcode: string; variantId: VariantId }[],
): void {
  if (variantIds.length === 0) return
  tx.send({
    name: 'delete_barcodes',
    text: 'delete from barcodes where workspace_id = $1 and variant_id = any($2::uuid[])',
    values: [workspaceId, variantIds],
  })
  if (barcodes.length === 0) return
  tx.send({
    name: 'insert_barcodes',
    text: `insert into barcodes (workspace_id, barcode, variant_id)
      select $1, r.barcode, r."variantId" from json_to_recordset($2::json) as r(barcode text, "variantId" uuid)`,
    values: [workspaceId, JSON.stringify(barcodes)],
  })
}

export interface RecipeToWrite {
  id: string
  itemId: ItemId
  version: number
  yieldMilli: number
  parts: readonly RecipePart[]
}

/** The recipes of these items end; `recipes` begin. What an order was made by stays readable. */
export function replaceRecipes(tx: Tx, workspaceId: string, itemIds: readonly ItemId[], recipes: readonly RecipeToWrite[]): void {
  if (itemIds.length === 0) return
  tx.send({
    name: 'end_recipes',
    text: 'update recipes set active = false where workspace_id = $1 and item_id = any($2::uuid[]) and active',
    values: [workspaceId, itemIds],
  })
  if (recipes.length === 0) return
  tx.send({
    name: 'insert_recipes',
    text: `insert into recipes (workspace_id, id, item_id, version, yield_milli, active)
      select $1, r.id, r."itemId", r.version, r."yieldMilli", true from json_to_recordset($2::json) as r(id uuid, "itemId" uuid, version bigint, "yieldMilli" bigint)`,
    values: [workspaceId, JSON.stringify(recipes.map(({ parts: _, ...recipe }) => recipe))],
  })
  tx.send({
    name: 'insert_recipe_parts',
    text: `insert into recipe_parts (workspace_id, recipe_id, item_id, milli_num, milli_den)
      select $1, r."recipeId", r."itemId", r."milliNum", r."milliDen" from json_to_recordset($2::json) as r("recipeId" uuid, "itemId" uuid, "milliNum" bigint, "milliDen" bigint)`,
    values: [workspaceId, JSON.stringify(recipes.flatMap((recipe) => recipe.parts.map((part) => ({ ...part, recipeId: recipe.id }))))],
  })
}

/** The highest version any recipe of these items ever had. */
export async function lastRecipeVersions(tx: Tx, workspaceId: string, itemIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.query<{ itemId: string; version: number }>({
    name: 'last_recipe_versions',
    text: 'select item_id as "itemId", max(version) as version from recipes where workspace_id = $1 and item_id = any($2::uuid[]) group by item_id',
    values: [workspaceId, itemIds],
  })
  return new Map(rows.map((row) => [row.itemId, row.version]))
}
