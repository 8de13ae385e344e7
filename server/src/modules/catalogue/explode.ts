import { type Answer, fine, no } from '#platform/answer.ts'
import type { Item, ItemId } from './types.ts'

/** How many recipes may stand inside one another. */
export const recipeDepthMax = 10

/**
 * What must be in stock for `milli` of an item: the item itself where its own stock is kept, its parts where it is made by recipe, nothing
 * where nothing is counted. Parts of parts are exact fractions all the way; each stocked item is rounded up once, at the end, and named once.
 * `recipe.bad` when recipes go deeper than {@link recipeDepthMax}, a part is unknown or the amount is beyond what is counted exactly.
 */
export function explode(
  itemId: string,
  milli: number,
  itemById: (id: string) => Item | undefined,
): Answer<{ itemId: ItemId; milli: number }[]> {
  const root = itemById(itemId)
  if (!root) return no('item.not_found', { item: itemId })
  if (root.stocked === 'own') return fine([{ itemId: root.id, milli }])
  const needed = new Map<ItemId, Fraction>()
  // Level by level, each item of a level once: a part that many recipes share is not walked once a path.
  let level = new Map<ItemId, Fraction>([[root.id, { num: BigInt(milli), den: 1n }]])
  for (let depth = 0; level.size > 0; depth++) {
    if (depth > recipeDepthMax)
      return badRecipe(root, `it goes deeper than ${recipeDepthMax} recipes`, `tiene más de ${recipeDepthMax} niveles`)
    const next = new Map<ItemId, Fraction>()
    for (const [id, amount] of level) {
      const item = itemById(id)
      if (!item) return badRecipe(root, `its part ${id} is unknown`, `su parte ${id} es desconocida`)
      if (item.stocked === 'own') add(needed, id, amount)
      if (item.stocked !== 'recipe') continue
      if (!item.recipe)
        return badRecipe(root, `${item.code} is made by recipe and has none`, `${item.code} se hace con receta y no tiene ninguna`)
      for (const part of item.recipe.parts) {
        add(next, part.itemId, {
          num: amount.num * BigInt(part.milliNum),
          den: amount.den * BigInt(part.milliDen) * BigInt(item.recipe.yieldMilli),
        })
      }
    }
    level = next
  }
  const parts: { itemId: ItemId; milli: number }[] = []
  for (const [id, { num, den }] of needed) {
    const whole = Number((num + den - 1n) / den)
    if (!Number.isSafeInteger(whole))
      return badRecipe(root, 'it takes more than can be counted exactly', 'necesita más de lo que se puede contar con exactitud')
    parts.push({ itemId: id, milli: whole })
  }
  return fine(parts)
}

interface Fraction {
  num: bigint
  den: bigint
}

function add(sums: Map<ItemId, Fraction>, id: ItemId, amount: Fraction): void {
  const sum = sums.get(id) ?? { num: 0n, den: 1n }
  const num = sum.num * amount.den + amount.num * sum.den
  const den = sum.den * amount.den
  const divisor = gcd(num, den)
  sums.set(id, { num: num / divisor, den: den / divisor })
}

function gcd(a: bigint, b: bigint): bigint {
  while (b > 0n) [a, b] = [b, a % b]
  return a
}

/** A recipe that cannot be, with the reason in both languages. */
export const badRecipe = (item: { code: string }, why: string, whyEs: string) => no('recipe.bad', { item: item.code, why, 'why.es': whyEs })
