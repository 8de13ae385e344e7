import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explode, recipeDepthMax } from './explode.ts'
import { recipeFits } from './recipe-rules.ts'
import type { Item, ItemId, Recipe, Stocked } from './types.ts'

const id = (name: string): ItemId => name as ItemId // names read better than UUIDs here

function itemOf(name: string, stocked: Stocked, recipe: Recipe | null = null): Item {
  return {
    id: id(name),
    code: name,
    name,
    category: '',
    kind: 'goods',
    baseUnit: 'g',
    stocked,
    taxCode: null,
    status: 'active',
    version: 1,
    variants: [],
    recipe,
  }
}

function recipeOf(yieldMilli: number, parts: Record<string, [num: number, den: number]>): Recipe {
  return {
    id: 'r',
    version: 1,
    yieldMilli,
    parts: Object.entries(parts).map(([part, [milliNum, milliDen]]) => ({ itemId: id(part), milliNum, milliDen })),
  }
}

const shelf = (...items: Item[]) => new Map<string, Item>(items.map((item) => [item.id, item]))
const explodeIn = (items: Map<string, Item>, name: string, milli: number) => explode(name, milli, (wanted) => items.get(wanted))
const needed = (items: Map<string, Item>, name: string, milli: number) => {
  const answer = explodeIn(items, name, milli)
  if (!answer.ok) throw new Error(JSON.stringify(answer.reason))
  return Object.fromEntries(answer.value.map((part) => [part.itemId, part.milli]))
}

describe('what must be in stock', () => {
  test('for goods with stock of their own is the goods', () => {
    expect(needed(shelf(itemOf('cup', 'own')), 'cup', 3_000)).toEqual({ cup: 3_000 })
  })

  test('for goods with stock of their own is the goods even where they are made by recipe', () => {
    expect(needed(shelf(itemOf('jam', 'own', recipeOf(1_000, { fruit: [1, 1] }))), 'jam', 5)).toEqual({ jam: 5 })
  })

  test('for a service is nothing', () => {
    expect(needed(shelf(itemOf('engraving', 'none')), 'engraving', 1_000)).toEqual({})
  })

  test('for a recipe is its parts in proportion to the yield', () => {
    const items = shelf(itemOf('flour', 'own'), itemOf('bread', 'recipe', recipeOf(10_000, { flour: [7_500, 1] })))
    expect(needed(items, 'bread', 4_000)).toEqual({ flour: 3_000 })
  })

  test('is rounded up once, after parts of parts were added up exactly', () => {
    // Three thirds of a thousandth are one, not three times one rounded up.
    const items = shelf(
      itemOf('yeast', 'own'),
      itemOf('sponge', 'recipe', recipeOf(3_000, { yeast: [1, 1] })),
      itemOf('dough', 'recipe', recipeOf(1_000, { sponge: [1_000, 1], yeast: [2, 3] })),
    )
    expect(needed(items, 'dough', 1_000)).toEqual({ yeast: 1 })
  })

  test('names a part once that several recipes share', () => {
    const items = shelf(
      itemOf('flour', 'own'),
      itemOf('base', 'recipe', recipeOf(1_000, { flour: [200, 1] })),
      itemOf('crust', 'recipe', recipeOf(1_000, { flour: [50, 1] })),
      itemOf('pie', 'recipe', recipeOf(1_000, { base: [1_000, 1], crust: [1_000, 1] })),
    )
    expect(needed(items, 'pie', 2_000)).toEqual({ flour: 500 })
  })

  test('is found in a blink where every level shares all its parts', () => {
    // 40 parts a level, 9 levels: 40^9 paths.
    const level = (depth: number) => Array.from({ length: 40 }, (_, i) => `${depth}-${i}`)
    const items = shelf(
      ...level(9).map((name) => itemOf(name, 'own')),
      ...Array.from({ length: 9 }, (_, depth) =>
        level(depth).map((name) =>
          itemOf(name, 'recipe', recipeOf(40_000, Object.fromEntries(level(depth + 1).map((part) => [part, [1_000, 1]])))),
        ),
      ).flat(),
    )
    expect(needed(items, '0-0', 40_000)['9-0']).toBe(1_000)
  })
})

describe('a recipe is refused', () => {
  const chain = (length: number) =>
    shelf(
      itemOf(`${length}`, 'own'),
      ...Array.from({ length }, (_, i) => itemOf(`${i}`, 'recipe', recipeOf(1_000, { [`${i + 1}`]: [1_000, 1] }))),
    )

  test('when it goes too deep, and not one level before', () => {
    expect(explodeIn(chain(recipeDepthMax), '0', 1_000).ok).toBe(true)
    expect(explodeIn(chain(recipeDepthMax + 1), '0', 1_000)).toMatchObject({ ok: false, reason: { code: 'recipe.bad' } })
  })

  test('when it leads back to itself', () => {
    const items = shelf(
      itemOf('egg', 'recipe', recipeOf(1_000, { hen: [1, 1] })),
      itemOf('hen', 'recipe', recipeOf(1_000, { egg: [1, 1] })),
    )
    expect(explodeIn(items, 'egg', 1_000)).toMatchObject({ ok: false, reason: { code: 'recipe.bad' } })
  })

  test('when a part is unknown', () => {
    expect(explodeIn(shelf(itemOf('a', 'recipe', recipeOf(1_000, { b: [1, 1] }))), 'a', 1)).toMatchObject({
      ok: false,
      reason: { code: 'recipe.bad' },
    })
  })

  test('when it takes more than can be counted', () => {
    const items = shelf(itemOf('sand', 'own'), itemOf('beach', 'recipe', recipeOf(1, { sand: [1_000_000_000_000, 1] })))
    expect(explodeIn(items, 'beach', 1_000_000_000_000)).toMatchObject({ ok: false, reason: { code: 'recipe.bad' } })
  })

  test('when there is none', () => {
    expect(explodeIn(shelf(itemOf('a', 'recipe')), 'a', 1)).toMatchObject({ ok: false, reason: { code: 'recipe.bad' } })
  })

  test('when the item is unknown', () => {
    expect(explodeIn(shelf(), 'a', 1)).toMatchObject({ ok: false, reason: { code: 'item.not_found' } })
  })
})

