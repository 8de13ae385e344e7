import type { Item } from '#contract/items.ts'
import { type Item as CatalogueItem, listItems, loadItems } from '#modules/catalogue/index.ts'
import type { Engine } from '#usecases/engine.ts'
import { saveItems } from '#usecases/items/save-items.ts'
import { pageUsual } from './lists.ts'
import { only } from './only.ts'
import { refused } from './problems.ts'
import type { Handlers } from './serve.ts'

/** What is sold. */
export function itemHandlers(engine: Engine) {
  const { pools } = engine
  return {
    createItem: async ({ call, body }) => {
      const saved = only(await saveItems(engine, call, [{ mode: 'create', item: body }]))
      return saved.ok ? { status: 201, body: itemReply(saved.value) } : { refused: saved.reason }
    },

    updateItem: async ({ call, params, body, expected }) => {
      const saved = only(await saveItems(engine, call, [{ mode: 'update', id: params.id, expectedVersion: expected, item: body }]))
      return saved.ok ? { status: 200, body: itemReply(saved.value) } : { refused: saved.reason }
    },

    listItems: async ({ call, query }) => {
      const limit = query.limit ?? pageUsual
      const items = await pools.view(call.workspaceId, (db) => listItems(db, call.workspaceId, { afterCode: query.after ?? '', limit }))
      return { status: 200, body: { rows: items.map(itemReply), next: items.length < limit ? null : (items.at(-1)?.code ?? null) } }
    },

    getItem: async ({ call, params }) => {
      const items = await pools.view(call.workspaceId, (db) =>
        loadItems(db, call.workspaceId, { ids: [params.id], codes: [], variants: [], barcodes: [] }),
      )
      // Items that the recipe leads to come along.
      const item = items.find(({ id }) => id === params.id)
      return item ? { status: 200, body: itemReply(item) } : refused('item.not_found', { item: params.id })
    },
  } satisfies Partial<Handlers>
}

function itemReply(item: CatalogueItem): Item {
  return {
    id: item.id,
    code: item.code,
    name: item.name,
    category: item.category,
    kind: item.kind,
    baseUnit: item.baseUnit,
    stocked: item.stocked,
    taxCode: item.taxCode,
    status: item.status,
    version: item.version,
    variants: item.variants.map((variant) => ({
      id: variant.id,
      code: variant.code,
      name: variant.name,
      contentMilli: variant.contentMilli,
      priceMicro: variant.priceMicro,
      currency: variant.currency,
      weightGrams: variant.weightGrams,
      lengthMm: variant.lengthMm,
      widthMm: variant.widthMm,
      heightMm: variant.heightMm,
      status: variant.status,
      isDefault: variant.isDefault,
      barcodes: variant.barcodes,
    })),
    recipe: item.recipe && {
      id: item.recipe.id,
      version: item.recipe.version,
      yieldMilli: item.recipe.yieldMilli,
      parts: item.recipe.parts.map(({ itemId, milliNum, milliDen }) => ({ itemId, milliNum, milliDen })),
    },
  }
}
