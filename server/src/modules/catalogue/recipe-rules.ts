import { type Answer, fine } from '#platform/answer.ts'
import { badRecipe, recipeDepthMax } from './explode.ts'
import type { Item, ItemId } from './types.ts'

/**
 * Whether the recipe of an item can be, seen from every item that is made with it: goods of goods, no circle, no more than
 * {@link recipeDepthMax} inside one another. `items` are all that its recipe leads to and all whose recipes lead to it.
 */
export function recipeFits(item: Item, items: ReadonlyMap<string, Item>): Answer<void> {
  if (item.stocked === 'recipe' && !item.recipe)
    return badRecipe(item, 'it is made by recipe and has none', 'se hace con receta y no tiene ninguna')
  if (!item.recipe) return fine()
  if (item.kind !== 'goods') return badRecipe(item, 'only goods are made', 'solo se elaboran mercancías')
  if (item.recipe.parts.length === 0) return badRecipe(item, 'it has no parts', 'no tiene partes')
  const seen = new Set<ItemId>()
  for (const { itemId } of item.recipe.parts) {
    const part = items.get(itemId)
    if (!part) return badRecipe(item, `its part ${itemId} is unknown`, `su parte ${itemId} es desconocida`)
    if (part.kind !== 'goods') return badRecipe(item, `${part.code} is no goods`, `${part.code} no es mercancía`)
    if (seen.has(itemId)) return badRecipe(item, `it names ${part.code} twice`, `nombra ${part.code} dos veces`)
    seen.add(itemId)
  }
  const below = depthBelow(item.id, items)
  if (below === 'circle') return badRecipe(item, 'it leads back to itself', 'vuelve a sí misma')
  const all = below + heightAbove(item.id, items)
  if (all > recipeDepthMax)
    return badRecipe(
      item,
      `with it, ${all} recipes stand inside one another; ${recipeDepthMax} is the most`,
      `con ella hay ${all} recetas anidadas y el máximo es ${recipeDepthMax}`,
    )
  return fine()
}

/** How many recipes stand inside one another from an item down, its own included. */
function depthBelow(
  id: string,
  items: ReadonlyMap<string, Item>,
  path = new Set<string>(),
  known = new Map<string, number>(),
): number | 'circle' {
  const done = known.get(id)
  if (done !== undefined) return done
  if (path.has(id)) return 'circle'
  const recipe = items.get(id)?.recipe
  if (!recipe) return 0
  path.add(id)
  let deepest = 0
  for (const part of recipe.parts) {
    const below = depthBelow(part.itemId, items, path, known)
    if (below === 'circle') return below
    deepest = Math.max(deepest, below)
  }
  path.delete(id)
  known.set(id, deepest + 1)
  return deepest + 1
}

/** How many recipes stand above an item; there is no circle through it. */
function heightAbove(id: string, items: ReadonlyMap<string, Item>): number {
  let height = 0
  let level = new Set([id])
  for (;;) {
    level = new Set([...items.values()].filter((item) => item.recipe?.parts.some((part) => level.has(part.itemId))).map((item) => item.id))
    if (level.size === 0) return height
    height++
  }
}