// ─── Any recipe: against sums over every path, in exact fractions ────────────────────────────────────────────────────

/** Items 0..n: each recipe's parts have higher numbers, so there is no circle; the last are stocked. */
const anyShelf = fc
  .record({
    recipes: fc.array(
      fc.record({
        yieldMilli: fc.integer({ min: 1, max: 100_000 }),
        parts: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 97 })), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    stocked: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ recipes, stocked }) => {
    const all = recipes.length + stocked
    const made = recipes.map(({ yieldMilli, parts }, i) =>
      itemOf(
        `${i}`,
        'recipe',
        recipeOf(
          yieldMilli,
          Object.fromEntries(parts.map(([pick, num, den]) => [`${i + 1 + (pick % (all - i - 1))}`, [num, den] as [number, number]])),
        ),
      ),
    )
    return shelf(...made, ...Array.from({ length: stocked }, (_, i) => itemOf(`${recipes.length + i}`, 'own')))
  })

function sumsOverPaths(
  items: Map<string, Item>,
  name: string,
  num: bigint,
  den: bigint,
  sums: Map<string, [bigint, bigint]>,
): Map<string, [bigint, bigint]> {
  const item = items.get(name)
  if (!item?.recipe) {
    const [n, d] = sums.get(name) ?? [0n, 1n]
    return sums.set(name, [n * den + num * d, d * den])
  }
  for (const part of item.recipe.parts)
    sumsOverPaths(items, part.itemId, num * BigInt(part.milliNum), den * BigInt(part.milliDen) * BigInt(item.recipe.yieldMilli), sums)
  return sums
}

test('every amount is never less than the exact sum and less than one thousandth above it', () => {
  fc.assert(
    fc.property(anyShelf, fc.integer({ min: 1, max: 1_000_000 }), (items, milli) => {
      const parts = needed(items, '0', milli)
      const exact = sumsOverPaths(items, '0', BigInt(milli), 1n, new Map())
      expect(Object.keys(parts).sort()).toEqual([...exact.keys()].sort())
      for (const [name, [num, den]] of exact) {
        const amount = BigInt(parts[name] ?? -1)
        expect(amount * den >= num && (amount - 1n) * den < num).toBe(true)
      }
    }),
  )
})

describe('whether a recipe can be written', () => {
  const fits = (items: Map<string, Item>, name: string) => recipeFits(items.get(name) ?? itemOf(name, 'own'), items)
  const why = (items: Map<string, Item>, name: string) => {
    const answer = fits(items, name)
    return answer.ok ? 'fits' : answer.reason.params.why
  }

  test('depends on those above it, too', () => {
    const deep = shelf(
      ...Array.from({ length: 6 }, (_, i) => itemOf(`up${i}`, 'recipe', recipeOf(1_000, { [i === 5 ? 'middle' : `up${i + 1}`]: [1, 1] }))),
      itemOf('middle', 'recipe', recipeOf(1_000, { down0: [1, 1] })),
      ...Array.from({ length: 4 }, (_, i) =>
        itemOf(`down${i}`, 'recipe', recipeOf(1_000, { [i === 3 ? 'flour' : `down${i + 1}`]: [1, 1] })),
      ),
      itemOf('flour', 'own'),
    )
    expect(why(deep, 'middle')).toContain('11 recipes stand inside one another')
    deep.delete('up0')
    expect(why(deep, 'middle')).toBe('fits')
  })

  test('says no to a circle, also through goods with stock of their own', () => {
    const circle = shelf(itemOf('egg', 'own', recipeOf(1_000, { hen: [1, 1] })), itemOf('hen', 'own', recipeOf(1_000, { egg: [1, 1] })))
    expect(why(circle, 'egg')).toBe('it leads back to itself')
  })

  test('says no to a part that is no goods', () => {
    const items = shelf(itemOf('cake', 'recipe', recipeOf(1_000, { singing: [1, 1] })), { ...itemOf('singing', 'none'), kind: 'service' })
    expect(why(items, 'cake')).toBe('singing is no goods')
  })

  test('says no to a part that is named twice', () => {
    const twice = recipeOf(1_000, { flour: [1, 1] })
    const items = shelf(itemOf('cake', 'recipe', { ...twice, parts: [...twice.parts, ...twice.parts] }), itemOf('flour', 'own'))
    expect(why(items, 'cake')).toBe('it names flour twice')
  })

  test('says no to a part that is unknown, to no parts, to no recipe, and to a service that is made', () => {
    expect(why(shelf(itemOf('cake', 'recipe', recipeOf(1_000, { flour: [1, 1] }))), 'cake')).toBe('its part flour is unknown')
    expect(why(shelf(itemOf('cake', 'recipe', recipeOf(1_000, {}))), 'cake')).toBe('it has no parts')
    expect(why(shelf(itemOf('cake', 'recipe')), 'cake')).toBe('it is made by recipe and has none')
    expect(why(shelf({ ...itemOf('song', 'none', recipeOf(1_000, { a: [1, 1] })), kind: 'service' }), 'song')).toBe('only goods are made')
  })

  test('says yes where there is nothing to make', () => {
    expect(why(shelf(itemOf('cup', 'own')), 'cup')).toBe('fits')
  })
})
